// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/Archive.h"

#include <algorithm>

namespace warploom {

const ArchiveMember* Archive::find(VariantId id) const
{
    const auto place =
        std::lower_bound(members.begin(), members.end(), id,
                         [](const ArchiveMember& member, VariantId wanted) { return member.id < wanted; });
    return place != members.end() && place->id == id ? &*place : nullptr;
}

std::string_view memoryModeName(MemoryMode mode)
{
    switch (mode) {
    case MemoryMode::Refine:
        return "refine";
    case MemoryMode::CompareSiblings:
        return "compare-siblings";
    case MemoryMode::Combine:
        return "combine";
    case MemoryMode::FreshStart:
        return "fresh-start";
    }
    return "refine";
}

std::optional<MemoryMode> memoryModeFromName(std::string_view name)
{
    for (const MemoryMode mode :
         {MemoryMode::Refine, MemoryMode::CompareSiblings, MemoryMode::Combine, MemoryMode::FreshStart})
        if (name == memoryModeName(mode))
            return mode;
    return std::nullopt;
}

}  // namespace warploom
