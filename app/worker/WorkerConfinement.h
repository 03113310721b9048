// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Confinement.h"
#include "compile/CudaLibraries.h"
#include "protocol/RpcServer.h"

namespace warploom {

// What each kind of worker is held to. Each is applied once, at the place that its comment names.

/// A compile worker, and the judge on the emulator, which compiles too: headers and libraries to read, the cache to
/// write, nothing else. After NVRTC is loaded, before anything is compiled.
ConfinementReport confineCompiler(const CudaLibraries& libraries, const std::filesystem::path& cache,
                                  std::optional<Bytes> addressSpace);
/// The judge of a GPU. The thread that starts runners is made first and stays free: what it starts confines itself, and
/// could not lift what it had inherited. Before the driver is loaded, whose threads inherit it.
ConfinementReport confineJudge(const std::filesystem::path& cache);
/// A runner, before the driver is loaded.
ConfinementReport confineRunner();
/// A runner with its context made needs no socket but the one that it was given. Adds what fails to \p report.
void closeSockets(ConfinementReport& report);

/// Adds "confinement/try": {file, folder} → [{act, refused, reason}], see tryForbiddenActs().
void addConfinementMethod(RpcServer& server);

}  // namespace warploom
