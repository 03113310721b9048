// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/PeakCache.h"

#include <algorithm>
#include <ranges>
#include <utility>

#include "base/Log.h"

namespace warploom {

Result<> PeakCache::load(Workspace& workspace)
{
    WARPLOOM_TRY(auto held, workspace.devicePeaks());
    const std::lock_guard lock(m_mutex);
    std::ranges::move(held, std::back_inserter(m_known));
    return {};
}

Result<std::vector<EventRecord>> PeakCache::store(Workspace& workspace)
{
    std::vector<DevicePeaks> unstored;
    {
        const std::lock_guard lock(m_mutex);
        unstored = std::exchange(m_unstored, {});
    }
    std::vector<EventRecord> events;
    for (const DevicePeaks& peaks : unstored) {
        WARPLOOM_TRY(Committed committed, workspace.recordPeaks(peaks));
        events.push_back(std::move(committed.event));
    }
    return events;
}

void PeakCache::add(DevicePeaks peaks)
{
    const std::lock_guard lock(m_mutex);
    m_unstored.push_back(peaks);
    m_known.push_back(std::move(peaks));
}

std::optional<DevicePeaks> PeakCache::find(const DeviceFacts& facts) const
{
    const std::lock_guard lock(m_mutex);
    for (const DevicePeaks& peaks : m_known | std::views::reverse)
        if (peaks.areOf(facts))
            return peaks;
    return std::nullopt;
}

Result<DevicePeaks> PeakCache::peaksOf(WorkerJudge& judge, std::stop_token stop)
{
    const DeviceFacts& facts = judge.facts();
    if (facts.modelled)
        return fail(ErrorCode::Unsupported, "on the emulator nothing is measured");
    if (auto known = find(facts))
        return std::move(*known);
    {
        const std::lock_guard lock(m_mutex);
        const auto failed = std::ranges::find(m_failures, facts.uuid, &Failure::gpuUuid);
        if (failed != m_failures.end())
            return fail(failed->error);
    }
    auto measured = judge.peaks(std::move(stop));
    if (measured) {
        add(*measured);
    } else if (!measured.error().isCancelled()) {
        spdlog::warn("the peaks of {} could not be measured: {}", facts.name, measured.error().toString());
        const std::lock_guard lock(m_mutex);
        m_failures.push_back({facts.uuid, measured.error()});
    }
    return measured;
}

}  // namespace warploom
