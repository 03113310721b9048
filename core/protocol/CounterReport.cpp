// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "protocol/CounterReport.h"

#include <cmath>

namespace warploom {

void to_json(nlohmann::json& json, const CounterReport& report)
{
    auto launches = nlohmann::json::array();
    for (const LaunchMetrics& launch : report.launches) {
        auto metrics = nlohmann::json::object();
        // CUPTI gives NaN for a ratio of nothing; JSON has none.
        for (const auto& [name, value] : launch.metrics)
            if (std::isfinite(value))
                metrics[name] = value;
        launches.push_back({{"kernel", launch.kernel}, {"metrics", std::move(metrics)}});
    }
    json = {{"size", report.size},      {"launches", std::move(launches)}, {"unknown", report.unknown},
            {"chip", report.chip},      {"passes", report.passes},         {"cold", report.cold},
            {"seconds", report.seconds}};
    if (report.fault)
        json["fault"] = *report.fault;
}

void from_json(const nlohmann::json& json, CounterReport& report)
{
    report.size = json.value("size", "");
    report.launches.clear();
    for (const auto& launch : json.value("launches", nlohmann::json::array()))
        report.launches.push_back(
            {launch.value("kernel", ""), launch.value("metrics", std::map<std::string, double>{})});
    report.unknown = json.value("unknown", std::vector<std::string>{});
    report.chip = json.value("chip", "");
    report.passes = json.value("passes", 0);
    report.cold = json.value("cold", true);
    report.seconds = json.value("seconds", 0.0);
    if (const auto fault = json.find("fault"); fault != json.end())
        report.fault = fault->get<Fault>();
}

}  // namespace warploom
