// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <stop_token>

#include "mcp/McpOffer.h"
#include "protocol/MessageStream.h"

namespace warploom {

/// Serves one client over lines of JSON until it closes its end or \p stop is requested; what runs is cancelled then.
/// An error where the connection failed otherwise.
Result<> serveMcp(RpcChannel channel, McpOffer offer, const std::stop_token& stop);

}  // namespace warploom
