// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace warploom {

/// RFC 4648 with padding: how bytes travel inside JSON.
std::string toBase64(std::string_view bytes);
/// The bytes again; nothing if \p text is not exactly what toBase64 makes (white space is not accepted).
std::optional<std::string> fromBase64(std::string_view text);

}  // namespace warploom
