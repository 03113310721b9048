// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/OccupancyStep.h"

#include <algorithm>
#include <functional>
#include <optional>

namespace warploom {

namespace {

/// Fewer than this no kernel of use gets by with: what the compiler and the ABI take for themselves.
constexpr std::uint32_t kFewestRegisters = 16;
constexpr std::uint64_t kSharedStep = 128;  ///< bytes, as the hardware gives them out
constexpr std::uint32_t kWarpThreads = 32;

class StepSearch {
public:
    StepSearch(const BlockNeeds& needs, const DeviceFacts& facts)
        : m_needs(needs)
        , m_facts(facts)
        , m_now(occupancy(needs, facts))
    {
    }

    std::vector<OccupancyStep> run()
    {
        std::vector<OccupancyStep> steps;
        for (const auto& found : {fewerRegisters(), lessShared(), otherBlock()})
            if (found)
                steps.push_back(*found);
        std::stable_sort(steps.begin(), steps.end(),
                         [](const auto& a, const auto& b) { return a.occupancy.fraction > b.occupancy.fraction; });
        return steps;
    }

private:
    [[nodiscard]] std::optional<Occupancy> improved(const BlockNeeds& needs) const
    {
        const Occupancy result = occupancy(needs, m_facts);
        return result.fraction > m_now.fraction ? std::optional(result) : std::nullopt;
    }

    [[nodiscard]] std::optional<OccupancyStep> fewerRegisters() const
    {
        BlockNeeds needs = m_needs;
        while (needs.registersPerThread > kFewestRegisters) {
            --needs.registersPerThread;
            if (const auto better = improved(needs))
                return OccupancyStep{"registers", m_needs.registersPerThread, needs.registersPerThread, *better};
        }
        return std::nullopt;
    }

    [[nodiscard]] std::optional<OccupancyStep> lessShared() const
    {
        BlockNeeds needs = m_needs;
        while (needs.shared.value > 0) {
            // To the next multiple below: anything between takes as much.
            needs.shared = Bytes{(needs.shared.value - 1) / kSharedStep * kSharedStep};
            if (const auto better = improved(needs))
                return OccupancyStep{"shared-memory", m_needs.shared.value, needs.shared.value, *better};
        }
        return std::nullopt;
    }

    /// The nearest size that does better. What a block needs of registers grows with it, its shared memory is taken to
    /// stay.
    [[nodiscard]] std::optional<OccupancyStep> otherBlock() const
    {
        const std::uint32_t now = (m_needs.threads + kWarpThreads - 1) / kWarpThreads * kWarpThreads;
        for (std::uint32_t away = kWarpThreads; away <= m_facts.maxThreadsPerBlock; away += kWarpThreads) {
            for (const std::int64_t threads : {std::int64_t{now} + away, std::int64_t{now} - away}) {
                if (threads < kWarpThreads || threads > m_facts.maxThreadsPerBlock)
                    continue;
                BlockNeeds needs = m_needs;
                needs.threads = static_cast<std::uint32_t>(threads);
                if (const auto better = improved(needs))
                    return OccupancyStep{"threads", m_needs.threads, needs.threads, *better};
            }
        }
        return std::nullopt;
    }

    BlockNeeds m_needs;
    const DeviceFacts& m_facts;
    Occupancy m_now;
};

}  // namespace

std::vector<OccupancyStep> occupancySteps(const BlockNeeds& needs, const DeviceFacts& facts)
{
    if (needs.threads == 0)
        return {};
    return StepSearch(needs, facts).run();
}

void to_json(nlohmann::json& json, const OccupancyStep& step)
{
    json = {{"need", step.need}, {"from", step.from}, {"to", step.to}, {"occupancy", step.occupancy}};
}

}  // namespace warploom
