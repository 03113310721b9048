// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/Money.h"

namespace warploom {

/// What a server asks for a million tokens. What is not there is unknown, which is not nought.
struct ModelPrice {
    std::optional<MicroDollars> prompt;  ///< a million tokens sent
    std::optional<MicroDollars> cached;  ///< a million of those that the server still held; unknown: as others sent
    std::optional<MicroDollars> answer;  ///< a million tokens that come back
    std::string date;  ///< "2026-07-02": when the source gave it; may be empty
    std::string source;  ///< where it is from; may be empty

    /// Whether a cost can be told.
    [[nodiscard]] bool isKnown() const { return prompt && answer; }
    [[nodiscard]] bool isFree() const { return isKnown() && prompt->value == 0 && answer->value == 0; }
    friend bool operator==(const ModelPrice&, const ModelPrice&) = default;
};

/// A model server: how to reach it. Its key is nowhere in here.
struct ServerPreset {
    std::string name;  ///< in references: "openai"
    std::string title;
    std::string dialect = "openai";  ///< "openai" or "anthropic"
    std::string url;  ///< what "/models" and "/chat/completions" or "/messages" are put behind; no slash at its end
    std::string keyVariable;  ///< environment variable that may hold its key; may be empty
    bool needsKey = false;  ///< false: goes without, and takes a key where there is one
    bool isLocal = false;  ///< a machine of one's own: its answers cost nothing
    std::vector<int> ports;  ///< where it is looked for on this machine
    std::string owner;  ///< what it writes behind owned_by in its list of models; may be empty
    std::string caFile;  ///< certificates to trust instead of the system's; may be empty
    std::string proxy;  ///< empty: as the environment says
    std::chrono::seconds connectDeadline{10};
    std::chrono::seconds answerDeadline{600};  ///< of a whole answer
    std::vector<std::pair<std::string, std::string>> headers;  ///< sent with every request
    std::string origin;  ///< file that said the last word on it; "built in" otherwise
};

/// A model of a server.
struct ModelPreset {
    std::string server;
    std::string id;  ///< as the server calls it
    std::string title;
    std::optional<std::int64_t> contextTokens;  ///< prompt and answer together; nothing: not known
    std::optional<std::int64_t> answerTokens;  ///< the longest answer; nothing: not known
    ModelPrice price;
    std::string origin;  ///< file that said the last word on it; "built in" otherwise
};

}  // namespace warploom
