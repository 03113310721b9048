// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/CodeTemplate.h"
#include "moves/LinkedFolds.h"
#include "moves/ScanLanes.h"

namespace warploom {

/// Code by which the threads of a block, or of a warp, take the steps of LinkedFolds together. A tile of the row lies
/// in registers, ITEMS elements a thread in rounds of neighbours; level after level of the scans goes over it, each
/// from what those before it hold at the element, and then all that is written.
class LinkedScanCode {
public:
    /// Nothing when macros hide part of the loop, or a variable has a type that shuffles do not take. \p items is the
    /// tunable for elements a thread, \p last the end of the row.
    static std::optional<LinkedScanCode> make(const KernelScope& kernel, const LinkedFolds& folds,
                                              const std::string& items, const std::string& last, bool isBlock);

    [[nodiscard]] int width() const { return m_width; }
    /// What stands in the place of the loop.
    [[nodiscard]] const std::string& loop() const { return m_loop; }
    /// Device functions that it calls.
    [[nodiscard]] const std::string& functions() const { return m_functions; }
    /// Number of a thread among those of a row.
    [[nodiscard]] std::string member() const { return m_isBlock ? "threadIdx.x" : text("@lane@"); }

private:
    using Fold = LinkedFolds::Fold;
    using FoldList = std::vector<const Fold*>;

    LinkedScanCode(const KernelScope& kernel, const LinkedFolds& folds, bool isBlock)
        : m_kernel(&kernel)
        , m_folds(&folds)
        , m_isBlock(isBlock)
    {
    }
    bool readLanes();
    void nameParts(const std::string& items, const std::string& last);
    bool addFunctions();
    void nameFold(const Fold& fold);
    [[nodiscard]] std::string scanFunction(const Fold& fold);
    [[nodiscard]] std::string recurrenceType(const Fold& fold);
    /// \p base, or another name where somebody else has it, with its definition \p textOf before the kernel.
    [[nodiscard]] std::string defined(const std::string& base,
                                      const std::function<std::string(const std::string& name)>& textOf);
    /// What two folded values come to, in their order.
    [[nodiscard]] static std::string together(const Fold& fold, const std::string& a, const std::string& b);
    /// What a value comes to with the folded ones that follow.
    [[nodiscard]] static std::string onwards(const Fold& fold, const std::string& value, const std::string& folded);
    [[nodiscard]] FoldList scansOf(std::size_t level) const;
    [[nodiscard]] FoldList onlyWholes() const;

    [[nodiscard]] std::string text(const std::string& code) const { return filled(code, m_values); }
    /// The same with the marks of \p fold: type, acc, values, before, …
    [[nodiscard]] std::string text(const Fold& fold, const std::string& code) const;
    [[nodiscard]] std::string textOf(const clang::Stmt* part) const;

    [[nodiscard]] std::string wholeLoop() const;
    [[nodiscard]] std::string tile() const;
    [[nodiscard]] std::string loads() const;
    [[nodiscard]] std::string stores() const;
    /// Lanes that begin on a boundary together.
    [[nodiscard]] std::vector<std::vector<const ScanLane*>> groups() const;
    [[nodiscard]] std::string isAligned() const;
    /// Name of what says that the lanes of group \p number begin on a boundary.
    [[nodiscard]] std::string flag(std::size_t number) const;
    /// The lowest place of a thread's neighbours from \p at on.
    [[nodiscard]] std::string widePlace(const ScanLane& lane, const std::string& at) const;
    /// The thread's neighbour @k@ of \p lane in a round.
    [[nodiscard]] std::string neighbour(const ScanLane& lane) const;
    /// A loop over rounds: \p wide where all of the thread's neighbours exist and \p aligned says so, \p single for
    /// each element that exists elsewhere.
    [[nodiscard]] std::string inRounds(const std::string& wide, const std::string& single,
                                       const std::string& aligned) const;
    /// What \p level folds at each element, and what precedes each round of the thread's.
    [[nodiscard]] std::string scans(std::size_t level) const;
    [[nodiscard]] std::string warpFold(const Fold& fold) const;
    [[nodiscard]] std::string exchange(const FoldList& scans) const;
    [[nodiscard]] std::string carry(const Fold& fold) const;
    /// The steps of every element that \p found needs, and with \p writes those that write.
    [[nodiscard]] std::string elements(const FoldList& found, bool writes) const;
    [[nodiscard]] std::string steps(const FoldList& found, const FoldList& read,
                                    const std::vector<const clang::Stmt*>& parts) const;
    [[nodiscard]] std::string update(const Fold& fold) const;
    [[nodiscard]] std::string wholes() const;

    const KernelScope* m_kernel;
    const LinkedFolds* m_folds;
    bool m_isBlock;
    std::vector<ScanLane> m_lanes;
    int m_width = 4;
    CodeValues m_values;
    std::map<const Fold*, CodeValues> m_ofFolds;
    std::string m_functions;
    std::string m_loop;
};

}  // namespace warploom
