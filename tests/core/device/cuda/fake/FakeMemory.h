// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>

namespace warploom::test {

/// Host memory in the place of a card's: ranges that may be accessed, reserved addresses, shareable pieces.
class FakeMemory {
public:
    /// 0 when the host has no such memory.
    std::uint64_t allocate(std::uint64_t size);
    bool free(std::uint64_t address);

    /// A range of addresses aligned to \p alignment, without memory behind it; 0 on failure.
    std::uint64_t reserve(std::uint64_t size, std::uint64_t alignment);
    bool unreserve(std::uint64_t address);
    /// Puts the file \p fd behind the addresses, still without access.
    bool map(std::uint64_t address, std::uint64_t size, int fd);
    bool unmap(std::uint64_t address, std::uint64_t size);
    bool giveAccess(std::uint64_t address, std::uint64_t size);

    /// True if every byte may be accessed.
    [[nodiscard]] bool accessible(std::uint64_t address, std::uint64_t size) const;

private:
    struct Reservation {
        void* begin = nullptr;
        std::uint64_t size = 0;
    };
    std::map<std::uint64_t, std::uint64_t> m_ranges;  ///< address → size
    std::map<std::uint64_t, Reservation> m_reservations;
};

}  // namespace warploom::test
