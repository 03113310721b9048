// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "protocol/Handshake.h"

#include <utility>

#include <fmt/format.h>

#include "protocol/BoundedJson.h"
#include "protocol/RpcPeer.h"

namespace warploom {

namespace {

std::string versionsOf(const PeerIdentity& identity)
{
    return fmt::format("protocol {}, build {}", identity.protocol, identity.build);
}

}  // namespace

std::string buildId() { return WARPLOOM_BUILD_ID; }

nlohmann::json toJson(const PeerIdentity& identity)
{
    return {{"protocol", identity.protocol},
            {"build", identity.build},
            {"kind", identity.kind},
            {"capabilities", identity.capabilities}};
}

Result<PeerIdentity> peerIdentityFromJson(const nlohmann::json& json)
{
    try {
        PeerIdentity identity;
        json.at("protocol").get_to(identity.protocol);
        json.at("build").get_to(identity.build);
        json.at("kind").get_to(identity.kind);
        identity.capabilities = json.value("capabilities", nlohmann::json::object());
        return identity;
    } catch (const nlohmann::json::exception&) {
        return fail(Error{ErrorCode::ProtocolViolation,
                          "a handshake that cannot be read",
                          {},
                          "{protocol: integer, build: string, kind: string}",
                          writeJson(json).substr(0, 200)});
    }
}

Result<> checkVersions(const PeerIdentity& own, const PeerIdentity& other)
{
    if (own.protocol == other.protocol && own.build == other.build)
        return {};
    return fail(Error{ErrorCode::VersionMismatch,
                      fmt::format("{} and {} are of different versions", own.kind, other.kind),
                      {},
                      versionsOf(own),
                      versionsOf(other)});
}

Result<PeerIdentity> shakeHands(RpcPeer& peer, const PeerIdentity& own, const std::string& expectedKind,
                                std::chrono::milliseconds deadline, std::stop_token stopToken)
{
    CallOptions options;
    options.deadline = deadline;
    options.stopToken = std::move(stopToken);
    WARPLOOM_TRY(const nlohmann::json answer, peer.call("initialize", toJson(own), std::move(options)));
    WARPLOOM_TRY(PeerIdentity other, peerIdentityFromJson(answer));
    WARPLOOM_CHECK(checkVersions(own, other));
    if (other.kind != expectedKind)
        return fail(
            Error{ErrorCode::ProtocolViolation, "another kind of program answered", {}, expectedKind, other.kind});
    return other;
}

}  // namespace warploom
