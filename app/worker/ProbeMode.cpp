// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "WorkerModes.h"
#include "compile/CachedCompiler.h"
#include "device/cuda/CudaProbe.h"
#include "device/emulator/EmulatorDevice.h"
#include "protocol/RpcServer.h"

namespace warploom {

namespace {

nlohmann::json failureJson(const Error& error)
{
    return {{"code", errorCodeName(error.code)}, {"message", error.toString()}};
}

nlohmann::json probe()
{
    nlohmann::json answer = {{"devices", nlohmann::json::array()}};
    std::optional<int> driverMajor;
    if (const auto cuda = probeCudaDevices()) {
        answer["devices"] = cuda->devices;
        answer["driver"] = cuda->driver;
        driverMajor = cuda->cudaVersion / 1000;
    } else {
        answer["cuda_failure"] = failureJson(cuda.error());
    }
    if (const auto emulator = makeEmulatorDevice({}))
        answer["devices"].push_back((*emulator)->facts());
    if (const auto compiler = CachedCompiler::open(driverMajor)) {
        answer["compiler"] = compiler->version();
        answer["compiler_origin"] = compiler->libraries().nvrtc.string();
    } else {
        answer["compiler_failure"] = failureJson(compiler.error());
    }
    return answer;
}

}  // namespace

Result<> serveProbe()
{
    PeerIdentity identity;
    identity.kind = "probe";
    WARPLOOM_TRY(const auto server, RpcServer::onStdio(std::move(identity)));
    server->addMethod("probe/devices",
                      [](const nlohmann::json&, RequestContext&) -> Result<nlohmann::json> { return probe(); });
    return server->serve();
}

}  // namespace warploom
