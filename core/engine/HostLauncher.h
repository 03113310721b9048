// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <stop_token>

#include "engine/EngineClient.h"
#include "engine/Lineage.h"

namespace warploom {

/// Starts `warploom-cli serve WORKSPACE` as a process of its own session that outlives this one, and ends by itself
/// when it has been idle. Its log lies in the cache folder. The workspace is made where there is none.
Result<> launchHost(const std::filesystem::path& workspace);

/// Connects to the workspace's host; starts one where nobody serves it, and waits until it listens (10 s, then
/// Timeout with the end of the host's log). ReadOnly where no host could write the file.
Result<std::unique_ptr<EngineClient>> attachToHost(const std::filesystem::path& workspace,
                                                   EngineClient::Listener listener, std::stop_token stop);

/// Reads everything that viewers show; does not need a host.
Result<WorkspaceContent> readContent(const std::filesystem::path& workspace);

}  // namespace warploom
