// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/Result.h"
#include "protocol/CompileProduct.h"
#include "protocol/SourceLimits.h"

namespace warploom {

/// "sm_90a" taken apart.
struct ArchitectureName {
    int number = 0;  ///< 90
    std::string suffix;  ///< "", "a" or "f"
};
/// Nothing for text that is no architecture.
std::optional<ArchitectureName> parseArchitecture(std::string_view text);

/// Checks everything of \p request that reaches NVRTC outside of the source, where a line end or quote could smuggle in
/// directives or options: file name, kernel and symbol names, tunables; and the size of the source. InvalidInput says
/// which.
Result<> checkRequest(const CompileRequest& request);

/// "-DBLOCK=128"; negative values stand in brackets.
std::string macroOption(const std::string& name, std::int64_t value);

}  // namespace warploom
