// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/ParsedSource.h"

namespace warploom {

/// Device functions that divide by divisors which are known in most runs, written into a source where they are wanted.
class DivisionHelpers {
public:
    /// Functions that \p source has already before \p before are used again.
    DivisionHelpers(const ParsedSource& source, std::size_t before)
        : m_source(source)
        , m_before(before)
    {
    }

    /// Name of the function that divides; it is part of text() from then on.
    std::string quotient() { return use("quotientOf", "/"); }
    std::string remainder() { return use("remainderOf", "%"); }
    /// What has to stand before the kernel.
    [[nodiscard]] const std::string& text() const { return m_text; }

    /// "/" or "%" when \p call is of such a function, whatever its name; else empty.
    static std::string operationOf(const ParsedSource& source, const clang::CallExpr* call);

private:
    std::string use(const std::string& base, const std::string& operation);

    const ParsedSource& m_source;
    std::size_t m_before;
    std::string m_text;
    std::map<std::string, std::string> m_names;
};

}  // namespace warploom
