// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/CodeTemplate.h"
#include "moves/RunningFold.h"
#include "moves/ScanLanes.h"

namespace warploom {

/// Code by which threads take the steps of a RunningFold together. A warp handles 32 * ITEMS neighbouring elements in
/// rounds: in each, a lane has width() neighbours, in one wide access where that is aligned.
class ScanCode {
public:
    /// Nothing when macros hide part of the loop. \p items is the tunable for elements a thread, \p padding what is
    /// folded in the place of elements beyond the end; \p startsAligned: rounds start at multiples of width().
    static std::optional<ScanCode> make(const KernelScope& kernel, const RunningFold& fold, const std::string& items,
                                        const std::string& padding, bool startsAligned);

    [[nodiscard]] int width() const { return m_width; }
    /// Elements a thread that are worth trying.
    [[nodiscard]] std::vector<std::int64_t> itemValues() const;
    /// Gives a name of the code around this a mark: fresh, from \p base.
    void addName(const std::string& mark, const std::string& base);
    void addValue(const std::string& mark, const std::string& value) { m_values.emplace_back(mark, value); }
    /// \p text with the marks of this code's names: type, first, end, lane, carry, …
    [[nodiscard]] std::string filled(const std::string& text) const { return warploom::filled(text, m_values); }
    /// Combination of two values by the fold's operation, marks allowed.
    [[nodiscard]] std::string combined(const std::string& a, const std::string& b) const
    {
        return filled(combination(m_fold->reduction, a, b));
    }

    /// Loads the elements from `first` on that lie below `end`, and folds for each round what precedes a lane's
    /// elements (`before`) and all (`whole`).
    [[nodiscard]] std::string loads() const;
    /// Fold of the warp's elements into `all`.
    [[nodiscard]] std::string total() const;
    /// Writes what the loop does; `carry` is the fold of all that precedes the warp's elements.
    [[nodiscard]] std::string writes() const;
    /// Puts a device function before the kernel unless the source has it, and gives its name the mark \p mark. @name@
    /// stands for it in \p text.
    void addFunction(const std::string& mark, const std::string& base, const std::string& text);
    [[nodiscard]] const std::string& functions() const { return m_functions; }

private:
    ScanCode(const KernelScope& kernel, const RunningFold& fold)
        : m_kernel(&kernel)
        , m_fold(&fold)
    {
    }
    void nameParts(const std::string& items, const std::string& padding);
    /// What the fold and what the writes are made of, locals included.
    [[nodiscard]] std::vector<const clang::Stmt*> foldParts() const;
    [[nodiscard]] std::vector<const clang::Stmt*> writeParts() const;
    [[nodiscard]] std::vector<const clang::Stmt*> parts() const;
    [[nodiscard]] std::string textOf(const clang::Stmt* part, bool isWide) const;
    [[nodiscard]] std::string prologue(const std::vector<const clang::Stmt*>& parts, bool isWide) const;
    [[nodiscard]] std::string foldStep(bool isWide) const;
    [[nodiscard]] std::string writeStep(bool isWide) const;
    [[nodiscard]] std::string isFull() const;
    /// A loop over the rounds, and one over the neighbours of a lane, unrolled.
    [[nodiscard]] std::string inRounds(const std::string& step) const;
    [[nodiscard]] std::string forEach(const std::string& step) const;
    [[nodiscard]] std::string wideLoads(bool folds) const;
    [[nodiscard]] std::string wideStores() const;

    const KernelScope* m_kernel;
    const RunningFold* m_fold;
    std::vector<ScanLane> m_lanes;
    int m_width = 4;
    CodeValues m_values;
    std::string m_functions;
};

}  // namespace warploom
