// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/GuardedKernel.h"
#include "moves/HostWords.h"
#include "moves/LinkedScanCode.h"
#include "moves/MoveCatalogue.h"
#include "moves/ScanCode.h"

namespace warploom {

using namespace clang;

namespace {

constexpr std::int64_t kFewestElements = 64;

// The row goes by in tiles; the variable that is folded into holds what precedes the tile, in every thread.
constexpr const char* kBlockTiles =
    "// The block's threads take @ITEMS@ elements each at a time: the variable holds what precedes them.\n"
    "const int @lane@ = threadIdx.x % 32;\n"
    "const int @warp@ = threadIdx.x / 32;\n"
    "const int @warps@ = blockDim.x / 32;\n"
    "const long long @end@ = @last@;\n"
    "__shared__ @type@ @up_to_warp@[2][32];\n"
    "int @side@ = 0;\n"
    "for (long long @tile@ = @start@; @tile@ < @end@; @tile@ += blockDim.x * @ITEMS@) {\n"
    "    const long long @first@ = @tile@ + @warp@ * (32 * @ITEMS@) + @W@ * @lane@;\n";
constexpr const char* kBlockShare =
    "if (@lane@ == 0)\n"
    "    @up_to_warp@[@side@][@warp@] = @all@;\n"
    "__syncthreads();\n"
    "const @type@ @up_to_lane@ = @scanWarp@(@up_to_warp@[@side@][min(@lane@, @warps@ - 1)]);\n"
    "const @type@ @before_warp@ = __shfl_sync(0xffffffffu, @up_to_lane@, max(@warp@ - 1, 0));\n"
    "@side@ = 1 - @side@;\n"
    "@type@ @carry@ = @acc@;\n"
    "if (@warp@ > 0)\n"
    "    @carry@ = @carried@;\n";
constexpr const char* kWarpTiles =
    "// The warp's lanes take @ITEMS@ elements each at a time: the variable holds what precedes them.\n"
    "const int @lane@ = threadIdx.x % 32;\n"
    "const long long @end@ = @last@;\n"
    "for (long long @tile@ = @start@; @tile@ < @end@; @tile@ += 32 * @ITEMS@) {\n"
    "    const long long @first@ = @tile@ + @W@ * @lane@;\n";

class ScanRow : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"scan-row", "Scan each row by a block or a warp",
                "one thread a row, or a chunk of one, that writes running sums, products or extrema along it, what it "
                "keeps of a value and adds to it (h = a * h + b), or such of each other",
                "neighbouring threads read and write neighbouring elements, and rows × threads fill the card"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels()) {
            if (kernel.kernel().isDependentContext() || !hasLinearLaunches(kernel))
                continue;
            const auto guarded = guardedKernel(kernel);
            if (!guarded || guarded->indices.size() != 1 || guarded->indices[0].dimension != 0
                || usesBuiltinsElsewhere(kernel, *guarded))
                continue;
            auto fold = runningFold(kernel, guarded->body);
            if (fold && goesBackwards(kernel, *fold))
                fold.reset();
            const auto linked = fold ? std::nullopt : linkedFolds(kernel, guarded->body);
            const auto* loop = fold ? static_cast<const FoldLoop*>(&*fold) : linked ? &*linked : nullptr;
            if (loop == nullptr || (fold && fold->writes.empty()) || !passesApart(kernel, arraysWritten(kernel, *loop))
                || !endsAlone(kernel, *loop) || isShort(kernel, *loop) || readsFirst(kernel, *loop))
                continue;
            for (const bool isBlock : {true, false}) {
                const auto items = context.directives().freshName("SCAN_ITEMS");
                const auto code =
                    fold ? codeOf(kernel, *fold, items, isBlock) : codeOf(kernel, *linked, items, isBlock);
                auto made = code ? shared(context, kernel, *guarded, *loop, *code) : std::nullopt;
                if (made)
                    proposals.push_back(std::move(*made));
            }
        }
        return proposals;
    }

private:
    /// What a group of threads runs in the place of the loop.
    struct Code {
        bool isBlock = false;
        std::string items;  ///< the tunable
        int width = 1;  ///< elements at once
        std::string loop;
        std::string functions;
        std::string member;  ///< number of a thread in its group
        bool composesSteps = false;  ///< h = a * h + b
    };

    /// Whether elements are taken from the row's end on: those are loaded side by side by what takes several folds.
    static bool goesBackwards(const KernelScope& kernel, const FoldLoop& loop)
    {
        const auto element = kernel.symbolOf(loop.var);
        const auto accesses = kernel.accesses(loop.loop->getBody());
        return std::ranges::any_of(accesses, [&](const Access& access) {
            const auto stride = access.index ? access.index->coefficient(element) : std::nullopt;
            return stride && stride->constantValue() == -1;
        });
    }

    /// Whether a warp has little to do for a row.
    static bool isShort(const KernelScope& kernel, const FoldLoop& fold)
    {
        const auto first = kernel.form(fold.first);
        return first && std::ranges::any_of(fold.bounds, [&](const Expr* one) {
                   const auto bound = kernel.form(one);
                   const auto length = bound ? (*bound - *first).constantValue() : std::nullopt;
                   return length && *length < kFewestElements;
               });
    }

    /// Whether a thread reads before the loop what another may have written in it, or behind it.
    static bool readsFirst(const KernelScope& kernel, const FoldLoop& fold)
    {
        const auto inLoop = kernel.accesses(fold.loop);
        return std::ranges::any_of(fold.before, [&](const Stmt* one) {
            const auto accesses = kernel.accesses(one);
            return std::ranges::any_of(accesses, [&](const Access& access) {
                return fold.written.count(access.base) > 0
                    && (isTouchedBehind(kernel, fold, access.base)
                        || !std::ranges::all_of(inLoop, [&](const Access& other) {
                               return other.base != access.base
                                   || isBeforeFirst(kernel, fold.var, fold.first, access, other);
                           }));
            });
        });
    }

    static bool isTouchedBehind(const KernelScope& kernel, const FoldLoop& fold, const VarDecl* base)
    {
        return std::ranges::any_of(fold.after, [&](const Stmt* one) {
            return std::ranges::any_of(kernel.accesses(one), [&](const Access& access) { return access.base == base; });
        });
    }

    static std::vector<std::int64_t> itemValues(int width)
    {
        const std::int64_t lane = width;
        return {2 * lane, lane, 4 * lane, 8 * lane};
    }

    static std::string lastText(const KernelScope& kernel, const FoldLoop& fold)
    {
        const auto& source = kernel.source();
        std::string last;
        for (const auto* bound : fold.bounds)
            last = last.empty()
                ? source.text(bound)
                : fmt::format("min(static_cast<long long>({}), static_cast<long long>({}))", last, source.text(bound));
        return last;
    }

    static std::optional<Code> codeOf(const KernelScope& kernel, const LinkedFolds& folds, const std::string& items,
                                      bool isBlock)
    {
        const auto code = LinkedScanCode::make(kernel, folds, items, lastText(kernel, folds), isBlock);
        if (!code)
            return std::nullopt;
        const bool composesSteps =
            std::ranges::any_of(folds.folds, [](const auto& fold) { return fold.affine.has_value(); });
        return Code{isBlock, items, code->width(), code->loop(), code->functions(), code->member(), composesSteps};
    }

    static std::optional<Code> codeOf(const KernelScope& kernel, const RunningFold& fold, const std::string& items,
                                      bool isBlock)
    {
        auto code = ScanCode::make(kernel, fold, items, neutralText(fold.reduction), false);
        if (!code)
            return std::nullopt;
        const auto loop = loopText(kernel, fold, *code, isBlock);
        return Code{
            isBlock, items, code->width(), loop, code->functions(), code->filled(isBlock ? "threadIdx.x" : "@lane@")};
    }

    /// The loop of one fold.
    static std::string loopText(const KernelScope& kernel, const RunningFold& fold, ScanCode& code, bool isBlock)
    {
        for (const auto* name : {"warps", "side", "tile", "up_to_warp", "up_to_lane", "before_warp"})
            code.addName(name, name);
        code.addValue("last", lastText(kernel, fold));
        code.addValue("start", kernel.source().text(fold.first));
        code.addValue("carried", code.combined("@acc@", "@before_warp@"));
        auto text = code.filled(isBlock ? kBlockTiles : kWarpTiles) + reindented(code.loads() + code.total(), "    ");
        text += reindented(code.filled(isBlock ? kBlockShare : "@type@ @carry@ = @acc@;\n") + code.writes(), "    ");
        const auto whole = isBlock ? "__shfl_sync(0xffffffffu, @up_to_lane@, @warps@ - 1)" : "@all@";
        return text + code.filled("    @acc@ = ") + code.combined("@acc@", whole) + ";\n}";
    }

    [[nodiscard]] std::optional<MoveProposal> shared(const MoveContext& context, const KernelScope& kernel,
                                                     const GuardedKernel& guarded, const FoldLoop& fold,
                                                     const Code& code) const
    {
        const auto& source = context.source();
        const auto& directives = context.directives();
        const auto loop = source.statementRange(fold.loop);
        const auto before = offsetBeforeKernel(kernel);
        if (!loop || !before || !source.range(fold.first)
            || !std::ranges::all_of(fold.bounds, [&](const Expr* one) { return source.range(one).has_value(); }))
            return std::nullopt;
        SourceEdit edit(source.text());
        edit.replace(
            guarded.indices[0].initialiser,
            initialiserText(source, guarded.indices[0].var,
                            code.isBlock ? "blockIdx.x" : "blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32"));
        const auto indentation = indentationAt(source.text(), loop->begin);
        auto text = reindented(code.loop, indentation);
        edit.replace(*loop, text.substr(indentation.size(), text.size() - indentation.size() - 1));
        for (const Stmt* single : fold.after)
            makeSingle(source, edit, single, code.member);
        edit.insert(*before, code.functions);
        if (!editLaunches(edit, kernel, guarded, code.isBlock))
            return std::nullopt;
        directives.addTune(edit, code.items, itemValues(code.width));
        return described(context, kernel, edit, loop->begin, code);
    }

    static void makeSingle(const ParsedSource& source, SourceEdit& edit, const Stmt* single, const std::string& member)
    {
        if (llvm::isa<DeclStmt>(single))
            return;
        const auto range = *source.statementRange(single);
        edit.insert(range.begin,
                    fmt::format("if ({} == 0)\n{}    ", member, indentationAt(source.text(), range.begin)));
    }

    static bool editLaunches(SourceEdit& edit, const KernelScope& kernel, const GuardedKernel& guarded, bool isBlock)
    {
        const auto name = wholeWarpBlock(kernel, edit);
        for (const auto* launch : kernel.launches()) {
            const auto rows = kernel.argumentOf(*launch, guarded.bounds.begin()->second);
            if (rows.empty())
                return false;
            edit.replace(launch->grid, isBlock ? rows : fmt::format("ceil_div({}, {} / 32)", rows, name));
        }
        return true;
    }

    [[nodiscard]] std::optional<MoveProposal> described(const MoveContext& context, const KernelScope& kernel,
                                                        const SourceEdit& edit, std::size_t offset,
                                                        const Code& code) const
    {
        const bool isBlock = code.isBlock;
        const auto* words = isBlock ? "one block a row" : "one warp a row";
        // Each element is still loaded and stored once.
        const auto* steps = code.composesSteps ? "; steps h = a * h + b are composed, 5 shuffles for all of a warp's "
                                                 "in place of one after the other, which "
                                                 "rounds in another order as sums in a tree do"
                                               : "";
        return proposal(
            context, edit, offset, fmt::format("scan by {} in {}", words, kernel.name()),
            fmt::format("the 32 threads of a warp read and write 32 rows, 32 sectors a request: with {} they take "
                        "neighbours, 16 bytes each, and every row has {} threads instead of 1{}, ~{}×",
                        words, isBlock ? "256" : "32", steps, isBlock ? 6 : 5),
            isBlock ? 6.0 : 5.0);
    }
};

}  // namespace

std::unique_ptr<Move> makeScanRow() { return std::make_unique<ScanRow>(); }

}  // namespace warploom
