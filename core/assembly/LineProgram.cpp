// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "assembly/LineProgram.h"

#include <algorithm>

#include <fmt/format.h>

#include "assembly/LineUnit.h"

namespace warploom {

Result<LineProgram> readLineProgram(std::string_view section)
{
    LineProgram program;
    std::uint64_t at = 0;
    while (at < section.size()) {
        // Sections of NVIDIA's are aligned by zeros at their end.
        const auto length = valueAt<std::uint32_t>(section, at);
        if (!length || *length == 0)
            break;
        if (*length > section.size() - at - sizeof *length)
            return fail(ErrorCode::InvalidInput, fmt::format("the line table is cut off at byte {}", at));
        at += sizeof *length;
        LineUnit unit(section.substr(at, *length), at, program);
        WARPLOOM_CHECK(unit.read());
        at += *length;
    }
    return program;
}

}  // namespace warploom
