// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "measure/RunnerMessages.h"

#include <fmt/format.h>

namespace warploom {

namespace {

nlohmann::json toJson(const Extent3& extent) { return {extent.x, extent.y, extent.z}; }

Extent3 extentFromJson(const nlohmann::json& json)
{
    return {json.at(0).get<std::uint32_t>(), json.at(1).get<std::uint32_t>(), json.at(2).get<std::uint32_t>()};
}

nlohmann::json toJson(const LaunchStep& launch)
{
    auto arguments = nlohmann::json::array();
    for (const ArgumentBytes& argument : launch.arguments) {
        auto bytes = nlohmann::json::array();
        for (const std::byte byte : argument)
            bytes.push_back(static_cast<unsigned>(byte));
        arguments.push_back(std::move(bytes));
    }
    return {{"step", "launch"},
            {"module", launch.module.id},
            {"kernel", launch.kernel},
            {"grid", toJson(launch.grid)},
            {"block", toJson(launch.block)},
            {"cluster", toJson(launch.cluster)},
            {"shared", launch.dynamicShared.value},
            {"cooperative", launch.cooperative},
            {"arguments", std::move(arguments)}};
}

nlohmann::json toJson(const ZeroStep& zero)
{
    return {{"step", "zero"}, {"address", zero.address}, {"size", zero.size.value}, {"value", zero.value}};
}

nlohmann::json toJson(const CopyStep& copy)
{
    return {{"step", "copy"}, {"to", copy.destination}, {"from", copy.source}, {"size", copy.size.value}};
}

LaunchStep launchFromJson(const nlohmann::json& json)
{
    LaunchStep launch;
    launch.module.id = json.at("module").get<std::uint64_t>();
    launch.kernel = json.at("kernel").get<std::string>();
    launch.grid = extentFromJson(json.at("grid"));
    launch.block = extentFromJson(json.at("block"));
    launch.cluster = extentFromJson(json.at("cluster"));
    launch.dynamicShared = {json.at("shared").get<std::uint64_t>()};
    launch.cooperative = json.at("cooperative").get<bool>();
    for (const auto& argument : json.at("arguments")) {
        ArgumentBytes bytes;
        for (const auto& byte : argument)
            bytes.push_back(static_cast<std::byte>(byte.get<unsigned>()));
        launch.arguments.push_back(std::move(bytes));
    }
    return launch;
}

DeviceStep stepFromJson(const nlohmann::json& json)
{
    const auto kind = json.at("step").get<std::string>();
    if (kind == "launch")
        return launchFromJson(json);
    if (kind == "zero")
        return ZeroStep{json.at("address").get<std::uint64_t>(),
                        {json.at("size").get<std::uint64_t>()},
                        json.at("value").get<std::uint8_t>()};
    return CopyStep{json.at("to").get<std::uint64_t>(),
                    json.at("from").get<std::uint64_t>(),
                    {json.at("size").get<std::uint64_t>()}};
}

}  // namespace

nlohmann::json stepsToJson(const std::vector<DeviceStep>& steps)
{
    auto list = nlohmann::json::array();
    for (const DeviceStep& step : steps)
        list.push_back(std::visit([](const auto& part) { return toJson(part); }, step));
    return list;
}

Result<std::vector<DeviceStep>> stepsFromJson(const nlohmann::json& json)
{
    try {
        std::vector<DeviceStep> steps;
        for (const auto& step : json)
            steps.push_back(stepFromJson(step));
        return steps;
    } catch (const nlohmann::json::exception& exception) {
        return fail(ErrorCode::ProtocolViolation, fmt::format("bad steps: {}", exception.what()));
    }
}

nlohmann::json outcomeToJson(const RunOutcome& outcome)
{
    nlohmann::json json = {{"counters", outcome.counters}, {"notes", outcome.notes}};
    if (outcome.fault)
        json["fault"] = *outcome.fault;
    return json;
}

RunOutcome runOutcomeFromJson(const nlohmann::json& json)
{
    RunOutcome outcome;
    outcome.counters = json.value("counters", std::vector<LaunchCounters>{});
    outcome.notes = json.value("notes", std::vector<RunNote>{});
    if (const auto fault = json.find("fault"); fault != json.end())
        outcome.fault = fault->get<Fault>();
    return outcome;
}

nlohmann::json outcomeToJson(const TimingOutcome& outcome)
{
    nlohmann::json json = {
        {"time_us", outcome.time.count()}, {"gated", outcome.gated}, {"not_batched", outcome.notBatched}};
    if (outcome.fault)
        json["fault"] = *outcome.fault;
    return json;
}

TimingOutcome timingOutcomeFromJson(const nlohmann::json& json)
{
    TimingOutcome outcome;
    outcome.time = Microseconds(json.value("time_us", 0.0));
    outcome.gated = json.value("gated", true);
    outcome.notBatched = json.value("not_batched", "");
    if (const auto fault = json.find("fault"); fault != json.end())
        outcome.fault = fault->get<Fault>();
    return outcome;
}

}  // namespace warploom
