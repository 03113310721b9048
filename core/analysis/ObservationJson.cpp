// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <array>

#include "analysis/Observation.h"

namespace warploom {

namespace {

constexpr std::array kUnits{ArithmeticUnit::Fp32, ArithmeticUnit::Fp64, ArithmeticUnit::Tf32, ArithmeticUnit::Tensor};

ArithmeticUnit unitFrom(const std::string& name)
{
    for (const ArithmeticUnit unit : kUnits)
        if (arithmeticUnitName(unit) == name)
            return unit;
    return ArithmeticUnit::Fp32;
}

nlohmann::json launchJson(const ObservedLaunch& launch)
{
    nlohmann::json json = {{"kernel", launch.shape.kernel},
                           {"blocks", launch.shape.blocks},
                           {"threads_per_block", launch.shape.threadsPerBlock},
                           {"dynamic_shared", launch.shape.dynamicShared.value},
                           {"metrics", launch.metrics}};
    if (launch.resources)
        json["resources"] = *launch.resources;
    if (launch.mix)
        json["mix"] = *launch.mix;
    if (launch.counts)
        json["counts"] = *launch.counts;
    return json;
}

ObservedLaunch launchFrom(const nlohmann::json& json)
{
    ObservedLaunch launch;
    launch.shape = {json.value("kernel", ""), json.value("blocks", std::uint64_t{0}),
                    json.value("threads_per_block", 0u), Bytes{json.value("dynamic_shared", std::uint64_t{0})}};
    launch.metrics = json.value("metrics", std::map<std::string, double>{});
    if (const auto found = json.find("resources"); found != json.end())
        launch.resources = found->get<KernelResources>();
    if (const auto found = json.find("mix"); found != json.end())
        launch.mix = found->get<InstructionMix>();
    if (const auto found = json.find("counts"); found != json.end())
        launch.counts = found->get<LaunchCounters>();
    return launch;
}

}  // namespace

void to_json(nlohmann::json& json, const Observation& observation)
{
    auto launches = nlohmann::json::array();
    for (const ObservedLaunch& launch : observation.launches)
        launches.push_back(launchJson(launch));
    json = {{"device", observation.facts},
            {"work", observation.work},
            {"unit", arithmeticUnitName(observation.unit)},
            {"time_us", observation.time.count()},
            {"launches", std::move(launches)},
            {"zero_bytes", observation.zeroBytes},
            {"scratch_bytes", observation.scratchBytes}};
    if (observation.measuredPeaks)
        json["measured_peaks"] = *observation.measuredPeaks;
    if (observation.usesDouble)
        json["uses_double"] = *observation.usesDouble;
}

void from_json(const nlohmann::json& json, Observation& observation)
{
    observation.facts = json.value("device", DeviceFacts{});
    observation.work = json.value("work", Work{});
    observation.unit = unitFrom(json.value("unit", ""));
    observation.time = Microseconds(json.value("time_us", 0.0));
    observation.launches.clear();
    for (const auto& launch : json.value("launches", nlohmann::json::array()))
        observation.launches.push_back(launchFrom(launch));
    observation.zeroBytes = json.value("zero_bytes", std::uint64_t{0});
    observation.scratchBytes = json.value("scratch_bytes", std::uint64_t{0});
    if (const auto found = json.find("measured_peaks"); found != json.end())
        observation.measuredPeaks = found->get<DevicePeaks>();
    if (const auto found = json.find("uses_double"); found != json.end())
        observation.usesDouble = found->get<bool>();
}

}  // namespace warploom
