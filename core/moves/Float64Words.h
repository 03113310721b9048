// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace warploom {

/// What stands for the word \p name in a text that computes in double: exp for expf, double4 for float4; nothing for
/// words that stay. Types that name one floating number are not among them.
std::optional<std::string> wordInDouble(const std::string& name);
/// A floating literal without the suffix that makes it a float; nothing for others.
std::optional<std::string> literalInDouble(std::string_view literal);
/// Whether \p name works on the bits of floats, or on pairs of halves: not to be had in double.
bool isBoundToItsWidth(const std::string& name);
/// Definitions of what wordInDouble() names and CUDA does not have, for the words that occur in \p text.
std::string helpersInDouble(const std::string& text);

}  // namespace warploom
