// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string_view>

namespace warploom {

/// A file of resources/examples, in the binary.
struct BuiltInAnswer {
    std::string_view id;
    std::string_view file;  ///< "softmax/01-a-block-a-row.md"
    std::string_view text;
};

/// In the order of their tasks and ids.
std::span<const BuiltInAnswer> builtInAnswerFiles();

}  // namespace warploom
