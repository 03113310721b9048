// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "agent/prompt/Prompt.h"

namespace warploom {

/// A piece of a part that is told whole or not at all.
struct PromptItem {
    std::string text;
    int rank = 0;  ///< what has the largest is left out first; 0: never
};

/// A part before it is known what fits.
struct PromptSection {
    std::string name;  ///< as PromptPart has it
    std::string title;
    std::vector<PromptItem> items;  ///< in the order of the text, ranks ascending; none: the part does not exist

    void add(std::string text, int rank = 0) { items.push_back({std::move(text), rank}); }
};

/// What fits the budget: items by their rank until the first that does not fit, so that a larger budget never tells
/// less of anything. Items of rank 0 are always told. What is cut is said in the parts, and in one at the end.
Prompt fitted(std::string system, std::vector<PromptSection> sections, const PromptBudget& budget);

}  // namespace warploom
