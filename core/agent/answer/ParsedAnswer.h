// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace warploom {

/// What is wrong with an answer; each is counted, and explained to whoever looks, and to the model when it is asked
/// again.
enum class AnswerFault {
    None,
    Empty,
    Truncated,  ///< cut before the source was complete
    Refused,
    OffFormat,  ///< neither edits nor a file can be found in it
    EditNotFound,  ///< a search block is nowhere in the parent
    EditAmbiguous,  ///< a search block stands in the parent more than once
    Unchanged,  ///< the source is the parent's
    TooLarge,
};

std::string_view answerFaultName(AnswerFault fault);
std::optional<AnswerFault> answerFaultFromName(std::string_view name);

/// What an agent's answer proposes, whatever its form.
struct ParsedAnswer {
    AnswerFault fault = AnswerFault::None;
    std::string explanation;  ///< of the fault, for people and for the model: what was expected, what stood there
    std::string source;  ///< the whole new kernel file; empty with a fault
    std::string move;  ///< short name of the change, in lower case with dashes; "unnamed" where the answer gives none
    std::string title;  ///< one line
    std::string hypothesis;
    double predictedGain = 1;  ///< ratio to the parent
    std::vector<std::string> notes;  ///< what was bent to make sense of it: "the last fence was not closed"
};

/// Reads the answer of a model or a program: search/replace blocks on \p parent's source, or a whole file, with
/// hypothesis, predicted effect and move's name. Tolerant: never fails, says what is wrong in `fault`. \p isTruncated:
/// the server said that the answer was cut.
ParsedAnswer parseAnswer(std::string_view text, std::string_view parent, bool isTruncated = false);

}  // namespace warploom
