// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace warploom {

/// What stands for the marks of a block of code: names with their text, which may hold marks of later names.
using CodeValues = std::vector<std::pair<std::string, std::string>>;

/// Replaces each @name@ by its value, so that a block of code can be written as it will look.
std::string filled(std::string text, const CodeValues& values);
/// Empty for a name that is not there.
std::string valueOf(const CodeValues& values, const std::string& name);

}  // namespace warploom
