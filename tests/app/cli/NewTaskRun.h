// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "CommandLine.h"

namespace warploom::test {

inline QString newTaskFixture(const std::string& name) { return fixture("new_task/" + name + ".cu"); }

/// new-task without questions, on the emulator, with the task in "made".
inline CommandOutcome runNewTask(const TemporaryFolder& folder, const std::string& name, const QStringList& more = {})
{
    return runCli(folder.path(),
                  QStringList{"new-task", newTaskFixture(name), "--yes", "--device", "emulator", "--out", "made"}
                      + more);
}

/// Empty when the fixture becomes a task whose baseline is right with no answer but \p more.
inline std::string makeProblem(const std::string& name, const QStringList& more = {})
{
    const TemporaryFolder folder;
    const auto outcome = runNewTask(folder, name, QStringList{"--json"} + more);
    const auto json = outcome.json();
    if (outcome.exitCode != 0)
        return outcome.errors + outcome.output;
    if (json.value("verdict", "") != "ok" || json.value("trust", 0) < 2 || json.value("device", "") != "emulator")
        return json.dump();
    for (const char* file : {"made/task.toml", "made/baseline.cu", "made/reference.cu"})
        if (!std::filesystem::is_regular_file(folder.path() / file))
            return std::string("no ") + file;
    return {};
}

}  // namespace warploom::test
