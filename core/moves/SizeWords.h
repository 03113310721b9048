// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/ThreadDigits.h"

namespace warploom {

/// What a function calls numbers that are made of the task's sizes: by a parameter of the kernel that is passed them,
/// else by one of its own.
class SizeWords {
public:
    SizeWords(const KernelScope& kernel, const ThreadDigits& digits)
        : m_kernel(kernel)
        , m_digits(digits)
    {
    }

    /// A name or a number; a new parameter is called \p base, or nearly so.
    std::string word(const IndexForm& size, const std::string& base);
    /// Parameters of the kernel that were named.
    [[nodiscard]] const std::set<const clang::ParmVarDecl*>& used() const { return m_used; }
    /// "int plane" and what launches pass for it.
    struct Own {
        std::string name;
        IndexForm size;
        [[nodiscard]] std::string declaration() const { return "int " + name; }
        [[nodiscard]] std::string argument() const;
    };
    [[nodiscard]] const std::vector<Own>& own() const { return m_own; }

private:
    const KernelScope& m_kernel;
    const ThreadDigits& m_digits;
    std::set<const clang::ParmVarDecl*> m_used;
    std::vector<Own> m_own;
};

/// \p size as an expression of launches.
std::string sizeText(const IndexForm& size);

}  // namespace warploom
