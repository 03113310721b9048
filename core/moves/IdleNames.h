// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace warploom {

/// Without the lines `tune`, `let` and `#define` whose names nothing uses any more: what a move has replaced leaves
/// them behind, and a tunable without effect is searched in vain. What nothing used in \p before stays.
std::string withoutIdleNames(std::string_view before, std::string after);

}  // namespace warploom
