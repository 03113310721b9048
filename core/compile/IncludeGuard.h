// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string_view>

#include "protocol/CompileProduct.h"

namespace warploom {

/// The first directive of \p source that could read a file outside of the include path, or ask whether there is one: an
/// #include, #line or __has_include of a name that is absolute, climbs with "..", or is computed by a macro. Returned
/// as an error with its line and column (file left empty). Sources come from agents, and the compiler quotes what it
/// includes: NVRTC has no option that forbids this.
std::optional<Diagnostic> findForbiddenInclude(std::string_view source);

}  // namespace warploom
