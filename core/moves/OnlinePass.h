// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/TwinLoops.h"

namespace warploom {

/// What a loop adds up of its values f, each taken with one number that a loop before it gave.
enum class OnlineSum {
    Squares,  ///< (f - number)², the first loop having added up f
    Exponentials  ///< exp(f - number), the first loop having found the largest f
};

/// Two loops of one thread over the same columns, of which the first can do the second's work: it keeps the sum with a
/// number of its own, which it corrects as it goes on, and at the end the sum is corrected for the other number.
struct OnlinePass {
    OnlineSum kind = OnlineSum::Squares;
    std::vector<CountedLoop> first;  ///< the loop, or a nest, outermost first
    std::vector<CountedLoop> second;  ///< as many
    const clang::VarDecl* result = nullptr;  ///< what the second loop adds to
    const clang::VarDecl* array = nullptr;  ///< that both read
    std::string type;
    std::string value;  ///< f in terms of the first loop's variables
    std::string origin;  ///< f of the first element of all
    std::string number;
    std::string exponential;  ///< function that was called
};

/// Those of loops that \p runners do, threads of a block or warp together or each by itself; each loop the second of
/// one pair at most.
std::vector<OnlinePass> onlinePasses(const KernelScope& kernel, LoopRunners runners);

}  // namespace warploom
