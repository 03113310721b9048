// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstring>
#include <optional>
#include <span>
#include <vector>

#include "device/emulator/AccessPattern.h"
#include "device/emulator/BlockClocks.h"
#include "device/emulator/StoredValues.h"

namespace warploom::emulator {

/// One access of a warp to shared memory, as the shadow sees it.
struct SharedAccess {
    std::uint32_t warp = 0;
    std::uint32_t pc = 0;
    std::uint32_t first = 0;  ///< unit of the first active lane
    std::span<const Segment> segments;
    bool isAtomic = false;
};

/// Two accesses that nothing orders. The access that was asked about is the later one.
struct SharedConflict {
    std::uint32_t unit = 0;
    std::uint32_t lane = 0;  ///< of the later access
    std::uint32_t thread = 0;  ///< of the earlier one
    std::uint32_t pc = 0;
    AccessKind kind = AccessKind::Load;
    bool isAsynchronous = false;  ///< the earlier one is a copy that nobody has waited for
};

/// What has happened to the shared memory of the running block since its threads met last: who wrote each unit, which
/// warps read it, and whether it was ever written. A unit is as small as the program's smallest access.
///
/// Reads are by far the most frequent, so they only meet bitmaps; where a bitmap says that a unit is not innocent,
/// the slower functions look at who it was.
class SharedShadow {
public:
    SharedShadow(std::size_t bytes, std::uint32_t unitShift, std::uint32_t warps);

    [[nodiscard]] std::uint32_t unitShift() const { return m_unitShift; }
    void startBlock();
    /// All threads met: nothing that was done before can race with what comes.
    void forget();

    /// Books a read. False when some units need a closer look: unwritten, or written since the threads met last.
    bool read(const SharedAccess& access, const BlockClocks& clocks)
    {
        WarpReads& reads = m_reads[access.warp];
        if (reads.generation != clocks.generation(access.warp))
            turnPage(reads, clocks.generation(access.warp));
        std::uint64_t odd = 0;
        for (const Segment& segment : access.segments) {
            const std::uint32_t unit = access.first + static_cast<std::uint32_t>(segment.unit);
            const std::uint64_t bits = bitsOf(segment, unit);
            odd |= load(m_suspicious, unit) & bits;
            const std::uint64_t seen = load(reads.seen, unit);
            if ((bits & ~seen) == 0)
                continue;
            store(reads.seen, unit, seen | bits);
            store(m_read, unit, load(m_read, unit) | bits);
            reads.extend(unit);
            reads.log.push_back({clocks.now(), access.pc, unit, segment.length, segment.lane, segment.each,
                                 segment.stride, segment.other});
        }
        return odd == 0;
    }
    /// Whether a write may meet another access that is not ordered: conflictOfWrite() knows.
    [[nodiscard]] bool mayConflict(const SharedAccess& access) const
    {
        std::uint64_t odd = 0;
        for (const Segment& segment : access.segments) {
            const std::uint32_t unit = access.first + static_cast<std::uint32_t>(segment.unit);
            odd |= (load(m_written, unit) | load(m_read, unit)) & bitsOf(segment, unit);
        }
        return odd != 0;
    }
    /// Books a write; lanes that write the same unit: the last one counts.
    void write(const SharedAccess& access, std::uint32_t lane, std::uint32_t unit, std::uint32_t units,
               std::uint32_t now)
    {
        const Writer writer{now, access.pc | (access.isAtomic ? kAtomic : 0), access.warp * kLanes + lane};
        for (std::uint32_t i = 0; i < units; ++i)
            m_writers[unit + i] = writer;
    }
    void markWritten(const SharedAccess& access)
    {
        for (const Segment& segment : access.segments) {
            const std::uint32_t unit = access.first + static_cast<std::uint32_t>(segment.unit);
            const std::uint64_t bits = bitsOf(segment, unit);
            store(m_written, unit, load(m_written, unit) | bits);
            store(m_suspicious, unit, load(m_suspicious, unit) | bits);
            store(m_initialised, unit, load(m_initialised, unit) | bits);
            m_writtenFrom = std::min<std::size_t>(m_writtenFrom, unit / 8);
            m_writtenTo = std::max<std::size_t>(m_writtenTo, unit / 8 + kWord);
        }
    }
    /// A strong store: initialises, and races with nobody.
    void markInitialised(const SharedAccess& access);
    /// Books a lane's volatile store. Between warps such stores race with nobody.
    void writeVolatile(const SharedAccess& access, std::uint32_t lane, std::uint32_t unit, std::uint32_t units,
                       std::uint32_t now);
    /// A unit of a volatile read that another lane of its warp wrote since the two met. Lanes do not run in step, and
    /// volatile does not make them wait.
    [[nodiscard]] std::optional<SharedConflict> conflictWithinWarp(const SharedAccess& access,
                                                                   const BlockClocks& clocks) const;

    /// The access was an asynchronous copy: what it wrote cannot be read before its warp has waited for it.
    void expect(const SharedAccess& access);
    /// The lanes' asynchronous copies so far become a group.
    void commit(std::uint32_t warp) { ++m_reads[warp].group; }
    /// All groups of these lanes have arrived but for the newest \p kept ones.
    void await(std::uint32_t warp, std::uint32_t lanes, std::uint64_t kept);

    /// A unit that an asynchronous copy is still writing.
    [[nodiscard]] std::optional<SharedConflict> notArrived(const SharedAccess& access) const;
    /// A unit of the access that nobody has written, and its lane.
    [[nodiscard]] std::optional<SharedConflict> unwritten(const SharedAccess& access) const;
    [[nodiscard]] std::optional<SharedConflict> conflictOfRead(const SharedAccess& access,
                                                               const BlockClocks& clocks) const;
    /// \p memory is what the shared memory holds before the write: writing what is there already harms nobody.
    [[nodiscard]] std::optional<SharedConflict> conflictOfWrite(const SharedAccess& access, const BlockClocks& clocks,
                                                                const StoredValues& values,
                                                                std::span<const std::byte> memory) const;

private:
    static constexpr std::size_t kWord = sizeof(std::uint64_t);
    static constexpr std::uint32_t kAtomic = 0x80000000u;
    using Bitmap = std::vector<std::byte>;

    struct Writer {
        std::uint32_t time = 0;
        std::uint32_t pc = 0;  ///< and kAtomic
        std::uint32_t thread = 0;
    };

    struct ReadRecord {
        std::uint32_t time = 0;
        std::uint32_t pc = 0;
        std::uint32_t unit = 0;
        std::uint8_t length = 0;
        std::uint8_t lane = 0;
        std::uint8_t each = 1;
        std::uint8_t stride = 1;
        std::uint8_t other = 0;
    };

    /// An asynchronous copy of one lane.
    struct Expected {
        std::uint32_t unit = 0;
        std::uint32_t units = 0;
        std::uint32_t pc = 0;
        std::uint32_t lane = 0;
        std::uint64_t group = 0;
    };

    /// What a warp has read since the threads of the block met last, and what it is still copying.
    struct WarpReads {
        std::vector<Expected> expected;
        std::uint64_t group = 0;  ///< of the copies to come
        Bitmap seen;  ///< in this generation of the warp's clock: reads of the same again are not logged
        Bitmap older;  ///< in earlier ones
        std::vector<ReadRecord> log;  ///< by time
        std::uint32_t generation = 0;
        std::size_t from = ~std::size_t{0};  ///< bytes of `seen` that are in use
        std::size_t to = 0;
        std::size_t olderFrom = ~std::size_t{0};
        std::size_t olderTo = 0;

        void extend(std::uint32_t unit)
        {
            from = std::min<std::size_t>(from, unit / 8);
            to = std::max<std::size_t>(to, unit / 8 + kWord);
        }
    };

    static std::uint64_t bitsOf(const Segment& segment, std::uint32_t unit) { return segment.bits << (unit % 8); }
    static std::uint64_t load(const Bitmap& bitmap, std::uint32_t unit)
    {
        std::uint64_t word;
        std::memcpy(&word, bitmap.data() + unit / 8, kWord);
        return word;
    }
    static void store(Bitmap& bitmap, std::uint32_t unit, std::uint64_t word)
    {
        std::memcpy(bitmap.data() + unit / 8, &word, kWord);
    }
    static bool isSet(const Bitmap& bitmap, std::uint32_t unit)
    {
        return (std::to_integer<unsigned>(bitmap[unit / 8]) >> (unit % 8) & 1u) != 0;
    }

    static void turnPage(WarpReads& reads, std::uint32_t generation);
    void forgetReads(WarpReads& reads);
    [[nodiscard]] SharedConflict with(const Writer& writer, std::uint32_t unit, std::uint32_t lane) const;
    [[nodiscard]] std::optional<SharedConflict> conflictWithWrites(const SharedAccess& access, const Segment& segment,
                                                                   const BlockClocks& clocks,
                                                                   const StoredValues* values,
                                                                   std::span<const std::byte> memory) const;
    [[nodiscard]] std::optional<SharedConflict> conflictWithReads(const SharedAccess& access, const Segment& segment,
                                                                  const BlockClocks& clocks, std::uint32_t warp) const;

    std::uint32_t m_unitShift;
    Bitmap m_suspicious;  ///< unwritten, or written since the threads met
    Bitmap m_initialised;
    Bitmap m_written;  ///< since the threads met
    Bitmap m_read;  ///< since the threads met, by any warp
    std::vector<Writer> m_writers;  ///< valid where m_written says so
    std::vector<Writer> m_volatileWriters;  ///< from the first volatile store; who never wrote has time 0
    std::vector<WarpReads> m_reads;  ///< by warp
    std::size_t m_writtenFrom = ~std::size_t{0};  ///< bytes of m_written that are in use
    std::size_t m_writtenTo = 0;
};

}  // namespace warploom::emulator
