// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Answers moves/list, moves/propose and kernels/analyse on stdio. Hostile sources may crash Clang: whoever starts this
// expects that. Clang sees files in memory only, and the process may open no others.
#include <cstdio>

#include "base/Confinement.h"
#include "base/ConfinementTrial.h"
#include "base/Log.h"
#include "moves/KernelAnalysis.h"
#include "moves/Moves.h"
#include "protocol/RpcServer.h"

namespace {

using namespace warploom;

constexpr Bytes kAddressSpace{4096 * kMiB.value};
constexpr Bytes kLargestFile{64 * kMiB.value};  // its log, where that goes to a file
constexpr unsigned kMostOpenFiles = 64;
// The engine gives up after less: this is for a rewriter that nobody watches any more.
constexpr std::chrono::seconds kProcessorTime{60};

ConfinementReport confine()
{
    Confinement confinement;
    confinement.files = systemFiles();
    confinement.addressSpace = kAddressSpace;
    confinement.fileSize = kLargestFile;
    confinement.openFiles = kMostOpenFiles;
    return applyConfinement(confinement);
}

Result<nlohmann::json> list(const nlohmann::json&, RequestContext&) { return nlohmann::json(listMoves()); }

Result<nlohmann::json> propose(const nlohmann::json& params, RequestContext&)
{
    allowProcessorTime(kProcessorTime);
    WARPLOOM_TRY(const auto request, moveRequestFromJson(params));
    WARPLOOM_TRY(const auto answer, proposeMoves(request));
    return nlohmann::json(answer);
}

Result<nlohmann::json> analyse(const nlohmann::json& params, RequestContext&)
{
    allowProcessorTime(kProcessorTime);
    WARPLOOM_TRY(const auto request, sketchRequestFromJson(params));
    WARPLOOM_TRY(const auto sketches, analyseKernels(request));
    return nlohmann::json(sketches);
}

Result<nlohmann::json> tryForbidden(const nlohmann::json& params, RequestContext&)
{
    return nlohmann::json(
        tryForbiddenActs(params.at("file").get<std::string>(), params.at("folder").get<std::string>()));
}

}  // namespace

int main()
{
    setUpLogging("warploom-rewriter");
    forgetForeignEnvironment();
    PeerIdentity identity{"rewriter"};
    identity.capabilities = {{"confinement", confine()}};
    auto server = RpcServer::onStdio(std::move(identity));
    if (!server) {
        std::fprintf(stderr, "warploom-rewriter: %s\n", server.error().toString().c_str());
        return 1;
    }
    (*server)->addMethod("moves/list", list);
    (*server)->addMethod("moves/propose", propose);
    (*server)->addMethod("kernels/analyse", analyse);
    (*server)->addMethod("confinement/try", tryForbidden);
    const auto served = (*server)->serve();
    if (!served)
        spdlog::error("{}", served.error().toString());
    return served ? 0 : 1;
}
