// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "agent/llm/ModelCatalogue.h"
#include "base/Result.h"

namespace warploom {

struct FetchedPage {
    int status = 0;  ///< of HTTP
    std::string body;
};

/// What a GET of the address answers; an Error where nobody does. Called from several threads at once.
using HttpFetch =
    std::function<Result<FetchedPage>(const std::string& url, std::chrono::milliseconds deadline, std::stop_token)>;

/// A model server that runs on this machine.
struct FoundServer {
    ServerPreset server;  ///< with the address where it was found
    std::vector<std::string> models;  ///< as it names them, in its order; may be empty
};

/// A port where something answers, but not with its models.
struct RefusedPort {
    int port = 0;
    Error why;
};

struct LocalSearch {
    std::vector<FoundServer> found;  ///< by port
    std::vector<RefusedPort> refused;
    std::vector<int> tried;  ///< every port that was asked
};

/// Asks the usual ports of all local servers of the catalogue for GET /v1/models, all at once. A server on another
/// one's port is told by what it writes behind owned_by. Where nothing listens, nothing is said.
LocalSearch findLocalServers(const ModelCatalogue& catalogue, const HttpFetch& fetch, std::stop_token stop,
                             std::chrono::milliseconds deadline = std::chrono::milliseconds(1500));

}  // namespace warploom
