// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/LineFigures.h"

#include <algorithm>
#include <array>

namespace warploom {

namespace {

/// The same sample is counted under its reason and, where the scheduler issued nothing at all, once more with this.
constexpr std::string_view kNotIssued = "_not_issued";

struct ReasonText {
    std::string_view reason;
    std::string_view text;
};

/// Meanings: Nsight Compute's documentation of warp states.
constexpr std::array kReasonTexts{
    ReasonText{"barrier", "waiting at a barrier for the block's other warps"},
    ReasonText{"branch_resolving", "waiting for a branch's target"},
    ReasonText{"dispatch_stall", "the dispatcher held the instruction back"},
    ReasonText{"drain", "waiting for stores to leave before the warp ends"},
    ReasonText{"gmma", "waiting for a warpgroup's matrix instruction"},
    ReasonText{"imc_miss", "waiting for constants that were not cached"},
    ReasonText{"lg_throttle", "the queue of global and local memory was full"},
    ReasonText{"long_scoreboard", "waiting for global, local or texture memory"},
    ReasonText{"math_pipe_throttle", "the arithmetic pipe was busy"},
    ReasonText{"membar", "waiting at a memory fence"},
    ReasonText{"mio_throttle", "the queue of shared memory and special functions was full"},
    ReasonText{"misc", "another reason"},
    ReasonText{"no_instructions", "waiting for instructions to be fetched"},
    ReasonText{"not_selected", "ready, but another warp was chosen"},
    ReasonText{"selected", "issued an instruction"},
    ReasonText{"short_scoreboard", "waiting for shared memory or a special function"},
    ReasonText{"sleeping", "asleep"},
    ReasonText{"tex_throttle", "the texture queue was full"},
    ReasonText{"wait", "waiting out a fixed latency"},
    ReasonText{"warpgroup_arrive", "waiting for the warps of its warpgroup"},
};

}  // namespace

std::map<int, LineCounters> countedLines(const InstructionReport& counts)
{
    std::map<int, LineCounters> lines;
    for (const auto& [number, values] : byLine(counts)) {
        if (number <= 0)
            continue;
        const auto value = [&, &found = values](const char* name) {
            const auto place = found.find(name);
            return place == found.end() ? std::uint64_t{0} : place->second;
        };
        LineCounters& line = lines[number];
        line.warpInstructions = value("smsp__sass_inst_executed");
        line.threadInstructions = value("smsp__sass_thread_inst_executed");
        line.globalSectors = value("smsp__sass_sectors_mem_global");
        line.globalRequests = value("smsp__sass_inst_executed_op_global");
        line.localSectors = value("smsp__sass_sectors_mem_local");
        line.divergentBranches = value("smsp__sass_branch_targets_threads_divergent");
        const std::uint64_t wavefronts = value("smsp__sass_l1tex_pipe_lsu_wavefronts_mem_shared");
        line.sharedBankConflicts =
            wavefronts - std::min(wavefronts, value("smsp__sass_l1tex_pipe_lsu_wavefronts_mem_shared_ideal"));
    }
    return lines;
}

std::vector<std::pair<std::string, std::uint64_t>> StallFigures::ranked() const
{
    std::vector<std::pair<std::string, std::uint64_t>> result;
    for (const auto& [reason, count] : reasons)
        if (isStall(reason))
            result.emplace_back(reason, count);
    std::stable_sort(result.begin(), result.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    return result;
}

StallFigures stallsOf(const std::map<std::string, std::uint64_t>& values)
{
    StallFigures stalls;
    for (const auto& [name, samples] : values) {
        if (name.ends_with(kNotIssued))
            continue;
        stalls.samples += samples;
        stalls.stalled += isStall(name) ? samples : 0;
        stalls.reasons[name] += samples;
    }
    return stalls;
}

std::map<int, StallFigures> stalledLines(const InstructionReport& stalls)
{
    std::map<int, StallFigures> lines;
    for (const auto& [number, values] : byLine(stalls))
        if (number > 0)
            lines[number] = stallsOf(values);
    return lines;
}

std::string_view stallReasonText(std::string_view reason)
{
    const auto found = std::find_if(kReasonTexts.begin(), kReasonTexts.end(),
                                    [&](const ReasonText& text) { return text.reason == reason; });
    return found == kReasonTexts.end() ? reason : found->text;
}

}  // namespace warploom
