// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/GuardedKernel.h"
#include "moves/IndexExtremum.h"
#include "moves/Reduction.h"
#include "moves/RowNest.h"

namespace warploom {

/// One loop over the columns with what has to be done about it.
struct RowLoop {
    CountedLoop counted;  ///< whose iterations are shared
    const clang::ForStmt* whole = nullptr;  ///< the outermost of the loops around it, which all threads run; or itself
    std::optional<CountedLoop> outer;  ///< directly around it, where warps may share that and lanes this
    std::vector<Reduction> reductions;
    std::vector<IndexExtremum> extrema;  ///< with their places
    std::set<const clang::VarDecl*> written;  ///< global arrays
    bool isOfExit = false;  ///< it stands in what a row does before it leaves early
};

/// What one thread a row does, where the threads of a group may do it together: column loops that they share,
/// statements that every one of them may run, and conditions on which the row as a whole is left early.
struct RowWork {
    std::vector<RowLoop> loops;
    std::vector<const clang::IfStmt*> exits;
    std::vector<const clang::Stmt*> singles;  ///< with an effect outside the thread, for one thread of a group only
    const clang::VarDecl* walkedArray = nullptr;  ///< whose elements are a row
    bool hasLoadedBounds = false;  ///< some rows are as long as data says: they may be short
};

/// How the loops of a thread walk through memory.
enum class RowDirection {
    Along,  ///< neighbouring iterations have neighbouring elements, neighbouring threads are rows apart
    Across  ///< neighbouring threads may have neighbouring elements, iterations are rows apart
};

/// Nothing where the body of \p guarded has anything else in it, or its loops do not walk that way. Places of extrema
/// are found along rows only.
std::optional<RowWork> rowWork(const KernelScope& kernel, const GuardedKernel& guarded,
                               RowDirection direction = RowDirection::Along);

}  // namespace warploom
