// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "exporting/ExportTrust.h"

#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace warploom {

namespace {

constexpr int kMemoryLevel = 6;

std::string textOf(const nlohmann::json& check)
{
    const auto detail = check.value("detail", std::string());
    const std::string text = fmt::format("'{}' ({})", check.value("check", ""), check.value("state", "failed"));
    return detail.empty() ? text : fmt::format("{}: {}", text, detail);
}

}  // namespace

Result<> requireExportTrust(const EvaluationRecord& evaluation)
{
    if (evaluation.modelled || evaluation.trust >= kExportTrust)
        return {};
    std::vector<std::string> missing;
    for (const auto& check : evaluation.checks) {
        if (check.value("level", kMemoryLevel) <= kExportTrust && !check.value("passed", false))
            missing.push_back(textOf(check));
    }
    const std::string what =
        missing.empty() ? "its checks are of an older build" : fmt::format("{}", fmt::join(missing, "; "));
    return fail(ErrorCode::InvalidArgument,
                fmt::format("variant {} has trust level {}, an export needs {}: {}. A run that ends by itself confirms "
                            "its best: evolve --resume takes one up again",
                            evaluation.variant, evaluation.trust, kExportTrust, what));
}

std::string memoryCheckNote(const EvaluationRecord& evaluation)
{
    bool found = false;
    for (const auto& check : evaluation.checks) {
        if (check.value("level", 0) != kMemoryLevel)
            continue;
        found = true;
        if (!check.value("passed", false))
            return textOf(check);
    }
    return found ? "" : "memory and race checks were not made";
}

}  // namespace warploom
