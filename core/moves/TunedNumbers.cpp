// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/TunedNumbers.h"

#include "moves/HostWords.h"

namespace warploom {

using namespace clang;

namespace {

/// A line of code that defines something by \p name.
bool makesConstants(const ParsedSource& source, const std::string& name)
{
    for (std::size_t at = 0; at < source.text().size();) {
        const auto line = source.text(lineAround(source, at));
        const bool defines = line.find("#define") != std::string::npos || line.find("const") != std::string::npos;
        if (defines && line.find("// warploom:") == std::string::npos && mentions(line, name))
            return true;
        at += line.size() + 1;
    }
    return false;
}

}  // namespace

bool isTuned(const KernelScope& kernel, const Stmt* statement)
{
    const auto& source = kernel.source();
    const auto text = source.text(statement);
    return text.empty() || std::ranges::any_of(source.directives().tunes(), [&](const TuneLine& tune) {
               return mentions(text, tune.name) || makesConstants(source, tune.name);
           });
}

}  // namespace warploom
