// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace warploom {

struct RepairedText {
    std::string text;
    std::int64_t replaced = 0;  ///< sequences that were no UTF-8 and became U+FFFD
};

/// What of \p text is no UTF-8 becomes U+FFFD.
RepairedText repairUtf8(std::string_view text);

}  // namespace warploom
