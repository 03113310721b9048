// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/KernelScope.h"

namespace warploom {

/// What each round of a loop does that only works something out: of what it loads through parameters, of constants and
/// of variables that it hands on to the next round.
struct FoldRound {
    std::vector<const clang::Stmt*> statements;
    std::set<const clang::VarDecl*> states;  ///< set by the rounds, declared before the loop
    std::vector<Access> loads;
    bool isIdleOnZeros = false;  ///< a round whose loads are all 0 leaves every state as it was
};

/// Nothing where a round does anything else, leaves the loop, or needs to know its number for more than its loads.
/// Every place that it loads from it loads from whatever it has found.
std::optional<FoldRound> foldRound(const KernelScope& kernel, const CountedLoop& loop);

/// All variables that \p statement sets, those that it declares included; nothing where it changes anything but
/// variables of the thread, or does not end where it ends.
std::optional<std::set<const clang::VarDecl*>> variablesSetBy(const KernelScope& kernel, const clang::Stmt* statement);

}  // namespace warploom
