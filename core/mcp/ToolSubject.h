// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "mcp/McpOffer.h"
#include "mcp/McpWorkspace.h"
#include "mcp/ToolArguments.h"

namespace warploom {

/// The kernel that a call is about.
struct ToolSubject {
    SourceOrder order;
    VariantId variant = 0;  ///< of the lineage; 0: a text of the caller's
    std::string name;  ///< "the source", "variant 12", "the baseline"
};

/// Schema of an object with these properties; nothing else may be given.
nlohmann::json schemaOf(nlohmann::json properties, std::vector<std::string> required = {});
/// The properties source, variant and configuration.
nlohmann::json subjectProperties();
/// What source or variant name; with neither the best variant, else the baseline. A variant comes with its best
/// configuration. Unknown tunables are InvalidArgument.
Result<ToolSubject> subjectOf(const ToolArguments& arguments, McpWorkspace& workspace);
/// Reports a host's steps.
ProgressSink progressOf(const ToolCall& call);
/// Line \p number of \p source without its indentation, at most \p columns bytes of ASCII or whole characters.
std::string lineOf(const std::string& source, int number, std::size_t columns = 100);

}  // namespace warploom
