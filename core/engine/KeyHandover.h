// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/Result.h"
#include "base/Secret.h"

namespace warploom {

/// Keys of model servers that a client hands to a host that runs already. Only ever a message of their socket.
struct KeyHandover {
    std::map<std::string, Secret> keys;  ///< by server
    std::vector<std::string> forgotten;  ///< servers whose keys the host is to forget
};

/// Holds the keys as they are: for the socket, and nothing else.
nlohmann::json keyHandoverToJson(const KeyHandover& handover);
/// InvalidInput for what is no handover, too much of it, or a key that no header could hold; nothing of a key stands in
/// the error.
Result<KeyHandover> keyHandoverFromJson(const nlohmann::json& json);

}  // namespace warploom
