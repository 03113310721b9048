// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <thread>

namespace warploom {

/// Starts a thread that asynchronous signals (SIGINT, SIGTERM, SIGPIPE, …) never reach: they go to the program's own
/// threads, and writing to a pipe nobody reads fails with EPIPE. \p name shows in debuggers, at most 15 characters.
/// Throws std::system_error when the system has no thread to give.
std::thread startBackgroundThread(const char* name, std::function<void()> body);

}  // namespace warploom
