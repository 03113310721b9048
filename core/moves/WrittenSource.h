// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/Move.h"

namespace warploom {

/// A source with written factors, as moves on contractions like it.
struct WrittenSource {
    std::unique_ptr<ParsedSource> parsed;
    MoveRequest request;
};

/// Nothing where \p text, also said more plainly, is no source in which the kernel \p name is a contraction of plain
/// factors, with as many \p sums, of \p parts products each.
std::optional<WrittenSource> writtenSource(const MoveContext& context, const std::string& name, const std::string& text,
                                           std::size_t sums, std::size_t parts);

}  // namespace warploom
