// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Answers moves/list, moves/propose and kernels/analyse on stdio. Hostile sources may crash Clang: whoever starts this
// expects that.
#include <cstdio>

#include "base/Log.h"
#include "moves/KernelAnalysis.h"
#include "moves/Moves.h"
#include "protocol/RpcServer.h"

namespace {

using namespace warploom;

Result<nlohmann::json> list(const nlohmann::json&, RequestContext&) { return nlohmann::json(listMoves()); }

Result<nlohmann::json> propose(const nlohmann::json& params, RequestContext&)
{
    WARPLOOM_TRY(const auto request, moveRequestFromJson(params));
    WARPLOOM_TRY(const auto answer, proposeMoves(request));
    return nlohmann::json(answer);
}

Result<nlohmann::json> analyse(const nlohmann::json& params, RequestContext&)
{
    WARPLOOM_TRY(const auto request, sketchRequestFromJson(params));
    WARPLOOM_TRY(const auto sketches, analyseKernels(request));
    return nlohmann::json(sketches);
}

}  // namespace

int main()
{
    setUpLogging("warploom-rewriter");
    auto server = RpcServer::onStdio({"rewriter"});
    if (!server) {
        std::fprintf(stderr, "warploom-rewriter: %s\n", server.error().toString().c_str());
        return 1;
    }
    (*server)->addMethod("moves/list", list);
    (*server)->addMethod("moves/propose", propose);
    (*server)->addMethod("kernels/analyse", analyse);
    const auto served = (*server)->serve();
    if (!served)
        spdlog::error("{}", served.error().toString());
    return served ? 0 : 1;
}
