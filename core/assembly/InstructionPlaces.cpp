// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "assembly/InstructionPlaces.h"

#include <algorithm>
#include <set>

#include "assembly/LineTable.h"
#include "assembly/SourceNames.h"

namespace warploom {

namespace {

int ownLineOf(const std::vector<SourceFrame>& frames, const SourceNames& names)
{
    const auto own = std::find_if(frames.begin(), frames.end(),
                                  [&](const SourceFrame& frame) { return frame.line > 0 && names.isOwn(frame.file); });
    return own == frames.end() ? 0 : own->line;
}

/// Kernels and the functions that they call.
std::set<std::string_view> functionsOf(const CubinFile& cubin)
{
    constexpr std::uint8_t kFunction = 2;  // STT_FUNC
    std::set<std::string_view> functions;
    for (const std::string_view kernel : cubin.kernels())
        functions.insert(kernel);
    for (const CubinFile::Symbol& symbol : cubin.symbols())
        if (symbol.type == kFunction)
            functions.insert(symbol.name);
    return functions;
}

}  // namespace

Result<> placeInstructions(InstructionReport& report, const CompileProduct& product, std::string_view fileName)
{
    WARPLOOM_TRY(const CubinFile cubin, CubinFile::read(product.cubin));
    WARPLOOM_TRY(const LineTable lines, LineTable::read(cubin));
    const auto functions = functionsOf(cubin);
    const SourceNames names(fileName);
    std::erase_if(report.instructions,
                  [&](const InstructionFigures& figures) { return !functions.contains(figures.function); });
    for (InstructionFigures& figures : report.instructions)
        figures.line = ownLineOf(lines.framesAt(figures.function, figures.address), names);
    return {};
}

}  // namespace warploom
