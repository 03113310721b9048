// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string_view>

#include "assembly/CubinFile.h"

namespace warploom {

/// Reads values one after the other. Beyond the end it gives zeros and remembers that it has been there.
class ByteReader {
public:
    explicit ByteReader(std::string_view bytes)
        : m_bytes(bytes)
    {
    }

    [[nodiscard]] std::uint64_t position() const { return m_at; }
    [[nodiscard]] bool isAtEnd() const { return m_at >= m_bytes.size(); }
    [[nodiscard]] bool hasFailed() const { return m_hasFailed; }
    void skip(std::uint64_t count);

    /// An unsigned integer of the file's byte order (little endian).
    template <typename T>
    T number()
    {
        const auto value = valueAt<T>(m_bytes, m_at);
        skip(sizeof(T));
        return value.value_or(T{0});
    }
    /// LEB128 of at most 64 bits; what is longer fails.
    std::uint64_t unsignedLeb();
    std::int64_t signedLeb();
    /// Up to the next zero, which is skipped.
    std::string_view text();

private:
    std::string_view m_bytes;
    std::uint64_t m_at = 0;
    bool m_hasFailed = false;
};

}  // namespace warploom
