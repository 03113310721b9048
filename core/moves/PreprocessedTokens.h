// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace warploom {

/// The tokens that the preprocessor makes of \p text, those of headers left out; nothing where it meets an error.
std::optional<std::vector<std::string>> preprocessedTokens(const std::string& text);

}  // namespace warploom
