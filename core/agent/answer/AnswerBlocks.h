// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/answer/SourceEdits.h"

namespace warploom {

/// A fenced piece of an answer.
struct AnswerFence {
    std::string language;  ///< what stands behind the opening fence, in lower case
    std::string text;
    bool isClosed = true;
};

/// What an answer in Markdown consists of.
struct AnswerBlocks {
    std::vector<SourceEdit> edits;  ///< of <<<<<<< SEARCH … ======= … >>>>>>> REPLACE, in fences or not
    bool lastEditIsOpen = false;  ///< its end was missing: it is not among the edits
    std::vector<AnswerFence> fences;  ///< those that hold text, less the edits
    std::vector<std::string> prose;  ///< lines outside of all of these; an empty one stands for a fence or an edit
    std::vector<std::string> notes;
};

/// Takes \p text apart, in one pass. \p isTruncated: an edit whose end is missing is not mended then.
AnswerBlocks splitAnswer(std::string_view text, bool isTruncated);

}  // namespace warploom
