// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/emulator/CheckedAccess.h"

#include "device/emulator/BlockChecks.h"
#include "device/emulator/LaunchChecks.h"
#include "device/emulator/RaceFaults.h"

namespace warploom::emulator::WARPLOOM_ISA {

namespace {

/// Beyond so many pieces it does not pay to look for pieces that are the same.
constexpr std::size_t kMostMerged = 8;
constexpr U32 kLowerHalf = 0xffff;

/// Adds the units of a lane to the segments; lanes come in ascending order.
void extend(AccessPattern& pattern, U32 lane, I32 unit, U32 each)
{
    if (pattern.segmentCount > 0) {
        Segment& last = pattern.segments[pattern.segmentCount - 1u];
        const auto distance = static_cast<I64>(unit) - last.unit;
        const U32 lanes = last.lanes();
        const I64 stride = lanes == 1 ? distance : last.stride;
        const bool follows = stride >= each && distance == stride * lanes && lane == last.lane + lanes;
        if (follows && last.other == 0 && distance + each <= kMostSegmentUnits) {
            last.stride = static_cast<U8>(stride);
            last.length = static_cast<U8>(distance + each);
            last.bits |= ((U64{1} << each) - 1) << distance;
            return;
        }
        if (unit == last.unit && lanes == 1) {
            last.other = static_cast<U8>(lane - last.lane);
            return;
        }
    }
    const auto length = static_cast<U8>(each);
    pattern.segments[pattern.segmentCount++] = {
        (U64{1} << each) - 1, unit, length, static_cast<U8>(lane), length, length, 0};
}

/// Two halves of a warp on the same units are one segment.
void merge(AccessPattern& pattern)
{
    std::size_t kept = 0;
    for (std::size_t k = 0; k < pattern.segmentCount; ++k) {
        const Segment& segment = pattern.segments[k];
        const auto end = pattern.segments.begin() + static_cast<std::ptrdiff_t>(kept);
        const auto same = std::find_if(pattern.segments.begin(), end, [&](const Segment& other) {
            return other.unit == segment.unit && other.bits == segment.bits && other.stride == segment.stride;
        });
        if (same == end)
            pattern.segments[kept++] = segment;
        else if (same->other == 0)
            same->other = static_cast<U8>(segment.lane - same->lane);
    }
    pattern.segmentCount = static_cast<U8>(kept);
}

bool isAscending(const AccessPattern& pattern)
{
    bool ascends = true;
    I64 before = std::numeric_limits<I64>::min();
    forLanes(pattern.mask, [&](U32 i) {
        ascends = ascends && static_cast<I64>(pattern.distance[i]) > before;
        before = static_cast<I64>(pattern.distance[i]);
    });
    return ascends;
}

bool haveSameAddress(const AccessPattern& pattern)
{
    U32 same = 0;
    forLanes(pattern.mask, [&](U32 i) {
        same |= testLanes([&](U32 k) { return pattern.distance[k] == pattern.distance[i]; }) & pattern.mask
            & ~(U32{1} << i);
    });
    return same != 0;
}

void findSegments(const Attempt& attempt, U32 unitShift)
{
    AccessPattern& pattern = attempt.pattern;
    pattern.isSegmented = true;
    pattern.segmentCount = 0;
    const U32 each = attempt.request.bytes >> unitShift;
    const U32 lanes = pattern.repeats ? attempt.mask & kLowerHalf : attempt.mask;
    forLanes(lanes, [&](U32 i) {
        extend(pattern, i, static_cast<I32>(static_cast<I64>(pattern.distance[i]) >> unitShift), each);
    });
    if (pattern.repeats)
        for (U32 k = 0; k < pattern.segmentCount; ++k)
            if (pattern.segments[k].other == 0)
                pattern.segments[k].other = kLanes / 2;
    if (!pattern.repeats && pattern.segmentCount > 1 && pattern.segmentCount <= kMostMerged)
        merge(pattern);
    pattern.overlaps = attempt.request.kind == AccessKind::Store && pattern.shape != Shape::Contiguous
        && !isAscending(pattern) && haveSameAddress(pattern);
}

StoredValues valuesOf(const Attempt& attempt)
{
    const U32 count = attempt.request.elements;
    return {attempt.warp, attempt.in, count == 0 ? 0 : attempt.request.bytes / count};
}

/// Lanes of one store on one address: harmless while they agree on what to write.
bool lanesAgree(const Attempt& attempt)
{
    const StoredValues values = valuesOf(attempt);
    for (U32 rest = attempt.mask; rest != 0 && values.isKnown(); rest &= rest - 1) {
        const auto lane = static_cast<U32>(std::countr_zero(rest));
        std::array<std::byte, 32> first;
        values.read(lane, 0, attempt.request.bytes, first.data());
        for (U32 others = rest & (rest - 1); others != 0; others &= others - 1) {
            const auto other = static_cast<U32>(std::countr_zero(others));
            if (attempt.address(other) != attempt.address(lane)
                || values.areEqual(other, 0, first.data(), attempt.request.bytes))
                continue;
            raiseLanesDisagree(attempt.warp, attempt.in, lane, attempt.refused(other));
            return false;
        }
    }
    return true;
}

bool raise(const Attempt& attempt, const SharedConflict& conflict, bool isUnwritten)
{
    const U64 offset = U64{conflict.unit} << attempt.warp.block->checks->shared.unitShift();
    const RefusedAccess access{attempt.request.kind, attempt.request.bytes, conflict.lane, offset};
    if (isUnwritten)
        raiseUnwritten(attempt.warp, attempt.in, access, "shared memory");
    else
        raiseSharedRace(attempt.warp, attempt.in, access, conflict);
    return false;
}

/// Whoever was meant to write it may do so yet: then the two race. If nobody has when the threads meet, it is a fault.
void noticeUnwritten(const Attempt& attempt, const SharedAccess& access)
{
    BlockState& block = *attempt.warp.block;
    const auto found = block.checks->unwrittenShared ? std::nullopt : block.checks->shared.unwritten(access);
    if (!found)
        return;
    raise(attempt, *found, true);
    block.checks->unwrittenShared = std::exchange(block.fault, std::nullopt);
}

bool lookCloser(const Attempt& attempt, const SharedAccess& access)
{
    const BlockChecks& checks = *attempt.warp.block->checks;
    noticeUnwritten(attempt, access);
    if (attempt.request.isOrdered)
        return true;
    if (const auto found = checks.shared.notArrived(access))
        return raise(attempt, *found, false);
    if (const auto found = checks.shared.conflictOfRead(access, checks.clocks))
        return raise(attempt, *found, false);
    return true;
}

bool watchSharedWrite(const Attempt& attempt, const SharedAccess& access)
{
    BlockState& block = *attempt.warp.block;
    BlockChecks& checks = *block.checks;
    if (checks.shared.mayConflict(access))
        if (const auto found = checks.shared.conflictOfWrite(access, checks.clocks, valuesOf(attempt), block.shared))
            return raise(attempt, *found, false);
    if (attempt.pattern.overlaps && !lanesAgree(attempt))
        return false;
    const U32 shift = checks.shared.unitShift();
    const U32 each = attempt.request.bytes >> shift;
    const U32 now = checks.clocks.now();
    forLanes(attempt.mask,
             [&](U32 i) { checks.shared.write(access, i, static_cast<U32>(attempt.address(i) >> shift), each, now); });
    checks.shared.markWritten(access);
    if (attempt.request.arrivesLater)
        checks.shared.expect(access);
    return true;
}

void bookVolatile(const Attempt& attempt, const SharedAccess& access)
{
    BlockChecks& checks = *attempt.warp.block->checks;
    const U32 shift = checks.shared.unitShift();
    forLanes(attempt.mask, [&](U32 i) {
        checks.shared.writeVolatile(access, i, static_cast<U32>(attempt.address(i) >> shift),
                                    attempt.request.bytes >> shift, checks.clocks.now());
    });
}

/// Where the lanes of \p mask, all in one buffer, touch bytes that nobody has written: the lowest such lane.
std::optional<U32> firstUnwritten(const Attempt& attempt, const Region& region, U32 mask)
{
    const U32 bytes = attempt.request.bytes;
    const auto written = [&](U64 address) { return region.written.data() + (address - region.begin); };
    if (attempt.pattern.shape == Shape::Contiguous && mask == kAllLanes
        && std::memchr(written(attempt.first), 0, std::size_t{bytes} * kLanes) == nullptr)
        return std::nullopt;
    for (U32 rest = mask; rest != 0; rest &= rest - 1) {
        const auto lane = static_cast<U32>(std::countr_zero(rest));
        if (std::memchr(written(attempt.address(lane)), 0, bytes) != nullptr)
            return lane;
    }
    return std::nullopt;
}

void watchUnwritten(const Attempt& attempt, const Region& region, U32 mask)
{
    BlockState& block = *attempt.warp.block;
    const AccessKind kind = attempt.request.kind;
    if (kind == AccessKind::Store || attempt.request.overwrites) {
        forLanes(mask, [&](U32 i) {
            std::memset(region.written.data() + (attempt.address(i) - region.begin), 1, attempt.request.bytes);
        });
        return;
    }
    if (block.checks == nullptr || block.checks->hasSuspicion)
        return;
    const auto lane = firstUnwritten(attempt, region, mask);
    if (!lane)
        return;
    const U64 offset = attempt.address(*lane) - region.begin;
    raiseUnwritten(attempt.warp, attempt.in, {kind, attempt.request.bytes, *lane, offset}, region.name);
    block.checks->hasSuspicion = true;
    block.checks->launch.noteUnwritten(block.checks->block, region, offset, *std::exchange(block.fault, std::nullopt));
}

U32 valueOf(const StoredValues& values, U32 lane, U32 offset, U32 bytes)
{
    U32 value = 0;
    if (values.isKnown())
        values.read(lane, offset, bytes, reinterpret_cast<std::byte*>(&value));
    return value;
}

/// Books what the lanes of \p mask do to one buffer.
bool watchRaces(const Attempt& attempt, const Region& region, U32 mask)
{
    const BlockChecks& checks = *attempt.warp.block->checks;
    GlobalShadow& shadow = *region.shadow;
    const AccessKind kind = attempt.request.kind;
    const U32 shift = shadow.unitShift();
    const U32 unitBytes = 1u << shift;
    const U32 pc = attempt.warp.pcOf(attempt.in);
    const StoredValues values = valuesOf(attempt);
    for (U32 rest = mask; rest != 0; rest &= rest - 1) {
        const auto lane = static_cast<U32>(std::countr_zero(rest));
        const U64 offset = attempt.address(lane) - region.begin;
        const GlobalVisitor visitor{Toucher::of(checks.block + 1, attempt.warp.index * kLanes + lane, pc),
                                    checks.publications, checks.clocks};
        for (U32 at = 0; at < attempt.request.bytes; at += unitBytes) {
            const U64 unit = (offset + at) >> shift;
            if (attempt.request.isOrdered || kind == AccessKind::Atomic) {
                if (kind == AccessKind::Store || attempt.request.overwrites)
                    shadow.writeStrongly(unit, checks.block + 1);
                continue;
            }
            const auto other = kind == AccessKind::Load
                ? shadow.read(unit, visitor)
                : shadow.write(unit, valueOf(values, lane, at, unitBytes), visitor);
            if (!other)
                continue;
            raiseGlobalRace(attempt.warp, attempt.in, {kind, attempt.request.bytes, lane, unit << shift}, region.name,
                            *other);
            return false;
        }
    }
    return true;
}

bool watchRegion(const Attempt& attempt, const Region& region, U32 mask)
{
    if (region.written.data() != nullptr)
        watchUnwritten(attempt, region, mask);
    return !region.isWatched || attempt.warp.block->checks == nullptr || watchRaces(attempt, region, mask);
}

}  // namespace

bool watchRegions(const Attempt& attempt, bool isScattered)
{
    BlockState& block = *attempt.warp.block;
    const AccessKind kind = attempt.request.kind;
    if (block.checks != nullptr) {
        if (kind == AccessKind::Atomic || (attempt.request.isOrdered && kind == AccessKind::Load))
            block.checks->clocks.acquire(attempt.warp.index);
        if (kind == AccessKind::Atomic || (attempt.request.isOrdered && kind == AccessKind::Store))
            block.checks->clocks.release(attempt.warp.index, kind == AccessKind::Atomic);
        if (kind == AccessKind::Store && !attempt.request.isOrdered && attempt.pattern.shape != Shape::Contiguous
            && !isAscending(attempt.pattern) && haveSameAddress(attempt.pattern) && !lanesAgree(attempt))
            return false;
    }
    if (!isScattered)
        return watchRegion(attempt, *block.lastRegion[attempt.in.accessSlot + attempt.request.part], attempt.mask);
    for (U32 rest = attempt.mask; rest != 0;) {
        const Region* region =
            block.memory->find(attempt.address(static_cast<U32>(std::countr_zero(rest))), attempt.request.bytes);
        const U32 same =
            testLanes([&](U32 i) { return region->holds(attempt.address(i), attempt.request.bytes); }) & rest;
        if (!watchRegion(attempt, *region, same))
            return false;
        rest &= ~same;
    }
    return true;
}

bool watchShared(const Attempt& attempt)
{
    BlockChecks& checks = *attempt.warp.block->checks;
    AccessPattern& pattern = attempt.pattern;
    if (!pattern.isSegmented)
        findSegments(attempt, checks.shared.unitShift());
    const AccessKind kind = attempt.request.kind;
    const SharedAccess access{attempt.warp.index, attempt.warp.pcOf(attempt.in),
                              static_cast<U32>(attempt.first >> checks.shared.unitShift()),
                              std::span(pattern.segments.data(), pattern.segmentCount), kind == AccessKind::Atomic};
    if (kind == AccessKind::Load && !attempt.request.isOrdered) [[likely]]
        return checks.shared.read(access, checks.clocks) || lookCloser(attempt, access);
    if (kind == AccessKind::Store && !attempt.request.isOrdered)
        return watchSharedWrite(attempt, access);
    if (kind == AccessKind::Store) {
        checks.clocks.release(attempt.warp.index, false);
        checks.shared.markInitialised(access);
        if (memoryIsVolatile(attempt.in))
            bookVolatile(attempt, access);
        return true;
    }
    if (memoryIsVolatile(attempt.in))
        if (const auto found = checks.shared.conflictWithinWarp(access, checks.clocks))
            return raise(attempt, *found, false);
    checks.clocks.acquire(attempt.warp.index);
    if (kind == AccessKind::Load)
        return lookCloser(attempt, access);
    checks.clocks.release(attempt.warp.index, true);
    if (!attempt.request.overwrites)
        noticeUnwritten(attempt, access);
    return watchSharedWrite(attempt, access);
}

bool watchLocal(const Attempt& attempt)
{
    BlockState& block = *attempt.warp.block;
    const U64 each = block.program->localBytes;
    const U32 bytes = attempt.request.bytes;
    for (U32 rest = attempt.mask; rest != 0; rest &= rest - 1) {
        const auto lane = static_cast<U32>(std::countr_zero(rest));
        std::byte* written = block.checks->localWritten.data() + (U64{attempt.warp.index} * kLanes + lane) * each
            + attempt.address(lane);
        if (attempt.request.kind == AccessKind::Store) {
            std::memset(written, 1, bytes);
        } else if (std::memchr(written, 0, bytes) != nullptr
                   && !block.program->infos[attempt.warp.pcOf(attempt.in)].isHidden) {
            const auto first = static_cast<const std::byte*>(std::memchr(written, 0, bytes)) - written;
            raiseUnwritten(attempt.warp, attempt.in,
                           {attempt.request.kind, bytes, lane, attempt.address(lane) + static_cast<U64>(first)},
                           "local memory");
            return false;
        }
    }
    return true;
}

}  // namespace warploom::emulator::WARPLOOM_ISA
