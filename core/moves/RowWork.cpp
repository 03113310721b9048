// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/RowWork.h"

#include "moves/ConstantBefore.h"
#include "moves/EarlyExit.h"
#include "moves/HostWords.h"
#include "moves/KnownKernel.h"

namespace warploom {

using namespace clang;

namespace {

/// Rows that begin this many elements after each other are rows; what is nearer shares its sectors anyway.
constexpr std::int64_t kShortestRow = 8;

bool hasEffects(const KernelScope& kernel, const Expr* expression)
{
    bool found = expression->HasSideEffects(kernel.source().context(), false);
    for (const auto& access : kernel.accesses(expression))
        found = found || access.writes;
    return found;
}

class RowReader {
public:
    RowReader(const KernelScope& kernel, const GuardedKernel& guarded, RowDirection direction)
        : m_kernel(kernel)
        , m_guarded(guarded)
        , m_direction(direction)
    {
    }

    std::optional<RowWork> read()
    {
        for (const Stmt* statement : m_guarded.preamble)
            if (!readPlain(statement) || readsWritten(statement))
                return std::nullopt;
        for (const Stmt* statement : m_guarded.body) {
            if (m_kernel.countedLoop(statement)) {
                if (!readNest(statement))
                    return std::nullopt;
            } else if (!readExit(statement) && !readPlain(statement)) {
                return std::nullopt;
            }
        }
        return m_walks && passesApart(m_kernel, writtenArrays()) ? std::optional(std::move(m_work)) : std::nullopt;
    }

private:
    /// What sharing one loop of a nest comes to.
    struct Candidate {
        RowLoop loop;
        int neighbours = 0;  ///< accesses in which neighbouring iterations have neighbouring elements
        bool walks = false;  ///< in the direction that is looked for
        bool hasLoadedBounds = false;
        const VarDecl* walkedArray = nullptr;
    };

    /// Shares the loop of the nest that gives the most accesses to neighbours, the outermost of several.
    bool readNest(const Stmt* statement)
    {
        std::optional<Candidate> best;
        for (const auto& nest : rowNests(m_kernel, statement)) {
            auto candidate = readLoop(nest);
            if (candidate && (!best || candidate->neighbours > best->neighbours))
                best = std::move(candidate);
        }
        if (!best)
            return false;
        m_walks = m_walks || best->walks;
        m_work.hasLoadedBounds = m_work.hasLoadedBounds || best->hasLoadedBounds;
        if (best->walkedArray != nullptr)
            m_work.walkedArray = best->walkedArray;
        m_work.loops.push_back(std::move(best->loop));
        return true;
    }

    std::optional<Candidate> readLoop(const RowNest& nest)
    {
        const auto& counted = nest.shared;
        const Stmt* body = counted.statement->getBody();
        // Narrow variables do not get as far as the bound in steps of a block.
        if (counted.step != nullptr || m_kernel.source().context().getTypeSize(counted.var->getType()) < 32
            || m_kernel.containsReturn(body) || m_kernel.synchronises(body) || !m_kernel.source().range(counted.start)
            || !m_kernel.source().range(counted.statement->getInc()))
            return std::nullopt;
        Candidate candidate;
        candidate.loop = {counted, nest.whole, {}, {}, {}, {}};
        if (nest.around.empty() && m_direction == RowDirection::Along)
            candidate.loop.extrema = placesIn(counted);
        for (const auto& outer : nest.around)
            if (!readBounds(outer) || (outer.step != nullptr && hasEffects(m_kernel, outer.step)))
                return std::nullopt;
        if (!readBounds(counted) || !readVariables(candidate.loop))
            return std::nullopt;
        m_startsByRow = startsByRow(counted.start);
        const auto start = m_kernel.form(counted.start);
        candidate.hasLoadedBounds = m_startsByRow && !(start && start->dependsOn(threadSymbol(0)));
        if (!readAccesses(candidate))
            return std::nullopt;
        if (!nest.around.empty() && isShareable(candidate.loop, nest.around.back()))
            candidate.loop.outer = nest.around.back();
        return candidate;
    }

    [[nodiscard]] std::vector<IndexExtremum> placesIn(const CountedLoop& counted) const
    {
        const auto one = indexExtremumOf(m_kernel, counted);
        return one ? std::vector{*one} : indexExtremaOf(m_kernel, counted);
    }

    /// Whether warps may take turns in \p outer while lanes share the loop in it: what is written is then in rows of
    /// that loop, one after the other.
    [[nodiscard]] bool isShareable(const RowLoop& loop, const CountedLoop& outer) const
    {
        const auto length = extentOf(loop.counted);
        const auto rounds = extentOf(outer);
        if (outer.step != nullptr || m_kernel.source().context().getTypeSize(outer.var->getType()) < 32
            || !m_kernel.source().range(outer.start) || !m_kernel.source().range(outer.statement->getInc()))
            return false;
        const auto own = IndexForm::symbol(m_kernel.symbolOf(outer.var));
        const auto varying = varyingSymbols(m_kernel, loop.whole);
        const auto accesses = m_kernel.accesses(loop.counted.statement->getBody());
        return std::ranges::all_of(accesses, [&](const Access& access) {
            if (!access.writes || access.atomic)
                return true;
            if (!access.index || !length || !rounds)
                return false;
            const auto moves = (*access.index - IndexForm::symbol(m_kernel.symbolOf(loop.counted.var)) - own * *length)
                                   .termsOf(varying);
            const auto area = *length * *rounds;
            return area.termsOf(varying).isZero() && (moves.isZero() || moves.quotient(area));
        });
    }

    [[nodiscard]] std::optional<IndexForm> extentOf(const CountedLoop& loop) const
    {
        const auto start = m_kernel.form(loop.start);
        const auto bound = m_kernel.form(loop.bound);
        return start && bound ? std::optional(*bound - *start) : std::nullopt;
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
        return true;
    }

    [[nodiscard]] bool readsWritten(const Stmt* statement) const
    {
        return std::ranges::any_of(m_kernel.accesses(statement),
                                   [&](const Access& access) { return isWritten(access.base); });
    }

    [[nodiscard]] std::set<const VarDecl*> writtenArrays() const
    {
        std::set<const VarDecl*> written;
        for (const auto& access : m_kernel.accesses(m_kernel.kernel().getBody()))
            if (access.writes)
                written.insert(access.base);
        return written;
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
        std::vector<const VarDecl*> outer;  // from outside of the loop that is shared
        walk(loop.counted.statement->getBody(), [&](const Stmt* node) {
            if (const auto* reference = llvm::dyn_cast<DeclRefExpr>(node))
                if (const auto* var = llvm::dyn_cast<VarDecl>(reference->getDecl()); var != nullptr
                    && var != loop.counted.var && m_kernel.isModifiedWithin(var, loop.counted.statement)
                    && var->getBeginLoc() < loop.counted.statement->getBeginLoc()
                    && std::find(outer.begin(), outer.end(), var) == outer.end())
                    outer.push_back(var);
            return true;
        });
        if (!loop.extrema.empty())
            return std::ranges::all_of(loop.extrema,
                                       [&](const IndexExtremum& one) { return startsFirst(one, loop.counted); })
                && std::ranges::all_of(outer, [&](const VarDecl* var) {
                       return std::ranges::any_of(loop.extrema, [&](const IndexExtremum& one) {
                           return var == one.index || var == one.value;
                       });
                   });
        for (const auto* var : outer) {
            // Other loops of the nest are run by every thread: there it would count several times.
            const auto reduction = reductionOf(m_kernel, var, loop.whole);
            if (!reduction || loop.whole->getBeginLoc() < var->getBeginLoc()
                || m_kernel.references(var, loop.whole).size()
                    != m_kernel.references(var, loop.counted.statement->getBody()).size()
                || !startsNeutral(*reduction, loop.whole))
                return false;
            loop.reductions.push_back(*reduction);
        }
        return true;
    }

    [[nodiscard]] bool startsNeutral(const Reduction& reduction, const Stmt* loop) const
    {
        if (reduction.operation == ReductionOperation::Max || reduction.operation == ReductionOperation::Min)
            return true;
        const auto value = constantBefore(m_kernel, m_guarded.body, loop, reduction.var);
        return value && *value == (reduction.operation == ReductionOperation::Sum ? 0.0 : 1.0);
    }

    /// All threads begin with the same place, and one before the loop's: of equals it is the first. Where the value is
    /// kept, all have the same to begin with, and what displaces it is better.
    [[nodiscard]] bool startsFirst(const IndexExtremum& extremum, const CountedLoop& counted) const
    {
        if (extremum.value != nullptr && extremum.value->hasInit() && extremum.index->hasInit())
            return true;
        const auto place = constantBefore(m_kernel, m_guarded.body, counted.statement, extremum.index);
        const auto start = m_kernel.form(counted.start);
        return place && start && start->constantValue() && *place <= static_cast<double>(*start->constantValue());
    }

    bool readAccesses(Candidate& candidate)
    {
        auto& loop = candidate.loop;
        const auto column = m_kernel.symbolOf(loop.counted.var);
        const auto accesses = m_kernel.accesses(loop.counted.statement->getBody());
        for (const auto& access : accesses) {
            if (access.base == nullptr)
                return false;
            const bool global = llvm::isa<ParmVarDecl>(access.base);
            const auto stride = access.index ? access.index->coefficient(column) : std::nullopt;
            const bool neighbours = stride && stride->isOne();
            if (access.writes && !access.atomic
                && (!global
                    || !(m_direction == RowDirection::Along ? neighbours && isOfOne(loop, *access.index)
                                                            : isOfOneRow(loop, access, stride))))
                return false;
            if (m_direction == RowDirection::Across && global && stride && isFar(*stride))
                candidate.walks = true;
            candidate.neighbours += global && neighbours ? 1 : 0;
            if (access.writes && !access.atomic)
                loop.written.insert(access.base);
            if (global && neighbours && (m_startsByRow || strides(*access.index))) {
                // Threads that share a column would read 32 rows at a time.
                if (m_direction == RowDirection::Across)
                    return false;
                candidate.walks = true;
                candidate.walkedArray = access.base;
            }
        }
        // Another thread may have the element that a shifted read wants.
        for (const auto& access : accesses)
            for (const auto& other : accesses)
                if (access.writes && !access.atomic && other.base == access.base && other.index != access.index)
                    return false;
        return true;
    }

    /// Whether no other thread has what one iteration writes at \p index, in whatever round of the loops around.
    [[nodiscard]] bool isOfOne(const RowLoop& loop, const IndexForm& index) const
    {
        return isOfOneIteration(m_kernel, index, loop.counted.var, extentOf(loop.counted), loop.whole);
    }

    /// Whether a step of the loop goes to another row.
    [[nodiscard]] static bool isFar(const IndexForm& stride)
    {
        return !stride.constantValue() || std::abs(*stride.constantValue()) >= kShortestRow;
    }

    /// Whether no other iteration of the thread has what one writes: loops around it move nothing, and each step goes
    /// on by the same number of elements. Other threads had others before, too.
    [[nodiscard]] bool isOfOneRow(const RowLoop& loop, const Access& access,
                                  const std::optional<IndexForm>& stride) const
    {
        const auto own = m_kernel.symbolOf(loop.counted.var);
        if (!stride || stride->isZero() || loop.whole != loop.counted.statement)
            return false;
        const auto varying = varyingSymbols(m_kernel, loop.whole);
        const auto rest = *access.index - *stride * IndexForm::symbol(own);
        return stride->termsOf(varying).isZero() && !rest.dependsOn(own) && rest.termsOf(varying).isZero();
    }

    /// Whether threads beside each other are as far apart as a size says: all that depends on the thread, perhaps by
    /// way of / and %, is multiplied by one.
    [[nodiscard]] static bool strides(const IndexForm& index)
    {
        const auto byThread = index.termsOf({threadSymbol(0)});
        return !byThread.isZero() && std::ranges::all_of(byThread.terms(), [](const auto& term) {
            return std::ranges::any_of(
                term.first, [](const auto& factor) { return factor.find(threadSymbol(0)) == std::string::npos; });
        });
    }

    /// if (condition) return; perhaps with what such a row gets before. All threads of a row see the same condition, so
    /// that they leave together, or meet later.
    bool readExit(const Stmt* statement)
    {
        const auto exit = m_direction == RowDirection::Along ? earlyExit(statement) : std::nullopt;
        if (!exit || !isAgreed(exit->choice->getCond()) || !areApart(exit->before)
            || !std::ranges::all_of(exit->before, [&](const Stmt* part) { return readOfExit(part); }))
            return false;
        m_work.exits.push_back(exit->choice);
        return true;
    }

    /// A statement before a row is left: other rows of the warp may go on, so that nobody meets anybody here.
    bool readOfExit(const Stmt* part)
    {
        if (!m_kernel.countedLoop(part))
            return readPlain(part);
        if (!readNest(part))
            return false;
        auto& loop = m_work.loops.back();
        loop.isOfExit = true;
        return loop.reductions.empty() && loop.extrema.empty();
    }

    /// Whether what one of \p parts writes no other touches: different threads run them.
    [[nodiscard]] bool areApart(const std::vector<const Stmt*>& parts) const
    {
        std::map<const VarDecl*, std::set<const Stmt*>> touching;
        std::set<const VarDecl*> written;
        for (const Stmt* part : parts)
            for (const auto& access : m_kernel.accesses(part)) {
                touching[access.base].insert(part);
                if (access.writes)
                    written.insert(access.base);
            }
        return std::ranges::all_of(written, [&](const VarDecl* base) { return touching[base].size() == 1; });
    }

    /// Whether every thread of a row works out the same from \p condition at whatever time: it is made of the row's own
    /// values and of memory that the kernel leaves alone.
    [[nodiscard]] bool isAgreed(const Expr* condition) const
    {
        if (condition->HasSideEffects(m_kernel.source().context(), false) || m_kernel.synchronises(condition)
            || touchesFileVariables(condition))
            return false;
        bool isPlain = true;
        walk(condition, [&](const Stmt* node) {
            const auto* call = llvm::dyn_cast<CallExpr>(node);
            isPlain = isPlain && !llvm::isa<LambdaExpr, StmtExpr>(node)
                && (call == nullptr || (call->getDirectCallee() != nullptr && call->getNumArgs() > 0));
            return isPlain;
        });
        return isPlain && std::ranges::all_of(m_kernel.accesses(condition), [&](const Access& access) {
                   return llvm::isa_and_nonnull<ParmVarDecl>(access.base) && !access.writes && !isWritten(access.base)
                       && !innermostElement(access.base->getType()).isVolatileQualified();
               });
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
        m_work.singles.push_back(statement);
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
    RowDirection m_direction;
    RowWork m_work;
    bool m_walks = false;
    bool m_startsByRow = false;  ///< of the loop that is read
};

}  // namespace

std::optional<RowWork> rowWork(const KernelScope& kernel, const GuardedKernel& guarded, RowDirection direction)
{
    return RowReader(kernel, guarded, direction).read();
}

}  // namespace warploom
