// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "measure/CardSensors.h"
#include "measure/Judge.h"
#include "measure/PeakBench.h"

namespace warploom {

namespace {

void noteCard(const CardState& card, DevicePeaks& peaks)
{
    peaks.clockMhz = card.clockMhz;
    if (!card.throttling.empty())
        peaks.notes.push_back(fmt::format("throttling: {}", fmt::join(card.throttling, ", ")));
    if (!card.foreign.empty())
        peaks.notes.push_back(fmt::format("also on the card: {}", fmt::join(card.foreign, ", ")));
}

}  // namespace

Result<DevicePeaks> Judge::peaks(const std::function<bool(const std::string&)>& progress)
{
    makeRoom(nullptr, {});
    PeakBench bench(m_device, m_compiler, {});
    WARPLOOM_TRY(DevicePeaks peaks, bench.measureAll([&progress](const PeakMethod& method) {
        return progress(std::string(method.method));
    }));
    noteCard(cardStateOf(m_sensors()), peaks);
    return peaks;
}

}  // namespace warploom
