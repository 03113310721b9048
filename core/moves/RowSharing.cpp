// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/RowSharing.h"

#include "moves/CodeTemplate.h"
#include "moves/HostWords.h"
#include "moves/PlainLaunch.h"
#include "moves/TimedArguments.h"

namespace warploom {

using namespace clang;

namespace {

/// Elements of its row that a thread of a block has at most by default; where there are more, blocks are larger.
constexpr std::int64_t kMostElements = 512;
/// Threads of a block that shares columns: each has several.
constexpr std::int64_t kColumnBlock = 512;

/// Whether what the loop wrote is used again after it, perhaps by another thread.
bool isTouchedLater(const KernelScope& kernel, const RowLoop& loop)
{
    const auto accesses = kernel.accesses(kernel.kernel().getBody());
    return std::any_of(accesses.begin(), accesses.end(), [&](const auto& access) {
        return loop.written.count(access.base) > 0 && loop.whole->getEndLoc() < access.expression->getBeginLoc();
    });
}

/// Whether what the loop read is written after it, perhaps by another thread.
bool isWrittenLater(const KernelScope& kernel, const RowLoop& loop)
{
    const auto own = kernel.accesses(loop.whole);
    const auto accesses = kernel.accesses(kernel.kernel().getBody());
    return std::ranges::any_of(accesses, [&](const Access& access) {
        return access.writes && loop.whole->getEndLoc() < access.expression->getBeginLoc()
            && std::ranges::any_of(own, [&](const Access& mine) { return mine.base == access.base; });
    });
}

/// What the one update in \p body takes into \p var: of v = max(v, x), if (x > v) v = x; where x may be a variable that
/// the body has set to it. Null for other bodies.
const Expr* foldedValue(const KernelScope& kernel, const Stmt* body, const VarDecl* var)
{
    std::vector<const Stmt*> statements{body};
    if (const auto* compound = llvm::dyn_cast<CompoundStmt>(body))
        statements.assign(compound->body_begin(), compound->body_end());
    const Stmt* update = statements.empty() ? nullptr : statements.back();
    const auto* choice = llvm::dyn_cast_or_null<IfStmt>(update);
    if (choice != nullptr)
        update = onlyStatement(choice->getThen());
    const auto* assignment = llvm::dyn_cast_or_null<BinaryOperator>(update);
    if (assignment == nullptr || assignment->getOpcode() != BO_Assign || plainVariable(assignment->getLHS()) != var)
        return nullptr;
    const Expr* folded = assignment->getRHS();
    const auto* call = llvm::dyn_cast<CallExpr>(folded->IgnoreParenImpCasts());
    if (choice == nullptr && (call == nullptr || call->getNumArgs() != 2))
        return nullptr;
    if (choice == nullptr)
        folded = plainVariable(call->getArg(0)) == var ? call->getArg(1) : call->getArg(0);
    const auto* value = plainVariable(folded);
    const auto& context = kernel.source().context();
    const bool isOwn = statements.size() == 2 && value != nullptr && value->hasInit() && !kernel.isModified(value)
        && isDeclaredWithin(value, body) && context.hasSameUnqualifiedType(value->getType(), var->getType());
    return isOwn ? value->getInit() : statements.size() == 1 ? folded : nullptr;
}

/// Whether a loop from 1 folds extrema over what its variable was initialised with from column 0: it may as well
/// start there, where rows are aligned.
bool foldsFirstAgain(const KernelScope& kernel, const RowLoop& loop)
{
    const auto& source = kernel.source();
    if (!loop.extrema.empty())
        return loop.whole == loop.counted.statement && loop.written.empty()
            && mayStartAtZero(kernel, loop.extrema.front(), loop.counted);
    if (source.text(loop.counted.start) != "1" || loop.whole != loop.counted.statement || loop.reductions.size() != 1
        || !loop.written.empty())
        return false;
    const auto& reduction = loop.reductions.front();
    if (!reduction.var->hasInit()
        || (reduction.operation != ReductionOperation::Max && reduction.operation != ReductionOperation::Min))
        return false;
    const auto* folded = foldedValue(kernel, loop.counted.statement->getBody(), reduction.var);
    const auto range = folded == nullptr ? std::nullopt : source.range(folded);
    const auto zeros = range ? kernel.renaming(loop.counted.var, folded, "0") : std::nullopt;
    return zeros && rewritten(source.text(), *range, *zeros) == source.text(reduction.var->getInit());
}

/// Whether a negative start would wrap: threadIdx is unsigned, and the variable has more bits.
bool mayWrap(const KernelScope& kernel, const CountedLoop& counted)
{
    const auto& context = kernel.source().context();
    const auto type = counted.start->IgnoreParenImpCasts()->getType();
    const auto form = kernel.form(counted.start);
    const bool isNatural = form && form->constantValue() && *form->constantValue() >= 0;
    return !isNatural && type->isSignedIntegerType() && context.getTypeSize(type) < 64
        && context.getTypeSize(counted.var->getType()) == 64;
}

/// Threads start at \p first and their own number, and go on in steps of as many as they are.
bool takeTurns(const KernelScope& kernel, SourceEdit& edit, const CountedLoop& counted, const std::string& first,
               const std::string& member, const std::string& size)
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
    edit.replace(*start,
                 initialiserText(source, counted.var, first == "0" ? member : fmt::format("{} + {}", from, member)));
    edit.replace(*increment, fmt::format("{} += {}", counted.var->getName().str(), size));
    return true;
}

/// A bound that is loaded is read once; nothing writes what it is read from.
void hoistBound(const KernelScope& kernel, SourceEdit& edit, const CountedLoop& counted)
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

}  // namespace

bool hasLineBlocks(const KernelScope& kernel)
{
    const auto launches = kernel.launches();
    return !launches.empty() && std::ranges::all_of(launches, [&](const auto* launch) {
        return launch->blockParts.size() == 1 && launch->arguments.size() == kernel.kernel().getNumParams();
    });
}

RowGroup blockGroup()
{
    return {ReductionLevel::Block, "blockIdx.x", "threadIdx.x",    "blockDim.x",
            "__syncthreads();",    "",           "one block a row"};
}

RowGroup warpGroup()
{
    return {ReductionLevel::Warp, "blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32",
            "threadIdx.x % 32",   "32",
            "__syncwarp();",      "@BLOCK@ / 32",
            "one warp a row"};
}

RowGroup laneGroup(const std::string& lanes)
{
    // Rows of a few elements would leave most of a warp idle.
    return {ReductionLevel::Lanes,
            fmt::format("blockIdx.x * (blockDim.x / {0}) + threadIdx.x / {0}", lanes),
            fmt::format("threadIdx.x % {}", lanes),
            lanes,
            "__syncwarp();",
            fmt::format("@BLOCK@ / {}", lanes),
            "a few lanes a row"};
}

RowGroup columnGroup(const std::string& columns)
{
    return {ReductionLevel::Column,
            fmt::format("blockIdx.x * {0} + threadIdx.x % {0}", columns),
            fmt::format("threadIdx.x / {}", columns),
            fmt::format("blockDim.x / {}", columns),
            "__syncthreads();",
            columns,
            "the warps of a block share columns"};
}

std::vector<std::int64_t> timedRowLengths(const MoveContext& context, const KernelScope& kernel, const RowWork& work)
{
    std::vector<std::int64_t> lengths;
    for (const auto& values : timedArguments(context, kernel)) {
        auto& length = lengths.emplace_back(0);
        for (const auto& loop : work.loops) {
            const auto bound = kernel.form(loop.counted.bound);
            length = std::max(length, bound ? valueWith(*bound, values).value_or(0) : 0);
        }
    }
    return lengths;
}

RowSharing::RowSharing(const MoveContext& context, const KernelScope& kernel, const GuardedKernel& guarded,
                       const RowWork& work, RowGroup group, const std::string& lanes)
    : m_context(context)
    , m_kernel(kernel)
    , m_guarded(guarded)
    , m_work(work)
    , m_group(std::move(group))
    , m_lanes(lanes)
    , m_functions(context.source(), lanes)
{
}

bool RowSharing::apply(SourceEdit& edit, bool byWarps)
{
    edit.replace(m_guarded.indices[0].initialiser,
                 initialiserText(m_context.source(), m_guarded.indices[0].var, m_group.row));
    for (const auto& loop : m_work.loops)
        if (!editLoop(edit, loop, byWarps))
            return false;
    for (const Stmt* single : m_work.singles)
        makeSingle(edit, single);
    for (const Stmt* statement : m_guarded.body)
        if (!m_kernel.countedLoop(statement) && !isExit(statement) && leavesOrder(statement))
            meetAfter(edit, statement);
    return offsetBeforeKernel(m_kernel) && editLaunches(edit);
}

/// Whoever goes on from there has done nothing in it.
bool RowSharing::isExit(const Stmt* statement) const
{
    return std::ranges::find(m_work.exits, statement) != m_work.exits.end();
}

/// Whether a thread may go on from \p statement to write what another has not read there yet, or to read what the
/// one that runs it alone has not written yet.
bool RowSharing::leavesOrder(const Stmt* statement) const
{
    const auto isSingle = [&](const Stmt* one) {
        return std::ranges::find(m_work.singles, one) != m_work.singles.end();
    };
    const auto own = m_kernel.accesses(statement);
    const auto touches = [&](const Stmt* later, bool writes) {
        const auto others = m_kernel.accesses(later);
        return std::ranges::any_of(own, [&](const Access& mine) {
            return std::ranges::any_of(others, [&](const Access& other) {
                return mine.base == other.base && (writes ? mine.writes : other.writes);
            });
        });
    };
    bool isMet = false;  // the group has met since
    for (auto later = std::next(std::ranges::find(m_guarded.body, statement)); later != m_guarded.body.end(); ++later) {
        // The same thread runs them.
        if (!(isSingle(statement) && isSingle(*later)) && (touches(*later, true) || (!isMet && touches(*later, false))))
            return true;
        isMet = isMet || meetsIn(*later);
    }
    return false;
}

bool RowSharing::meetsIn(const Stmt* statement) const
{
    return std::ranges::any_of(m_work.loops, [&](const RowLoop& loop) {
        return loop.whole == statement && (!loop.reductions.empty() || !loop.extrema.empty());
    });
}

void RowSharing::meetAfter(SourceEdit& edit, const Stmt* statement) const
{
    const auto& source = m_context.source();
    const auto range = source.statementRange(statement);
    if (range)
        edit.insert(range->end, fmt::format("\n{}{}", indentationAt(source.text(), range->begin), m_group.meet));
}

/// Threads with which those of a block have not too much of the longest row that is timed; 0 where none is known.
std::int64_t RowSharing::leastBlock() const
{
    if (m_group.level == ReductionLevel::Column)
        return kColumnBlock;
    if (m_group.level != ReductionLevel::Block)
        return 0;
    const auto lengths = timedRowLengths(m_context, m_kernel, m_work);
    const auto longest = lengths.empty() ? 0 : std::ranges::max(lengths);
    std::int64_t least = 32;
    while (least < 1024 && least * kMostElements < longest)
        least *= 2;
    return longest > 0 ? least : 0;
}

bool RowSharing::editLoop(SourceEdit& edit, const RowLoop& loop, bool byWarps)
{
    const auto& source = m_context.source();
    const auto whole = source.statementRange(loop.whole);
    if (!whole)
        return false;
    const auto first = foldsFirstAgain(m_kernel, loop) ? std::string("0") : source.text(loop.counted.start);
    if (byWarps && loop.outer) {
        const auto warp = warpGroup();
        if (!takeTurns(m_kernel, edit, *loop.outer, source.text(loop.outer->start), "threadIdx.x / 32",
                       "blockDim.x / 32")
            || !takeTurns(m_kernel, edit, loop.counted, first, warp.member, warp.size))
            return false;
    } else if (!takeTurns(m_kernel, edit, loop.counted, first, m_group.member, m_group.size)) {
        return false;
    }
    const auto indentation = indentationAt(source.text(), whole->begin);
    hoistBound(m_kernel, edit, loop.counted);
    std::string after;
    for (const auto& reduction : loop.reductions) {
        const auto function = m_functions.use(reduction, m_group.level);
        if (function.empty())
            return false;
        declareBefore(function, reduction.var->getType());
        after += fmt::format("\n{0}{1} = {2}({1});", indentation, reduction.var->getName().str(), function);
    }
    for (const auto& extremum : loop.extrema)
        if (!addExtremum(extremum, indentation, after))
            return false;
    // Warps do not wait for memory in reductions.
    const bool meets = !loop.reductions.empty() || !loop.extrema.empty();
    if (!loop.isOfExit
        && ((isTouchedLater(m_kernel, loop) && (!meets || m_group.level != ReductionLevel::Block))
            || (isWrittenLater(m_kernel, loop) && !meets)))
        after += fmt::format("\n{}{}", indentation, m_group.meet);
    edit.insert(whole->end, after);
    return true;
}

/// A function that another kernel has been given is called before it stands there, where that kernel comes later.
void RowSharing::declareBefore(const std::string& function, QualType type)
{
    const auto& source = m_context.source();
    const auto definition = source.text().find(fmt::format(" {}(", function));
    const auto before = offsetBeforeKernel(m_kernel);
    const auto word = type.getUnqualifiedType().getAsString(source.context().getPrintingPolicy());
    const auto declaration = fmt::format("static __device__ __forceinline__ {0} {1}({0} value);", word, function);
    if (definition == std::string_view::npos || !before || definition < *before
        || m_functions.text().find(declaration) != std::string::npos)
        return;
    m_functions.add(declaration + "\n\n");
}

bool RowSharing::addExtremum(const IndexExtremum& extremum, const std::string& indentation, std::string& after)
{
    const auto& source = m_context.source();
    const auto function = extremumFunction(source, extremum, m_group.level, m_lanes);
    if (!function)
        return false;
    m_functions.add(function->text);
    const auto index = extremum.index->getNameAsString();
    if (extremum.value != nullptr) {
        after += fmt::format("\n{}{}({}, {});", indentation, function->name, extremum.value->getNameAsString(), index);
        return true;
    }
    const auto value = source.directives().freshName(index + "_value");
    after += fmt::format("\n{0}{1} {2} = {3};\n{0}{4}({2}, {5});", indentation,
                         extremum.valueType.getAsString(source.context().getPrintingPolicy()), value, extremum.kept,
                         function->name, index);
    return true;
}

void RowSharing::makeSingle(SourceEdit& edit, const Stmt* single) const
{
    const auto range = *m_context.source().statementRange(single);
    const auto indentation = indentationAt(m_context.source().text(), range.begin);
    edit.insert(range.begin, fmt::format("if ({} == 0)\n{}    ", m_group.member, indentation));
}

bool RowSharing::editLaunches(SourceEdit& edit)
{
    m_block = wholeWarpBlock(m_kernel, edit, leastBlock());
    for (const auto* launch : m_kernel.launches()) {
        const auto* bound = m_guarded.bounds.begin()->second;
        auto rows = m_kernel.argumentOf(*launch, bound);
        if (rows.empty())
            rows = hostWords(m_kernel, *launch, bound).value_or("");
        if (rows.empty())
            return false;
        edit.replace(launch->gridParts.front(),
                     m_group.rows.empty()
                         ? rows
                         : fmt::format("ceil_div({}, {})", rows, filled(m_group.rows, {{"BLOCK", m_block}})));
    }
    return true;
}

}  // namespace warploom
