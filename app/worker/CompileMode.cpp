// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "WorkerConfinement.h"
#include "WorkerModes.h"
#include "compile/CompileService.h"

namespace warploom {

namespace {

// Far above what kernels take; a front end that eats more is caught in an endless template or loop.
constexpr Bytes kAddressSpace{4096 * kMiB.value};
// The engine gives up after less: this is for workers that nobody watches any more.
constexpr std::chrono::seconds kProcessorTime{60};

}  // namespace

Result<> serveCompiles()
{
    WARPLOOM_TRY(CachedCompiler compiler, CachedCompiler::open());
    PeerIdentity identity;
    identity.kind = "compile";
    identity.capabilities = {
        {"compiler", compiler.version()},
        {"confinement", confineCompiler(compiler.libraries(), CompileCache::defaultFolder(), kAddressSpace)}};
    WARPLOOM_TRY(const auto server, RpcServer::onStdio(std::move(identity)));
    addCompileMethod(*server, compiler, [] { allowProcessorTime(kProcessorTime); });
    addConfinementMethod(*server);
    return server->serve();
}

}  // namespace warploom
