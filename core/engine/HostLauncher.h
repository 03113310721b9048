// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <stop_token>
#include <string>

#include "base/Secret.h"
#include "engine/EngineClient.h"
#include "engine/Lineage.h"

namespace warploom {

/// Starts `warploom-cli serve WORKSPACE` as a process of its own session that outlives this one, and ends by itself
/// when it has been idle. Its log lies in the cache folder. The workspace is made where there is none.
///
/// \p keys of model servers, by server, go to it through a pipe: they stand in no argument and no environment.
Result<> launchHost(const std::filesystem::path& workspace, const std::map<std::string, Secret>& keys = {});

/// Connects to the workspace's host and hands it the keys; starts one with them where nobody serves it, and waits until
/// it listens (10 s, then Timeout with the end of the host's log). ReadOnly where no host could write the file.
Result<std::unique_ptr<EngineClient>> attachToHost(const std::filesystem::path& workspace,
                                                   EngineClient::Listener listener, std::stop_token stop,
                                                   const std::map<std::string, Secret>& keys = {});

/// Reads everything that viewers show; does not need a host.
Result<WorkspaceContent> readContent(const std::filesystem::path& workspace);

}  // namespace warploom
