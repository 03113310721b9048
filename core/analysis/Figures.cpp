// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/Figures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

namespace warploom {

namespace {

constexpr double kSectorBytes = 32;
constexpr double kWarpLanes = 32;

/// A count of the whole plan, as the emulator keeps it and as CUPTI calls it.
struct CountRow {
    std::string_view name;
    std::string_view title;
    std::uint64_t LaunchCounters::* member;
    Better better;
};

constexpr std::array kCountRows{
    CountRow{"smsp__inst_executed.sum", "Warp instructions", &LaunchCounters::warpInstructions, Better::Less},
    CountRow{"smsp__thread_inst_executed.sum", "Thread instructions", &LaunchCounters::threadInstructions,
             Better::Less},
    CountRow{"l1tex__t_requests_pipe_lsu_mem_global_op_ld.sum", "Global load requests",
             &LaunchCounters::globalLoadRequests, Better::Less},
    CountRow{"l1tex__t_sectors_pipe_lsu_mem_global_op_ld.sum", "Global load sectors",
             &LaunchCounters::globalLoadSectors, Better::Less},
    CountRow{"l1tex__t_requests_pipe_lsu_mem_global_op_st.sum", "Global store requests",
             &LaunchCounters::globalStoreRequests, Better::Less},
    CountRow{"l1tex__t_sectors_pipe_lsu_mem_global_op_st.sum", "Global store sectors",
             &LaunchCounters::globalStoreSectors, Better::Less},
    CountRow{"global_atomics", "Lanes with a global atomic", &LaunchCounters::globalAtomics, Better::Less},
    CountRow{"l1tex__data_pipe_lsu_wavefronts_mem_shared.sum", "Shared memory wavefronts",
             &LaunchCounters::sharedWavefronts, Better::Less},
    CountRow{"l1tex__data_bank_conflicts_pipe_lsu_mem_shared.sum", "Bank conflicts",
             &LaunchCounters::sharedBankConflicts, Better::Less},
    CountRow{"local_sectors", "Local memory sectors", &LaunchCounters::localSectors, Better::Less},
    CountRow{"branches", "Branches, by warps", &LaunchCounters::branches, Better::Less},
    CountRow{"divergent_branches", "Divergent branches", &LaunchCounters::divergentBranches, Better::Less},
    CountRow{"barriers", "Barriers, by warps", &LaunchCounters::barriers, Better::Less},
    CountRow{"flops32", "f32 operations", &LaunchCounters::flops32, Better::Neither},
    CountRow{"flops64", "f64 operations", &LaunchCounters::flops64, Better::Neither},
    CountRow{"integer_instructions", "Integer instructions", &LaunchCounters::integerInstructions, Better::Less},
    CountRow{"single_instructions", "f32 instructions", &LaunchCounters::singleInstructions, Better::Neither},
    CountRow{"double_instructions", "f64 instructions", &LaunchCounters::doubleInstructions, Better::Less},
    CountRow{"half_instructions", "f16 instructions", &LaunchCounters::halfInstructions, Better::Neither},
    CountRow{"tensor_instructions", "Tensor core instructions", &LaunchCounters::tensorInstructions, Better::Neither},
    CountRow{"special_instructions", "Special function instructions", &LaunchCounters::specialInstructions,
             Better::Less},
    CountRow{"memory_instructions", "Memory instructions", &LaunchCounters::memoryInstructions, Better::Less},
    CountRow{"control_instructions", "Control instructions", &LaunchCounters::controlInstructions, Better::Less},
};

/// What a ratio of two counts says.
struct RatioRow {
    std::string_view name;
    std::string_view title;
    std::string_view unit;
    std::string_view part;
    std::string_view whole;
    double factor;
    Better better;
};

constexpr std::array kRatioRows{
    RatioRow{"load_sectors_per_request", "Sectors a load request", "", "l1tex__t_sectors_pipe_lsu_mem_global_op_ld.sum",
             "l1tex__t_requests_pipe_lsu_mem_global_op_ld.sum", 1, Better::Neither},
    RatioRow{"store_sectors_per_request", "Sectors a store request", "",
             "l1tex__t_sectors_pipe_lsu_mem_global_op_st.sum", "l1tex__t_requests_pipe_lsu_mem_global_op_st.sum", 1,
             Better::Neither},
    RatioRow{"active_lanes", "Active lanes", "%", "smsp__thread_inst_executed.sum", "smsp__inst_executed.sum",
             100 / kWarpLanes, Better::More},
};

std::string shareTitle(PeakOrigin origin)
{
    switch (origin) {
    case PeakOrigin::Measured:
        return "Of peak, measured";
    case PeakOrigin::Modelled:
        return "Of peak, modelled";
    case PeakOrigin::Theoretical:
        break;
    }
    return "Of peak, theoretical";
}

class FigureList {
public:
    explicit FigureList(const Observation& observation)
        : m_observation(observation)
    {
    }

    std::vector<Figure> take()
    {
        addTimes();
        for (const ObservedLaunch& launch : m_observation.launches)
            addStatics(launch);
        addCounts();
        addRatios();
        addMetrics();
        return std::move(m_figures);
    }

private:
    void add(Figure figure)
    {
        if (std::isfinite(figure.value))
            m_figures.push_back(std::move(figure));
    }

    void addTimes()
    {
        const Microseconds time = m_observation.time;
        if (!(time.count() > 0))
            return;
        const FigureOrigin origin = m_observation.facts.modelled ? FigureOrigin::Modelled : FigureOrigin::Measured;
        add({"time", "Time", "µs", {}, time.count(), origin, Better::Less});
        const auto bound = m_observation.limit();
        if (!bound)
            return;
        add({"share_of_peak",
             shareTitle(bound->peak().origin),
             "%",
             {},
             100 * bound->shareOfPeak(time),
             origin,
             Better::More});
        add({"needed_bytes_per_second",
             "Needed bytes a second",
             "GB/s",
             {},
             bound->achievedBytesPerSecond(time) / 1e9,
             origin,
             Better::More});
        add({"needed_flops_per_second",
             "Needed operations a second",
             "GFLOP/s",
             {},
             bound->achievedFlopsPerSecond(time) / 1e9,
             origin,
             Better::More});
    }

    void addStatics(const ObservedLaunch& launch)
    {
        const std::string& kernel = launch.shape.kernel;
        if (!m_seen.insert(kernel).second)
            return;
        const auto put = [&](const char* name, const char* title, const char* unit, double value, Better better) {
            add({name, title, unit, kernel, value, FigureOrigin::Static, better});
        };
        put("blocks", "Blocks", "", static_cast<double>(launch.shape.blocks), Better::Neither);
        put("threads_per_block", "Threads a block", "", launch.shape.threadsPerBlock, Better::Neither);
        put("dynamic_shared", "Dynamic shared memory", "bytes", static_cast<double>(launch.shape.dynamicShared.value),
            Better::Neither);
        if (const auto& resources = launch.resources) {
            put("registers", "Registers a thread", "", resources->registers, Better::Neither);
            put("static_shared", "Static shared memory", "bytes", resources->sharedBytes, Better::Neither);
            put("spill_bytes", "Spilt a thread", "bytes", resources->spillStoreBytes + resources->spillLoadBytes,
                Better::Less);
            put("stack_bytes", "Stack a thread", "bytes", resources->stackBytes, Better::Less);
        }
        const Occupancy fits = launch.theoreticalOccupancy(m_observation.facts);
        put("occupancy", "Theoretical occupancy", "%", 100 * fits.fraction, Better::More);
        if (fits.blocks > 0 && m_observation.facts.multiprocessors > 0)
            put("waves", "Waves of blocks", "",
                static_cast<double>(launch.shape.blocks) / fits.blocks / m_observation.facts.multiprocessors,
                Better::Neither);
    }

    void addCounts()
    {
        for (const CountRow& row : kCountRows) {
            double sum = 0;
            bool isKnown = false;
            for (const ObservedLaunch& launch : m_observation.launches) {
                isKnown = isKnown || launch.counts;
                sum += launch.counts ? static_cast<double>((*launch.counts).*row.member) : 0;
            }
            if (isKnown)
                add({std::string(row.name), std::string(row.title), {}, {}, sum, FigureOrigin::Counted, row.better});
        }
    }

    void addRatios()
    {
        for (const RatioRow& row : kRatioRows) {
            MetricPair sum{0, 0, true};
            for (const ObservedLaunch& launch : m_observation.launches) {
                const auto pair = launch.pairOf(std::string(row.part), std::string(row.whole));
                if (!pair)
                    continue;
                sum.first += pair->first;
                sum.second += pair->second;
                sum.isMeasured = sum.isMeasured && pair->isMeasured;
            }
            if (sum.second > 0)
                add({std::string(row.name),
                     std::string(row.title),
                     std::string(row.unit),
                     {},
                     row.factor * sum.first / sum.second,
                     sum.isMeasured ? FigureOrigin::Measured : FigureOrigin::Counted,
                     row.better});
        }
        addUsefulBytes("load_bytes_used", "Loaded bytes used", &LaunchCounters::globalLoadBytes,
                       &LaunchCounters::globalLoadSectors);
        addUsefulBytes("store_bytes_used", "Stored bytes used", &LaunchCounters::globalStoreBytes,
                       &LaunchCounters::globalStoreSectors);
    }

    void addUsefulBytes(const char* name, const char* title, std::uint64_t LaunchCounters::* bytes,
                        std::uint64_t LaunchCounters::* sectors)
    {
        double asked = 0;
        double moved = 0;
        for (const ObservedLaunch& launch : m_observation.launches) {
            asked += launch.counts ? static_cast<double>((*launch.counts).*bytes) : 0;
            moved += launch.counts ? kSectorBytes * static_cast<double>((*launch.counts).*sectors) : 0;
        }
        // Lanes that read the same bytes, a broadcast, ask for more than is moved.
        if (moved > 0)
            add({name, title, "%", {}, std::min(100.0, 100 * asked / moved), FigureOrigin::Counted, Better::More});
    }

    void addMetrics()
    {
        std::set<std::string> names;
        for (const ObservedLaunch& launch : m_observation.launches)
            for (const auto& [name, value] : launch.metrics)
                names.insert(name);
        for (const std::string& name : names)
            for (const ObservedLaunch& launch : m_observation.launches)
                if (const auto found = launch.metrics.find(name); found != launch.metrics.end())
                    add({name, name, {}, launch.shape.kernel, found->second, FigureOrigin::Measured, Better::Neither});
    }

    const Observation& m_observation;
    std::vector<Figure> m_figures;
    std::set<std::string> m_seen;
};

}  // namespace

std::string_view figureOriginName(FigureOrigin origin)
{
    constexpr std::array<std::string_view, 4> kNames{"static", "measured", "counted", "modelled"};
    return kNames[static_cast<std::size_t>(origin)];
}

std::vector<Figure> figuresOf(const Observation& observation) { return FigureList(observation).take(); }

void to_json(nlohmann::json& json, const Figure& figure)
{
    json = {{"name", figure.name},     {"title", figure.title}, {"unit", figure.unit},
            {"kernel", figure.kernel}, {"value", figure.value}, {"origin", figureOriginName(figure.origin)},
            {"better", figure.better}};
}

void from_json(const nlohmann::json& json, Figure& figure)
{
    figure.name = json.value("name", "");
    figure.title = json.value("title", "");
    figure.unit = json.value("unit", "");
    figure.kernel = json.value("kernel", "");
    figure.value = json.value("value", 0.0);
    for (const FigureOrigin origin :
         {FigureOrigin::Static, FigureOrigin::Measured, FigureOrigin::Counted, FigureOrigin::Modelled})
        if (figureOriginName(origin) == json.value("origin", ""))
            figure.origin = origin;
    figure.better = json.value("better", Better::Neither);
}

}  // namespace warploom
