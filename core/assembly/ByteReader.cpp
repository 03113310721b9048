// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "assembly/ByteReader.h"

namespace warploom {

void ByteReader::skip(std::uint64_t count)
{
    if (m_bytes.size() - m_at < count) {
        m_hasFailed = true;
        m_at = m_bytes.size();
    } else {
        m_at += count;
    }
}

std::uint64_t ByteReader::unsignedLeb()
{
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        const auto byte = number<std::uint8_t>();
        value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0)
            return value;
    }
    m_hasFailed = true;
    return 0;
}

std::int64_t ByteReader::signedLeb()
{
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        const auto byte = number<std::uint8_t>();
        value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
        if ((byte & 0x80) != 0)
            continue;
        if ((byte & 0x40) != 0 && shift + 7 < 64)
            value |= ~std::uint64_t{0} << (shift + 7);
        return static_cast<std::int64_t>(value);
    }
    m_hasFailed = true;
    return 0;
}

std::string_view ByteReader::text()
{
    const auto end = m_bytes.find('\0', m_at);
    if (end == std::string_view::npos) {
        skip(m_bytes.size() - m_at + 1);
        return {};
    }
    const std::string_view found = m_bytes.substr(m_at, end - m_at);
    m_at = end + 1;
    return found;
}

}  // namespace warploom
