// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "measure/CountService.h"

#include "task/TaskLoader.h"

namespace warploom {

namespace {

CounterRequest requestFrom(const nlohmann::json& params, RequestContext& context)
{
    CounterRequest request;
    request.metrics = params.at("metrics").get<std::vector<std::string>>();
    request.cold = params.value("cold", true);
    request.deadline = std::chrono::milliseconds(params.value("deadline_ms", std::int64_t{10'000}));
    request.progress = [&context](std::size_t pass, std::size_t passes) {
        context.progress({{"pass", pass}, {"passes", passes}});
        return !context.isCancelled();
    };
    return request;
}

InstructionRequest instructionRequestFrom(const nlohmann::json& params, RequestContext& context)
{
    InstructionRequest request;
    request.figure = instructionFigureFromName(params.at("figure").get<std::string>()).value_or(request.figure);
    request.cold = params.value("cold", true);
    request.deadline = std::chrono::milliseconds(params.value("deadline_ms", std::int64_t{10'000}));
    request.progress = [&context](std::size_t play) {
        context.progress({{"pass", play}, {"passes", 0}});
        return !context.isCancelled();
    };
    return request;
}

}  // namespace

void addCountMethods(RpcServer& server, Judge& judge, CounterDevice& counters)
{
    server.addMethod(
        "count/openTask", [&judge](const nlohmann::json& params, RequestContext&) -> Result<nlohmann::json> {
            WARPLOOM_TRY(Task task, taskFromFiles(params.at("files").get<std::map<std::string, std::string>>()));
            WARPLOOM_CHECK(judge.openTask(std::move(task)));
            return nlohmann::json::object();
        });
    server.addMethod(
        "count/read", [&](const nlohmann::json& params, RequestContext& context) -> Result<nlohmann::json> {
            WARPLOOM_TRY(const CounterReport report,
                         judge.count(params.at("candidate").get<CandidateSpec>(), params.at("size").get<std::string>(),
                                     counters, requestFrom(params, context)));
            return nlohmann::json(report);
        });
    server.addMethod("count/release", [&counters](const nlohmann::json&, RequestContext&) -> Result<nlohmann::json> {
        counters.releaseCounters();
        return nlohmann::json::object();
    });
    server.addMethod("count/instructions",
                     [&](const nlohmann::json& params, RequestContext& context) -> Result<nlohmann::json> {
                         WARPLOOM_TRY(const InstructionReport report,
                                      judge.countInstructions(params.at("candidate").get<CandidateSpec>(),
                                                              params.at("size").get<std::string>(), counters,
                                                              instructionRequestFrom(params, context)));
                         return nlohmann::json(report);
                     });
}

}  // namespace warploom
