// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/GuardedKernel.h"
#include "moves/Move.h"

namespace warploom {

/// One of the coordinates that tell a kernel's threads apart.
struct ThreadDigit {
    std::string symbol;  ///< in canonical forms
    IndexForm extent;  ///< how many there are, over the task's sizes
    IndexForm stride;  ///< what its number is a multiple of, over the task's sizes
    std::optional<IndexForm> local;  ///< the same in the kernel, where that says it
};

/// A number that a thread gets from the grid: its index in a dimension, or its block's.
struct ThreadNumber {
    int dimension = 0;
    const clang::VarDecl* var = nullptr;  ///< that holds the thread's index; null: the block's, wherever it stands
    IndexForm form;  ///< in the kernel
    IndexForm total;  ///< what it stays below, over the task's sizes
    std::vector<std::size_t> digits;  ///< that it is written in, the lowest first
};

/// The coordinates of a kernel's threads, whichever numbers of the grid it works them out from by / and %.
class ThreadDigits {
public:
    /// Nothing where numbers of the grid are taken apart in a way that is not known to give each thread others.
    static std::optional<ThreadDigits> make(const KernelScope& kernel, const GuardedKernel& guarded,
                                            const LaunchLine& launch);

    /// Those of the grid's first dimension first, of a dimension the lowest first.
    [[nodiscard]] const std::vector<ThreadDigit>& digits() const { return m_digits; }
    [[nodiscard]] const std::vector<ThreadNumber>& numbers() const { return m_numbers; }
    /// \p form with the symbols of digits for what the kernel works them out from, as far as they are known.
    [[nodiscard]] IndexForm canonical(const IndexForm& form) const;
    /// Whether anything of \p canonical depends on the thread otherwise.
    [[nodiscard]] static bool dependsOnGrid(const IndexForm& canonical);
    /// \p form of the kernel's parameters over the task's sizes; nothing where other things take part.
    [[nodiscard]] std::optional<IndexForm> onHost(const IndexForm& form) const;
    [[nodiscard]] std::optional<IndexForm> onHost(const clang::Expr* expression) const;

private:
    ThreadDigits(const KernelScope& kernel, const LaunchLine& launch)
        : m_kernel(&kernel)
        , m_launch(&launch)
    {
    }

    /// number / stride % extent; without an extent the whole quotient.
    struct Part {
        std::size_t number = 0;
        IndexForm stride;
        std::optional<IndexForm> extent;
        std::optional<IndexForm> local;  ///< the stride in the kernel
        std::string symbol;  ///< what it is in the kernel's forms; empty: no single symbol
    };

    bool readNumbers(const GuardedKernel& guarded);
    [[nodiscard]] std::optional<Part> partOf(const clang::Expr* expression) const;
    [[nodiscard]] std::optional<Part> divided(const clang::BinaryOperator& division) const;
    void findParts(const clang::Stmt* body);
    bool makeDigits(std::size_t number);
    void addDigit(std::size_t number, const IndexForm& extent, const IndexForm& stride);
    [[nodiscard]] std::optional<IndexForm> inDigits(const ThreadNumber& number, const Part& part) const;
    [[nodiscard]] std::optional<IndexForm> lowestExtent(std::size_t number, const IndexForm& stride) const;
    [[nodiscard]] std::optional<IndexForm> hostForm(const std::string& text) const;

    const KernelScope* m_kernel;
    const LaunchLine* m_launch;
    std::vector<ThreadNumber> m_numbers;
    std::vector<ThreadDigit> m_digits;
    std::vector<Part> m_parts;
    std::map<std::string, IndexForm> m_known;  ///< symbols of the kernel by canonical forms
};

}  // namespace warploom
