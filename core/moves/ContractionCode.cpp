// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/ContractionCode.h"

#include "moves/ContractionRelations.h"

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
@copyLines@            @nextSlice@;
        }
)";

/// By what the place goes on, slice by slice; a run may end with any of them.
constexpr const char* kNextSlice = "@from@ += @at@(0, @TILE_K@) - @at@(0, 0)";
constexpr const char* kNextInRuns = "@from@ = @at@(@index@, @p@ + @TILE_K@)";

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

/// "left" or "right" with what follows, as marks and names have it.
std::string sided(FactorNumber which, const std::string& base) { return (which.isLeft ? "left" : "right") + base; }

void addFactors(const DirectiveEditor& directives, const Contraction& found, CodeValues& values)
{
    for (const auto which : found.factors()) {
        const auto& factor = found.factor(which);
        const auto suffix = suffixOf(found, which);
        const auto add = [&](const char* base, const std::string& value) {
            values.emplace_back(numberedMark(sided(which, base), which.number), value);
        };
        add("", factor.text);
        add("Type", factor.element);
        // "unsigned char(0)" is no expression.
        const bool isOneWord = factor.element.find(' ') == std::string::npos;
        add("Zero",
            factor.isRecord ? factor.element + "{}"
                : isOneWord ? factor.element + "(0)"
                            : "static_cast<" + factor.element + ">(0)");
        add("Tile", directives.freshName(sided(which, "_tile") + suffix));
        add("Part", directives.freshName(sided(which, "_part") + suffix));
    }
}

void addSums(const DirectiveEditor& directives, const Contraction& found, CodeValues& values)
{
    for (std::size_t i = 0; i < found.sums.size(); ++i) {
        const auto& term = found.terms[found.sums[i]];
        values.emplace_back(numberedMark("sum", i), term.sum->getNameAsString());
        values.emplace_back(numberedMark("sumType", i), term.sumType);
        values.emplace_back(numberedMark("sums", i), directives.freshName("sums" + suffixOf(found, term)));
    }
}

std::string marked(const std::string& base, std::size_t number) { return "@" + numberedMark(base, number) + "@"; }

std::string filledForTerm(const std::string& text, const Contraction& found, std::size_t number)
{
    const auto& term = found.terms[number];
    return filled(text,
                  {{"sumOf", marked("sum", term.sumNumber)},
                   {"sumsOf", marked("sums", term.sumNumber)},
                   {"sumTypeOf", marked("sumType", term.sumNumber)},
                   {"startOf", term.start.empty() ? "0" : term.start},
                   {"leftTileOf", marked("leftTile", term.left)},
                   {"rightTileOf", marked("rightTile", term.right)},
                   {"leftPartOf", marked("leftPart", term.left)},
                   {"rightPartOf", marked("rightPart", term.right)}});
}

/// The user's own update of \p term with its loads, and the sum if it has other words, replaced.
std::string updateText(const MoveContext& context, const KernelScope& kernel, const ContractionTerm& term,
                       const StepWords& words)
{
    std::vector<Replacement> replacements = {{term.leftLoad, words.left}, {term.rightLoad, words.right}};
    if (!words.sum.empty())
        if (const auto uses = kernel.renaming(term.sum, term.loopBody, words.sum))
            replacements.insert(replacements.end(), uses->begin(), uses->end());
    return rewritten(context.source().text(), term.update, replacements);
}

/// The same of a whole round.
std::string roundText(const MoveContext& context, const KernelScope& kernel, const Contraction& found,
                      const StepWords& words)
{
    std::vector<Replacement> replacements;
    for (const auto& [place, which] : found.roundLoads)
        replacements.push_back({place,
                                filled(which.isLeft ? words.left : words.right,
                                       {{"leftPartOf", marked("leftPart", which.number)},
                                        {"leftTileOf", marked("leftTile", which.number)},
                                        {"rightPartOf", marked("rightPart", which.number)},
                                        {"rightTileOf", marked("rightTile", which.number)}})});
    for (std::size_t i = 0; i < found.terms.size() && !words.sum.empty(); ++i) {
        const auto& term = found.terms[i];
        if (const auto uses = kernel.renaming(term.sum, term.loopBody, filledForTerm(words.sum, found, i)))
            replacements.insert(replacements.end(), uses->begin(), uses->end());
    }
    const auto& text = context.source().text();
    return indentationAt(text, found.round.begin) + rewritten(text, found.round, replacements);
}

std::string inBraces(const Contraction& found, const std::string& lines, const std::string& indentation)
{
    return found.terms.size() == 1 ? "\n" + lines : " {\n" + lines + indentation + "}\n";
}

}  // namespace

std::string numberedMark(const std::string& base, std::size_t number)
{
    return number == 0 ? base : base + std::to_string(number + 1);
}

std::string suffixOf(const Contraction& found, FactorNumber which)
{
    if ((which.isLeft ? found.lefts : found.rights).size() == 1)
        return {};
    if (!found.isProduct)
        return fmt::format("_{}", which.number + 1);
    // Another factor has another product that is the first to use it.
    const auto first = std::ranges::find_if(
        found.terms, [&](const auto& term) { return (which.isLeft ? term.left : term.right) == which.number; });
    if (first == found.terms.end())
        return {};
    const auto before =
        std::count_if(found.terms.begin(), first, [&](const auto& term) { return term.sumNumber == first->sumNumber; });
    return suffixOf(found, *first) + (before == 0 ? "" : fmt::format("_{}", before + 1));
}

std::string suffixOf(const Contraction& found, const ContractionTerm& term)
{
    return found.sums.size() == 1 ? std::string() : "_" + term.sum->getNameAsString();
}

std::string forEachTerm(const Contraction& found, const std::string& text)
{
    std::string all;
    for (std::size_t i = 0; i < found.terms.size(); ++i)
        all += filledForTerm(text, found, i);
    return all;
}

std::string forEachSum(const Contraction& found, const std::string& text)
{
    std::string all;
    for (const auto first : found.sums)
        all += filledForTerm(text, found, first);
    return all;
}

std::string forEachFactor(const Contraction& found, bool isLeft, const std::string& text)
{
    std::string all;
    for (const auto which : found.factors())
        if (which.isLeft == isLeft)
            all += filled(text,
                          {{"tile", marked(sided(which, "Tile"), which.number)},
                           {"part", marked(sided(which, "Part"), which.number)},
                           {"type", marked(sided(which, "Type"), which.number)},
                           {"zero", marked(sided(which, "Zero"), which.number)},
                           {"factor", marked(sided(which, ""), which.number)},
                           {"index", isLeft ? "@row@" : "@column@"},
                           {"bound", isLeft ? "@rows@" : "@columns@"}});
    return all;
}

std::string times(std::size_t count, const std::string& text)
{
    return count == 1 ? text : fmt::format("{} * {}", count, text);
}

std::string timesSums(const Contraction& found, const std::string& text) { return times(found.sums.size(), text); }

std::string sumsComment(const Contraction& found)
{
    if (found.terms.size() == 1)
        return {};
    if (found.sums.size() == 1)
        return fmt::format(
            "    // {} products are added to a sum at each place: factors of several of them come once.\n",
            found.terms.size());
    std::vector<std::string> names;
    for (const auto first : found.sums)
        names.push_back(found.terms[first].sum->getNameAsString());
    if (!found.isProduct)
        return fmt::format("    // An element has {} values that go from step to step: {}.\n", names.size(),
                           fmt::join(names, ", "));
    return fmt::format("    // An element has {} sums ({}): a factor that several take comes once for all of them.\n",
                       names.size(), fmt::join(names, ", "));
}

std::string ringsText(const Contraction& found)
{
    std::string text;
    std::string begin = "@ring@";
    for (const auto which : found.factors()) {
        const auto tile = "@" + numberedMark(which.isLeft ? "leftTile" : "rightTile", which.number) + "@";
        text += fmt::format("    @{0}@* const {1} = reinterpret_cast<@{0}@*>({2});\n",
                            which.isLeft ? "LeftTile" : "RightTile", tile, begin);
        begin = tile + " + @STAGES@";
    }
    return text;
}

std::string loopBody(const Contraction& found, const std::string& text, const std::string& indentation)
{
    return inBraces(found, forEachTerm(found, indentation + "    " + text + "\n"), indentation);
}

std::string startsText(const Contraction& found)
{
    const bool isZero =
        std::ranges::all_of(found.terms, [](const ContractionTerm& term) { return term.start.empty(); });
    auto text =
        forEachSum(found, fmt::format("    @sumTypeOf@ @sumsOf@[@THREAD_M@][@THREAD_N@]{};\n", isZero ? " = {}" : ""));
    if (isZero)
        return text;
    text += "    #pragma unroll\n    for (int @i@ = 0; @i@ < @THREAD_M@; ++@i@)\n        #pragma unroll\n"
            "        for (int @j@ = 0; @j@ < @THREAD_N@; ++@j@)"
        + loopBody(found, "@sumsOf@[@i@][@j@] = @startOf@;", "        ");
    return text;
}

CodeValues contractionValues(const MoveContext& context, const Contraction& found, const std::string& indentation)
{
    const auto& directives = context.directives();
    const auto first = indentationAt(context.source().text(), found.epilogue.begin);
    const auto unasked = found.unasked.empty() ? std::string() : reindented(found.unasked, first);
    CodeValues values = {
        {"epilogue", inRelations(found, unasked + first + context.source().text(found.epilogue), indentation)},
        {"preamble", preambleText(context, found)},
        {"row", found.row},
        {"column", found.column},
        {"rows", found.rows},
        {"columns", found.columns},
        {"depth", found.depth},
        {"p", found.loop.var->getNameAsString()},
        {"indexType", found.indexType},
        {"loopType", found.loopType}};
    // The grid keeps its dimensions: the one that may have more blocks than the other was chosen with care.
    const bool isTurned = found.columnDimension != 0;
    values.emplace_back("blockAcross", isTurned ? "blockIdx.y" : "blockIdx.x");
    values.emplace_back("blockDown", isTurned ? "blockIdx.x" : "blockIdx.y");
    values.emplace_back("tilesAcross", isTurned ? "gridDim.y" : "gridDim.x");
    values.emplace_back("tilesDown", isTurned ? "gridDim.x" : "gridDim.y");
    addFactors(directives, found, values);
    addSums(directives, found, values);
    for (const auto& [mark, base] : CodeValues{
             {"base", "tile_begin"}, {"step", "step"}, {"thread", "thread"}, {"item", "item"}, {"i", "i"}, {"j", "j"}})
        values.emplace_back(mark, directives.freshName(base));
    return values;
}

std::string updatesBody(const MoveContext& context, const KernelScope& kernel, const Contraction& found,
                        const StepWords& words, const std::string& indentation)
{
    if (!found.isProduct)
        return " {\n" + reindented(roundText(context, kernel, found, words), indentation + "    ") + indentation
            + "}\n";
    std::string lines;
    for (std::size_t i = 0; i < found.terms.size(); ++i) {
        const auto own = [&](const std::string& text) { return filledForTerm(text, found, i); };
        lines += indentation + "    "
            + updateText(context, kernel, found.terms[i], {own(words.left), own(words.right), own(words.sum)}) + "\n";
    }
    return inBraces(found, lines, indentation);
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

std::string filledForFactor(const char* text, const Contraction& found, FactorNumber which, const FactorTile& tile)
{
    const auto& factor = found.factor(which);
    const bool isLeft = which.isLeft;
    const bool alongDepth = factor.layout == FactorLayout::AlongDepth;
    const auto name = [&](const char* base) { return marked(sided(which, base), which.number); };
    return filled(text,
                  {{"copyLines", tile.partCopy.empty() ? kCopyLines : kCopyLinesOrParts},
                   {"nextSlice", factor.hasRuns ? kNextInRuns : kNextSlice},
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

std::string factorAddresses(const Contraction& found, FactorNumber which, const FactorTile& tile)
{
    return filledForFactor(kAddresses, found, which, tile);
}

std::string factorCopies(const Contraction& found, FactorNumber which, const FactorTile& tile)
{
    return filledForFactor(kCopies, found, which, tile);
}

CodeValues factorNames(const DirectiveEditor& directives, const Contraction& found)
{
    CodeValues values;
    for (const auto which : found.factors())
        for (const auto& [part, base] : CodeValues{{"Apart", "_apart"},
                                                   {"Line", "_line"},
                                                   {"Along", "_along"},
                                                   {"At", "_at"},
                                                   {"From", "_from"},
                                                   {"Stride", "_stride"},
                                                   {"Rest", "_rest"},
                                                   {"IsWide", "_is_wide"},
                                                   {"Present", "_present"}})
            values.emplace_back(numberedMark(sided(which, part), which.number),
                                directives.freshName(sided(which, base) + suffixOf(found, which)));
    return values;
}

}  // namespace warploom
