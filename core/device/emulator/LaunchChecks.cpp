// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/emulator/LaunchChecks.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "device/emulator/BlockRunner.h"
#include "device/emulator/RaceFaults.h"

namespace warploom::emulator {

namespace {

constexpr std::uint64_t kMostCountedBlocks = std::uint64_t{1} << 24;

std::vector<std::uint32_t> coordinates(std::uint64_t number, const std::array<std::uint32_t, 3>& extent)
{
    return {static_cast<std::uint32_t>(number % extent[0]), static_cast<std::uint32_t>(number / extent[0] % extent[1]),
            static_cast<std::uint32_t>(number / extent[0] / extent[1])};
}

std::string blockName(std::uint64_t block, const LaunchShape& shape)
{
    const auto at = coordinates(block, shape.grid);
    return shape.grid[1] * shape.grid[2] == 1 ? fmt::format("block {}", at[0])
                                              : fmt::format("block ({}, {}, {})", at[0], at[1], at[2]);
}

}  // namespace

LaunchChecks::LaunchChecks(const Program& program, const LaunchShape& shape, GlobalMemory& memory)
    : m_program(program)
    , m_shape(shape)
    , m_memory(memory)
    , m_publications(std::min(shape.blocks(), kMostCountedBlocks))
{
    for (const auto& region : memory.regions()) {
        if (region->readOnly || !mayStore(*region))
            continue;
        if (!region->shadow || region->shadow->unitShift() != program.globalUnitShift)
            region->shadow = std::make_unique<GlobalShadow>(region->end - region->begin, program.globalUnitShift);
        region->isWatched = region->shadow->isUsable();
        if (region->isWatched)
            region->shadow->startLaunch();
    }
}

LaunchChecks::~LaunchChecks()
{
    for (const auto& region : m_memory.regions())
        region->isWatched = false;
}

/// Whether a pointer that the kernel stores through was among the arguments.
bool LaunchChecks::mayStore(const Region& region) const
{
    if (m_program.stored.anywhere)
        return true;
    if (region.isVariable)
        return m_program.stored.variables;
    for (const std::uint32_t parameter : m_program.stored.parameters) {
        const std::uint32_t size = m_program.parameters[parameter].size;
        for (std::uint32_t at = 0; at + 8 <= size; at += 8) {
            std::uint64_t address = 0;
            std::memcpy(&address, m_shape.parameters.data() + m_program.parameterOffsets[parameter] + at, 8);
            if (region.holds(address, 0))
                return true;
        }
    }
    return false;
}

void LaunchChecks::noteUnwritten(std::uint64_t block, const Region& region, std::uint64_t offset, Fault fault)
{
    const std::lock_guard lock(m_mutex);
    m_suspicions.push_back({block, &region, offset, std::move(fault)});
}

void LaunchChecks::noteNan(std::uint64_t block, RunNote note)
{
    const std::lock_guard lock(m_mutex);
    if (!wantsNan(block))
        return;
    m_nanBlock = block;
    m_nan = std::move(note);
}

std::vector<RunNote> LaunchChecks::notes() const
{
    return m_nanBlock == ~std::uint64_t{0} ? std::vector<RunNote>() : std::vector<RunNote>{m_nan};
}

const LaunchChecks::Suspicion* LaunchChecks::firstSuspicion(std::uint64_t faultBlock) const
{
    const bool complete = faultBlock == ~std::uint64_t{0};
    const Suspicion* first = nullptr;
    for (const Suspicion& suspicion : m_suspicions) {
        if (suspicion.block > faultBlock || (first != nullptr && first->block < suspicion.block))
            continue;
        const auto unit = suspicion.offset >> m_program.globalUnitShift;
        const auto block = static_cast<std::uint32_t>(suspicion.block + 1);
        if (!suspicion.region->isWatched || !suspicion.region->shadow->isWrittenByOthers(unit, block, !complete))
            first = &suspicion;
    }
    return first;
}

std::optional<Fault> LaunchChecks::crossBlockRace(std::uint64_t& block) const
{
    std::optional<Fault> fault;
    for (const auto& region : m_memory.regions()) {
        const auto race = region->isWatched ? region->shadow->findRace(m_publications) : std::nullopt;
        if (!race || race->other.block - 1 >= block)
            continue;
        block = race->other.block - 1;
        const std::uint64_t offset = race->unit << m_program.globalUnitShift;
        BlockState extent;
        extent.blockExtent = m_shape.block;
        fault.emplace();
        fault->verdict = Verdict::Race;
        fault->message = fmt::format(
            "race at {} + {}: written by {} of {}{}, {} by {} of {}{} without a fence after the write", region->name,
            offset, threadName(extent, race->writer.thread()), blockName(race->writer.block - 1, m_shape),
            lineName(m_program, race->writer.pc()), race->otherWrote ? "written differently" : "read",
            threadName(extent, race->other.thread()), blockName(block, m_shape), lineName(m_program, race->other.pc()));
        const InstructionInfo& info = m_program.infos[race->other.pc()];
        fault->place = {m_program.sourceFile, info.location.line, info.location.column};
        fault->instruction = std::string(info.text);
        fault->buffer = region->name;
        fault->byteOffset = static_cast<std::int64_t>(offset);
        fault->block = coordinates(block, m_shape.grid);
        fault->thread = coordinates(race->other.thread(), m_shape.block);
    }
    return fault;
}

std::optional<Fault> LaunchChecks::finalFault(std::optional<Fault> fault, std::uint64_t faultBlock) const
{
    const bool complete = faultBlock == ~std::uint64_t{0};
    std::uint64_t block = faultBlock;
    if (const Suspicion* suspicion = firstSuspicion(faultBlock)) {
        fault = suspicion->fault;
        block = suspicion->block;
    }
    if (!complete)
        return fault;  // blocks that never ran leave gaps in what the shadows know
    if (auto race = crossBlockRace(block))
        return race;
    return fault;
}

}  // namespace warploom::emulator
