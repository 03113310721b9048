// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/ContractionCode.h"

namespace warploom {

using namespace clang;

namespace {

/// Of one side: where the first of the thread's copies comes from, and how far apart the others are.
constexpr const char* kAddresses = R"(    constexpr int @apart@ = @kThreads@@scaled@ / @ELEMENTS@;
    const int @line@ = @thread@@scaled@ / @ELEMENTS@;
    const int @along@ = @thread@@scaled@ % @ELEMENTS@;
    const auto @at@ = [&](@indexType@ @index@, @loopType@ @p@) { return &@factor@; };
    auto @from@ = @at@(@first@ + @indexPart@, @depthPart@);
    const auto @stride@ = @at@(@apartInIndex@, @apartInDepth@) - @at@(0, 0);
)";

constexpr const char* kCopies = R"(        {
            const @indexType@ @index@ = @first@ + @indexPart@;
            const @loopType@ @p@ = @base@ + @depthPart@;
            const auto @rest@ = @index@ < @bound@ && @p@ < @depth@ ? @whatRests@ : 0;
@copyLines@            @from@ += @at@(0, @TILE_K@) - @at@(0, 0);
        }
)";

constexpr const char* kCopyLines = R"(            #pragma unroll
            for (int @i@ = 0; @i@ < @LINES@ / @apart@; ++@i@)
                @COPY@(&@tile@[@stage@]@copiedElement@, @from@ + @i@ * @stride@,
                    @i@ * @apart@ < @rest@);
)";

/// The same where lines may begin off the boundary of a copy, and end within one.
constexpr const char* kCopyLinesOrParts = R"(            if (@isWideSide@) {
                #pragma unroll
                for (int @i@ = 0; @i@ < @LINES@ / @apart@; ++@i@)
                    @COPY@(&@tile@[@stage@]@copiedElement@, @from@ + @i@ * @stride@,
                        @i@ * @apart@ < @rest@);
            } else {
                const int @present@ = @rest@ == 0 ? 0 : @whatIsAlong@ < @WIDTH@ ? static_cast<int>(@whatIsAlong@) : @WIDTH@;
                #pragma unroll
                for (int @i@ = 0; @i@ < @LINES@ / @apart@; ++@i@)
                    @COPY_PART@(&@tile@[@stage@]@copiedElement@, @from@ + @i@ * @stride@,
                        @i@ * @apart@ < @rest@ ? @present@ : 0);
            }
)";

std::string elementText(const FactorTile& tile, const std::string& line)
{
    return filled(tile.element, {{"LINE", line}, {"ALONG", "@along@"}});
}

std::string preambleText(const MoveContext& context, const Contraction& found)
{
    const auto& text = context.source().text();
    if (found.preamble.size() == 0)
        return {};
    return reindented(indentationAt(text, found.preamble.begin) + context.source().text(found.preamble), "    ");
}

}  // namespace

CodeValues contractionValues(const MoveContext& context, const Contraction& found, const std::string& indentation)
{
    const auto& directives = context.directives();
    const auto first = indentationAt(context.source().text(), found.epilogue.begin);
    CodeValues values = {{"epilogue", reindented(first + context.source().text(found.epilogue), indentation)},
                         {"preamble", preambleText(context, found)},
                         {"left", found.left.text},
                         {"right", found.right.text},
                         {"leftType", found.left.element},
                         {"rightType", found.right.element},
                         {"row", found.row},
                         {"column", found.column},
                         {"rows", found.rows},
                         {"columns", found.columns},
                         {"depth", found.depth},
                         {"sum", found.sum->getNameAsString()},
                         {"p", found.loop.var->getNameAsString()},
                         {"indexType", found.indexType},
                         {"sumType", found.sumType},
                         {"loopType", found.loopType}};
    // The grid keeps its dimensions: the one that may have more blocks than the other was chosen with care.
    const bool isTurned = found.columnDimension != 0;
    values.emplace_back("blockAcross", isTurned ? "blockIdx.y" : "blockIdx.x");
    values.emplace_back("blockDown", isTurned ? "blockIdx.x" : "blockIdx.y");
    values.emplace_back("tilesAcross", isTurned ? "gridDim.y" : "gridDim.x");
    values.emplace_back("tilesDown", isTurned ? "gridDim.x" : "gridDim.y");
    for (const auto& [mark, base] : CodeValues{{"leftTile", "left_tile"},
                                               {"rightTile", "right_tile"},
                                               {"base", "tile_begin"},
                                               {"step", "step"},
                                               {"leftPart", "left_part"},
                                               {"rightPart", "right_part"},
                                               {"thread", "thread"},
                                               {"item", "item"},
                                               {"sums", "sums"},
                                               {"i", "i"},
                                               {"j", "j"}})
        values.emplace_back(mark, directives.freshName(base));
    return values;
}

std::string contractionUpdate(const MoveContext& context, const KernelScope& kernel, const Contraction& found,
                              const std::string& left, const std::string& right, const std::string& sum)
{
    std::vector<Replacement> replacements = {{found.left.range, left}, {found.right.range, right}};
    if (!sum.empty())
        if (const auto uses = kernel.renaming(found.sum, found.loop.statement->getBody(), sum))
            replacements.insert(replacements.end(), uses->begin(), uses->end());
    return rewritten(context.source().text(), found.update, replacements);
}

bool editContractionLaunches(SourceEdit& edit, const KernelScope& kernel, const Contraction& found,
                             const std::string& across, const std::string& down, const std::string& block,
                             const std::string& shared)
{
    const auto launches = kernel.launches();
    for (const auto* launch : launches) {
        const auto columns = kernel.argumentOf(*launch, found.columnBound());
        const auto rows = kernel.argumentOf(*launch, found.rowBound());
        if (columns.empty() || rows.empty() || launch->gridParts.size() < 2 || (launch->shared && !shared.empty()))
            return false;
        const auto layers =
            launch->gridParts.size() == 3 ? ", " + kernel.source().directives().text(launch->gridParts[2]) : "";
        const auto tilesAcross = fmt::format("ceil_div({}, {})", columns, across);
        const auto tilesDown = fmt::format("ceil_div({}, {})", rows, down);
        const bool isTurned = found.columnDimension != 0;
        edit.replace(launch->grid,
                     fmt::format("dim3({}, {}{})", isTurned ? tilesDown : tilesAcross,
                                 isTurned ? tilesAcross : tilesDown, layers));
        edit.replace(launch->block, shared.empty() ? block : block + ", " + shared);
    }
    return !launches.empty();
}

void addLaunchBounds(SourceEdit& edit, const KernelScope& kernel, const std::string& threads, const std::string& blocks)
{
    const auto name = kernel.source().offset(kernel.kernel().getLocation());
    if (name && !kernel.kernel().hasAttr<CUDALaunchBoundsAttr>())
        edit.insert(*name,
                    blocks.empty() ? fmt::format("__launch_bounds__({}) ", threads)
                                   : fmt::format("__launch_bounds__({}, {}) ", threads, blocks));
}

std::string filledForFactor(const char* text, const Contraction& found, bool isLeft, const FactorTile& tile)
{
    const auto& factor = isLeft ? found.left : found.right;
    const bool alongDepth = factor.layout == FactorLayout::AlongDepth;
    const auto name = [&](const char* base) { return std::string(isLeft ? "@left" : "@right") + base + "@"; };
    return filled(text,
                  {{"copyLines", tile.partCopy.empty() ? kCopyLines : kCopyLinesOrParts},
                   {"copiedElement", elementText(tile, "@line@ + @i@ * @apart@")},
                   {"narrowElement", elementText(tile, "@line@")},
                   {"indexPart", alongDepth ? "@line@" : "@along@"},
                   {"depthPart", alongDepth ? "@along@" : "@line@"},
                   {"apartInIndex", alongDepth ? "@apart@" : "0"},
                   {"apartInDepth", alongDepth ? "0" : "@apart@"},
                   {"whatRests", alongDepth ? "@bound@ - @index@" : "@depth@ - @p@"},
                   {"whatIsAlong", alongDepth ? "@depth@ - @p@" : "@bound@ - @index@"},
                   {"isWideSide", name("IsWide")},
                   {"present", name("Present")},
                   {"WIDTH", std::to_string(tile.width)},
                   {"COPY_PART", tile.partCopy},
                   {"apart", name("Apart")},
                   {"line", name("Line")},
                   {"along", name("Along")},
                   {"at", name("At")},
                   {"from", name("From")},
                   {"stride", name("Stride")},
                   {"rest", name("Rest")},
                   {"tile", name("Tile")},
                   {"COPY", tile.copy},
                   {"LINES", tile.lines},
                   {"ELEMENTS", tile.elements},
                   {"scaled", tile.width == 1 ? "" : fmt::format(" * {}", tile.width)},
                   {"TILE", isLeft ? "@TILE_M@" : "@TILE_N@"},
                   {"first", isLeft ? "@firstRow@" : "@firstColumn@"},
                   {"index", isLeft ? "@row@" : "@column@"},
                   {"bound", isLeft ? "@rows@" : "@columns@"},
                   {"type", factor.element},
                   {"factor", factor.text},
                   {"pointer", factor.base}});
}

std::string factorAddresses(const Contraction& found, bool isLeft, const FactorTile& tile)
{
    return filledForFactor(kAddresses, found, isLeft, tile);
}

std::string factorCopies(const Contraction& found, bool isLeft, const FactorTile& tile)
{
    return filledForFactor(kCopies, found, isLeft, tile);
}

CodeValues factorNames(const DirectiveEditor& directives)
{
    CodeValues values;
    for (const auto& side : {std::string("left"), std::string("right")})
        for (const auto& [part, base] : CodeValues{{"Apart", "_apart"},
                                                   {"Line", "_line"},
                                                   {"Along", "_along"},
                                                   {"At", "_at"},
                                                   {"From", "_from"},
                                                   {"Stride", "_stride"},
                                                   {"Rest", "_rest"},
                                                   {"IsWide", "_is_wide"},
                                                   {"Present", "_present"}})
            values.emplace_back(side + part, directives.freshName(side + base));
    return values;
}

}  // namespace warploom
