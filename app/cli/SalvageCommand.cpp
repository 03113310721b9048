// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstdio>

#include <fmt/format.h>

#include "Commands.h"
#include "Terminal.h"
#include "store/Salvage.h"

namespace warploom {

namespace {

std::string idsText(const std::vector<std::int64_t>& ids)
{
    std::vector<std::pair<std::int64_t, std::int64_t>> ranges;
    for (const std::int64_t id : ids) {
        if (!ranges.empty() && ranges.back().second + 1 == id)
            ranges.back().second = id;
        else
            ranges.emplace_back(id, id);
    }
    return rangesText(ranges);
}

void printTable(const SalvagedTable& table)
{
    fmt::print("{:<14} {:>8} read", table.name, table.read);
    if (!table.restored.empty())
        fmt::print("; made again from events: {}", idsText(table.restored));
    if (!table.placeholders.empty())
        fmt::print("; nothing but the number is known of {}", idsText(table.placeholders));
    if (!table.lost.empty())
        fmt::print("; {} lost: {}", table.lostRows(), rangesText(table.lost));
    fmt::print("\n");
}

}  // namespace

int runSalvage(const SalvageOptions& options)
{
    const auto report = salvage(options.workspace, options.saved);
    if (!report)
        return complain(report.error());
    const int code = report->isComplete() ? kFine : kVerdict;
    if (options.json)
        return printJson(*report, code);
    for (const SalvagedTable& table : report->tables)
        printTable(table);
    for (const std::string& note : report->notes)
        fmt::print("{}\n", note);
    fmt::print("{}\n", report->isComplete() ? "Every row was read." : "Not everything could be read.");
    fmt::print("workspace    {}\n", options.saved);
    return code;
}

}  // namespace warploom
