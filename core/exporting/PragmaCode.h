// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>

namespace warploom {

/// Names of macros without parameters, with what they stand for.
using MacroTable = std::map<std::string, std::string>;

/// \p source with the macros in its #pragma lines and _Pragma strings replaced: NVRTC replaces them itself, but under
/// nvcc nobody does. \p macros are those defined before the source; it may define further ones. Macros with parameters
/// stay as they are.
std::string withResolvedPragmas(const std::string& source, MacroTable macros);

}  // namespace warploom
