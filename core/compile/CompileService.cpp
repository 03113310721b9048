// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "compile/CompileService.h"

#include "compile/OutcomeJson.h"

namespace warploom {

void addCompileMethod(RpcServer& server, CachedCompiler& compiler, std::function<void()> beforeEach)
{
    const auto compile = [&compiler, beforeEach = std::move(beforeEach)](const nlohmann::json& params,
                                                                         RequestContext&) -> Result<nlohmann::json> {
        if (beforeEach)
            beforeEach();
        WARPLOOM_TRY(const CompileOutcome outcome, compiler.compile(params.get<CompileRequest>()));
        return outcomeToJson(outcome);
    };
    server.addMethod("compile", compile);
}

}  // namespace warploom
