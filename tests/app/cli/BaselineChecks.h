// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>

#include "CommandLine.h"

namespace warploom::test {

/// Rows for the baselines of the library, every second one: two programs share them.
inline void addBaselines(std::size_t first)
{
    QTest::addColumn<std::string>("task");
    std::vector<std::string> tasks;
    for (const auto& entry : std::filesystem::directory_iterator(sourceFolder() / "kernels"))
        tasks.push_back(entry.path().filename().string());
    std::ranges::sort(tasks);
    for (std::size_t i = first; i < tasks.size(); i += 2)
        QTest::newRow(tasks[i].c_str()) << tasks[i];
}

/// Why the baseline of \p task is not right on the emulator; empty where it is.
inline std::string objectionToBaseline(const std::string& task)
{
    const TemporaryFolder folder;
    const auto outcome = runCli(folder.path(), {"check", kernelFolder(task), "--device", "emulator", "--json"});
    if (outcome.exitCode != 0)
        return outcome.errors;
    const auto json = outcome.json();
    const bool isFine = json.value("verdict", "") == "ok" && json.value("trust", -1) == 4
        && json.value("device", "") == "emulator" && json.value("modelled", false) && json.contains("message");
    return isFine ? std::string() : json.dump();
}

}  // namespace warploom::test
