// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <vector>

#include "device/emulator/BlockClocks.h"
#include "device/emulator/HostPages.h"

namespace warploom::emulator {

/// A thread of the grid and the instruction it executed. Blocks count from 1; 0 is nobody.
struct Toucher {
    std::uint32_t block = 0;
    std::uint32_t place = 0;

    static constexpr std::uint32_t kPcBits = 20;
    static Toucher of(std::uint32_t block, std::uint32_t thread, std::uint32_t pc)
    {
        return {block, (thread << kPcBits) | pc};
    }
    [[nodiscard]] std::uint32_t thread() const { return place >> kPcBits; }
    [[nodiscard]] std::uint32_t pc() const { return place & ((1u << kPcBits) - 1); }
};

/// Who touches a buffer: one block of a running launch.
struct GlobalVisitor {
    Toucher toucher;
    std::uint32_t publications = 0;  ///< of its block so far
    const BlockClocks& clocks;
};

/// What one launch did to the units of one buffer. Blocks run at the same time and in any order, so only what does not
/// depend on that order is kept: the lowest block that wrote, the lowest other one that wrote something else, the two
/// lowest that read. Whether that makes a race is decided when the launch is over (findRace).
class GlobalShadow {
public:
    /// No larger than the value that a writer keeps.
    static constexpr std::uint32_t kMostUnitShift = 2;

    GlobalShadow(std::uint64_t bytes, std::uint32_t unitShift);

    [[nodiscard]] bool isUsable() const { return m_others.data() != nullptr; }
    [[nodiscard]] std::uint32_t unitShift() const { return m_unitShift; }
    void startLaunch();

    /// Books a plain write of \p value. Another thread of the same block that wrote something else without order, if
    /// there is one.
    std::optional<Toucher> write(std::uint64_t unit, std::uint32_t value, const GlobalVisitor& visitor)
    {
        const Guard guard(*this, unit);
        const Toucher& mine = visitor.toucher;
        Tag& tag = fresh(unit);
        Writer& writer = m_writers.as<Writer>()[unit];
        if (tag.hasOthers != 0)
            noticeReaders(unit, mine.block);
        const Writer written{mine, visitor.clocks.now(), value};
        if (writer.toucher.block != 0 && writer.toucher.block != mine.block) {
            meet(unit, written, visitor.publications);
            return std::nullopt;
        }
        const Writer before = writer;
        writer = written;
        tag.publications = static_cast<std::uint16_t>(std::min(visitor.publications, kMostPublications));
        if (before.toucher.block == 0 || before.value == value || isOrdered(before, visitor))
            return std::nullopt;
        return before.toucher;
    }
    /// Books a plain read. Another thread of the same block that wrote without order, if there is one.
    std::optional<Toucher> read(std::uint64_t unit, const GlobalVisitor& visitor);
    /// A strong store or an exchange: races with nobody.
    void writeStrongly(std::uint64_t unit, std::uint32_t block);

    struct Race {
        std::uint64_t unit = 0;
        Toucher writer;
        Toucher other;
        bool otherWrote = false;
    };
    /// The race of the launch whose later block is the lowest. \p publications: by block, how many there were at its
    /// end; a write with one after it harms nobody.
    [[nodiscard]] std::optional<Race> findRace(const std::vector<std::uint32_t>& publications) const;
    /// Whether a block other than \p block wrote the unit; of the blocks below it when \p onlyLower.
    [[nodiscard]] bool isWrittenByOthers(std::uint64_t unit, std::uint32_t block, bool onlyLower) const;

private:
    static constexpr std::uint32_t kMostPublications = 0xffff;

    struct Writer {
        Toucher toucher;
        std::uint32_t time = 0;
        std::uint32_t value = 0;
    };
    struct Tag {
        std::uint16_t launch = 0;
        std::uint16_t publications = 0;  ///< of the writer's block when it wrote
        std::uint32_t hasOthers : 1 = 0;
        std::uint32_t strongBlock : 31 = 0;  ///< lowest that wrote strongly
    };
    struct Others {
        Toucher second;  ///< writer of another value, in another block
        Toucher reader;
        Toucher otherReader;
        std::uint32_t secondPublications = 0;
    };

    /// Holds the lock of the units around one.
    class Guard {
    public:
        Guard(const GlobalShadow& shadow, std::uint64_t unit)
            : m_lock(shadow.m_locks[unit / 1024 % shadow.m_locks.size()])
        {
            while (m_lock.test_and_set(std::memory_order_acquire)) { }
        }
        ~Guard() { m_lock.clear(std::memory_order_release); }
        Guard(const Guard&) = delete;
        Guard& operator=(const Guard&) = delete;

    private:
        std::atomic_flag& m_lock;
    };

    [[nodiscard]] static bool isOrdered(const Writer& before, const GlobalVisitor& visitor)
    {
        const std::uint32_t thread = before.toucher.thread();
        return visitor.clocks.isOrdered(before.time, thread, visitor.toucher.thread())
            || visitor.clocks.isFenced(before.time, thread);
    }
    Tag& fresh(std::uint64_t unit)
    {
        Tag& tag = m_tags.as<Tag>()[unit];
        if (tag.launch != m_launch)
            renew(tag, unit);
        return tag;
    }
    void renew(Tag& tag, std::uint64_t unit);
    void noticeReaders(std::uint64_t unit, std::uint32_t block);
    void meet(std::uint64_t unit, const Writer& written, std::uint32_t publications);
    Others& othersOf(std::uint64_t unit);

    std::uint32_t m_unitShift;
    std::uint64_t m_units;
    HostPages m_writers;
    HostPages m_tags;
    HostPages m_others;
    std::uint16_t m_launch = 0;
    mutable std::array<std::atomic_flag, 64> m_locks{};
    std::atomic<bool> m_isSuspect{false};  ///< two blocks met on a unit
};

}  // namespace warploom::emulator
