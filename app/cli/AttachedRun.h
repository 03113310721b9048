// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <stop_token>

#include "engine/EngineServer.h"

namespace warploom {

/// Has the run carried out by the host that has the workspace, and shows its progress until it ends. Where a run is
/// going on already, an order to resume watches it, any other fails with Locked. \p whenUnreachable is the error when
/// no host listens on this machine. A stop ends a run that was ordered here, and only the watching of another.
Result<RunProgress> evolveAttached(const std::filesystem::path& workspace, const RunOrder& order,
                                   const Error& whenUnreachable, std::stop_token stop);

}  // namespace warploom
