// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "WorkerModes.h"
#include "compile/CompileService.h"

namespace warploom {

Result<> serveCompiles()
{
    WARPLOOM_TRY(CachedCompiler compiler, CachedCompiler::open());
    PeerIdentity identity;
    identity.kind = "compile";
    identity.capabilities = {{"compiler", compiler.version()}};
    WARPLOOM_TRY(const auto server, RpcServer::onStdio(std::move(identity)));
    addCompileMethod(*server, compiler);
    return server->serve();
}

}  // namespace warploom
