// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "measure/RunnerService.h"

#include "base/FdPassing.h"
#include "measure/RunnerMessages.h"

namespace warploom {

namespace {

LoadedModule moduleIn(const nlohmann::json& params) { return {params.at("module").get<std::uint64_t>()}; }

}  // namespace

void RunnerService::addMethods(RpcServer& server)
{
    server.addMethod("runner/ready", [](const nlohmann::json&, RequestContext&) -> Result<nlohmann::json> {
        return nlohmann::json::object();
    });
    server.addMethod("runner/attach", [this](const nlohmann::json& params, RequestContext&) { return attach(params); });
    server.addMethod("runner/detach", [this](const nlohmann::json& params, RequestContext&) -> Result<nlohmann::json> {
        const auto found = m_attached.find(params.at("id").get<std::uint64_t>());
        if (found == m_attached.end())
            return fail(ErrorCode::NotFound, "no such buffer is attached");
        m_device.release(found->second);
        m_attached.erase(found);
        return nlohmann::json::object();
    });
    server.addMethod("runner/load", [this](const nlohmann::json& params, RequestContext&) -> Result<nlohmann::json> {
        WARPLOOM_TRY(const LoadedModule module, m_device.load(params.at("product").get<CompileProduct>()));
        return nlohmann::json{{"module", module.id}};
    });
    server.addMethod("runner/unload", [this](const nlohmann::json& params, RequestContext&) -> Result<nlohmann::json> {
        m_device.unload(moduleIn(params));
        return nlohmann::json::object();
    });
    server.addMethod("runner/symbol", [this](const nlohmann::json& params, RequestContext&) -> Result<nlohmann::json> {
        WARPLOOM_TRY(const SymbolPlace place, m_device.symbol(moduleIn(params), params.at("name").get<std::string>()));
        return nlohmann::json{{"address", place.address}, {"size", place.size.value}};
    });
    server.addMethod("runner/resetGlobals",
                     [this](const nlohmann::json& params, RequestContext&) -> Result<nlohmann::json> {
                         WARPLOOM_CHECK(m_device.resetGlobals(moduleIn(params)));
                         return nlohmann::json::object();
                     });
    server.addMethod("runner/run",
                     [this](const nlohmann::json& params, RequestContext& context) { return run(params, context); });
    server.addMethod("runner/time", [this](const nlohmann::json& params, RequestContext&) { return time(params); });
}

Result<nlohmann::json> RunnerService::attach(const nlohmann::json& params)
{
    WARPLOOM_TRY(const UniqueFd memory, receiveFd(m_socket, std::chrono::seconds(5)));
    BufferRequest request;
    request.size = {params.at("size").get<std::uint64_t>()};
    request.name = params.at("name").get<std::string>();
    request.guarded = params.at("guarded").get<bool>();
    request.shareable = true;
    WARPLOOM_TRY(const DeviceBuffer buffer, m_device.importBuffer(memory.get(), request));
    m_attached[params.at("id").get<std::uint64_t>()] = buffer;
    return nlohmann::json{{"address", buffer.address}};
}

Result<nlohmann::json> RunnerService::run(const nlohmann::json& params, const RequestContext& context)
{
    WARPLOOM_TRY(const auto steps, stepsFromJson(params.at("steps")));
    RunLimits limits;
    limits.deadline = std::chrono::milliseconds(params.at("deadline_ms").get<std::int64_t>());
    limits.stop = context.stopToken();
    WARPLOOM_TRY(const RunOutcome outcome, m_device.run(steps, limits));
    return outcomeToJson(outcome);
}

Result<nlohmann::json> RunnerService::time(const nlohmann::json& params)
{
    TimingRequest request;
    for (const auto& module : params.at("reset"))
        request.reset.push_back({module.get<std::uint64_t>()});
    request.plans = params.at("plans").get<int>();
    WARPLOOM_TRY(request.prepare, stepsFromJson(params.at("prepare")));
    WARPLOOM_TRY(request.timed, stepsFromJson(params.at("timed")));
    request.cold = params.at("cold").get<bool>();
    request.deadline = std::chrono::milliseconds(params.at("deadline_ms").get<std::int64_t>());
    WARPLOOM_TRY(const TimingOutcome outcome, m_device.time(request));
    return outcomeToJson(outcome);
}

}  // namespace warploom
