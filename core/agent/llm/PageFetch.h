// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "agent/llm/HttpClient.h"
#include "agent/llm/LocalServers.h"

namespace warploom {

/// Fetches small pages of this machine over HTTP, past every proxy and without a key.
HttpFetch localPageFetch(std::shared_ptr<HttpClient> client);

}  // namespace warploom
