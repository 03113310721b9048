// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <initializer_list>

#include "analysis/Finding.h"
#include "analysis/Observation.h"

namespace warploom {

/// What a kernel can keep busy.
enum class Unit {
    Dram,  ///< bytes
    L2,  ///< sectors of 32 bytes between L1 and L2
    L1,  ///< passes through the data stage that shared memory and L1 are
    Issue,  ///< warp instructions, as the others below
    Single,
    Double,
    Integer,
    Special,  ///< reciprocals, roots, exponentials, some conversions
};
constexpr std::size_t kUnitCount = 8;

/// From here on a unit counts as what a kernel waits for. Nsight Compute's speed-of-light rule draws the line at the
/// same place: below 60 % of every peak it is latency.
constexpr double kBusy = 0.6;
/// What good kernels reach of a unit's theoretical peak: copies 0.80 to 0.92 of DRAM, resources/devices/*.toml.
constexpr double kReachable = 0.9;

/// What a cure takes off a unit.
struct Relief {
    Unit unit = Unit::Issue;
    double share = 0;  ///< of the time
    bool isSure = true;  ///< else it counts at most, not at least
};

/// How busy every unit is over the whole plan's time, as far as the card's counters, else counts over peaks, tell.
class UnitLoads {
public:
    explicit UnitLoads(const Observation& observation);

    /// Whether anything has counted instructions: without that nothing but DRAM is known.
    [[nodiscard]] bool isCounted() const { return m_isCounted; }
    /// Share of the time, 0…1; 0 where unknown. That of L2 is an upper bound where only the emulator has counted, as it
    /// does not say what L1 has absorbed.
    [[nodiscard]] double of(Unit unit) const { return m_loads.at(static_cast<std::size_t>(unit)); }
    [[nodiscard]] Unit busiest() const;
    [[nodiscard]] double most() const { return of(busiest()); }
    [[nodiscard]] double mostBut(Unit unit) const;
    /// Share of the time that \p amount of a unit's work takes, were it all that the unit did; not clipped. Where the
    /// card says how busy the unit is, all that was counted makes that up.
    [[nodiscard]] double share(Unit unit, double amount) const;
    /// What is saved by a cure. At least what the busiest unit then has to do less, all waiting being kept; at most as
    /// if the time followed a unit that is relieved, as it does where that is busy, or where a card's warps wait for
    /// it: then that share of the waiting goes too.
    [[nodiscard]] Saving without(std::initializer_list<Relief> reliefs) const;
    [[nodiscard]] Saving without(Unit unit, double share) const { return without({{unit, share}}); }

private:
    [[nodiscard]] double perClock(Unit unit) const;

    DeviceFacts m_facts;
    double m_clocks = 0;
    bool m_isCounted = false;
    double m_memoryStalls = 0;  ///< share of the warps' time that they wait for memory; 0 where no card says
    std::array<double, kUnitCount> m_loads{};
    std::array<double, kUnitCount> m_scales{};  ///< of what the card measured to what counts over peaks make
};

}  // namespace warploom
