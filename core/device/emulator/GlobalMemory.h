// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "base/Result.h"
#include "base/Units.h"
#include "device/emulator/GlobalShadow.h"
#include "device/emulator/HostPages.h"

namespace warploom::emulator {

/// Generic addresses of the spaces that are not global; global buffers lie below all of them.
constexpr std::uint64_t kSharedWindow = 0x7100'0000'0000;
constexpr std::uint64_t kLocalWindow = 0x7200'0000'0000;
constexpr std::uint64_t kParameterWindow = 0x7300'0000'0000;
constexpr std::uint64_t kWindowBytes = 0x100'0000'0000;

/// Fills pages of a buffer when they are first touched. Thread-safe.
class LazyPages {
public:
    using Fill = std::function<void(std::uint64_t, std::span<std::byte>)>;

    LazyPages(std::span<std::byte> buffer, Fill fill);

    /// Makes the bytes [offset, offset + size) of the buffer real; they must lie inside it.
    void touch(std::uint64_t offset, std::uint64_t size)
    {
        for (std::uint64_t page = offset / kPageBytes; page <= (offset + size - 1) / kPageBytes; ++page)
            if (m_states[page].load(std::memory_order_acquire) != State::Filled)
                fillPage(page);
    }

private:
    static constexpr std::uint64_t kPageBytes = 4096;
    enum class State : std::uint8_t { Untouched, Filled };

    void fillPage(std::uint64_t page);

    std::span<std::byte> m_buffer;
    Fill m_fill;
    std::array<std::mutex, 16> m_mutexes;  ///< by page, so that threads rarely meet
    std::vector<std::atomic<State>> m_states;
};

/// A range of device addresses with the host memory behind it.
struct Region {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;  ///< one past the last byte
    std::byte* host = nullptr;
    std::uint64_t id = 0;
    std::string name;
    bool readOnly = false;  ///< to kernels
    bool isVariable = false;  ///< of a module
    std::unique_ptr<LazyPages> lazy;
    HostPages pages;
    HostPages written;  ///< by byte: 1 where something was written; none when all of it was
    std::unique_ptr<GlobalShadow> shadow;
    bool isWatched = false;  ///< the running launch may write it, and books who does what in the shadow

    [[nodiscard]] bool holds(std::uint64_t address, std::uint64_t size) const
    {
        return address >= begin && address <= end && size <= end - address;
    }
};

/// All global memory of the emulated GPU: a table of buffers with exact bounds. Pages cost nothing until touched.
/// Changing the table is for the owner's thread while nothing runs; looking up is thread-safe.
class GlobalMemory {
public:
    explicit GlobalMemory(Bytes capacity)
        : m_capacity(capacity.value)
    {
    }

    /// \p name is for messages. OutOfMemory when the GPU has no room for it, or the host cannot map it.
    Result<Region*> allocate(std::uint64_t size, std::string name, LazyPages::Fill fill = {});
    void release(std::uint64_t id);

    /// The buffer that holds all of [address, address + size), or null.
    [[nodiscard]] const Region* find(std::uint64_t address, std::uint64_t size) const;
    /// The buffer within a few MiB of \p address, or null: what a wild access was probably meant for.
    [[nodiscard]] const Region* closest(std::uint64_t address) const;
    /// Host memory of a range inside one buffer, its lazy pages filled. InvalidArgument when there is none.
    Result<std::span<std::byte>> range(std::uint64_t address, std::uint64_t size);
    /// Nobody has written these bytes yet, whatever they hold. InvalidArgument when they lie in no buffer.
    Result<> markUnwritten(std::uint64_t address, std::uint64_t size);
    void markWritten(std::uint64_t address, std::uint64_t size);
    /// A copy: what was not written in the source is not in the destination either.
    void copyWritten(std::uint64_t destination, std::uint64_t source, std::uint64_t size);

    [[nodiscard]] std::span<const std::unique_ptr<Region>> regions() const { return m_regions; }

private:
    using Regions = std::vector<std::unique_ptr<Region>>;

    /// The first buffer that begins above \p address.
    [[nodiscard]] Regions::const_iterator firstAbove(std::uint64_t address) const;
    [[nodiscard]] std::uint64_t freeAddress(std::uint64_t size) const;

    Regions m_regions;  ///< sorted by begin
    std::uint64_t m_capacity;
    std::uint64_t m_used = 0;
    std::uint64_t m_nextId = 1;
};

}  // namespace warploom::emulator
