// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "protocol/DevicePeaks.h"

#include <algorithm>
#include <array>

namespace warploom {

namespace {

constexpr std::array<std::string_view, kPeakRoofCount> kRoofNames{"dram", "l2", "l1", "fp32", "fp64", "tf32", "tensor"};

PeakRoof roofFrom(const nlohmann::json& json)
{
    const auto found = std::find(kRoofNames.begin(), kRoofNames.end(), json.get<std::string>());
    if (found == kRoofNames.end())
        throw nlohmann::json::out_of_range::create(401, "no such roof", &json);
    return static_cast<PeakRoof>(found - kRoofNames.begin());
}

}  // namespace

std::string_view peakRoofName(PeakRoof roof) { return kRoofNames.at(static_cast<std::size_t>(roof)); }

bool DevicePeaks::areOf(const DeviceFacts& facts) const
{
    return revision == kPeakRevision && gpuUuid == facts.uuid && driver == facts.driver && !facts.modelled;
}

void to_json(nlohmann::json& json, const PeakFigure& figure)
{
    json = {{"roof", peakRoofName(figure.roof)},
            {"method", figure.method},
            {"per_second", figure.perSecond},
            {"time_us", figure.time.count()},
            {"launches", figure.launches}};
    if (!figure.missing.empty())
        json["missing"] = figure.missing;
}

void from_json(const nlohmann::json& json, PeakFigure& figure)
{
    figure.roof = roofFrom(json.at("roof"));
    figure.method = json.value("method", "");
    figure.perSecond = json.value("per_second", 0.0);
    figure.time = Microseconds(json.value("time_us", 0.0));
    figure.launches = json.value("launches", 0);
    figure.missing = json.value("missing", "");
}

void to_json(nlohmann::json& json, const DevicePeaks& peaks)
{
    json = {{"gpu_uuid", peaks.gpuUuid},  {"gpu_name", peaks.gpuName},   {"driver", peaks.driver},
            {"revision", peaks.revision}, {"clock_mhz", peaks.clockMhz}, {"figures", peaks.figures},
            {"notes", peaks.notes}};
}

void from_json(const nlohmann::json& json, DevicePeaks& peaks)
{
    peaks.gpuUuid = json.value("gpu_uuid", "");
    peaks.gpuName = json.value("gpu_name", "");
    peaks.driver = json.value("driver", "");
    peaks.revision = json.value("revision", 0);
    peaks.clockMhz = json.value("clock_mhz", 0.0);
    peaks.figures = json.value("figures", std::vector<PeakFigure>{});
    peaks.notes = json.value("notes", std::vector<std::string>{});
}

}  // namespace warploom
