// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <spdlog/spdlog.h>

namespace warploom {

/// Sends the default logger to stderr, one line a message, with \p program in front. Level from WARPLOOM_LOG
/// (trace, debug, info, warn, error; default warn). stdout is never touched: it may be a protocol channel.
void setUpLogging(const char* program);

}  // namespace warploom
