// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/emulator/SharedShadow.h"

namespace warploom::emulator {

namespace {

/// Threads that meet never let a log grow this long: the oldest half is forgotten.
constexpr std::size_t kMostLogged = std::size_t{1} << 16;

void clear(std::vector<std::byte>& bitmap, std::size_t from, std::size_t to)
{
    if (from < to)
        std::memset(bitmap.data() + from, 0, to - from);
}

}  // namespace

SharedShadow::SharedShadow(std::size_t bytes, std::uint32_t unitShift, std::uint32_t warps)
    : m_unitShift(unitShift)
{
    const std::size_t units = (bytes >> unitShift) + 1;
    const std::size_t size = units / 8 + 1 + kWord;
    for (Bitmap* bitmap : {&m_suspicious, &m_initialised, &m_written, &m_read})
        bitmap->resize(size);
    m_writers.resize(units);
    m_reads.resize(warps);
    for (WarpReads& reads : m_reads) {
        reads.seen.resize(size);
        reads.older.resize(size);
        reads.log.reserve(256);
    }
}

void SharedShadow::startBlock()
{
    for (WarpReads& reads : m_reads) {
        reads.expected.clear();
        reads.group = 0;
    }
    forget();
    std::fill(m_volatileWriters.begin(), m_volatileWriters.end(), Writer{});
    std::fill(m_suspicious.begin(), m_suspicious.end(), std::byte{0xff});
    std::fill(m_initialised.begin(), m_initialised.end(), std::byte{0});
}

void SharedShadow::turnPage(WarpReads& reads, std::uint32_t generation)
{
    reads.generation = generation;
    if (reads.log.size() > kMostLogged)
        reads.log.erase(reads.log.begin(), reads.log.begin() + kMostLogged / 2);
    if (reads.from >= reads.to)
        return;
    for (std::size_t i = reads.from; i < reads.to; ++i)
        reads.older[i] |= reads.seen[i];
    reads.olderFrom = std::min(reads.olderFrom, reads.from);
    reads.olderTo = std::max(reads.olderTo, reads.to);
    clear(reads.seen, reads.from, reads.to);
    reads.from = ~std::size_t{0};
    reads.to = 0;
}

void SharedShadow::forgetReads(WarpReads& reads)
{
    if (reads.log.empty())
        return;
    reads.log.clear();
    clear(reads.seen, reads.from, reads.to);
    clear(reads.older, reads.olderFrom, reads.olderTo);
    clear(m_read, std::min(reads.from, reads.olderFrom), std::max(reads.to, reads.olderTo));
    reads.from = reads.olderFrom = ~std::size_t{0};
    reads.to = reads.olderTo = 0;
}

void SharedShadow::forget()
{
    for (WarpReads& reads : m_reads)
        forgetReads(reads);
    for (std::size_t i = m_writtenFrom; i < m_writtenTo; ++i)
        m_suspicious[i] &= ~m_written[i];
    clear(m_written, m_writtenFrom, m_writtenTo);
    for (const WarpReads& reads : m_reads)
        for (const Expected& copy : reads.expected)
            for (std::uint32_t unit = copy.unit; unit < copy.unit + copy.units; ++unit)
                m_suspicious[unit / 8] |= std::byte{1} << (unit % 8);
    m_writtenFrom = ~std::size_t{0};
    m_writtenTo = 0;
}

void SharedShadow::expect(const SharedAccess& access)
{
    WarpReads& warp = m_reads[access.warp];
    for (const Segment& segment : access.segments)
        for (std::uint32_t place = 0; place < segment.length; place += segment.stride)
            warp.expected.push_back({access.first + static_cast<std::uint32_t>(segment.unit) + place, segment.each,
                                     access.pc, segment.laneOf(place), warp.group});
}

void SharedShadow::await(std::uint32_t warp, std::uint32_t lanes, std::uint64_t kept)
{
    WarpReads& reads = m_reads[warp];
    std::erase_if(reads.expected, [&](const Expected& copy) {
        const bool arrives = copy.group + kept < reads.group && (lanes >> copy.lane & 1u) != 0;
        for (std::uint32_t unit = copy.unit; arrives && unit < copy.unit + copy.units; ++unit)
            if (!isSet(m_written, unit))
                m_suspicious[unit / 8] &= ~(std::byte{1} << (unit % 8));
        return arrives;
    });
}

std::optional<SharedConflict> SharedShadow::notArrived(const SharedAccess& access) const
{
    for (std::uint32_t warp = 0; warp < m_reads.size(); ++warp)
        for (const Expected& copy : m_reads[warp].expected)
            for (const Segment& segment : access.segments) {
                const std::uint32_t first = access.first + static_cast<std::uint32_t>(segment.unit);
                const std::uint32_t end = std::min(first + segment.length, copy.unit + copy.units);
                for (std::uint32_t unit = std::max(first, copy.unit); unit < end; ++unit)
                    if (segment.has(unit - first))
                        return SharedConflict{
                            unit, segment.laneOf(unit - first), warp * kLanes + copy.lane, copy.pc, AccessKind::Store,
                            true};
            }
    return std::nullopt;
}

void SharedShadow::markInitialised(const SharedAccess& access)
{
    for (const Segment& segment : access.segments) {
        const std::uint32_t unit = access.first + static_cast<std::uint32_t>(segment.unit);
        const std::uint64_t bits = bitsOf(segment, unit);
        store(m_initialised, unit, load(m_initialised, unit) | bits);
        store(m_suspicious, unit, load(m_suspicious, unit) & ~(bits & ~load(m_written, unit)));
    }
}

void SharedShadow::writeVolatile(const SharedAccess& access, std::uint32_t lane, std::uint32_t unit,
                                 std::uint32_t units, std::uint32_t now)
{
    m_volatileWriters.resize(m_writers.size());
    const auto first = m_volatileWriters.begin() + unit;
    std::fill(first, first + units, Writer{now, access.pc, access.warp * kLanes + lane});
}

std::optional<SharedConflict> SharedShadow::conflictWithinWarp(const SharedAccess& access,
                                                               const BlockClocks& clocks) const
{
    if (m_volatileWriters.empty())
        return std::nullopt;
    for (const Segment& segment : access.segments)
        for (std::uint32_t place = 0; place < segment.length; ++place) {
            const std::uint32_t unit = access.first + static_cast<std::uint32_t>(segment.unit) + place;
            const Writer& writer = m_volatileWriters[unit];
            if (!segment.has(place) || writer.time == 0 || writer.thread / kLanes != access.warp)
                continue;
            std::uint32_t lane = segment.laneOf(place);
            if (writer.thread % kLanes == lane)
                lane += segment.other;
            if (writer.thread % kLanes != lane
                && !clocks.haveMet(writer.time, writer.thread, access.warp * kLanes + lane))
                return with(writer, unit, lane);
        }
    return std::nullopt;
}

std::optional<SharedConflict> SharedShadow::unwritten(const SharedAccess& access) const
{
    for (const Segment& segment : access.segments) {
        const std::uint32_t unit = access.first + static_cast<std::uint32_t>(segment.unit);
        const std::uint64_t missing = bitsOf(segment, unit) & ~load(m_initialised, unit);
        if (missing == 0)
            continue;
        const std::uint32_t place = static_cast<std::uint32_t>(std::countr_zero(missing)) - unit % 8;
        return SharedConflict{unit + place, segment.laneOf(place), 0, 0, AccessKind::None};
    }
    return std::nullopt;
}

SharedConflict SharedShadow::with(const Writer& writer, std::uint32_t unit, std::uint32_t lane) const
{
    return {unit, lane, writer.thread, writer.pc & ~kAtomic,
            (writer.pc & kAtomic) != 0 ? AccessKind::Atomic : AccessKind::Store};
}

std::optional<SharedConflict> SharedShadow::conflictWithWrites(const SharedAccess& access, const Segment& segment,
                                                               const BlockClocks& clocks, const StoredValues* values,
                                                               std::span<const std::byte> memory) const
{
    const std::uint32_t unitBytes = 1u << m_unitShift;
    const std::uint32_t first = access.first + static_cast<std::uint32_t>(segment.unit);
    for (std::uint32_t place = 0; place < segment.length; ++place) {
        const std::uint32_t unit = first + place;
        if (!segment.has(place) || !isSet(m_written, unit))
            continue;
        const Writer& writer = m_writers[unit];
        const bool wasAtomic = (writer.pc & kAtomic) != 0;
        if (access.isAtomic && wasAtomic)
            continue;
        std::uint32_t lane = segment.laneOf(place);
        if (writer.thread == access.warp * kLanes + lane)
            lane += segment.other;
        if (clocks.isOrdered(writer.time, writer.thread, access.warp * kLanes + lane))
            continue;
        const std::size_t at = std::size_t{unit} << m_unitShift;
        if (values != nullptr && !wasAtomic && !access.isAtomic && at + unitBytes <= memory.size()
            && values->areEqual(lane, place % segment.stride * unitBytes, memory.data() + at, unitBytes))
            continue;
        return with(writer, unit, lane);
    }
    return std::nullopt;
}

std::optional<SharedConflict> SharedShadow::conflictOfRead(const SharedAccess& access, const BlockClocks& clocks) const
{
    for (const Segment& segment : access.segments)
        if (auto found = conflictWithWrites(access, segment, clocks, nullptr, {}))
            return found;
    return std::nullopt;
}

std::optional<SharedConflict> SharedShadow::conflictWithReads(const SharedAccess& access, const Segment& segment,
                                                              const BlockClocks& clocks, std::uint32_t warp) const
{
    const WarpReads& reads = m_reads[warp];
    const std::uint32_t first = access.first + static_cast<std::uint32_t>(segment.unit);
    const std::uint64_t touched = load(reads.seen, first) | load(reads.older, first);
    if ((touched & bitsOf(segment, first)) == 0)
        return std::nullopt;
    const std::uint32_t bound = clocks.known(access.warp, warp);
    for (auto record = reads.log.rbegin(); record != reads.log.rend() && record->time >= bound; ++record) {
        const std::uint32_t begin = std::max(first, record->unit);
        const std::uint32_t end = std::min(first + segment.length, record->unit + record->length);
        const bool isSameLanes = warp == access.warp && record->stride == segment.stride && record->other == 0
            && segment.other == 0
            && record->lane * segment.stride - record->unit == segment.lane * segment.stride - first;
        for (std::uint32_t unit = begin; unit < end && !isSameLanes; ++unit) {
            if (!segment.has(unit - first) || (unit - record->unit) % record->stride >= record->each)
                continue;
            std::uint32_t lane = segment.laneOf(unit - first);
            std::uint32_t reader = warp * kLanes + record->lane + (unit - record->unit) / record->stride;
            if (reader == access.warp * kLanes + lane)
                reader += record->other;
            if (reader == access.warp * kLanes + lane)
                lane += segment.other;
            if (!clocks.isOrdered(record->time, reader, access.warp * kLanes + lane))
                return SharedConflict{unit, lane, reader, record->pc, AccessKind::Load};
        }
    }
    return std::nullopt;
}

std::optional<SharedConflict> SharedShadow::conflictOfWrite(const SharedAccess& access, const BlockClocks& clocks,
                                                            const StoredValues& values,
                                                            std::span<const std::byte> memory) const
{
    for (const Segment& segment : access.segments) {
        const std::uint32_t unit = access.first + static_cast<std::uint32_t>(segment.unit);
        const std::uint64_t bits = bitsOf(segment, unit);
        if ((load(m_written, unit) & bits) != 0)
            if (auto found = conflictWithWrites(access, segment, clocks, &values, memory))
                return found;
        if ((load(m_read, unit) & bits) == 0)
            continue;
        for (std::uint32_t warp = 0; warp < m_reads.size(); ++warp)
            if (auto found = conflictWithReads(access, segment, clocks, warp))
                return found;
    }
    return std::nullopt;
}

}  // namespace warploom::emulator
