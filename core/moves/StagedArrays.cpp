// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/StagedArrays.h"

#include "moves/PlainLaunch.h"

namespace warploom {

using namespace clang;

namespace {

/// The array and the indices of `array[a][b]`, outermost first; only for an expression that goes down to the element.
std::pair<const VarDecl*, std::vector<const Expr*>> elementOf(const Expr* expression)
{
    std::vector<const Expr*> indices;
    const Expr* base = expression;
    while (const auto* subscript = llvm::dyn_cast<ArraySubscriptExpr>(base)) {
        indices.insert(indices.begin(), subscript->getIdx());
        base = subscript->getBase()->IgnoreParenImpCasts();
    }
    const auto* reference = llvm::dyn_cast<DeclRefExpr>(base);
    return {reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl()), indices};
}

std::vector<std::int64_t> extentsOf(const ASTContext& context, const VarDecl* array)
{
    std::vector<std::int64_t> extents;
    QualType type = array->getType();
    while (const auto* constant = context.getAsConstantArrayType(type)) {
        extents.push_back(static_cast<std::int64_t>(constant->getSize().getZExtValue()));
        type = constant->getElementType();
    }
    return type->isArrayType() ? std::vector<std::int64_t>() : extents;
}

bool isBarrier(const Stmt* statement)
{
    const auto* call = llvm::dyn_cast<CallExpr>(statement);
    return call != nullptr && calleeName(call) == "__syncthreads";
}

/// `place = value`, of numbers or of halves, which are objects.
struct Assignment {
    const Expr* whole = nullptr;
    const Expr* place = nullptr;
    const Expr* value = nullptr;
};

std::optional<Assignment> assignmentOf(const Stmt* statement)
{
    const auto* expression = llvm::dyn_cast_or_null<Expr>(statement);
    const auto* plain = expression == nullptr ? nullptr : expression->IgnoreImplicit();
    if (const auto* binary = llvm::dyn_cast_or_null<BinaryOperator>(plain);
        binary != nullptr && binary->getOpcode() == BO_Assign)
        return Assignment{binary, binary->getLHS(), binary->getRHS()};
    const auto* call = llvm::dyn_cast_or_null<CXXOperatorCallExpr>(plain);
    if (call != nullptr && call->getOperator() == OO_Equal && call->getNumArgs() == 2)
        return Assignment{call, call->getArg(0), call->getArg(1)};
    return std::nullopt;
}

/// The same where it is all that is done.
std::optional<Assignment> storeOf(const Stmt* statement)
{
    const auto* compound = llvm::dyn_cast_or_null<CompoundStmt>(statement);
    if (compound != nullptr)
        return compound->size() == 1 ? storeOf(compound->body_front()) : std::nullopt;
    return assignmentOf(statement);
}

class StagedReader {
public:
    explicit StagedReader(const KernelScope& kernel)
        : m_kernel(kernel)
        , m_context(kernel.source().context())
    {
    }

    std::optional<StagedArrays> read()
    {
        const auto* launch = onlyLaunch(m_kernel);
        const auto shape = launch == nullptr ? std::nullopt : m_kernel.source().directives().blockShape(*launch);
        if (!shape || m_kernel.containsReturn(m_kernel.kernel().getBody()) || m_kernel.hasAliases())
            return std::nullopt;
        std::copy_n(shape->begin(), 3, m_found.block.begin());
        if (!findArrays() || m_found.arrays.empty() || !findUses() || exchangesMore())
            return std::nullopt;
        return std::ranges::all_of(m_found.arrays, [this](auto& one) { return isStaged(one); })
                && m_servedBarriers.size() == m_found.barriers.size()
            ? std::optional(std::move(m_found))
            : std::nullopt;
    }

private:
    bool findArrays()
    {
        bool isKnown = true;
        walk(m_kernel.kernel().getBody(), [&](const Stmt* node) {
            if (const auto* declaration = llvm::dyn_cast<DeclStmt>(node))
                for (const Decl* one : declaration->decls()) {
                    const auto* var = llvm::dyn_cast<VarDecl>(one);
                    if (var == nullptr || !var->hasAttr<CUDASharedAttr>())
                        continue;
                    const auto extents = extentsOf(m_context, var);
                    isKnown = isKnown && !extents.empty() && extents.size() <= 3 && !var->hasExternalStorage();
                    m_extents[var] = extents;
                    m_found.arrays.push_back({.array = var});
                }
            const auto* call = llvm::dyn_cast<CallExpr>(node);
            if (call != nullptr && isBarrier(call))
                m_found.barriers.push_back(call);
            return isKnown;
        });
        return isKnown;
    }

    StagedArray* arrayOf(const VarDecl* var)
    {
        const auto at = std::ranges::find(m_found.arrays, var, &StagedArray::array);
        return at == m_found.arrays.end() ? nullptr : &*at;
    }

    /// Each element that is named is the target of a store or read.
    bool findUses()
    {
        bool isKnown = true;
        walk(m_kernel.kernel().getBody(), [&](const Stmt* node) {
            const auto* call = llvm::dyn_cast<CallExpr>(node);
            // A warp's own meetings need the threads as they are.
            isKnown = isKnown && (call == nullptr || isBarrier(call) || !m_kernel.synchronises(call));
            // Conversions stand around objects that are assigned: those are looked at when it is their turn.
            const auto assignment =
                llvm::isa<BinaryOperator, CXXOperatorCallExpr>(node) ? assignmentOf(node) : std::nullopt;
            if (assignment) {
                const auto [var, indices] = elementOf(assignment->place->IgnoreParenImpCasts());
                if (StagedArray* array = arrayOf(var)) {
                    isKnown = isKnown && takeStore(*array, *assignment, indices);
                    walk(assignment->value, [&](const Stmt* below) { return takeRead(below, isKnown); });
                    return false;
                }
            }
            // Added to, or to what was there.
            const auto* change = llvm::dyn_cast<CompoundAssignOperator>(node);
            if (change != nullptr && arrayOf(elementOf(change->getLHS()->IgnoreParenImpCasts()).first) != nullptr)
                isKnown = false;
            return takeRead(node, isKnown);
        });
        return isKnown;
    }

    bool takeRead(const Stmt* node, bool& isKnown)
    {
        if (const auto* subscript = llvm::dyn_cast<ArraySubscriptExpr>(node)) {
            const auto [var, indices] = elementOf(subscript);
            if (StagedArray* array = arrayOf(var)) {
                isKnown = isKnown && indices.size() == m_extents[var].size();
                array->reads.push_back(subscript);
                for (const Expr* index : indices)
                    isKnown = isKnown && m_kernel.accesses(index).empty();
                return false;
            }
        }
        // Its address goes elsewhere.
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        if (reference != nullptr && arrayOf(llvm::dyn_cast<VarDecl>(reference->getDecl())) != nullptr)
            isKnown = false;
        return isKnown;
    }

    /// Of the element that is the thread's own. `if (inside) a[…] = x; else a[…] = 0;` chooses between two.
    bool takeStore(StagedArray& array, const Assignment& assignment, const std::vector<const Expr*>& indices)
    {
        std::vector<int> axes;
        for (const Expr* index : indices) {
            const auto form = m_kernel.form(index);
            int axis = 0;
            while (axis < 3 && form != IndexForm::symbol(threadSymbol(axis)))
                ++axis;
            if (axis == 3 || std::ranges::find(axes, axis) != axes.end())
                return false;
            axes.push_back(axis);
        }
        if (indices.size() != m_extents[array.array].size() || (!array.axes.empty() && array.axes != axes))
            return false;
        for (int axis = 0; axis < 3; ++axis)
            if (m_found.block[static_cast<std::size_t>(axis)] > 1 && std::ranges::find(axes, axis) == axes.end())
                return false;
        array.axes = std::move(axes);
        if (const auto* choice = choiceAround(assignment.whole)) {
            const auto then = storeOf(choice->getThen());
            const bool isThen = then && then->whole == assignment.whole;
            array.condition = choice->getCond();
            (isThen ? array.value : array.otherwise) = assignment.value;
            if (!storeOf(choice->getElse()) || (array.store != nullptr && array.store != choice))
                return false;
            array.store = choice;
            return true;
        }
        if (array.store != nullptr)
            return false;
        array.store = statementOf(assignment.whole);
        array.value = assignment.value;
        return true;
    }

    /// With the conversions and clean-ups around it.
    const Stmt* statementOf(const Expr* whole) const
    {
        const Stmt* statement = whole;
        while (
            llvm::isa_and_nonnull<ExprWithCleanups, ImplicitCastExpr, CXXBindTemporaryExpr>(m_kernel.parent(statement)))
            statement = m_kernel.parent(statement);
        return statement;
    }

    const IfStmt* choiceAround(const Stmt* statement) const
    {
        const Stmt* above = m_kernel.parent(statementOf(llvm::cast<Expr>(statement)));
        if (llvm::isa_and_nonnull<CompoundStmt>(above) && llvm::cast<CompoundStmt>(above)->size() == 1)
            above = m_kernel.parent(above);
        return llvm::dyn_cast_or_null<IfStmt>(above);
    }

    /// Whether the kernel's barriers may be there for more than the tiles: it reads what it has written to memory that
    /// all threads see. A statement that does both needs none, unless a loop comes back to it over a barrier.
    [[nodiscard]] bool exchangesMore() const
    {
        const auto all = m_kernel.accesses(m_kernel.kernel().getBody());
        return std::ranges::any_of(all, [&](const Access& write) {
            return write.writes && mayBeGlobal(write) && std::ranges::any_of(all, [&](const Access& read) {
                       const bool isOneArray = read.base == write.base || read.base == nullptr || write.base == nullptr;
                       return read.reads && isOneArray && mayBeGlobal(read) && !isDoneAtOnce(write, read);
                   });
        });
    }

    [[nodiscard]] static bool mayBeGlobal(const Access& access)
    {
        const auto* array =
            access.base != nullptr ? access.base : elementOf(access.expression->IgnoreParenImpCasts()).first;
        return array == nullptr || !array->getType()->isArrayType();
    }

    [[nodiscard]] bool isDoneAtOnce(const Access& write, const Access& read) const
    {
        const Stmt* whole = outermost(write.expression);
        if (whole != outermost(read.expression))
            return false;
        for (const Stmt* node = whole; node != nullptr; node = m_kernel.parent(node))
            if (llvm::isa<ForStmt, WhileStmt, DoStmt>(node)
                && std::ranges::any_of(m_found.barriers, [&](const Stmt* one) { return holds(node, one); }))
                return false;
        return true;
    }

    /// The whole expression that \p expression is part of.
    [[nodiscard]] const Stmt* outermost(const Stmt* expression) const
    {
        while (llvm::isa_and_nonnull<Expr>(m_kernel.parent(expression)))
            expression = m_kernel.parent(expression);
        return expression;
    }

    /// Whether what is stored is of the array's own type: what the array makes of another, it would not become where
    /// it is read. A whole number beside a real one becomes one too.
    [[nodiscard]] bool isOfItsType(const StagedArray& one) const
    {
        const auto type = innermostElement(one.array->getType());
        const auto isSame = [&](const Expr* value) {
            return m_context.hasSameUnqualifiedType(type, value->IgnoreUnlessSpelledInSource()->getType());
        };
        const auto isNumber = [&](const Expr* value) {
            return type->isRealFloatingType() && llvm::isa<IntegerLiteral>(value->IgnoreParenImpCasts());
        };
        if (one.otherwise == nullptr)
            return isSame(one.value);
        return isSame(one.value) ? isSame(one.otherwise) || isNumber(one.otherwise)
                                 : isNumber(one.value) && isSame(one.otherwise);
    }

    /// Whether the array is stored, met over, read, and met over again where it is stored anew.
    bool isStaged(StagedArray& one)
    {
        if (one.store == nullptr || one.value == nullptr || (one.condition != nullptr && one.otherwise == nullptr))
            return false;
        const auto* block = llvm::dyn_cast_or_null<CompoundStmt>(m_kernel.parent(one.store));
        if (block == nullptr || !isOfItsType(one) || !runsForAll(block))
            return false;
        const std::vector<const Stmt*> statements(block->body_begin(), block->body_end());
        const auto store = std::ranges::find(statements, one.store);
        const auto first = std::find_if(store, statements.end(), isBarrier);
        const auto last =
            first == statements.end() ? first : std::find_if(std::next(first), statements.end(), isBarrier);
        const bool isLoop = block != m_kernel.kernel().getBody();
        if (first == statements.end() || (isLoop && last == statements.end()))
            return false;
        m_servedBarriers.insert(*first);
        if (last != statements.end())
            m_servedBarriers.insert(*last);
        const auto isAmong = [&](const Stmt* read) {
            return std::any_of(std::next(first), last, [&](const Stmt* statement) { return holds(statement, read); });
        };
        return std::ranges::all_of(one.reads, isAmong)
            && std::ranges::all_of(one.reads, [&](const auto* read) { return readsWhatIsStored(one, read); })
            && isTheSameLater(one, std::next(store), last);
    }

    [[nodiscard]] bool holds(const Stmt* outer, const Stmt* inner) const
    {
        for (const Stmt* node = inner; node != nullptr; node = m_kernel.parent(node))
            if (node == outer)
                return true;
        return false;
    }

    /// Loops around \p block, and nothing else, whose lengths are the same for all threads.
    [[nodiscard]] bool runsForAll(const CompoundStmt* block) const
    {
        const Stmt* node = block;
        while (node != m_kernel.kernel().getBody()) {
            const Stmt* above = m_kernel.parent(node);
            const auto loop = above == nullptr ? std::nullopt : m_kernel.countedLoop(above);
            if (loop && loop->statement->getBody() == node) {
                for (const Expr* part : {loop->start, loop->bound, loop->step})
                    if (part != nullptr && dependsOnThread(m_kernel, part, true))
                        return false;
            } else if (!llvm::isa_and_nonnull<CompoundStmt>(above)) {
                return false;
            }
            node = above;
        }
        return true;
    }

    /// Whether each index is below the block's extent along the axis that stored there.
    [[nodiscard]] bool readsWhatIsStored(const StagedArray& one, const ArraySubscriptExpr* read) const
    {
        const auto indices = elementOf(read).second;
        for (std::size_t i = 0; i < indices.size(); ++i) {
            const auto extent = m_found.block[static_cast<std::size_t>(one.axes[i])];
            if (m_extents.at(one.array)[i] < extent || !isBelow(indices[i], extent))
                return false;
        }
        return true;
    }

    [[nodiscard]] bool isBelow(const Expr* index, std::int64_t extent) const
    {
        const auto form = m_kernel.form(index);
        if (!form)
            return false;
        if (const auto constant = form->constantValue())
            return *constant >= 0 && *constant < extent;
        for (int axis = 0; axis < 3; ++axis)
            if (*form == IndexForm::symbol(threadSymbol(axis)))
                return m_found.block[static_cast<std::size_t>(axis)] <= extent;
        const auto* var = plainVariable(index);
        for (const Stmt* node = index; var != nullptr && node != nullptr; node = m_kernel.parent(node)) {
            const auto loop = m_kernel.countedLoop(node);
            if (!loop || loop->var != var)
                continue;
            const auto start = m_kernel.form(loop->start);
            const auto bound = m_kernel.form(loop->bound);
            return start && bound && start->constantValue() && bound->constantValue() && *start->constantValue() >= 0
                && *bound->constantValue() <= extent;
        }
        return false;
    }

    /// Whether the value would be the same where it is read: nothing that it is worked out from is set from \p first,
    /// what follows the store, to \p last, or written anywhere.
    [[nodiscard]] bool isTheSameLater(const StagedArray& one, std::vector<const Stmt*>::const_iterator first,
                                      std::vector<const Stmt*>::const_iterator last) const
    {
        for (const Expr* part : {one.condition, one.value, one.otherwise}) {
            if (part == nullptr)
                continue;
            if (m_kernel.synchronises(part))
                return false;
            bool isSame = true;
            walk(part, [&](const Stmt* node) {
                const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
                const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
                isSame = isSame && (var == nullptr || std::none_of(first, last, [&](const Stmt* statement) {
                                        return m_kernel.isModifiedWithin(var, statement);
                                    }));
                return isSame;
            });
            if (!isSame
                || !std::ranges::all_of(sourcesOf(part), [&](const Expr* source) { return readsWhatStays(source); }))
                return false;
        }
        return true;
    }

    /// \p value and what the variables in it were set to, which may come to stand in their place.
    [[nodiscard]] static std::vector<const Expr*> sourcesOf(const Expr* value)
    {
        std::vector<const Expr*> sources{value};
        std::set<const VarDecl*> seen;
        for (std::size_t i = 0; i < sources.size(); ++i)
            walk(sources[i], [&](const Stmt* node) {
                const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
                const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
                if (var != nullptr && var->isLocalVarDecl() && var->hasInit() && seen.insert(var).second)
                    sources.push_back(var->getInit());
                return true;
            });
        return sources;
    }

    /// Whether nothing in memory that \p value reads is written anywhere in the kernel.
    [[nodiscard]] bool readsWhatStays(const Expr* value) const
    {
        if (value->HasSideEffects(m_context, false))
            return false;
        const auto all = m_kernel.accesses(m_kernel.kernel().getBody());
        return std::ranges::all_of(m_kernel.accesses(value), [&](const Access& access) {
            return access.base != nullptr && llvm::isa<ParmVarDecl>(access.base)
                && std::ranges::none_of(all, [&](const Access& other) {
                       return other.writes && (other.base == access.base || other.base == nullptr);
                   });
        });
    }

    const KernelScope& m_kernel;
    ASTContext& m_context;
    StagedArrays m_found;
    std::map<const VarDecl*, std::vector<std::int64_t>> m_extents;
    std::set<const Stmt*> m_servedBarriers;
};

}  // namespace

std::optional<StagedArrays> stagedArrays(const KernelScope& kernel) { return StagedReader(kernel).read(); }

}  // namespace warploom
