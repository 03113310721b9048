// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace warploom {

/// The candidate that a person who typed \p name most likely meant: the fewest letters added, left out or changed (at
/// most a third of them), without regard to case; or the one that contains the name. Nothing where none is near.
std::optional<std::string> closestName(std::string_view name, std::span<const std::string> candidates);

}  // namespace warploom
