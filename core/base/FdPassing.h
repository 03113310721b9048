// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>

#include "base/Result.h"
#include "base/UniqueFd.h"

namespace warploom {

/// Sends a copy of \p fd over a Unix stream socket (SCM_RIGHTS), with one byte of data.
Result<> sendFd(int socket, int fd);
/// Waits for one descriptor; Timeout when none comes, IoFailed when the other end is gone.
Result<UniqueFd> receiveFd(int socket, std::chrono::milliseconds timeout);

}  // namespace warploom
