// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "base/Result.h"

namespace warploom {

/// An answer as a model might give it, written by hand: a file of resources/examples/TASK.
struct WrittenAnswer {
    std::string id;  ///< file name without its ending: "02-define-the-infinity"
    std::string task;
    /// Of the answer whose kernel this one changes, or mends where it `repairs`; "baseline": the task's baseline.
    std::string after;
    bool repairs = false;  ///< given only when the kernel of `after` has failed and is to be mended
    std::string baseline;  ///< sourceHash() of the baseline it was written for; only of answers after the baseline
    std::string text;  ///< as the agent reads it
};

/// What an answer stands after where no other answer comes before it.
inline constexpr std::string_view kAfterBaseline = "baseline";

/// A file as docs/formats.md describes it. InvalidInput with file, line, what was expected and what stood there.
Result<WrittenAnswer> parseWrittenAnswer(const std::string& id, std::string_view text, const std::string& file);

}  // namespace warploom
