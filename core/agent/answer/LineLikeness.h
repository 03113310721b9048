// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace warploom {

/// Which of \p lines shares most pairs of characters with \p line (Dice's coefficient over bigrams); nothing where none
/// shares a third of them.
std::optional<std::size_t> mostAlike(std::string_view line, std::span<const std::string_view> lines);

}  // namespace warploom
