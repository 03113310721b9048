// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/ContractionRelations.h"

namespace warploom {

using namespace clang;

namespace {

/// What lines of factors are: an array, how far apart they begin, and where the first does.
struct FactorLines {
    const VarDecl* base = nullptr;
    std::optional<IndexForm> apart;
    IndexForm first;
    friend bool operator==(const FactorLines&, const FactorLines&) = default;
};

std::vector<FactorLines> linesOf(const std::vector<FactorSource>& sources, int dimension)
{
    std::vector<FactorLines> lines;
    for (const auto& [base, index] : sources)
        lines.push_back({base, index.coefficient(threadSymbol(dimension)),
                         index.without(threadSymbol(dimension)).without(blockSymbol(dimension))});
    return lines;
}

bool areAmong(const std::vector<FactorLines>& lines, const std::vector<FactorLines>& others)
{
    return std::ranges::all_of(
        lines, [&](const FactorLines& one) { return one.apart && std::ranges::find(others, one) != others.end(); });
}

}  // namespace

bool asksForAllLines(const KernelScope& kernel, const Contraction& found, const std::vector<FactorSource>& lefts,
                     const std::vector<FactorSource>& rights)
{
    const auto& relations = found.guarded.relations;
    if (relations.empty())
        return true;
    const auto rows = kernel.form(found.rowBound());
    if (relations.size() > 1 || !rows || rows != kernel.form(found.columnBound()))
        return false;
    // One line on each side of the diagonal has no element: the other factor has loaded it then.
    const auto down = linesOf(lefts, 1 - found.columnDimension);
    const auto across = linesOf(rights, found.columnDimension);
    return !relations[0].isStrict || (areAmong(down, across) && areAmong(across, down));
}

std::string inRelations(const Contraction& found, const std::string& code, const std::string& indentation)
{
    const auto& relations = found.guarded.relations;
    if (relations.empty())
        return reindented(code, indentation);
    std::vector<std::string> parts;
    for (const auto& one : relations)
        parts.push_back(fmt::format("{} {} {}", one.lesser->getName().str(),
                                    one.isStrict ? "<" : "<=", one.greater->getName().str()));
    return fmt::format("{0}if ({1}) {{\n{2}{0}}}\n", indentation, fmt::join(parts, " && "),
                       reindented(code, indentation + "    "));
}

std::string skippedTiles(const Contraction& found, const std::string& row, const std::string& column,
                         const std::string& down, const std::string& across)
{
    std::vector<std::string> parts;
    for (const auto& one : found.guarded.relations) {
        const bool isAbove = one.greater == found.columnIndex().var;
        parts.push_back(fmt::format("{} + {} <= {}{}", isAbove ? column : row, isAbove ? across : down,
                                    isAbove ? row : column, one.isStrict ? " + 1" : ""));
    }
    return parts.empty() ? std::string()
                         : fmt::format("    // No element of such a tile is asked for.\n    if ({})\n        return;\n",
                                       fmt::join(parts, " || "));
}

}  // namespace warploom
