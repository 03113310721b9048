// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/Units.h"

namespace warploom {

/// Where a guarded buffer lies in the address range reserved for it, in bytes from the start of that range:
/// unmapped granule · head slack · buffer · tail slack (< 256 bytes) · unmapped granule. The layout follows from size
/// and granularity alone, so that two processes that map the same memory agree on it.
struct GuardLayout {
    std::uint64_t reserved = 0;  ///< whole range, unmapped granules included
    std::uint64_t mappedAt = 0;  ///< first mapped byte
    std::uint64_t mapped = 0;  ///< bytes of physical memory
    std::uint64_t bufferAt = 0;  ///< first byte of the buffer, 256-byte aligned
    std::uint64_t size = 0;  ///< bytes of the buffer

    [[nodiscard]] std::uint64_t headSlack() const { return bufferAt - mappedAt; }
    [[nodiscard]] std::uint64_t tailSlack() const { return mappedAt + mapped - bufferAt - size; }
    /// The part of the head slack that carries a canary: what lies next to the buffer, at most kCheckedHead bytes.
    [[nodiscard]] std::uint64_t checkedHead() const;

    static constexpr std::uint64_t kAlignment = 256;
    static constexpr std::uint64_t kCheckedHead = 64 * 1024;
};

/// \p granularity is the device's, a power of two of at least 256. Nothing for sizes whose range would overflow.
std::optional<GuardLayout> guardLayout(Bytes size, std::uint64_t granularity);

/// The canary: a fixed pseudo-random text of kCheckedHead bytes. A buffer's head slack holds its last checkedHead()
/// bytes, the tail slack its first ones: no constant that a kernel may write by accident looks like it.
std::string_view canaryPattern();

/// What changed in the slack around the buffer \p name: "3 bytes written before x (nearest at x - 12)", or nothing.
std::optional<std::string> describeBrokenCanary(std::string_view head, std::string_view tail, std::string_view name);

}  // namespace warploom
