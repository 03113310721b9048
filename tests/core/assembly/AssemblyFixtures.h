// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "TestSupport.h"

#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace warploom::test {

/// Recorded by make_fixtures.py in tests/fixtures/assembly.
inline std::string assemblyFixture(const std::string& name)
{
    return readFile(sourceFolder() / "tests/fixtures/assembly" / name);
}

inline const std::vector<std::string>& assemblyFixtureNames()
{
    static const std::vector<std::string> names{"kernels-sm_90", "kernels-sm_80", "spilled-sm_90", "units-sm_90",
                                                "units-sm_75"};
    return names;
}

inline std::vector<std::string> linesOf(const std::string& text)
{
    std::vector<std::string> lines;
    std::size_t at = 0;
    while (at < text.size()) {
        const auto end = std::min(text.find('\n', at), text.size());
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

/// What nvdisasm -c printed: the recorded text of -gi without its notes on places.
inline std::string sassFixture(const std::string& name)
{
    std::string text;
    for (const std::string& line : linesOf(assemblyFixture(name + ".lines"))) {
        if (!line.starts_with("\t//##"))
            text += line + '\n';
    }
    return text;
}

}  // namespace warploom::test
