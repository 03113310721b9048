// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <charconv>

#include <fmt/format.h>

#include "WorkerConfinement.h"
#include "WorkerModes.h"
#include "base/Log.h"
#include "device/WatchedDevice.h"
#include "device/cuda/GpuLock.h"
#include "device/emulator/EmulatorDevice.h"
#include "measure/CardSensors.h"
#include "measure/CountService.h"
#include "measure/JudgeService.h"
#include "measure/RunnerHost.h"
#include "measure/RunnerMessages.h"
#include "measure/RunnerService.h"

namespace warploom {

namespace {

PeerIdentity identityOf(const char* kind)
{
    PeerIdentity identity;
    identity.kind = kind;
    return identity;
}

/// Answers the handshake with the reason, so that the caller can show it.
Result<> serveFailure(const Error& error, const char* kind = "device")
{
    PeerIdentity identity = identityOf(kind);
    identity.capabilities = {{"failure", {{"code", errorCodeName(error.code)}, {"message", error.toString()}}}};
    WARPLOOM_TRY(const auto server, RpcServer::onStdio(std::move(identity)));
    return server->serve();
}

Result<> serveJudge(Device& device, CandidateHost& host, CachedCompiler& compiler, Judge::Sensors sensors,
                    const ConfinementReport& confinement, InProcessHost* watched = nullptr)
{
    Judge judge(device, host, compiler, std::move(sensors));
    PeerIdentity identity = identityOf("device");
    identity.capabilities = {{"facts", device.facts()}, {"compiler", compiler.version()}, {"confinement", confinement}};
    WARPLOOM_TRY(const auto server, RpcServer::onStdio(std::move(identity)));
    addJudgeMethods(*server, judge, watched);
    addConfinementMethod(*server);
    return server->serve();
}

Result<int> ordinalOf(const std::string& device)
{
    int ordinal = 0;
    const char* end = device.data() + device.size();
    if (device.starts_with("cuda:")) {
        const auto [stop, error] = std::from_chars(device.data() + 5, end, ordinal);
        if (error == std::errc() && stop == end)
            return ordinal;
    }
    return fail(
        Error{ErrorCode::InvalidArgument, "unknown device", {}, "emulator or cuda:N", fmt::format("'{}'", device)});
}

Result<> judgeEmulator()
{
    const auto cache = CompileCache::judgeFolder();
    WARPLOOM_TRY(CachedCompiler compiler, CachedCompiler::open(std::nullopt, CompileCache(cache)));
    const auto confinement = confineCompiler(compiler.libraries(), cache, std::nullopt);
    WARPLOOM_TRY(const auto device, makeEmulatorDevice({}));
    InProcessHost host(*device);
    return serveJudge(*device, host, compiler, [] { return SensorReading{}; }, confinement, &host);
}

/// Nothing else can end a thread that hangs in the driver: the host starts another judge and asks that one.
[[noreturn]] void leaveDriver(const std::string& call)
{
    spdlog::error("the driver has not returned from '{}' in time: this judge ends", call);
    spdlog::default_logger()->flush();
    _exit(70);
}

Result<> judgeCuda(const std::string& name, int ordinal)
{
    const auto cache = CompileCache::judgeFolder();
    const auto confinement = confineJudge(cache);
    WARPLOOM_TRY(const auto device, makeCudaDevice(ordinal));
    WARPLOOM_TRY(CachedCompiler compiler, CachedCompiler::open(device->cudaVersion() / 1000, CompileCache(cache)));
    // Held for the judge's life: whatever of ours wants this card waits or goes elsewhere, so nothing runs beside
    // timing.
    WARPLOOM_TRY(const GpuLock lock, GpuLock::lock(device->facts().uuid, std::chrono::seconds(20), {}));
    WARPLOOM_TRY(const auto host, RunnerHost::start(*device, name));
    WatchedDevice watched(*device, leaveDriver);
    return serveJudge(watched, *host, compiler, cardSensors(device->facts().uuid), confinement);
}

}  // namespace

Result<> serveDevice(const std::string& device)
{
    auto served = [&]() -> Result<> {
        if (device == "emulator")
            return judgeEmulator();
        WARPLOOM_TRY(const int ordinal, ordinalOf(device));
        return judgeCuda(device, ordinal);
    }();
    return served ? served : serveFailure(served.error());
}

Result<> serveProfile(const std::string& name)
{
    auto served = [&]() -> Result<> {
        WARPLOOM_TRY(const int ordinal, ordinalOf(name));
        const auto cache = CompileCache::judgeFolder();
        const auto confinement = confineJudge(cache);
        WARPLOOM_TRY(const auto device, makeCudaDevice(ordinal));
        // Whoever asks for counters is told what is in the way.
        if (const auto opened = device->openCounters(); !opened)
            spdlog::warn("no counters: {}", opened.error().toString());
        WARPLOOM_TRY(CachedCompiler compiler, CachedCompiler::open(device->cudaVersion() / 1000, CompileCache(cache)));
        // No lock of the GPU: the host's judge holds it, and waits.
        InProcessHost host(*device);
        Judge judge(*device, host, compiler, [] { return SensorReading{}; });
        PeerIdentity identity = identityOf("profile");
        identity.capabilities = {{"facts", device->facts()}, {"confinement", confinement}};
        WARPLOOM_TRY(const auto server, RpcServer::onStdio(std::move(identity)));
        addCountMethods(*server, judge, *device);
        addConfinementMethod(*server);
        const auto ended = server->serve();
        // As with runners: a kernel that never ends must not keep the process.
        _exit(ended ? 0 : 1);
    }();
    return served ? served : serveFailure(served.error(), "profile");
}

Result<> serveRunner(const std::string& name)
{
    WARPLOOM_TRY(const int ordinal, ordinalOf(name));
    ConfinementReport confinement = confineRunner();
    WARPLOOM_TRY(const auto device, makeCudaDevice(ordinal));
    closeSockets(confinement);
    RunnerService service(*device, kRunnerSocket);
    PeerIdentity identity = identityOf("runner");
    identity.capabilities = {{"confinement", confinement}};
    WARPLOOM_TRY(const auto server, RpcServer::onStdio(std::move(identity)));
    service.addMethods(*server);
    addConfinementMethod(*server);
    const auto served = server->serve();
    // The driver's exit handlers would wait for an endless kernel.
    _exit(served ? 0 : 1);
}

}  // namespace warploom
