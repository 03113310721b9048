// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "assembly/CubinInfo.h"

#include "assembly/CubinFile.h"

namespace warploom {

std::vector<InfoEntry> infoEntries(std::string_view section)
{
    constexpr std::uint8_t kWithData = 4;
    std::vector<InfoEntry> entries;
    std::uint64_t at = 0;
    while (true) {
        const auto format = valueAt<std::uint8_t>(section, at);
        const auto kind = valueAt<std::uint8_t>(section, at + 1);
        const auto value = valueAt<std::uint16_t>(section, at + 2);
        if (!format || !kind || !value)
            return entries;
        at += 4;
        InfoEntry entry{static_cast<InfoKind>(*kind), *value, {}};
        if (*format == kWithData) {
            if (section.size() - at < *value)
                return entries;
            entry.data = section.substr(at, *value);
            at += *value;
        }
        entries.push_back(entry);
    }
}

}  // namespace warploom
