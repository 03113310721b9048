// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "analysis/Finding.h"
#include "analysis/Observation.h"

namespace warploom {

/// Where a rule's findings stand among the others.
enum class Standing {
    First,  ///< it makes everything else meaningless
    Curable,  ///< by the gain to expect
    Limit,  ///< an honest one: nothing to gain; last
};

/// One thing that can be wrong with a kernel, and how to see it. Each stands in a file of its own in analysis/rules.
struct Rule {
    std::string_view name;  ///< "uncoalesced-loads": never changed, experience and exports hold it
    std::string_view title;  ///< "Loads are not coalesced"
    /// Sentence with {numbers} in braces: "A load request of {kernel} touches {sectors_per_request} sectors where
    /// {ideal_sectors} would hold its bytes."
    std::string_view sentence;
    std::string_view cure;  ///< "Let neighbouring threads read neighbouring addresses."
    Bottleneck bottleneck = Bottleneck::Unknown;
    Standing standing = Standing::Curable;
    std::vector<std::string_view> moves;  ///< of the rules agent, that address it
    /// Findings, at most one a kernel; name, bottleneck, moves and gains are filled in by diagnose().
    std::vector<Finding> (*look)(const Observation& observation) = nullptr;
};

/// Every rule, in the order of their names.
std::span<const Rule> allRules();
const Rule* findRule(std::string_view name);

/// The rule's sentence with the finding's numbers in it; the finding's rule itself where there is no such rule.
std::string sentenceOf(const Finding& finding);
/// A number as it stands in a sentence. What it is of is in its name: "…_share" is written in per cent, "…_bytes",
/// "…_bytes_per_second", "…_flops_per_second" and "…_us" with their units.
std::string numberText(std::string_view name, double value);

}  // namespace warploom
