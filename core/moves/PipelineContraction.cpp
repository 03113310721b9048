// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/ContractionChoice.h"
#include "moves/ContractionCode.h"
#include "moves/ContractionRelations.h"
#include "moves/MoveCatalogue.h"

namespace warploom {

namespace {

constexpr int kVectorBytes = 16;
/// Of sums for each element: with more no thread has enough elements for what it reads.
constexpr std::size_t kMostWords = 4;

constexpr const char* kHelper =
    R"(// Copies BYTES into shared memory while the thread goes on; zeros where is_in is false.
template <int BYTES>
static __device__ __forceinline__ void @copyAsync@(void* to, const void* from, bool is_in)
{
    asm volatile("cp.async.ca.shared.global [%0], [%1], %2, %3;"
                 :
                 : "r"(static_cast<unsigned>(__cvta_generic_to_shared(to))), "l"(from), "n"(BYTES), "r"(is_in ? BYTES : 0)
                 : "memory");
}

)";

constexpr const char* kBody = R"(
@preamble@    // A block computes @TILE_M@ x @TILE_N@ elements, a thread @THREAD_M@ x @THREAD_N@ of them in groups of four, and a warp's
    // threads stand 4 down and 8 across. Slices of the factors, @TILE_K@ deep, come through a ring of @STAGES@ buffers; a
    // thread reads what it needs for one step while it multiplies that of the step before.
@aboutSums@    constexpr int @kThreads@ = (@TILE_M@ / @THREAD_M@) * (@TILE_N@ / @THREAD_N@);
    constexpr int @kWarpsAcross@ = @TILE_N@ / (8 * @THREAD_N@);
    using @LeftTile@ = @leftType@[@TILE_K@][@TILE_M@ + @PAD@];
    using @RightTile@ = @rightType@[@TILE_K@][@TILE_N@ + @PAD@];
    extern __shared__ __align__(16) unsigned char @ring@[];
@rings@    const int @thread@ = threadIdx.x;
    const int @down@ = @thread@ / 32 / @kWarpsAcross@ * (4 * @THREAD_M@) + @thread@ % 32 / 8 * 4;
    const int @across@ = @thread@ / 32 % @kWarpsAcross@ * (8 * @THREAD_N@) + @thread@ % 8 * 4;
    const int @firstRow@ = @blockDown@ * @TILE_M@;
    const int @firstColumn@ = @blockAcross@ * @TILE_N@;
@skipped@@chosenDepth@@sumsOfAll@@leftParts@@rightParts@@addresses@
@loads@    const auto @read@ = [&](int @buffer@, int @stage@, int @step@) {
@readLefts@@readRights@        // Else the compiler moves the reads of a slice's first step to where they are needed.
        asm volatile("" ::: "memory");
    };
    const auto @multiply@ = [&](int @buffer@) {
        #pragma unroll
        for (int @i@ = 0; @i@ < @THREAD_M@; ++@i@)
            #pragma unroll
            for (int @j@ = 0; @j@ < @THREAD_N@; ++@j@)@updates@    };
@contract@    #pragma unroll
    for (int @i@ = 0; @i@ < @THREAD_M@; ++@i@) {
        #pragma unroll
        for (int @j@ = 0; @j@ < @THREAD_N@; ++@j@) {
            const @indexType@ @row@ = @firstRow@ + @down@ + @i@ / 4 * 16 + @i@ % 4;
            const @indexType@ @column@ = @firstColumn@ + @across@ + @j@ / 4 * 32 + @j@ % 4;
            if (@row@ < @rows@ && @column@ < @columns@) {
@sumsOfElement@@epilogue@            }
        }
    }
)";

/// Of one factor.
constexpr const char* kReadAheadLeft = R"(        #pragma unroll
        for (int @i@ = 0; @i@ < @THREAD_M@; ++@i@)
            @part@[@buffer@][@i@] = @tile@[@stage@][@step@][@down@ + @i@ / 4 * 16 + @i@ % 4];
)";
constexpr const char* kReadAheadRight = R"(        #pragma unroll
        for (int @j@ = 0; @j@ < @THREAD_N@; ++@j@)
            @part@[@buffer@][@j@] = @tile@[@stage@][@step@][@across@ + @j@ / 4 * 32 + @j@ % 4];
)";

constexpr const char* kLoad = R"(    const auto @LOAD@ = [&](int @stage@, @loopType@ @base@) {
@copies@        asm volatile("cp.async.commit_group;" ::: "memory");
    };
)";

/// Slices are copied by @LOAD@.
constexpr const char* kContract = R"(    #pragma unroll
    for (int @stage@ = 0; @stage@ < @STAGES@ - 1; ++@stage@)
        @LOAD@(@stage@, @stage@ * @TILE_K@);
    asm volatile("cp.async.wait_group %0;" ::"n"(@STAGES@ - 2) : "memory");
    __syncthreads();
    @read@(0, 0, 0);
    int @stage@ = 0;
    for (@loopType@ @base@ = 0; @base@ < @end@; @base@ += @TILE_K@) {
        @LOAD@(@stage@ == 0 ? @STAGES@ - 1 : @stage@ - 1, @base@ + (@STAGES@ - 1) * @TILE_K@);
        #pragma unroll
        for (int @step@ = 0; @step@ < @TILE_K@; ++@step@) {
            // The next step is the first of the next slice, once all threads have theirs of it there.
            if (@step@ + 1 == @TILE_K@) {
                asm volatile("cp.async.wait_group %0;" ::"n"(@STAGES@ - 2) : "memory");
                __syncthreads();
                @stage@ = @stage@ + 1 == @STAGES@ ? 0 : @stage@ + 1;
            }
            @read@((@step@ + 1) % 2, @stage@, (@step@ + 1) % @TILE_K@);
            @inDepth@@multiply@(@step@ % 2);
        }
    }
)";

/// Copies of one side element by element, whatever its lines: all is worked out for each anew.
constexpr const char* kAnyCopies = R"(        #pragma unroll
        for (int @i@ = 0; @i@ < @TILE@ * @TILE_K@ / @kThreads@; ++@i@) {
            const int @item@ = @thread@ + @i@ * @kThreads@;
            const int @line@ = @item@ / @ELEMENTS@;
            const int @along@ = @item@ % @ELEMENTS@;
            const @indexType@ @index@ = @first@ + @indexPart@;
            const @loopType@ @p@ = @base@ + @depthPart@;
            const bool @isIn@ = @index@ < @bound@ && @p@ < @depth@;
            @copyAsync@<@bytes@>(&@tile@[@stage@]@narrowElement@, @isIn@ ? &@factor@ : @pointer@, @isIn@);
        }
)";

std::string indented(const std::string& code)
{
    std::string result = "    ";
    for (std::size_t i = 0; i < code.size(); ++i) {
        result += code[i];
        if (code[i] == '\n' && i + 1 < code.size() && code[i + 1] != '\n')
            result += "    ";
    }
    return result;
}

/// One factor with the way it is copied.
struct Side {
    const ContractionFactor& factor;
    FactorNumber which;
    std::string condition;  ///< for copies of 16 bytes; empty: none are possible

    [[nodiscard]] bool isWide() const { return !condition.empty(); }
    [[nodiscard]] std::string extent() const { return which.isLeft ? "@TILE_M@" : "@TILE_N@"; }
    [[nodiscard]] int width() const { return isWide() ? kVectorBytes / factor.bytes : 1; }
    /// Whether addresses need no more than a step from copy to copy.
    [[nodiscard]] bool isStepped() const
    {
        return isWide() || (factor.layout == FactorLayout::AlongDepth && (factor.isAffine || factor.hasRuns));
    }

    /// Lines in global memory: the tile in shared memory is [p][row or column] always.
    [[nodiscard]] FactorTile tile() const
    {
        const auto copy = fmt::format("@copyAsync@<{}>", isWide() ? kVectorBytes : factor.bytes);
        return factor.layout == FactorLayout::AlongDepth
            ? FactorTile{extent(), "@TILE_K@", "[@ALONG@][@LINE@]", copy, width()}
            : FactorTile{"@TILE_K@", extent(), "[@LINE@][@ALONG@]", copy, width()};
    }

    [[nodiscard]] std::string anyCopies(const Contraction& found) const
    {
        return filled(filledForFactor(kAnyCopies, found, which, tile()), {{"bytes", std::to_string(factor.bytes)}});
    }
};

/// A contraction whose factors arrive while it computes.
class PipelineContraction : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {
            "pipeline-contraction", "Copy a contraction's factors ahead of their use",
            "one thread an element of a matrix product of 4- or 8-byte elements, or of anything else that is made of "
            "them pair for pair; asynchronous copies (sm_80)",
            "the multiply-adds of one slice hide the loads of the next"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels()) {
            if (kernel.kernel().isDependentContext())
                continue;
            auto found = jointContraction(kernel, true);
            if (!found)
                found = foldedPairs(kernel, true);
            if (found && haveCopies(found->lefts) && haveCopies(found->rights) && wordsOfSums(*found) <= kMostWords
                && loadsAnywhere(context, kernel, *found))
                if (auto made = pipelined(context, kernel, *found))
                    proposals.push_back(std::move(*made));
        }
        return proposals;
    }

private:
    /// Of elements that one type of tile holds.
    static bool haveCopies(const std::vector<ContractionFactor>& factors)
    {
        const auto& first = factors.front();
        return (first.bytes == 4 || first.bytes == 8) && std::ranges::all_of(factors, [&](const auto& factor) {
                   return factor.plainElement == first.plainElement;
               });
    }

    /// Whether elements take one register each.
    static bool isSmall(const Contraction& found) { return found.left().bytes == 4 && found.right().bytes == 4; }
    /// Registers for one element of each sum.
    static std::size_t wordsOfSums(const Contraction& found) { return found.sums.size() * (isSmall(found) ? 1 : 2); }

    /// Wide copies need neighbours of the slice to be neighbours in memory.
    static Side sideOf(const Contraction& found, FactorNumber which)
    {
        const auto& factor = found.factor(which);
        const auto condition = factor.layout == FactorLayout::AlongOutput
            ? wideCondition(factor, which.isLeft ? found.rows : found.columns, kVectorBytes / factor.bytes)
            : std::nullopt;
        return {factor, which, condition.value_or("")};
    }

    static std::vector<Side> sidesOf(const Contraction& found)
    {
        std::vector<Side> sides;
        for (const auto which : found.factors())
            sides.push_back(sideOf(found, which));
        return sides;
    }

    static void addNames(const DirectiveEditor& directives, CodeValues& values)
    {
        for (const char* name : {"TILE_M", "TILE_N", "TILE_K", "THREAD_M", "THREAD_N", "PAD", "STAGES", "MIN_BLOCKS"})
            values.emplace_back(name, directives.freshName(name));
        for (const auto& [mark, base] : CodeValues{{"kThreads", "kThreads"},
                                                   {"kWarpsAcross", "kWarpsAcross"},
                                                   {"firstRow", "first_row"},
                                                   {"firstColumn", "first_column"},
                                                   {"LeftTile", "LeftTile"},
                                                   {"RightTile", "RightTile"},
                                                   {"ring", "ring"},
                                                   {"down", "down"},
                                                   {"across", "across"},
                                                   {"load", "load"},
                                                   {"loadNarrow", "loadNarrow"},
                                                   {"isWide", "is_wide"},
                                                   {"read", "read"},
                                                   {"buffer", "buffer"},
                                                   {"multiply", "multiply"},
                                                   {"stage", "stage"},
                                                   {"isIn", "is_in"},
                                                   {"copyAsync", "copyAsync"}})
            values.emplace_back(mark, directives.freshName(base));
    }

    /// How slices are copied, and the loops over them: where lines may start off the boundary of a wide copy, twice.
    static void addLoops(const Contraction& found, CodeValues& values)
    {
        std::string addresses, copies, narrow;
        std::vector<std::string> conditions;
        for (const auto& side : sidesOf(found)) {
            if (side.isStepped())
                addresses += factorAddresses(found, side.which, side.tile());
            copies += side.isStepped() ? factorCopies(found, side.which, side.tile()) : side.anyCopies(found);
            narrow += side.isWide() || !side.isStepped() ? side.anyCopies(found)
                                                         : factorCopies(found, side.which, side.tile());
            if (side.isWide() && std::ranges::find(conditions, side.condition) == conditions.end())
                conditions.push_back(side.condition);
        }
        const auto with = [](const char* text, const char* load, const std::string& own) {
            return filled(text, {{"LOAD", load}, {"copies", own}});
        };
        auto loads = with(kLoad, "@load@", copies);
        auto contract = with(kContract, "@load@", "");
        if (!conditions.empty()) {
            loads += with(kLoad, "@loadNarrow@", narrow);
            contract = fmt::format("    if ({}) {{\n{}    }} else {{\n{}    }}\n", fmt::join(conditions, " && "),
                                   indented(contract), indented(with(kContract, "@loadNarrow@", "")));
        }
        values.emplace_back("addresses", addresses);
        values.emplace_back("loads", loads);
        values.emplace_back("contract", contract);
    }

    static void addTunables(SourceEdit& edit, const DirectiveEditor& directives, const Contraction& found,
                            const CodeValues& values)
    {
        using Choices = std::vector<std::int64_t>;
        const auto tune = [&](const char* name, const Choices& choices) {
            directives.addTune(edit, valueOf(values, name), choices);
        };
        // Larger elements need more registers, and so do more sums.
        const auto words = wordsOfSums(found);
        tune("TILE_M", {128, 64, 256, 32});
        tune("TILE_N", words > 2 ? Choices{64, 128, 32} : Choices{128, 64, 256, 32});
        tune("TILE_K", words > 2 ? Choices{16, 8, 32} : Choices{8, 16, 32});
        tune("THREAD_M", words == 1 ? Choices{16, 8, 4} : Choices{8, 4});
        tune("THREAD_N", words > 2 ? Choices{4, 8} : Choices{8, 4, 16});
        tune("PAD", {4, 0, 8});
        tune("STAGES", {4, 3, 2});
        tune("MIN_BLOCKS", words == 1 ? Choices{2, 1, 3} : Choices{1, 2});
        CodeValues all = {{"T", "((@TILE_M@ / @THREAD_M@) * (@TILE_N@ / @THREAD_N@))"},
                          {"words", isSmall(found) ? "" : " * 2"}};
        all.insert(all.end(), values.begin(), values.end());
        const auto require = [&](const std::string& condition) { directives.addRequire(edit, filled(condition, all)); };
        require("@TILE_M@ % (4 * @THREAD_M@) == 0 && @TILE_N@ % (8 * @THREAD_N@) == 0 && @T@ * @MIN_BLOCKS@ <= 1024");
        // Sums and two steps' elements of a thread stay in registers, of which there are so many for each.
        require("(" + timesSums(found, "@THREAD_M@ * @THREAD_N@") + " + " + times(2 * found.lefts.size(), "@THREAD_M@")
                + " + " + times(2 * found.rights.size(), "@THREAD_N@")
                + ")@words@ + 30 <= min(255, 65536 / (@T@ * @MIN_BLOCKS@))");
        // Every thread copies as much as every other, from whole lines further on.
        std::vector<std::string> known;
        for (const auto& side : sidesOf(found)) {
            const auto copied = side.width() == 1 ? "@T@" : fmt::format("({} * @T@)", side.width());
            std::vector<std::string> own = {fmt::format("{} * @TILE_K@ % {} == 0", side.extent(), copied)};
            if (side.isStepped())
                own.push_back(fmt::format("{} % {} == 0", copied, side.tile().elements));
            for (const auto& condition : own)
                if (side.which.number == 0 || std::ranges::find(known, condition) == known.end())
                    require(condition);
            known.insert(known.end(), own.begin(), own.end());
        }
    }

    [[nodiscard]] std::optional<MoveProposal> pipelined(const MoveContext& context, const KernelScope& kernel,
                                                        const Contraction& found) const
    {
        const auto body = context.source().range(kernel.kernel().getBody());
        const auto before = offsetBeforeKernel(kernel);
        if (!body || !before)
            return std::nullopt;
        const auto chosen = chosenDepth(context, kernel, found, "@firstRow@", "@firstColumn@", "@TILE_M@", "@TILE_N@");
        CodeValues values;
        values = {{"rings", ringsText(found)},
                  {"chosenDepth", chosen.lines},
                  {"aboutSums", sumsComment(found)},
                  {"skipped", skippedTiles(found, "@firstRow@", "@firstColumn@", "@TILE_M@", "@TILE_N@")},
                  {"sumsOfAll", startsText(found)},
                  {"leftParts", forEachFactor(found, true, "    @type@ @part@[2][@THREAD_M@];\n")},
                  {"rightParts", forEachFactor(found, false, "    @type@ @part@[2][@THREAD_N@];\n")},
                  {"readLefts", forEachFactor(found, true, kReadAheadLeft)},
                  {"readRights", forEachFactor(found, false, kReadAheadRight)},
                  {"updates",
                   updatesBody(context, kernel, found,
                               {"@leftPartOf@[@buffer@][@i@]", "@rightPartOf@[@buffer@][@j@]", "@sumsOf@[@i@][@j@]"},
                               "            ")},
                  {"sumsOfElement", forEachSum(found, "                @sumTypeOf@ @sumOf@ = @sumsOf@[@i@][@j@];\n")}};
        addLoops(found, values);
        values.emplace_back("end", chosen.end);
        values.emplace_back("inDepth", found.isIdleOnZeros ? "" : "if (@base@ + @step@ < @depth@)\n                ");
        const auto user = contractionValues(context, found, "                ");
        values.insert(values.end(), user.begin(), user.end());
        addNames(context.directives(), values);
        const auto names = factorNames(context.directives(), found);
        values.insert(values.end(), names.begin(), names.end());
        SourceEdit edit(context.source().text());
        const auto threads = filled("(@TILE_M@ / @THREAD_M@) * (@TILE_N@ / @THREAD_N@)", values);
        const auto shared = filled(fmt::format("@STAGES@ * @TILE_K@ * ({} * {} + {} * {})",
                                               times(found.lefts.size(), "(@TILE_M@ + @PAD@)"), found.left().bytes,
                                               times(found.rights.size(), "(@TILE_N@ + @PAD@)"), found.right().bytes),
                                   values);
        if (!editContractionLaunches(edit, kernel, found, valueOf(values, "TILE_N"), valueOf(values, "TILE_M"), threads,
                                     shared))
            return std::nullopt;
        edit.insert(*before, filled(kHelper, values));
        addLaunchBounds(edit, kernel, threads, valueOf(values, "MIN_BLOCKS"));
        edit.replace({body->begin + 1, body->end - 1}, filled(kBody, values));
        addTunables(edit, context.directives(), found, values);
        return proposal(context, edit, body->begin, fmt::format("copy the factors of {} ahead", kernel.name()),
                        fmt::format("every {} of {} takes 2 loads: with 16 x 8 elements a thread 6 wide loads "
                                    "from shared memory serve 128 of them, and asynchronous copies hide what fills it, "
                                    "~8×",
                                    found.isProduct ? "multiply-add" : "step", kernel.name()),
                        8.0);
    }
};

}  // namespace

std::unique_ptr<Move> makePipelineContraction() { return std::make_unique<PipelineContraction>(); }

}  // namespace warploom
