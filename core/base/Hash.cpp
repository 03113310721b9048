// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Hash.h"

#include <fmt/format.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace warploom {

std::string contentHash(std::string_view data)
{
    const XXH128_hash_t hash = XXH3_128bits(data.data(), data.size());
    return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

HashBuilder& HashBuilder::add(std::string_view field)
{
    m_data += fmt::format("{}:", field.size());
    m_data += field;
    return *this;
}

std::string HashBuilder::hex() const { return contentHash(m_data); }

}  // namespace warploom
