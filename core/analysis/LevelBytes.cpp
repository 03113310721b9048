// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/Observation.h"

namespace warploom {

namespace {

constexpr double kBytesOfLevelSector = 32;
constexpr double kBytesOfPass = 128;

std::optional<double> both(const Observation& observation, const char* read, const char* written)
{
    const auto in = observation.sum(read);
    const auto out = observation.sum(written);
    return in && out ? std::optional(*in + *out) : std::nullopt;
}

/// A card tells reads from writes, the emulator does not.
double sharedPasses(const Observation& observation)
{
    if (const auto told = both(observation, "l1tex__data_pipe_lsu_wavefronts_mem_shared_op_ld.sum",
                               "l1tex__data_pipe_lsu_wavefronts_mem_shared_op_st.sum"))
        return *told;
    return observation.sum("l1tex__data_pipe_lsu_wavefronts_mem_shared.sum").value_or(0);
}

std::optional<double> times(std::optional<double> count, double bytes)
{
    return count ? std::optional(*count * bytes) : std::nullopt;
}

}  // namespace

std::optional<double> countedBytes(const Observation& observation, PeakRoof level)
{
    if (level == PeakRoof::Dram)
        return both(observation, "dram__bytes_read.sum", "dram__bytes_write.sum");
    if (level == PeakRoof::L2)
        return times(both(observation, "lts__t_sectors_op_read.sum", "lts__t_sectors_op_write.sum"),
                     kBytesOfLevelSector);
    if (level != PeakRoof::L1)
        return std::nullopt;
    const auto global = times(both(observation, "l1tex__t_sectors_pipe_lsu_mem_global_op_ld.sum",
                                   "l1tex__t_sectors_pipe_lsu_mem_global_op_st.sum"),
                              kBytesOfLevelSector);
    return global ? std::optional(*global + kBytesOfPass * sharedPasses(observation)) : std::nullopt;
}

}  // namespace warploom
