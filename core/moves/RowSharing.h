// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/GuardedKernel.h"
#include "moves/Move.h"
#include "moves/RowWork.h"

namespace warploom {

/// Whether every launch of \p kernel has blocks that are lines of threads, and there is one; grids may be more.
bool hasLineBlocks(const KernelScope& kernel);

/// How a group of threads shares what one thread did.
struct RowGroup {
    ReductionLevel level;
    std::string row;  ///< the row's number, for the variable that held the thread's
    std::string member;  ///< a thread's number in its group
    std::string size;  ///< threads in a group
    std::string meet;  ///< barrier of the group
    std::string rows;  ///< that a block has, from @BLOCK@ threads
    std::string words;
};

RowGroup blockGroup();
RowGroup warpGroup();
/// \p lanes: the tunable that says how many.
RowGroup laneGroup(const std::string& lanes);
/// A block has some neighbouring rows, and its warps share each. \p columns: the tunable that says how many, whole
/// warps.
RowGroup columnGroup(const std::string& columns);

/// The most elements that a row of \p kernel has at each of the sizes that are timed; 0 where it is not known.
std::vector<std::int64_t> timedRowLengths(const MoveContext& context, const KernelScope& kernel, const RowWork& work);

/// Rewrites a kernel with one thread a row so that groups of threads share the rows.
class RowSharing {
public:
    /// All must outlive it.
    RowSharing(const MoveContext& context, const KernelScope& kernel, const GuardedKernel& guarded, const RowWork& work,
               RowGroup group, const std::string& lanes = {});

    /// False, with \p edit unusable, where something of it cannot be shared. \p byWarps: of a nest, warps take the
    /// rounds of the loop around.
    bool apply(SourceEdit& edit, bool byWarps = false);
    /// What the size of a block is called then.
    [[nodiscard]] const std::string& block() const { return m_block; }
    /// Device functions that the kernel calls then, to be put before it.
    [[nodiscard]] const std::string& functions() const { return m_functions.text(); }

private:
    [[nodiscard]] bool isExit(const clang::Stmt* statement) const;
    [[nodiscard]] bool leavesOrder(const clang::Stmt* statement) const;
    [[nodiscard]] bool meetsIn(const clang::Stmt* statement) const;
    void meetAfter(SourceEdit& edit, const clang::Stmt* statement) const;
    [[nodiscard]] std::int64_t leastBlock() const;
    bool editLoop(SourceEdit& edit, const RowLoop& loop, bool byWarps);
    void declareBefore(const std::string& function, clang::QualType type);
    bool addExtremum(const IndexExtremum& extremum, const std::string& indentation, std::string& after);
    void makeSingle(SourceEdit& edit, const clang::Stmt* single) const;
    bool editLaunches(SourceEdit& edit);

    const MoveContext& m_context;
    const KernelScope& m_kernel;
    const GuardedKernel& m_guarded;
    const RowWork& m_work;
    RowGroup m_group;
    std::string m_lanes;
    ReductionFunctions m_functions;
    std::string m_block;
};

}  // namespace warploom
