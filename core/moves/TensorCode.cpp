// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/TensorCode.h"

#include "moves/ContractionRelations.h"
#include "moves/VectorPlan.h"

namespace warploom {

const char* const kTensorHelpers = R"(// Where something lies in shared memory, as PTX has it.
static __device__ __forceinline__ unsigned @sharedAddress@(const void* place)
{
    return static_cast<unsigned>(__cvta_generic_to_shared(place));
}

// Copies 16 bytes into shared memory while the thread goes on; zeros where is_in is false.
static __device__ __forceinline__ void @copyAsync@(void* to, const void* from, bool is_in)
{
    asm volatile("cp.async.cg.shared.global.L2::128B [%0], [%1], 16, %2;"
                 :
                 : "r"(@sharedAddress@(to)), "l"(from), "r"(is_in ? 16 : 0)
                 : "memory");
}

)";

namespace {

constexpr const char* kCopyPairs =
    R"(// The same of the first so many of @PIECE@ elements, @pairCount@ at a time: for lines that begin on a boundary of @BYTES@ bytes only.
static __device__ __forceinline__ void @copyPairs@(void* to, const void* from, int present)
{
    #pragma unroll
    for (int @pair@ = 0; @pair@ < @COPIES@; ++@pair@)
        asm volatile("cp.async.ca.shared.global [%0], [%1], @BYTES@, %2;"
                     :
                     : "r"(@sharedAddress@(to) + @pair@ * @BYTES@), "l"(static_cast<const char*>(from) + @pair@ * @BYTES@),
                       "r"(@ofPair@ < present ? @BYTES@ : 0)
                     : "memory");
}

)";

constexpr const char* kRaster =
    R"(    // Blocks that run at the same time take their tiles from @GROUP@ rows of them: the L2 cache then serves more of the loads.
    const int @place@ = blockIdx.y * gridDim.x + blockIdx.x;
    const int @group@ = @place@ / (@GROUP@ * @tilesAcross@) * @GROUP@;
    const int @height@ = min(@GROUP@, static_cast<int>(@tilesDown@) - @group@);
    const int @firstRow@ = (@group@ + @place@ % (@GROUP@ * @tilesAcross@) % @height@) * @TILE_M@;
    const int @firstColumn@ = @place@ % (@GROUP@ * @tilesAcross@) / @height@ * @TILE_N@;
)";

/// The same element by element, where lines do not begin on the boundary of a copy.
constexpr const char* kNarrowLoads = R"(            #pragma unroll @narrowUnroll@
            for (int @item@ = @thread@; @item@ < @TILE@ * @TILE_K@; @item@ += @kThreads@) {
                const int @line@ = @item@ / @ELEMENTS@;
                const int @along@ = @item@ % @ELEMENTS@;
                const @indexType@ @index@ = @first@ + @indexPart@;
                const @loopType@ @p@ = @base@ + @depthPart@;
                @tile@[0]@narrowElement@ =
                    @index@ < @bound@ && @p@ < @depth@ ? @factor@ : @zero@;
            }
)";

/// Sums that lie in fragments of 16 x 8; those of @tall@ begin @rowsApart@ rows below each other.
constexpr const char* kStoreSums =
    R"(    // Through shared memory, 16 rows of each warp at a time, so that neighbouring lanes store neighbouring columns.
    constexpr int @kColumns@ = @COLUMNS@;
    using @Lines@ = @SumOfProducts@[16][@kColumns@ + 8];
@linesOfAll@    __syncthreads();
    #pragma unroll
    for (int @i@ = 0; @i@ < @tall@; ++@i@) {
        __syncwarp();
        #pragma unroll
        for (int @j@ = 0; @j@ < @kColumns@ / 2; ++@j@)@keepSums@        __syncwarp();
@stores@    }
)";

/// Of a lane's @item@th column of 16 rows.
constexpr const char* kPlace =
    R"(            const @indexType@ @row@ = @firstRow@ + @down@ + @i@ * @rowsApart@ + @item@ / @kColumns@;
            const @indexType@ @column@ = @firstColumn@ + @across@ + @item@ % @kColumns@;
)";

constexpr const char* kNarrowStores = R"(        #pragma unroll 4
        for (int @item@ = @lane@; @item@ < 16 * @kColumns@; @item@ += 32) {
@placeOfItem@            if (@row@ < @rows@ && @column@ < @columns@) {
@sumsOfItem@@epilogue@            }
        }
)";

/// @WIDTH@ columns at once, which lines of whole vectors have all of or none.
constexpr const char* kWideStores = R"(        #pragma unroll 4
        for (int @item@ = @lane@ * @WIDTH@; @item@ < 16 * @kColumns@; @item@ += 32 * @WIDTH@) {
@placeOfItem@            if (@row@ < @rows@ && @column@ < @columns@) {
@vectors@            }
        }
)";

/// The same where the epilogue reads: what it stores might be what it reads next, for all that the compiler knows.
constexpr const char* kWideLoadsAndStores =
    R"(        constexpr int @kAhead@ = @kColumns@ / (2 * @WIDTH@) % 4 == 0 ? 4 : 1;
        for (int @first@ = @lane@ * @WIDTH@; @first@ < 16 * @kColumns@; @first@ += 32 * @WIDTH@ * @kAhead@) {
            // Loads of @kAhead@ pieces are under way at the same time.
@arrays@            #pragma unroll
            for (int @piece@ = 0; @piece@ < @kAhead@; ++@piece@) {
                const int @item@ = @first@ + @piece@ * 32 * @WIDTH@;
@placeOfPiece@                if (@row@ < @rows@ && @column@ < @columns@) {
@loads@                }
            }
            #pragma unroll
            for (int @piece@ = 0; @piece@ < @kAhead@; ++@piece@) {
                const int @item@ = @first@ + @piece@ * 32 * @WIDTH@;
@placeOfPiece@                if (@row@ < @rows@ && @column@ < @columns@) {
@vectors@                }
            }
        }
)";

/// Of each sum: where one goes, and where it comes from.
constexpr const char* kKeepSum = "@linesOf@[@rowOfSum@][@columnOfSum@] = @sumOfFragment@;";
constexpr const char* kSumOfItem =
    R"(                @SumOfProducts@ @sumOf@ = @linesOf@[@item@ / @kColumns@][@item@ % @kColumns@];
)";
constexpr const char* kSumOfLane =
    R"(@SumOfProducts@ @sumOf@ = @linesOf@[@item@ / @kColumns@][@item@ % @kColumns@ + @laneOfVector@];
)";

/// "f16", "bf16", "s8" or "u8"; empty for other types.
std::string ptxType(const std::string& element)
{
    static const std::map<std::string, std::string> types = {{"half", "f16"},           {"__half", "f16"},
                                                             {"__nv_bfloat16", "bf16"}, {"nv_bfloat16", "bf16"},
                                                             {"signed char", "s8"},     {"unsigned char", "u8"}};
    const auto found = types.find(element);
    return found == types.end() ? "" : found->second;
}

bool isByte(const std::string& ptx) { return ptx == "s8" || ptx == "u8"; }

/// The types of one side's factors, where they have one.
std::string sideType(const std::vector<ContractionFactor>& factors)
{
    const auto type = ptxType(factors.front().plainElement);
    const bool fits = std::ranges::all_of(factors, [&](const ContractionFactor& factor) {
        return factor.isPlain && factor.layout != FactorLayout::Scattered && ptxType(factor.plainElement) == type
            && (!isByte(type) || factor.layout == FactorLayout::AlongDepth);
    });
    return fits ? type : "";
}

/// What must hold for a factor's lines to begin, and end, at a multiple of \p copied elements.
std::string wideText(const Contraction& found, FactorNumber which, int copied)
{
    const auto& factor = found.factor(which);
    const auto& own = which.isLeft ? found.rows : found.columns;
    return wideCondition(factor, factor.layout == FactorLayout::AlongDepth ? found.depth : own, copied)
        .value_or("false");
}

std::string allWide(const Contraction& found, int copied)
{
    std::vector<std::string> conditions;
    for (const auto which : found.factors())
        if (auto condition = wideText(found, which, copied);
            std::ranges::find(conditions, condition) == conditions.end())
            conditions.push_back(std::move(condition));
    return fmt::format("{}", fmt::join(conditions, " && "));
}

std::string zeroText(const TensorFormat& format)
{
    if (format.bytes == 8)
        return "0.0";
    return format.isInteger() ? "static_cast<@type@>(0)" : "@type@(0.0f)";
}

/// Declares how much of each factor is copied at a time, and whether anything is.
std::string alignmentText(const Contraction& found, bool hasParts, const TensorFormat& format)
{
    if (!hasParts)
        return fmt::format("    const bool @isWide@ = {};\n", allWide(found, format.copied()));
    std::string text = format.bytes == 8
        ? "    // Copies are of 16 bytes where a factor's lines begin on such a boundary, else of 8.\n"
        : "    // Copies are of 16 bytes where a factor's lines begin on such a boundary, of 4 where they do on "
          "that.\n";
    for (const auto which : found.factors())
        text += fmt::format("    const bool @{}@ = {};\n",
                            numberedMark(which.isLeft ? "leftIsWide" : "rightIsWide", which.number),
                            wideText(found, which, format.copied()));
    const auto copied = copiedCondition(found, format);
    return copied.empty() ? text : text + fmt::format("    const bool @isWide@ = {};\n", copied);
}

CodeValues formatValues(const TensorFormat& format)
{
    return {{"PIECE", std::to_string(format.copied())},        {"PANEL", std::to_string(8 * format.copied())},
            {"STEP", std::to_string(format.step())},           {"ptxSum", format.sum},
            {"factorTypes", format.left + "." + format.right}, {"SumOfProducts", format.sumType()},
            {"constraint", format.isInteger() ? "r" : "f"}};
}

/// " * 2 + 1": after the number of a group of \p count, that of its member \p number.
std::string numberText(std::size_t count, std::size_t number)
{
    const auto first = count == 1 ? std::string() : fmt::format(" * {}", count);
    return number == 0 ? first : fmt::format("{} + {}", first, number);
}

/// \p text for each sum, whose lines in shared memory are "linesOf".
std::string forEachLines(const Contraction& found, const std::string& text)
{
    std::string all;
    for (std::size_t i = 0; i < found.sums.size(); ++i)
        all += filled(text,
                      {{"linesOf", "@" + numberedMark("lines", i) + "@"},
                       {"sumOf", "@" + numberedMark("sum", i) + "@"},
                       {"sumsOf", "@" + numberedMark("sums", i) + "@"},
                       {"numberOf", numberText(found.sums.size(), i)}});
    return all;
}

/// The lines of a warp: one array for each sum.
std::string linesText(const Contraction& found)
{
    return forEachLines(found,
                        "    @Lines@& @linesOf@ = reinterpret_cast<@Lines@*>(@ring@)[@thread@ / 32@numberOf@];\n");
}

/// The loop's body that puts a fragment of each sum into its lines.
std::string keepSumsText(const Contraction& found, const std::string& sumOfFragment)
{
    const bool isOne = found.sums.size() == 1;
    const auto lines =
        forEachLines(found, filled(std::string("            ") + kKeepSum + "\n", {{"sumOfFragment", sumOfFragment}}));
    return isOne ? "\n" + lines : " {\n" + lines + "        }\n";
}

void addNames(const DirectiveEditor& directives, const Contraction& found, CodeValues& values)
{
    for (std::size_t i = 0; i < found.sums.size(); ++i)
        values.emplace_back(numberedMark("lines", i),
                            directives.freshName("lines" + suffixOf(found, found.terms[found.sums[i]])));
    for (const auto& [mark, base] : CodeValues{{"kThreads", "kThreads"},
                                               {"kColumns", "kColumns"},
                                               {"LeftTile", "LeftTile"},
                                               {"RightTile", "RightTile"},
                                               {"Lines", "Lines"},
                                               {"ring", "ring"},
                                               {"place", "place"},
                                               {"group", "group"},
                                               {"height", "height"},
                                               {"firstRow", "first_row"},
                                               {"firstColumn", "first_column"},
                                               {"lane", "lane"},
                                               {"down", "down"},
                                               {"across", "across"},
                                               {"load", "load"},
                                               {"stage", "stage"},
                                               {"multiply", "multiply"},
                                               {"placeInTile", "placeInTile"},
                                               {"sharedAddress", "sharedAddress"},
                                               {"copyAsync", "copyAsync"},
                                               {"copyPairs", "copyPairs"},
                                               {"multiplyAdd", "multiplyAdd"}})
        values.emplace_back(mark, directives.freshName(base));
}

/// \p code with each line four columns further right.
std::string shifted(const std::string& code)
{
    return reindented(code, indentationAt(code, code.find_first_not_of(' ')) + "    ");
}

/// What \p plan loads comes ahead, into arrays of its own.
std::string loadsAndStores(const DirectiveEditor& directives, const VectorPlan& plan, const std::string& opening)
{
    std::map<std::size_t, std::string> present;
    std::string arrays;
    std::string loads;
    for (std::size_t i = 0; i < plan.lanes().size(); ++i) {
        const auto& lane = plan.lanes()[i];
        if (!lane.loads)
            continue;
        present[i] = lane.name + "[@piece@]";
        arrays += fmt::format("            __align__({}) {} {}[@kAhead@][{}];\n", lane.bytes * plan.width(),
                              lane.element, lane.name, plan.width());
        loads += fmt::format("*reinterpret_cast<{0}*>({1}[@piece@]) = *reinterpret_cast<const {0}*>(&{2});\n",
                             plan.vectorType(lane), lane.name, lane.place);
    }
    return filled(kWideLoadsAndStores,
                  {{"arrays", arrays},
                   {"loads", reindented(loads, std::string(20, ' '))},
                   {"vectors", plan.vectorText(std::string(20, ' '), present, opening)},
                   {"placeOfPiece", shifted(kPlace)},
                   {"kAhead", directives.freshName("kAhead")},
                   {"first", directives.freshName("first")},
                   {"piece", directives.freshName("piece")}});
}

/// The epilogue for what a warp has in shared memory: by vectors where lines of the result are whole ones.
std::string storesText(const MoveContext& context, const KernelScope& kernel, const Contraction& found,
                       const std::string& epilogue)
{
    const auto narrow =
        filled(kNarrowStores,
               {{"placeOfItem", kPlace}, {"sumsOfItem", forEachLines(found, kSumOfItem)}, {"epilogue", epilogue}});
    const auto& column = *found.columnIndex().var;
    auto plan = found.guarded.relations.empty()
        ? VectorPlan::make(kernel, &column, found.columnBound(), found.rest, found.epilogue, VectorsOf::Elements)
        : std::nullopt;
    // Wider vectors than the narrowest tile has columns would go on in its next line.
    if (!plan || plan->width() > 8)
        return narrow;
    plan->nameLane(context.directives().freshName("element"));
    const auto opening = filled(forEachLines(found, kSumOfLane), {{"laneOfVector", plan->laneName()}});
    const bool isLoading = std::ranges::any_of(plan->lanes(), [](const auto& lane) { return lane.loads; });
    const auto wide = isLoading
        ? loadsAndStores(context.directives(), *plan, opening)
        : filled(kWideStores,
                 {{"placeOfItem", kPlace}, {"vectors", plan->vectorText(std::string(16, ' '), {}, opening)}});
    return filled("        if (@columnsTerm@ % @WIDTH@ == 0) {\n" + shifted(wide) + "        } else {\n"
                      + shifted(narrow) + "        }\n",
                  {{"WIDTH", std::to_string(plan->width())}, {"columnsTerm", termText(found.columns)}});
}

}  // namespace

std::optional<TensorFormat> tensorFormat(const Contraction& found)
{
    const auto left = sideType(found.lefts);
    const auto right = sideType(found.rights);
    if (left.empty() || right.empty() || isByte(left) != isByte(right) || (!isByte(left) && left != right))
        return std::nullopt;
    const auto sum = isByte(left) ? "int" : "float";
    if (std::ranges::any_of(found.terms, [&](const auto& term) { return term.plainSumType != sum; }))
        return std::nullopt;
    return isByte(left) ? TensorFormat{left, right, "s32", 1} : TensorFormat{left, right, "f32", 2};
}

std::string tensorPairHelper(const TensorFormat& format)
{
    const bool isOne = format.pair() == 1;
    const std::string pair = isOne ? "element" : "pair";
    const int bytes = format.pair() * format.bytes;
    return filled(kCopyPairs,
                  {{"pairCount",
                    isOne                    ? "one"
                        : format.pair() == 2 ? "two"
                                             : "four"},
                   {"ofPair", pair + (isOne ? "" : " * " + std::to_string(format.pair()))},
                   {"pair", pair},
                   {"BYTES", std::to_string(bytes)},
                   {"COPIES", std::to_string(16 / bytes)}});
}

std::string copiedCondition(const Contraction& found, const TensorFormat& format)
{
    if (format.bytes < 8)
        return allWide(found, format.pair());
    std::vector<std::string> conditions;
    for (const auto which : found.factors())
        if (!found.factor(which).isAffine)
            if (auto condition = wideText(found, which, format.copied());
                std::ranges::find(conditions, condition) == conditions.end())
                conditions.push_back(std::move(condition));
    return fmt::format("{}", fmt::join(conditions, " && "));
}

std::string tileExtents(const Contraction& found)
{
    return times(found.lefts.size(), "@TILE_M@") + " + " + times(found.rights.size(), "@TILE_N@");
}

CodeValues tensorValues(const MoveContext& context, const KernelScope& kernel, const Contraction& found,
                        const TileOfFactor& tileOf, const CodeValues& own, const TensorFormat& format)
{
    const auto factors = found.factors();
    const auto forAll = [&](const auto& text) {
        std::string all;
        for (const auto which : factors)
            all += text(which, tileOf(which));
        return all;
    };
    const auto narrow = filled(kNarrowLoads, {{"zero", zeroText(format)}});
    CodeValues values = {
        {"rings", ringsText(found)},
        {"aboutSums", sumsComment(found)},
        {"addresses",
         forAll([&](FactorNumber which, const auto& tile) { return factorAddresses(found, which, tile); })},
        {"copies", forAll([&](FactorNumber which, const auto& tile) { return factorCopies(found, which, tile); })},
        {"narrowLoads", forAll([&](FactorNumber which, const auto& tile) {
             return filledForFactor(narrow.c_str(), found, which, tile);
         })}};
    values.emplace_back("raster", kRaster + skippedTiles(found, "@firstRow@", "@firstColumn@", "@TILE_M@", "@TILE_N@"));
    const bool hasParts = !tileOf(factors.front()).partCopy.empty();
    values.emplace_back("alignment", alignmentText(found, hasParts, format));
    const auto user = contractionValues(context, found, "                ");
    values.emplace_back("storeSums", kStoreSums);
    values.emplace_back("linesOfAll", linesText(found));
    values.emplace_back("keepSums", keepSumsText(found, valueOf(own, "sumOfFragment")));
    values.emplace_back("stores", storesText(context, kernel, found, valueOf(user, "epilogue")));
    values.insert(values.end(), own.begin(), own.end());
    const auto numbers = formatValues(format);
    values.insert(values.end(), numbers.begin(), numbers.end());
    values.emplace_back("narrowUnroll", "4");
    values.emplace_back("rowOfSum", "@j@ / 2 % 2 * 8 + @lane@ / 4");
    values.emplace_back("columnOfSum", "@j@ / 4 * 8 + @lane@ % 4 * 2 + @j@ % 2");
    addNames(context.directives(), found, values);
    values.emplace_back("isWide", context.directives().freshName(hasParts ? "is_copied" : "is_wide"));
    const auto names = factorNames(context.directives(), found);
    values.insert(values.end(), names.begin(), names.end());
    values.insert(values.end(), user.begin(), user.end());
    return values;
}

}  // namespace warploom
