// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/TrustChecks.h"

#include <algorithm>
#include <array>

namespace warploom {

namespace {

constexpr int kHighestLevel = 6;

nlohmann::json checkJson(int level, std::string_view name, CheckState state, std::string detail)
{
    return {{"level", level},
            {"check", name},
            {"state", checkStateName(state)},
            {"passed", state == CheckState::Passed},
            {"detail", std::move(detail)}};
}

void refresh(EvaluationRecord& record) { record.trust = std::max(0, trustOf(record.checks)); }

}  // namespace

std::string_view checkStateName(CheckState state)
{
    constexpr std::array<std::string_view, 4> kNames{"passed", "failed", "pending", "not-applicable"};
    return kNames[static_cast<std::size_t>(state)];
}

void addCheck(EvaluationRecord& record, int level, std::string_view name, CheckState state, std::string detail)
{
    record.checks.push_back(checkJson(level, name, state, std::move(detail)));
    refresh(record);
}

void setCheck(EvaluationRecord& record, int level, std::string_view name, CheckState state, std::string detail)
{
    const auto found = std::find_if(record.checks.begin(), record.checks.end(),
                                    [&](const auto& check) { return check.value("check", "") == name; });
    if (found == record.checks.end())
        return addCheck(record, level, name, state, std::move(detail));
    *found = checkJson(level, name, state, std::move(detail));
    refresh(record);
}

int trustOf(const nlohmann::json& checks)
{
    std::array<int, kHighestLevel + 1> passed{};
    std::array<int, kHighestLevel + 1> open{};
    for (const auto& check : checks) {
        const int level = check.value("level", -1);
        if (level < 0 || level > kHighestLevel)
            continue;
        ++(check.value("passed", false) ? passed : open)[static_cast<std::size_t>(level)];
    }
    int trust = -1;
    for (std::size_t level = 0; level < passed.size() && passed[level] > 0 && open[level] == 0; ++level)
        trust = static_cast<int>(level);
    return trust;
}

}  // namespace warploom
