// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <stop_token>
#include <string>

#include <nlohmann/json.hpp>

#include "base/Result.h"

namespace warploom {

class RpcPeer;

/// Raised by every change that an older peer would misunderstand.
constexpr int kProtocolVersion = 1;

/// Version of the program and, from a checkout, its commit: "0.1.0+g1a2b3c4d".
std::string buildId();

/// How one side introduces itself in "initialize" and in its answer.
struct PeerIdentity {
    std::string kind;  ///< "engine", "compile", "device", "rewriter", …
    nlohmann::json capabilities = nlohmann::json::object();
    int protocol = kProtocolVersion;
    std::string build = buildId();
};

nlohmann::json toJson(const PeerIdentity& identity);
/// ProtocolViolation if a field is missing or has the wrong type. \p capabilities may be missing.
Result<PeerIdentity> peerIdentityFromJson(const nlohmann::json& json);
/// VersionMismatch that names both sides' versions, unless protocol and build are the same.
Result<> checkVersions(const PeerIdentity& own, const PeerIdentity& other);

/// The calling side: sends "initialize", compares versions, and expects the other side to be of \p expectedKind.
Result<PeerIdentity> shakeHands(RpcPeer& peer, const PeerIdentity& own, const std::string& expectedKind,
                                std::chrono::milliseconds deadline, std::stop_token stopToken = {});

}  // namespace warploom
