// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>

#include "agent/llm/KeySource.h"

namespace warploom {

/// Keys of model servers: those that \p keyFd hands over, then those of the environment. The descriptor is closed.
Result<std::shared_ptr<const KeySource>> keysFrom(std::optional<int> keyFd);

}  // namespace warploom
