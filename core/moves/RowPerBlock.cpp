// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/CodeTemplate.h"
#include "moves/GuardedKernel.h"
#include "moves/HostWords.h"
#include "moves/MoveCatalogue.h"
#include "moves/RowWork.h"
#include "moves/ShortRows.h"
#include "moves/TimedArguments.h"

namespace warploom {

using namespace clang;

namespace {

/// How a group of threads shares one row.
struct RowGroup {
    ReductionLevel level;
    const char* row;  ///< index of the group, for the row variable
    const char* member;  ///< a thread's number in its group
    const char* size;  ///< threads in a group
    const char* meet;  ///< barrier of the group
    const char* words;
};

/// A group in the words of one source.
struct NamedGroup {
    NamedGroup(const RowGroup& group, const std::string& lanes)
        : level(group.level)
        , row(filled(group.row, {{"GROUP", lanes}}))
        , member(filled(group.member, {{"GROUP", lanes}}))
        , size(filled(group.size, {{"GROUP", lanes}}))
        , meet(group.meet)
        , words(group.words)
    {
    }

    ReductionLevel level;
    std::string row;
    std::string member;
    std::string size;
    std::string meet;
    std::string words;
};

constexpr RowGroup kBlockGroup{ReductionLevel::Block, "blockIdx.x",       "threadIdx.x",
                               "blockDim.x",          "__syncthreads();", "one block a row"};
constexpr RowGroup kWarpGroup{ReductionLevel::Warp, "blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32",
                              "threadIdx.x % 32",   "32",
                              "__syncwarp();",      "one warp a row"};
/// Rows of a few elements would leave most of a warp idle; @GROUP@ is the tunable.
constexpr RowGroup kLaneGroup{ReductionLevel::Lanes,   "blockIdx.x * (blockDim.x / @GROUP@) + threadIdx.x / @GROUP@",
                              "threadIdx.x % @GROUP@", "@GROUP@",
                              "__syncwarp();",         "a few lanes a row"};

/// What else a proposal does.
enum class RowVariant {
    Plain,
    ExceptShort,  ///< short rows keep a thread each
    ByWarps  ///< of a nest, warps take the rounds of the loop around
};

/// Elements of its row that a thread of a block has at most by default; where there are more, blocks are larger.
constexpr std::int64_t kMostElements = 512;

class RowPerBlock : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"row-per-block", "Give each row a block or a warp",
                "one thread a row: sequential loops over columns that fold into sums or extrema, or write the row",
                "neighbouring threads read neighbouring elements, and rows × threads fill the card"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels()) {
            const auto guarded = guardedKernel(kernel);
            if (!guarded || guarded->indices.size() != 1 || guarded->indices[0].dimension != 0
                || !hasLinearLaunches(kernel) || usesBuiltinsElsewhere(kernel, *guarded)
                || kernel.kernel().isDependentContext())
                continue;
            const auto work = rowWork(kernel, *guarded);
            if (!work)
                continue;
            for (const auto& group : {kBlockGroup, kWarpGroup, kLaneGroup})
                if (group.level != ReductionLevel::Lanes || (work->hasLoadedBounds && foldsOnly(*work)))
                    if (auto made = shared(context, kernel, *guarded, *work, group))
                        proposals.push_back(std::move(*made));
            if (work->hasLoadedBounds && work->walkedArray != nullptr)
                if (auto made = shared(context, kernel, *guarded, *work, kWarpGroup, RowVariant::ExceptShort))
                    proposals.push_back(std::move(*made));
            if (std::ranges::any_of(work->loops, [](const auto& loop) { return loop.outer.has_value(); }))
                if (auto made = shared(context, kernel, *guarded, *work, kBlockGroup, RowVariant::ByWarps))
                    proposals.push_back(std::move(*made));
        }
        return proposals;
    }

private:
    /// Whether all that groups of less than a warp need are reductions.
    static bool foldsOnly(const RowWork& work)
    {
        return std::ranges::none_of(work.loops, [](const auto& loop) { return loop.extremum.has_value(); });
    }

    [[nodiscard]] std::optional<MoveProposal> shared(const MoveContext& context, const KernelScope& kernel,
                                                     const GuardedKernel& guarded, const RowWork& work,
                                                     const RowGroup& kind, RowVariant variant = RowVariant::Plain) const
    {
        const auto lanes = context.directives().freshName("GROUP");
        const NamedGroup group(kind, lanes);
        SourceEdit edit(context.source().text());
        edit.replace(guarded.indices[0].initialiser,
                     initialiserText(context.source(), guarded.indices[0].var, group.row));
        ReductionFunctions functions(context.source(), lanes);
        for (const auto& loop : work.loops)
            if (!editLoop(context, kernel, edit, loop, group, functions, variant == RowVariant::ByWarps))
                return std::nullopt;
        for (const Stmt* single : work.singles)
            makeSingle(context, edit, single, group);
        for (const Stmt* statement : guarded.body)
            if (!kernel.countedLoop(statement) && leavesOrder(kernel, guarded, work, statement))
                meetAfter(context.source(), edit, statement, group);
        const auto before = offsetBeforeKernel(kernel);
        if (!before || !editLaunches(edit, kernel, guarded, group, leastBlock(context, kernel, work, group)))
            return std::nullopt;
        if (variant == RowVariant::ExceptShort)
            return exceptShortRows(context, kernel, guarded, work, edit, functions.text());
        edit.insert(*before, functions.text());
        if (group.level == ReductionLevel::Lanes) {
            context.directives().addTune(edit, lanes, {8, 4, 16, 2, 32});
            return proposal(
                context, edit, guarded.indices[0].initialiser.begin,
                fmt::format("{} in {}", group.words, kernel.name()),
                fmt::format("the rows of {} are as long as its data says, and may be shorter than a warp: with 8 lanes "
                            "a row the 32 threads of a warp read 4 rows instead of 32 at a time, ~3×",
                            kernel.name()),
                3.0);
        }
        if (variant == RowVariant::ByWarps)
            return proposal(
                context, edit, guarded.indices[0].initialiser.begin,
                fmt::format("one block a row, a warp a round of its nests, in {}", kernel.name()),
                fmt::format("the inner loops of {} may be shorter than a block: with a warp for each round of the loop "
                            "around, 32 threads instead of a block share one, and every row has 256 threads instead of "
                            "1, ~5×",
                            kernel.name()),
                4.5);
        const bool block = group.level == ReductionLevel::Block;
        return proposal(
            context, edit, guarded.indices[0].initialiser.begin, fmt::format("{} in {}", group.words, kernel.name()),
            fmt::format("the 32 threads of a warp read 32 rows, 32 sectors a request: with {} they read neighbours, 4 "
                        "sectors a request, and every row has {} threads instead of 1, ~{}×",
                        group.words, block ? "256" : "32", block ? 5 : 4),
            block ? 5.0 : 4.0);
    }

    [[nodiscard]] std::optional<MoveProposal> exceptShortRows(const MoveContext& context, const KernelScope& kernel,
                                                              const GuardedKernel& guarded, const RowWork& work,
                                                              SourceEdit& edit, const std::string& functions) const
    {
        if (!keepForShortRows(context, kernel, guarded, work.walkedArray, edit))
            return std::nullopt;
        edit.insert(*offsetBeforeKernel(kernel), functions);
        return proposal(
            context, edit, guarded.indices[0].initialiser.begin,
            fmt::format("one warp a row in {}, where rows are long", kernel.name()),
            fmt::format("long rows of {} are read by warps, 4 sectors a request instead of 32; rows of a few "
                        "elements keep one thread each, for which lines are in the cache, ~2×",
                        kernel.name()),
            2.0);
    }

    /// Whether what the loop wrote is used again after it, perhaps by another thread.
    static bool isTouchedLater(const KernelScope& kernel, const RowLoop& loop)
    {
        const auto accesses = kernel.accesses(kernel.kernel().getBody());
        return std::any_of(accesses.begin(), accesses.end(), [&](const auto& access) {
            return loop.written.count(access.base) > 0 && loop.whole->getEndLoc() < access.expression->getBeginLoc();
        });
    }

    /// Whether a thread may go on from \p statement to write what another has not read there yet, or to read what the
    /// one that runs it alone has not written yet.
    static bool leavesOrder(const KernelScope& kernel, const GuardedKernel& guarded, const RowWork& work,
                            const Stmt* statement)
    {
        const auto isSingle = [&](const Stmt* one) {
            return std::ranges::find(work.singles, one) != work.singles.end();
        };
        const auto own = kernel.accesses(statement);
        const auto touches = [&](const Stmt* later, bool writes) {
            const auto others = kernel.accesses(later);
            return std::ranges::any_of(own, [&](const Access& mine) {
                return std::ranges::any_of(others, [&](const Access& other) {
                    return mine.base == other.base && (writes ? mine.writes : other.writes);
                });
            });
        };
        bool isMet = false;  // the group has met since
        for (auto later = std::next(std::ranges::find(guarded.body, statement)); later != guarded.body.end(); ++later) {
            // The same thread runs them.
            if (!(isSingle(statement) && isSingle(*later))
                && (touches(*later, true) || (!isMet && touches(*later, false))))
                return true;
            isMet = isMet || meetsIn(work, *later);
        }
        return false;
    }

    static bool meetsIn(const RowWork& work, const Stmt* statement)
    {
        return std::ranges::any_of(work.loops, [&](const RowLoop& loop) {
            return loop.whole == statement && (!loop.reductions.empty() || loop.extremum);
        });
    }

    static void meetAfter(const ParsedSource& source, SourceEdit& edit, const Stmt* statement, const NamedGroup& group)
    {
        const auto range = source.statementRange(statement);
        if (range)
            edit.insert(range->end, fmt::format("\n{}{}", indentationAt(source.text(), range->begin), group.meet));
    }

    /// Whether what the loop read is written after it, perhaps by another thread.
    static bool isWrittenLater(const KernelScope& kernel, const RowLoop& loop)
    {
        const auto own = kernel.accesses(loop.whole);
        const auto accesses = kernel.accesses(kernel.kernel().getBody());
        return std::ranges::any_of(accesses, [&](const Access& access) {
            return access.writes && loop.whole->getEndLoc() < access.expression->getBeginLoc()
                && std::ranges::any_of(own, [&](const Access& mine) { return mine.base == access.base; });
        });
    }

    /// Whether a loop from 1 folds extrema over what its variable was initialised with from column 0: it may as well
    /// start there, where rows are aligned.
    static bool foldsFirstAgain(const KernelScope& kernel, const RowLoop& loop)
    {
        const auto& source = kernel.source();
        if (source.text(loop.counted.start) != "1" || loop.whole != loop.counted.statement
            || loop.reductions.size() != 1 || !loop.written.empty())
            return false;
        const auto& reduction = loop.reductions.front();
        const auto* assignment = llvm::dyn_cast<BinaryOperator>(loop.counted.statement->getBody());
        if (const auto* compound = llvm::dyn_cast<CompoundStmt>(loop.counted.statement->getBody());
            compound != nullptr && compound->size() == 1)
            assignment = llvm::dyn_cast<BinaryOperator>(*compound->body_begin());
        const auto* call =
            assignment == nullptr ? nullptr : llvm::dyn_cast<CallExpr>(assignment->getRHS()->IgnoreParenImpCasts());
        if (call == nullptr || call->getNumArgs() != 2 || !reduction.var->hasInit()
            || (reduction.operation != ReductionOperation::Max && reduction.operation != ReductionOperation::Min))
            return false;
        const auto* folded = plainVariable(call->getArg(0)) == reduction.var ? call->getArg(1) : call->getArg(0);
        const auto range = source.range(folded);
        const auto zeros = kernel.renaming(loop.counted.var, folded, "0");
        return range && zeros && rewritten(source.text(), *range, *zeros) == source.text(reduction.var->getInit());
    }

    /// Threads start at \p first and their own number, and go on in steps of as many as they are.
    static bool takeTurns(const KernelScope& kernel, SourceEdit& edit, const CountedLoop& counted,
                          const std::string& first, const std::string& member, const std::string& size)
    {
        const auto& source = kernel.source();
        const auto start = source.range(counted.start);
        const auto increment = source.range(counted.statement->getInc());
        if (!start || !increment)
            return false;
        const bool simple = first.find_first_of(" ?") == std::string::npos;
        const auto from = mayWrap(kernel, counted) ? fmt::format("static_cast<long long>({})", first)
            : simple                               ? first
                                                   : fmt::format("({})", first);
        edit.replace(
            *start, initialiserText(source, counted.var, first == "0" ? member : fmt::format("{} + {}", from, member)));
        edit.replace(*increment, fmt::format("{} += {}", counted.var->getName().str(), size));
        return true;
    }

    /// Threads with which those of a block have not too much of the longest row that is timed; 0 where none is known.
    static std::int64_t leastBlock(const MoveContext& context, const KernelScope& kernel, const RowWork& work,
                                   const NamedGroup& group)
    {
        std::int64_t longest = 0;
        if (group.level != ReductionLevel::Block)
            return 0;
        for (const auto& values : timedArguments(context, kernel))
            for (const auto& loop : work.loops) {
                const auto bound = kernel.form(loop.counted.bound);
                longest = std::max(longest, bound ? valueWith(*bound, values).value_or(0) : 0);
            }
        std::int64_t least = 32;
        while (least < 1024 && least * kMostElements < longest)
            least *= 2;
        return longest > 0 ? least : 0;
    }

    static bool editLoop(const MoveContext& context, const KernelScope& kernel, SourceEdit& edit, const RowLoop& loop,
                         const NamedGroup& group, ReductionFunctions& functions, bool byWarps)
    {
        const auto& source = context.source();
        const auto whole = source.statementRange(loop.whole);
        if (!whole)
            return false;
        const auto first = foldsFirstAgain(kernel, loop) ? std::string("0") : source.text(loop.counted.start);
        if (byWarps && loop.outer) {
            if (!takeTurns(kernel, edit, *loop.outer, source.text(loop.outer->start), "threadIdx.x / 32",
                           "blockDim.x / 32")
                || !takeTurns(kernel, edit, loop.counted, first, kWarpGroup.member, kWarpGroup.size))
                return false;
        } else if (!takeTurns(kernel, edit, loop.counted, first, group.member, group.size)) {
            return false;
        }
        const auto indentation = indentationAt(source.text(), whole->begin);
        hoistBound(kernel, edit, loop.counted);
        std::string after;
        for (const auto& reduction : loop.reductions) {
            const auto function = functions.use(reduction, group.level);
            if (function.empty())
                return false;
            after += fmt::format("\n{0}{1} = {2}({1});", indentation, reduction.var->getName().str(), function);
        }
        if (loop.extremum && !addExtremum(source, *loop.extremum, group, indentation, functions, after))
            return false;
        // Warps do not wait for memory in reductions.
        const bool meets = !loop.reductions.empty() || loop.extremum;
        if ((isTouchedLater(kernel, loop) && (!meets || group.level != ReductionLevel::Block))
            || (isWrittenLater(kernel, loop) && !meets))
            after += fmt::format("\n{}{}", indentation, group.meet);
        edit.insert(whole->end, after);
        return true;
    }

    /// Whether a negative start would wrap: threadIdx is unsigned, and the variable has more bits.
    static bool mayWrap(const KernelScope& kernel, const CountedLoop& counted)
    {
        const auto& context = kernel.source().context();
        const auto type = counted.start->IgnoreParenImpCasts()->getType();
        const auto form = kernel.form(counted.start);
        const bool isNatural = form && form->constantValue() && *form->constantValue() >= 0;
        return !isNatural && type->isSignedIntegerType() && context.getTypeSize(type) < 64
            && context.getTypeSize(counted.var->getType()) == 64;
    }

    /// A bound that is loaded is read once; nothing writes what it is read from.
    static void hoistBound(const KernelScope& kernel, SourceEdit& edit, const CountedLoop& counted)
    {
        const auto& source = kernel.source();
        const auto whole = source.statementRange(counted.statement);
        const auto bound = source.range(counted.bound);
        if (!whole || !bound || kernel.accesses(counted.bound).empty()
            || !llvm::isa_and_nonnull<CompoundStmt>(kernel.parent(counted.statement)))
            return;
        const auto name = source.directives().freshName(counted.var->getNameAsString() + "_end");
        const auto type = counted.bound->IgnoreParenImpCasts()->getType().getUnqualifiedType();
        edit.insert(whole->begin,
                    fmt::format("const {} {} = {};\n{}", type.getAsString(source.context().getPrintingPolicy()), name,
                                source.text(*bound), indentationAt(source.text(), whole->begin)));
        edit.replace(*bound, name);
    }

    static bool addExtremum(const ParsedSource& source, const IndexExtremum& extremum, const NamedGroup& group,
                            const std::string& indentation, ReductionFunctions& functions, std::string& after)
    {
        const auto function = extremumFunction(source, extremum, group.level);
        if (!function)
            return false;
        functions.add(function->text);
        const auto index = extremum.index->getNameAsString();
        if (extremum.value != nullptr) {
            after +=
                fmt::format("\n{}{}({}, {});", indentation, function->name, extremum.value->getNameAsString(), index);
            return true;
        }
        const auto value = source.directives().freshName(index + "_value");
        after += fmt::format("\n{0}{1} {2} = {3};\n{0}{4}({2}, {5});", indentation,
                             extremum.valueType.getAsString(source.context().getPrintingPolicy()), value, extremum.kept,
                             function->name, index);
        return true;
    }

    static void makeSingle(const MoveContext& context, SourceEdit& edit, const Stmt* single, const NamedGroup& group)
    {
        const auto range = *context.source().statementRange(single);
        const auto indentation = indentationAt(context.source().text(), range.begin);
        edit.insert(range.begin, fmt::format("if ({} == 0)\n{}    ", group.member, indentation));
    }

    static bool editLaunches(SourceEdit& edit, const KernelScope& kernel, const GuardedKernel& guarded,
                             const NamedGroup& group, std::int64_t leastBlock)
    {
        const auto name = wholeWarpBlock(kernel, edit, leastBlock);
        for (const auto* launch : kernel.launches()) {
            const auto* bound = guarded.bounds.begin()->second;
            auto rows = kernel.argumentOf(*launch, bound);
            if (rows.empty())
                rows = hostWords(kernel, *launch, bound).value_or("");
            if (rows.empty())
                return false;
            edit.replace(launch->grid,
                         group.level == ReductionLevel::Block
                             ? rows
                             : fmt::format("ceil_div({}, {} / {})", rows, name, group.size));
        }
        return true;
    }
};

}  // namespace

std::unique_ptr<Move> makeRowPerBlock() { return std::make_unique<RowPerBlock>(); }

}  // namespace warploom
