// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "mcp/McpOffer.h"
#include "mcp/McpWorkspace.h"

namespace warploom {

/// Everything that a coding agent may do in a workspace: tools, resources, a prompt.
McpOffer workspaceOffer(const std::shared_ptr<McpWorkspace>& workspace);

// Its tools.
McpTool taskTool(const std::shared_ptr<McpWorkspace>& workspace);
McpTool checkTool(const std::shared_ptr<McpWorkspace>& workspace);
McpTool benchTool(const std::shared_ptr<McpWorkspace>& workspace);
McpTool profileTool(const std::shared_ptr<McpWorkspace>& workspace);
McpTool diagnoseTool(const std::shared_ptr<McpWorkspace>& workspace);
McpTool submitTool(const std::shared_ptr<McpWorkspace>& workspace);
McpTool lineageTool(const std::shared_ptr<McpWorkspace>& workspace);
McpTool bestTool(const std::shared_ptr<McpWorkspace>& workspace);
McpTool variantTool(const std::shared_ptr<McpWorkspace>& workspace);
McpTool knowledgeTool(const std::shared_ptr<McpWorkspace>& workspace);

/// How a kernel's launch plan is written, for agents.
std::string_view directiveNotes();

}  // namespace warploom
