// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include "base/Random.h"
#include "search/Archive.h"

namespace warploom {

/// Decides which variant to expand. Pure: the same archive and stream give the same answer.
class SearchPolicy {
public:
    virtual ~SearchPolicy() = default;

    /// Nothing when no variant can be expanded any more.
    virtual std::optional<Expansion> expand(const Archive& archive, RandomStream& random) const = 0;
};

}  // namespace warploom
