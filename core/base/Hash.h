// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace warploom {

/// 128-bit content hash (XXH3) as 32 hex digits. Not a defence against forgery: caches and duplicates only.
std::string contentHash(std::string_view data);

/// Hashes a list of fields so that {"ab","c"} and {"a","bc"} differ.
class HashBuilder {
public:
    HashBuilder& add(std::string_view field);
    [[nodiscard]] std::string hex() const;

private:
    std::string m_data;
};

}  // namespace warploom
