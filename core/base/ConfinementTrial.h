// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace warploom {

/// One thing that a confined process must not be able to do, tried.
struct TrialOutcome {
    std::string act;  ///< "read-file", "start-program", …
    bool refused = false;
    std::string reason;  ///< the system's word for it, or why it was possible
};

void to_json(nlohmann::json& json, const TrialOutcome& outcome);

/// Tries from inside this process what confinement is to forbid, and says what became of each. Harmless where it
/// succeeds: \p file is only opened (for reading, and for writing at its end), what is made in \p folder is removed
/// again, the program is `true`.
std::vector<TrialOutcome> tryForbiddenActs(const std::filesystem::path& file, const std::filesystem::path& folder);

}  // namespace warploom
