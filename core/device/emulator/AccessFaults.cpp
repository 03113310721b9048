// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/emulator/AccessFaults.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>

namespace warploom::emulator {

namespace {

const char* verb(AccessKind kind)
{
    return kind == AccessKind::Load ? "reads" : kind == AccessKind::Store ? "writes" : "updates";
}

/// \p memory is so many bytes from \p begin on.
std::string describeOutside(std::string_view memory, std::uint64_t begin, std::uint64_t bytesOfMemory,
                            const RefusedAccess& refused)
{
    const auto offset = static_cast<std::int64_t>(refused.address - begin);
    const auto size = static_cast<std::int64_t>(bytesOfMemory);
    const std::int64_t bytes = refused.bytes;
    const auto access = fmt::format("{} {} bytes at {} {} {}", verb(refused.kind), bytes, memory,
                                    offset < 0 ? '-' : '+', std::abs(offset));
    if (offset < 0)
        return fmt::format("{}, {} bytes before its start", access, -offset);
    if (offset + bytes <= size)
        return access + ", which is read-only";
    if (offset < size)
        return fmt::format("{}, of which {} are past its end", access, offset + bytes - size);
    return fmt::format("{}, {} bytes past its end", access, offset - size);
}

void name(Warp& warp, const std::string& buffer, std::uint64_t offset)
{
    warp.block->fault->buffer = buffer;
    warp.block->fault->byteOffset = static_cast<std::int64_t>(offset);
}

}  // namespace

/// Described against the buffer that the address was probably meant for.
void raiseOutsideBuffers(Warp& warp, const Instruction& instruction, const RefusedAccess& access)
{
    const Region* near = warp.block->memory->closest(access.address);
    if (near == nullptr) {
        warp.raise(instruction, access.lane, Verdict::OutOfBounds,
                   fmt::format("{} {} bytes at {:#x}, which is in no buffer", verb(access.kind), access.bytes,
                               access.address));
        return;
    }
    warp.raise(instruction, access.lane, Verdict::OutOfBounds,
               describeOutside(near->name, near->begin, near->end - near->begin, access));
    name(warp, near->name, access.address - near->begin);
}

void raiseOutsideArray(Warp& warp, const Instruction& instruction, const RefusedAccess& access, const char* array,
                       std::uint64_t size)
{
    warp.raise(instruction, access.lane, Verdict::OutOfBounds, describeOutside(array, 0, size, access));
    name(warp, array, access.address);
}

void raiseOutsideLocal(Warp& warp, const Instruction& instruction, const RefusedAccess& access)
{
    warp.raise(instruction, access.lane, Verdict::OutOfBounds,
               fmt::format("{} {} bytes at local memory + {}, which holds {} bytes a thread", verb(access.kind),
                           access.bytes, static_cast<std::int64_t>(access.address), warp.block->program->localBytes));
}

void raiseMisaligned(Warp& warp, const Instruction& instruction, const RefusedAccess& access)
{
    warp.raise(instruction, access.lane, Verdict::Crashed,
               fmt::format("misaligned address: {} {} bytes at {:#x}, which is no multiple of {}", verb(access.kind),
                           access.bytes, access.address, access.bytes));
}

void raiseLanesMissing(Warp& warp, const Instruction& instruction, std::uint32_t present)
{
    std::string_view text = warp.block->program->infos[warp.pcOf(instruction)].text;
    if (text.starts_with('@'))  // its guard
        text.remove_prefix(std::min(text.find_first_of(" \t") + 1, text.size()));
    warp.raise(instruction, static_cast<std::uint32_t>(std::countr_zero(present)), Verdict::Crashed,
               fmt::format("matrix instruction in divergent code: {} needs all 32 lanes of a warp, only lanes {:#010x} "
                           "are here",
                           text.substr(0, text.find_first_of(" \t")), present));
}

}  // namespace warploom::emulator
