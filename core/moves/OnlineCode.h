// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "moves/CodeTemplate.h"
#include "moves/Move.h"
#include "moves/OnlinePass.h"

namespace warploom {

/// What the first loop of an OnlinePass is given, so that a sum can be kept while its number is not known yet. Marks
/// stand for onlineValues.
struct OnlineCode {
    const char* before;
    const char* each;
    const char* after;
    /// Marks of the variables that hold what has been seen so far.
    std::vector<const char*> state;
    /// What adds the state that another thread has left, its variables' marks with "_of" behind.
    const char* joined;
    const char* origin;  ///< what \c before sets first and never changes, for who adds others' states; may be empty
};

const OnlineCode& onlineCode(OnlineSum kind);
/// Names that the source does not have yet, and \p pass in words.
CodeValues onlineValues(const MoveContext& context, const OnlinePass& pass);
/// The changes that put \p each first in the body of \p loop; nothing where that has no place in the text.
std::optional<std::vector<Replacement>> withEachElement(const ParsedSource& source, const CountedLoop& loop,
                                                        const std::string& each);

}  // namespace warploom
