// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/DeviceProbe.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "workers/WorkerClient.h"
#include "workers/WorkerLocations.h"

namespace warploom {

namespace {

std::optional<Error> failureIn(const nlohmann::json& json, const char* name)
{
    const auto found = json.find(name);
    if (found == json.end() || found->is_null())
        return std::nullopt;
    return Error{errorCodeFromName(found->value("code", "")), found->value("message", ""), {}, {}, {}};
}

bool isCudaName(const std::string& name)
{
    return name.size() > 5 && name.starts_with("cuda:")
        && std::all_of(name.begin() + 5, name.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

}  // namespace

Result<DeviceProbe> probeDevices()
{
    WARPLOOM_TRY(const auto program, locateProgram("warploom-worker"));
    WorkerCommand command;
    command.program = program.string();
    command.arguments = {"probe"};
    command.kind = "probe";
    WARPLOOM_TRY(const auto worker, WorkerClient::start(command, std::chrono::seconds(60)));
    WARPLOOM_TRY(const auto answer, worker->call("probe/devices", nlohmann::json::object()));
    DeviceProbe probe;
    probe.devices = answer.value("devices", std::vector<DeviceFacts>{});
    probe.cudaFailure = failureIn(answer, "cuda_failure");
    probe.compilerFailure = failureIn(answer, "compiler_failure");
    probe.compiler = answer.value("compiler", "");
    probe.compilerOrigin = answer.value("compiler_origin", "");
    probe.driver = answer.value("driver", "");
    return probe;
}

Result<std::string> resolveDevice(const std::string& name)
{
    if (name == "emulator" || isCudaName(name))
        return name;
    if (name != "auto")
        return fail(Error{
            ErrorCode::InvalidArgument, "unknown device", {}, "emulator, cuda:N or auto", fmt::format("'{}'", name)});
    WARPLOOM_TRY(const DeviceProbe probe, probeDevices());
    for (const DeviceFacts& facts : probe.devices) {
        if (!facts.modelled)
            return facts.id;
    }
    return "emulator";
}

}  // namespace warploom
