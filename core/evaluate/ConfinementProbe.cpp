// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/ConfinementProbe.h"

#include <future>

#include "workers/WorkerClient.h"
#include "workers/WorkerLocations.h"

namespace warploom {

namespace {

Result<ConfinementReport> askWorker(const char* name, const std::vector<std::string>& arguments, const char* kind)
{
    WARPLOOM_TRY(const auto program, locateProgram(name));
    WorkerCommand command;
    command.program = program.string();
    command.arguments = arguments;
    command.kind = kind;
    WARPLOOM_TRY(const auto worker, WorkerClient::start(command, std::chrono::seconds(60)));
    const nlohmann::json& capabilities = worker->identity().capabilities;
    if (const auto failure = capabilities.find("failure"); failure != capabilities.end())
        return fail(Error{errorCodeFromName(failure->value("code", "")), failure->value("message", ""), {}, {}, {}});
    return capabilities.at("confinement").get<ConfinementReport>();
}

}  // namespace

std::vector<WorkerConfinement> probeConfinement()
{
    const auto ask = [](const char* name, std::vector<std::string> arguments, const char* kind) {
        return std::async(std::launch::async, askWorker, name, std::move(arguments), kind);
    };
    auto compile = ask("warploom-worker", {"compile"}, "compile");
    auto rewriter = ask("warploom-rewriter", {}, "rewriter");
    auto emulator = ask("warploom-worker", {"device", "emulator"}, "device");
    std::vector<WorkerConfinement> kinds;
    kinds.push_back({"compile", compile.get()});
    kinds.push_back({"rewriter", rewriter.get()});
    kinds.push_back({"emulator", emulator.get()});
    kinds.push_back({"gpu", expectedConfinement(), true});
    return kinds;
}

}  // namespace warploom
