// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/LinearSearch.h"

namespace warploom {

using namespace clang;

namespace {

/// The only statement in \p statement.
const Stmt* onlyStatement(const Stmt* statement)
{
    const auto* compound = llvm::dyn_cast_or_null<CompoundStmt>(statement);
    if (compound == nullptr)
        return statement;
    return compound->size() == 1 ? *compound->body_begin() : nullptr;
}

/// The variable that \p statement increments by one, or by whether \p comparison holds.
const VarDecl* incremented(const Stmt* statement, const Expr** comparison = nullptr)
{
    if (const auto* unary = llvm::dyn_cast_or_null<UnaryOperator>(statement);
        unary != nullptr && unary->isIncrementOp())
        return plainVariable(unary->getSubExpr());
    const auto* compound = llvm::dyn_cast_or_null<CompoundAssignOperator>(statement);
    if (compound == nullptr || compound->getOpcode() != BO_AddAssign)
        return nullptr;
    const Expr* amount = compound->getRHS()->IgnoreParenImpCasts();
    if (const auto* literal = llvm::dyn_cast<IntegerLiteral>(amount); literal != nullptr && literal->getValue() == 1)
        return plainVariable(compound->getLHS());
    if (comparison == nullptr || !llvm::isa<BinaryOperator>(amount))
        return nullptr;
    *comparison = amount;
    return plainVariable(compound->getLHS());
}

bool isZeroForm(const KernelScope& kernel, const Expr* expression)
{
    const auto form = expression == nullptr ? std::nullopt : kernel.form(expression);
    return form && form->isZero();
}

class SearchRecogniser {
public:
    SearchRecogniser(const MoveContext& context, const KernelScope& kernel)
        : m_context(context)
        , m_kernel(kernel)
    {
    }

    std::optional<LinearSearch> recognise(const Stmt* statement)
    {
        m_result = {};
        m_result.loop = statement;
        const VarDecl* at = nullptr;
        if (const auto* repeat = llvm::dyn_cast<WhileStmt>(statement))
            at = readWalk(repeat->getCond(), incremented(onlyStatement(repeat->getBody())));
        else if (const auto* loop = llvm::dyn_cast<ForStmt>(statement))
            at = loop->getInit() == nullptr || m_kernel.countedLoop(loop) == std::nullopt ? readForWalk(loop)
                                                                                          : readCount(loop);
        if (at == nullptr || !m_kernel.source().statementRange(statement) || !readComparison(at) || !readBuffer())
            return std::nullopt;
        return m_result;
    }

private:
    const VarDecl* readForWalk(const ForStmt* loop)
    {
        const auto* block = llvm::dyn_cast<CompoundStmt>(loop->getBody());
        const bool isEmpty = block != nullptr ? block->body_empty() : llvm::isa<NullStmt>(loop->getBody());
        const Stmt* step = isEmpty ? loop->getInc() : nullptr;
        if (loop->getInc() == nullptr)
            step = onlyStatement(loop->getBody());
        const auto* place = incremented(step);
        if (loop->getCond() == nullptr || loop->getConditionVariable() != nullptr)
            return nullptr;
        if (loop->getInit() == nullptr)
            return readWalk(loop->getCond(), place);
        const auto* sets = llvm::dyn_cast<BinaryOperator>(loop->getInit());
        if (sets == nullptr || sets->getOpcode() != BO_Assign || plainVariable(sets->getLHS()) != place
            || !isZeroForm(m_kernel, sets->getRHS()) || readWalk(loop->getCond(), place) == nullptr)
            return nullptr;
        m_result.startsAtZero = true;
        m_result.setsToZero = true;
        return place;
    }

    /// place < count && comparison
    const VarDecl* readWalk(const Expr* condition, const VarDecl* place)
    {
        const auto* both = llvm::dyn_cast<BinaryOperator>(condition->IgnoreParenImpCasts());
        if (place == nullptr || both == nullptr || both->getOpcode() != BO_LAnd)
            return nullptr;
        const auto* limit = llvm::dyn_cast<BinaryOperator>(both->getLHS()->IgnoreParenImpCasts());
        if (limit == nullptr || limit->getOpcode() != BO_LT || plainVariable(limit->getLHS()) != place)
            return nullptr;
        m_result.place = place;
        m_result.count = limit->getRHS();
        m_result.comparison = both->getRHS();
        m_result.startsAtZero = isZeroBefore(place);
        return place;
    }

    /// Whether the last thing set before the loop is zero.
    bool isZeroBefore(const VarDecl* place)
    {
        const auto* block = llvm::dyn_cast_or_null<CompoundStmt>(m_kernel.parent(m_result.loop));
        bool zero = false;
        if (block == nullptr)
            return false;
        for (const Stmt* statement : block->body()) {
            if (statement == m_result.loop)
                return zero;
            const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
            const auto* sets = llvm::dyn_cast<BinaryOperator>(statement);
            if (declaration != nullptr
                && std::find(declaration->decl_begin(), declaration->decl_end(), place) != declaration->decl_end())
                zero = isZeroForm(m_kernel, place->getInit()) && !m_kernel.isModifiedWithin(place, statement);
            else if (sets != nullptr && sets->getOpcode() == BO_Assign && plainVariable(sets->getLHS()) == place)
                zero = isZeroForm(m_kernel, sets->getRHS());
            else if (m_kernel.isModifiedWithin(place, statement))
                zero = false;
        }
        return false;
    }

    /// for (k…) if (comparison) ++place;     or     place += comparison;
    const VarDecl* readCount(const ForStmt* loop)
    {
        const auto whole = m_kernel.countedLoop(loop);
        if (!whole || whole->step != nullptr || !isZeroForm(m_kernel, whole->start))
            return nullptr;
        const Stmt* body = onlyStatement(loop->getBody());
        const auto* choice = llvm::dyn_cast_or_null<IfStmt>(body);
        if (choice != nullptr) {
            if (choice->getElse() != nullptr || choice->hasInitStorage() || choice->hasVarStorage())
                return nullptr;
            m_result.comparison = choice->getCond();
            m_result.place = incremented(onlyStatement(choice->getThen()));
        } else {
            m_result.place = incremented(body, &m_result.comparison);
        }
        m_result.counts = true;
        m_result.count = whole->bound;
        m_result.startsAtZero = m_result.place != nullptr && isZeroBefore(m_result.place);
        return m_result.place == nullptr || m_result.place == whole->var || m_result.comparison == nullptr ? nullptr
                                                                                                           : whole->var;
    }

    /// array[at] <= value, array[at] < value, or the same from the other side.
    bool readComparison(const VarDecl* at)
    {
        const auto* binary = llvm::dyn_cast<BinaryOperator>(m_result.comparison->IgnoreParenImpCasts());
        if (binary == nullptr || !binary->isRelationalOp())
            return false;
        const bool isLess = binary->getOpcode() == BO_LT || binary->getOpcode() == BO_LE;
        const Expr* element = isLess ? binary->getLHS() : binary->getRHS();
        const Expr* value = isLess ? binary->getRHS() : binary->getLHS();
        const auto accesses = m_kernel.accesses(element);
        if (accesses.size() != 1 || accesses.front().call != nullptr
            || accesses.front().expression != element->IgnoreParenImpCasts() || !accesses.front().index
            || *accesses.front().index != IndexForm::symbol(m_kernel.symbolOf(at)))
            return false;
        m_result.at = at;
        m_result.comparison = binary;
        m_result.element = element->IgnoreParenImpCasts();
        m_result.value = value->IgnoreParenImpCasts();
        m_result.array = accesses.front().base;
        m_result.elementType = m_result.element->getType().getUnqualifiedType().getCanonicalType();
        // Conversions must keep the order.
        const bool turns = m_result.elementType->isSignedIntegerType() && element->getType()->isUnsignedIntegerType();
        return !turns && llvm::isa_and_nonnull<ParmVarDecl>(m_result.array) && isFixed(value, at)
            && isFixed(m_result.count, at) && m_kernel.source().range(m_result.value)
            && m_kernel.source().range(m_result.element) && m_kernel.source().range(m_result.comparison)
            && m_kernel.source().range(m_result.count) && m_result.place->getType()->isIntegerType()
            && (m_result.startsAtZero || m_result.counts || m_result.place->getType()->isSignedIntegerType());
    }

    /// Whether the loop does not change \p expression, and it changes nothing.
    bool isFixed(const Expr* expression, const VarDecl* at)
    {
        bool fixed = !expression->HasSideEffects(m_kernel.source().context(), false)
            && !m_kernel.synchronises(expression) && m_kernel.references(at, expression).empty()
            && m_kernel.references(m_result.place, expression).empty();
        for (const auto& access : m_kernel.accesses(expression))
            fixed = fixed && access.base != nullptr && !access.writes;
        return fixed;
    }

    /// Whether the kernel reads \p fact as the integers that it holds, wide enough for what they count.
    [[nodiscard]] bool isOfType(const BufferFact& fact) const
    {
        const auto bits = m_kernel.source().context().getTypeSize(m_result.elementType);
        return m_result.elementType->isIntegerType() && bits >= 32 && fact.elementType.size() == 3
            && fact.elementType.substr(1) == std::to_string(bits);
    }

    /// Whether every launch passes a buffer that ascends and has \p count elements, and nothing writes it.
    bool readBuffer()
    {
        for (const auto& access : m_kernel.accesses(m_kernel.kernel().getBody()))
            if (access.writes && (access.base == nullptr || access.base == m_result.array))
                return false;
        const auto launches = m_kernel.launches();
        return !launches.empty() && !m_kernel.isModified(m_result.array)
            && std::ranges::all_of(launches, [&](const LaunchLine* launch) {
                   const auto* fact = m_context.bufferOf(m_kernel, *launch, m_result.array);
                   const auto length = m_kernel.argumentOf(*launch, m_result.count);
                   return fact != nullptr && fact->isAscending && isOfType(*fact) && fact->role == "in"
                       && fact->shape.size() == 1 && !m_kernel.isModified(plainVariable(m_result.count))
                       && !length.empty() && (fact->shape[0] == length || fact->shape[0] == length + " + 1");
               });
    }

    const MoveContext& m_context;
    const KernelScope& m_kernel;
    LinearSearch m_result;
};

}  // namespace

std::vector<LinearSearch> linearSearches(const MoveContext& context, const KernelScope& kernel)
{
    std::vector<LinearSearch> found;
    SearchRecogniser recogniser(context, kernel);
    walk(kernel.kernel().getBody(), [&](const Stmt* node) {
        if (llvm::isa<WhileStmt, ForStmt>(node))
            if (auto search = recogniser.recognise(node))
                found.push_back(*search);
        return true;
    });
    return found;
}

}  // namespace warploom
