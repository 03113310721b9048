// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "TestSupport.h"
#include "base/Confinement.h"
#include "base/Landlock.h"
#include "workers/WorkerClient.h"
#include "workers/WorkerLocations.h"

#define SKIP_WITHOUT_LANDLOCK()                                                                                        \
    if (::warploom::landlockVersion() == 0)                                                                            \
    QSKIP("this kernel has no Landlock")

namespace warploom::test {

/// A real worker with a cache of its own.
inline WorkerCommand confinedWorker(const std::filesystem::path& cache, std::vector<std::string> arguments,
                                    const std::string& kind)
{
    WorkerCommand command;
    command.program = locateProgram("warploom-worker").value().string();
    command.arguments = std::move(arguments);
    command.kind = kind;
    command.environment = {{"WARPLOOM_CACHE", cache.string()}};
    return command;
}

inline ConfinementReport reportOf(const WorkerClient& worker)
{
    return worker.identity().capabilities.at("confinement").get<ConfinementReport>();
}

/// The acts that the worker was able to do and should not have been; empty when every one was refused.
inline std::string possibleActs(WorkerClient& worker, const TemporaryFolder& outside)
{
    const auto secret = outside.write("secret", "a secret");
    const auto acts =
        worker.call("confinement/try", {{"file", secret.string()}, {"folder", outside.path().string()}}).value();
    std::string possible;
    for (const auto& act : acts) {
        if (!act.at("refused").get<bool>())
            possible += act.dump() + " ";
    }
    return acts.size() < 24 ? "too few acts were tried" : possible;
}

}  // namespace warploom::test
