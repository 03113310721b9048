// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "compile/CompileService.h"

#include "compile/OutcomeJson.h"

namespace warploom {

void addCompileMethod(RpcServer& server, CachedCompiler& compiler)
{
    server.addMethod("compile", [&compiler](const nlohmann::json& params, RequestContext&) -> Result<nlohmann::json> {
        WARPLOOM_TRY(const CompileOutcome outcome, compiler.compile(params.get<CompileRequest>()));
        return outcomeToJson(outcome);
    });
}

}  // namespace warploom
