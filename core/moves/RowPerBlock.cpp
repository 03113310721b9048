// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/CodeTemplate.h"
#include "moves/GuardedKernel.h"
#include "moves/IndexExtremum.h"
#include "moves/MoveCatalogue.h"
#include "moves/Reduction.h"
#include "moves/ShortRows.h"

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
/// Rows that begin this many elements after each other are rows; what is nearer shares its sectors anyway.
constexpr std::int64_t kShortestRow = 8;

/// One loop over the columns with what has to be done about it.
struct RowLoop {
    CountedLoop counted;
    std::vector<Reduction> reductions;
    std::optional<IndexExtremum> extremum;
    std::set<const VarDecl*> written;  ///< global arrays
};

/// Value that \p var has when \p before begins, if the last statement that sets it gives it a constant.
std::optional<double> valueBefore(const KernelScope& kernel, const std::vector<const Stmt*>& body, const Stmt* before,
                                  const VarDecl* var)
{
    std::optional<double> value;
    for (const Stmt* statement : body) {
        if (statement == before)
            return value;
        const Expr* assigned = nullptr;
        if (const auto* declaration = llvm::dyn_cast<DeclStmt>(statement)) {
            if (std::find(declaration->decl_begin(), declaration->decl_end(), var) != declaration->decl_end())
                assigned = var->getInit();
        } else if (kernel.isModifiedWithin(var, statement)) {
            value.reset();
            const auto* binary = llvm::dyn_cast<BinaryOperator>(statement);
            assigned = binary != nullptr && binary->getOpcode() == BO_Assign ? binary->getRHS() : nullptr;
        }
        Expr::EvalResult constant;
        if (assigned == nullptr || !assigned->EvaluateAsRValue(constant, kernel.source().context()))
            continue;
        if (constant.Val.isInt())
            value = static_cast<double>(constant.Val.getInt().getExtValue());
        else if (constant.Val.isFloat())
            value = constant.Val.getFloat().convertToDouble();
    }
    return std::nullopt;
}

bool hasEffects(const KernelScope& kernel, const Expr* expression)
{
    bool found = expression->HasSideEffects(kernel.source().context(), false);
    for (const auto& access : kernel.accesses(expression))
        found = found || access.writes;
    return found;
}

class RowAnalysis {
public:
    RowAnalysis(const KernelScope& kernel, const GuardedKernel& guarded)
        : m_kernel(kernel)
        , m_guarded(guarded)
    {
    }

    /// Whether the body is made of column loops and of statements that every thread of a group may run.
    bool run()
    {
        for (const Stmt* statement : m_guarded.body) {
            if (const auto loop = m_kernel.countedLoop(statement)) {
                if (!readLoop(*loop))
                    return false;
            } else if (!readPlain(statement)) {
                return false;
            }
        }
        return m_walksAlongRows;
    }

    /// Whether some rows are as long as data says: they may be short.
    [[nodiscard]] bool hasLoadedBounds() const { return m_hasLoadedBounds; }

    /// Whose elements are a row.
    [[nodiscard]] const VarDecl* walkedArray() const { return m_walkedArray; }

    [[nodiscard]] const std::vector<RowLoop>& loops() const { return m_loops; }
    /// Statements with an effect outside the thread, for one thread of a group only.
    [[nodiscard]] const std::vector<const Stmt*>& singles() const { return m_singles; }

private:
    bool readLoop(const CountedLoop& counted)
    {
        const Stmt* body = counted.statement->getBody();
        if (counted.step != nullptr || m_kernel.containsReturn(body) || m_kernel.synchronises(body)
            || !m_kernel.source().range(counted.start) || !m_kernel.source().range(counted.statement->getInc()))
            return false;
        RowLoop loop{counted, {}, indexExtremumOf(m_kernel, counted), {}};
        return readBounds(counted) && readVariables(loop) && readAccesses(loop) && (m_loops.push_back(loop), true);
    }

    /// All threads of a group work them out, at their own time.
    bool readBounds(const CountedLoop& counted)
    {
        for (const Expr* bound : {counted.start, counted.bound}) {
            if (hasEffects(m_kernel, bound))
                return false;
            for (const auto& access : m_kernel.accesses(bound)) {
                if (access.base == nullptr || isWritten(access.base))
                    return false;
            }
        }
        m_startsByRow = startsByRow(counted.start);
        const auto start = m_kernel.form(counted.start);
        m_hasLoadedBounds = m_hasLoadedBounds || (m_startsByRow && !(start && start->dependsOn(threadSymbol(0))));
        return true;
    }

    [[nodiscard]] bool isWritten(const VarDecl* base) const
    {
        const auto accesses = m_kernel.accesses(m_kernel.kernel().getBody());
        return std::ranges::any_of(accesses, [base](const auto& access) {
            return access.writes && (access.base == nullptr || access.base == base);
        });
    }

    /// Whether each thread's loop starts in a row of its own: at a multiple of its number, or where an array says.
    [[nodiscard]] bool startsByRow(const Expr* start) const
    {
        const auto form = m_kernel.form(start);
        if (form && form->dependsOn(threadSymbol(0))) {
            const auto length = form->coefficient(threadSymbol(0));
            return length && (!length->constantValue() || *length->constantValue() >= kShortestRow);
        }
        bool found = false;
        for (const auto& access : m_kernel.accesses(start)) {
            const auto rows = access.index ? access.index->coefficient(threadSymbol(0)) : std::nullopt;
            found = found || (llvm::isa_and_nonnull<ParmVarDecl>(access.base) && rows && !rows->isZero());
        }
        // Variables that are set once stand for what they were set to.
        walk(start, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            if (var != nullptr && var->isLocalVarDecl() && var->hasInit() && !m_kernel.isModified(var))
                found = found || startsByRow(var->getInit());
            return !found;
        });
        return found;
    }

    bool readVariables(RowLoop& loop)
    {
        std::vector<const VarDecl*> outer;
        walk(loop.counted.statement->getBody(), [&](const Stmt* node) {
            if (const auto* reference = llvm::dyn_cast<DeclRefExpr>(node))
                if (const auto* var = llvm::dyn_cast<VarDecl>(reference->getDecl()); var != nullptr
                    && var != loop.counted.var && m_kernel.isModifiedWithin(var, loop.counted.statement)
                    && var->getBeginLoc() < loop.counted.statement->getBeginLoc()
                    && std::find(outer.begin(), outer.end(), var) == outer.end())
                    outer.push_back(var);
            return true;
        });
        if (loop.extremum)
            return startsFirst(*loop.extremum, loop.counted) && std::ranges::all_of(outer, [&](const VarDecl* var) {
                       return var == loop.extremum->index || var == loop.extremum->value;
                   });
        for (const auto* var : outer) {
            const auto reduction = reductionOf(m_kernel, var, loop.counted.statement);
            if (!reduction || !startsNeutral(*reduction, loop.counted.statement))
                return false;
            loop.reductions.push_back(*reduction);
        }
        return true;
    }

    [[nodiscard]] bool startsNeutral(const Reduction& reduction, const Stmt* loop) const
    {
        if (reduction.operation == ReductionOperation::Max || reduction.operation == ReductionOperation::Min)
            return true;
        const auto value = valueBefore(m_kernel, m_guarded.body, loop, reduction.var);
        return value && *value == (reduction.operation == ReductionOperation::Sum ? 0.0 : 1.0);
    }

    /// All threads begin with the same place, and one before the loop's: of equals it is the first.
    [[nodiscard]] bool startsFirst(const IndexExtremum& extremum, const CountedLoop& counted) const
    {
        const auto place = valueBefore(m_kernel, m_guarded.body, counted.statement, extremum.index);
        const auto start = m_kernel.form(counted.start);
        return place && start && start->constantValue() && *place <= static_cast<double>(*start->constantValue());
    }

    bool readAccesses(RowLoop& loop)
    {
        const auto column = m_kernel.symbolOf(loop.counted.var);
        const auto accesses = m_kernel.accesses(loop.counted.statement->getBody());
        for (const auto& access : accesses) {
            if (access.base == nullptr)
                return false;
            const bool global = llvm::isa<ParmVarDecl>(access.base);
            const auto stride = access.index ? access.index->coefficient(column) : std::nullopt;
            const bool neighbours = stride && stride->isOne();
            if (access.writes && !access.atomic && (!global || !neighbours))
                return false;
            if (access.writes && !access.atomic)
                loop.written.insert(access.base);
            if (global && neighbours && (m_startsByRow || strides(*access.index))) {
                m_walksAlongRows = true;
                m_walkedArray = access.base;
            }
        }
        // Another thread may have the element that a shifted read wants.
        for (const auto& access : accesses)
            for (const auto& other : accesses)
                if (access.writes && !access.atomic && other.base == access.base && other.index != access.index)
                    return false;
        return true;
    }

    [[nodiscard]] bool strides(const IndexForm& index) const
    {
        const auto rows = index.coefficient(threadSymbol(0));
        return rows && !rows->constantValue();
    }

    bool readPlain(const Stmt* statement)
    {
        bool loops = false;
        walk(statement, [&](const Stmt* node) {
            loops = loops || llvm::isa<ForStmt, WhileStmt, DoStmt, LambdaExpr>(node);
            return true;
        });
        if (loops || m_kernel.containsReturn(statement) || m_kernel.synchronises(statement))
            return false;
        bool effects = false;
        for (const auto& access : m_kernel.accesses(statement)) {
            if (access.base == nullptr || (access.writes && !llvm::isa<ParmVarDecl>(access.base)))
                return false;
            effects = effects || access.writes;
        }
        if (!effects)
            return true;
        if (llvm::isa<DeclStmt>(statement) || setsLocals(statement) || !m_kernel.source().statementRange(statement))
            return false;
        m_singles.push_back(statement);
        return true;
    }

    [[nodiscard]] bool setsLocals(const Stmt* statement) const
    {
        bool sets = false;
        walk(statement, [&](const Stmt* node) {
            if (const auto* reference = llvm::dyn_cast<DeclRefExpr>(node))
                if (const auto* var = llvm::dyn_cast<VarDecl>(reference->getDecl()))
                    sets = sets
                        || (var->getBeginLoc() < statement->getBeginLoc() && m_kernel.isModifiedWithin(var, statement));
            return true;
        });
        return sets;
    }

    const KernelScope& m_kernel;
    const GuardedKernel& m_guarded;
    std::vector<RowLoop> m_loops;
    std::vector<const Stmt*> m_singles;
    bool m_walksAlongRows = false;
    const VarDecl* m_walkedArray = nullptr;
    bool m_startsByRow = false;  ///< of the loop that is read
    bool m_hasLoadedBounds = false;
};

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
            RowAnalysis analysis(kernel, *guarded);
            if (!analysis.run())
                continue;
            for (const auto& group : {kBlockGroup, kWarpGroup, kLaneGroup})
                if (group.level != ReductionLevel::Lanes || (analysis.hasLoadedBounds() && foldsOnly(analysis)))
                    if (auto made = shared(context, kernel, *guarded, analysis, group))
                        proposals.push_back(std::move(*made));
            if (analysis.hasLoadedBounds() && analysis.walkedArray() != nullptr)
                if (auto made = shared(context, kernel, *guarded, analysis, kWarpGroup, true))
                    proposals.push_back(std::move(*made));
        }
        return proposals;
    }

private:
    /// Whether all that groups of less than a warp need are reductions.
    static bool foldsOnly(const RowAnalysis& analysis)
    {
        return std::ranges::none_of(analysis.loops(), [](const auto& loop) { return loop.extremum.has_value(); });
    }

    [[nodiscard]] std::optional<MoveProposal> shared(const MoveContext& context, const KernelScope& kernel,
                                                     const GuardedKernel& guarded, const RowAnalysis& analysis,
                                                     const RowGroup& kind, bool exceptShort = false) const
    {
        const auto lanes = context.directives().freshName("GROUP");
        const NamedGroup group(kind, lanes);
        SourceEdit edit(context.source().text());
        edit.replace(guarded.indices[0].initialiser, group.row);
        ReductionFunctions functions(context.source(), lanes);
        for (const auto& loop : analysis.loops())
            if (!editLoop(context, kernel, edit, loop, group, functions))
                return std::nullopt;
        for (const Stmt* single : analysis.singles())
            makeSingle(context, edit, single, group);
        const auto before = offsetBeforeKernel(kernel);
        if (!before || !editLaunches(edit, kernel, guarded, group))
            return std::nullopt;
        if (exceptShort)
            return exceptShortRows(context, kernel, guarded, analysis, edit, functions.text());
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
        const bool block = group.level == ReductionLevel::Block;
        return proposal(
            context, edit, guarded.indices[0].initialiser.begin, fmt::format("{} in {}", group.words, kernel.name()),
            fmt::format("the 32 threads of a warp read 32 rows, 32 sectors a request: with {} they read neighbours, 4 "
                        "sectors a request, and every row has {} threads instead of 1, ~{}×",
                        group.words, block ? "256" : "32", block ? 5 : 4),
            block ? 5.0 : 4.0);
    }

    [[nodiscard]] std::optional<MoveProposal> exceptShortRows(const MoveContext& context, const KernelScope& kernel,
                                                              const GuardedKernel& guarded, const RowAnalysis& analysis,
                                                              SourceEdit& edit, const std::string& functions) const
    {
        if (!keepForShortRows(context, kernel, guarded, analysis.walkedArray(), edit))
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
            return loop.written.count(access.base) > 0
                && loop.counted.statement->getEndLoc() < access.expression->getBeginLoc();
        });
    }

    /// Whether a loop from 1 folds extrema over what its variable was initialised with from column 0: it may as well
    /// start there, where rows are aligned.
    static bool foldsFirstAgain(const KernelScope& kernel, const RowLoop& loop)
    {
        const auto& source = kernel.source();
        if (source.text(loop.counted.start) != "1" || loop.reductions.size() != 1 || !loop.written.empty())
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

    static bool editLoop(const MoveContext& context, const KernelScope& kernel, SourceEdit& edit, const RowLoop& loop,
                         const NamedGroup& group, ReductionFunctions& functions)
    {
        const auto& source = context.source();
        const auto start = source.range(loop.counted.start);
        const auto increment = source.range(loop.counted.statement->getInc());
        const auto whole = source.statementRange(loop.counted.statement);
        if (!start || !increment || !whole)
            return false;
        const auto first = foldsFirstAgain(kernel, loop) ? std::string("0") : source.text(*start);
        const bool simple = first.find_first_of(" ?") == std::string::npos;
        edit.replace(*start,
                     first == "0" ? group.member
                                  : fmt::format(fmt::runtime(simple ? "{} + {}" : "({}) + {}"), first, group.member));
        edit.replace(*increment, fmt::format("{} += {}", loop.counted.var->getName().str(), group.size));
        const auto indentation = indentationAt(source.text(), whole->begin);
        hoistBound(kernel, edit, loop.counted, indentation);
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
        if (isTouchedLater(kernel, loop) && (!meets || group.level != ReductionLevel::Block))
            after += fmt::format("\n{}{}", indentation, group.meet);
        edit.insert(whole->end, after);
        return true;
    }

    /// A bound that is loaded is read once; nothing writes what it is read from.
    static void hoistBound(const KernelScope& kernel, SourceEdit& edit, const CountedLoop& counted,
                           const std::string& indentation)
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
                                source.text(*bound), indentation));
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
                             const NamedGroup& group)
    {
        const auto name = wholeWarpBlock(kernel, edit);
        for (const auto* launch : kernel.launches()) {
            const auto rows = kernel.argumentOf(*launch, guarded.bounds.begin()->second);
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
