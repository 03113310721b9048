// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "agent/llm/HttpClient.h"
#include "agent/llm/ModelPreset.h"
#include "base/Result.h"
#include "base/Secret.h"
#include "base/Units.h"

namespace warploom {

/// What a server said when it was tried.
struct ConnectionReport {
    std::vector<std::string> models;  ///< as it names them, in its order; some servers list the first page only
    bool sentKey = false;
    /// It lists its models without a key too: that they came says nothing of the key.
    bool isOpenToAll = false;
    Seconds time{0};  ///< of the first answer

    friend bool operator==(const ConnectionReport&, const ConnectionReport&) = default;
};

/// Asks a server for its models, which costs nothing in either dialect; where a key was sent, once more without it.
/// \p key may be empty. Gives up after 20 s. Fails as ModelServer::models() does.
Result<ConnectionReport> testConnection(const ServerPreset& server, const Secret& key,
                                        const std::shared_ptr<HttpClient>& http, std::stop_token stop);

}  // namespace warploom
