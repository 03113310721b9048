// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string_view>

namespace warploom {

/// A file of resources/knowledge, in the binary.
struct BuiltInPage {
    std::string_view id;
    std::string_view text;
};

std::span<const BuiltInPage> builtInPages();

}  // namespace warploom
