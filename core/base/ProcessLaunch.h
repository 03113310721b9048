// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "base/ChildState.h"
#include "base/ProcessSpawner.h"

namespace warploom {

/// Forks and executes \p request on the calling thread, whose end will kill the child. Returns when exec has succeeded.
/// Only ProcessSpawner calls this.
Result<std::shared_ptr<ChildState>> launchProcess(const ProcessRequest& request);

}  // namespace warploom
