// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// The part of AccessReader that looks at what surrounds an access and at what becomes of values.
#include "moves/AccessReader.h"

namespace warploom {

using namespace clang;

namespace {

constexpr int kDeepestSource = 12;

/// Whether what follows \p statement runs only where it did not.
bool leaves(const Stmt* statement)
{
    if (const auto* block = llvm::dyn_cast<CompoundStmt>(statement))
        return !block->body_empty() && leaves(block->body_back());
    return llvm::isa<ReturnStmt, BreakStmt, ContinueStmt>(statement);
}

/// Comparisons of real numbers say nothing about indices.
bool isIntegral(const Expr* expression)
{
    const auto type = expression->IgnoreParenImpCasts()->getType();
    return !type.isNull() && (type->isIntegralOrEnumerationType() || type->isDependentType());
}

bool startsWithOneOf(std::string_view name, std::initializer_list<std::string_view> starts)
{
    return std::any_of(starts.begin(), starts.end(),
                       [&](const auto& start) { return name.substr(0, start.size()) == start; });
}

}  // namespace

bool AccessReader::holdsData(const IndexForm& form) const
{
    const auto symbols = symbolsOf(form);
    return std::any_of(symbols.begin(), symbols.end(), [&](const auto& symbol) {
        return m_report.dataSymbols.count(symbol) > 0 || m_report.dataVariables.count(symbol) > 0;
    });
}

bool AccessReader::isAboutData(const IndexForm& form) const
{
    const auto symbols = symbolsOf(form);
    return std::none_of(symbols.begin(), symbols.end(), [&](const auto& symbol) {
        return symbol.front() == '$' && symbol[1] != '?' && m_report.dataVariables.count(symbol) == 0;
    });
}

/// Sizes may occur in the bound of a loop and nowhere else.
void AccessReader::noteLoopBounds()
{
    walk(m_function.getBody(), [&](const Stmt* node) {
        BufferAccess noted;
        const auto* loop = llvm::dyn_cast<ForStmt>(node);
        const auto* until = llvm::dyn_cast<WhileStmt>(node);
        const auto* condition = loop != nullptr ? loop->getCond() : until != nullptr ? until->getCond() : nullptr;
        if (condition == nullptr)
            return true;
        assume(condition, true, node, noted);
        for (const auto& fact : noted.facts)
            if (loop != nullptr || !isAboutData(fact))
                noteParameterNames(fact);
        return true;
    });
}

/// From the inside out.
void AccessReader::collectGuards(const Stmt* node, BufferAccess& access)
{
    access.facts = m_call.facts;
    access.conditions = m_call.conditions;
    for (const Stmt* child = node; child != nullptr; child = m_scope.parent(child))
        if (const auto* above = m_scope.parent(child))
            assumeAround(child, above, access);
}

/// What holds for \p child because of the statement right above it.
void AccessReader::assumeAround(const Stmt* child, const Stmt* above, BufferAccess& access)
{
    if (const auto* choice = llvm::dyn_cast<IfStmt>(above)) {
        if (child == choice->getThen() || child == choice->getElse())
            assume(choice->getCond(), child == choice->getThen(), choice, access);
    } else if (const auto* loop = llvm::dyn_cast<ForStmt>(above)) {
        if (loop->getCond() != nullptr && child == loop->getBody())
            assume(loop->getCond(), true, loop, access);
    } else if (const auto* until = llvm::dyn_cast<WhileStmt>(above)) {
        if (child == until->getBody())
            assume(until->getCond(), true, until, access);
    } else if (const auto* ternary = llvm::dyn_cast<ConditionalOperator>(above)) {
        if (child != ternary->getCond())
            assume(ternary->getCond(), child == ternary->getTrueExpr(), ternary, access);
    } else if (const auto* binary = llvm::dyn_cast<BinaryOperator>(above)) {
        if (binary->isLogicalOp() && child == binary->getRHS())
            assume(binary->getLHS(), binary->getOpcode() == BO_LAnd, binary, access);
    } else if (const auto* block = llvm::dyn_cast<CompoundStmt>(above)) {
        for (const auto* earlier : block->body()) {
            if (earlier == child)
                break;
            const auto* exit = llvm::dyn_cast<IfStmt>(earlier);
            if (exit != nullptr && exit->getElse() == nullptr && leaves(exit->getThen()))
                assume(exit->getCond(), false, exit, access);
        }
    }
}

void AccessReader::assume(const Expr* condition, bool holds, const Stmt* branch, BufferAccess& access)
{
    condition = condition->IgnoreParenImpCasts();
    const auto* binary = llvm::dyn_cast<BinaryOperator>(condition);
    const auto* unary = llvm::dyn_cast<UnaryOperator>(condition);
    const auto* var = plainVariable(condition);
    if (unary != nullptr && unary->getOpcode() == UO_LNot) {
        assume(unary->getSubExpr(), !holds, branch, access);
    } else if (binary != nullptr && binary->isLogicalOp()) {
        // Of a || b that holds, and of a && b that does not, nothing follows for either.
        if ((binary->getOpcode() == BO_LAnd) == holds) {
            assume(binary->getLHS(), holds, branch, access);
            assume(binary->getRHS(), holds, branch, access);
        }
    } else if (binary != nullptr && binary->isComparisonOp() && isIntegral(binary->getLHS())
               && isIntegral(binary->getRHS())) {
        assumeComparison(binary, holds, branch, access);
    } else if (var != nullptr && var->isLocalVarDecl() && var->getType()->isBooleanType() && var->hasInit()
               && !m_scope.isModified(var)) {
        assume(var->getInit(), holds, branch, access);
    } else {
        access.conditions.emplace_back(branch, holds);
    }
}

void AccessReader::assumeComparison(const BinaryOperator* comparison, bool holds, const Stmt* branch,
                                    BufferAccess& access)
{
    const auto a = form(comparison->getLHS());
    const auto b = form(comparison->getRHS());
    const bool isLoop = llvm::isa<ForStmt, WhileStmt>(branch);
    const bool isEqual = comparison->getOpcode() == BO_EQ ? holds : !holds;
    switch (comparison->getOpcode()) {
    case BO_LT:
        access.facts.push_back(holds ? a - b : b - a - one());
        break;
    case BO_LE:
        access.facts.push_back(holds ? a - b - one() : b - a);
        break;
    case BO_GT:
        access.facts.push_back(holds ? b - a : a - b - one());
        break;
    case BO_GE:
        access.facts.push_back(holds ? b - a - one() : a - b);
        break;
    case BO_EQ:
    case BO_NE:
        if (isEqual) {
            access.facts.push_back(a - b - one());
            access.facts.push_back(b - a - one());
        } else if (isLoop) {
            access.facts.push_back(a - b);
        }
        break;
    default:
        return;
    }
    if (!isLoop && isAboutData(a - b))
        access.conditions.emplace_back(branch, holds);
}

/// Random values below zero would turn these into not-a-number, which proves nothing.
void AccessReader::noteValueUses()
{
    walk(m_function.getBody(), [&](const Stmt* node) {
        if (const auto* call = llvm::dyn_cast<CallExpr>(node)) {
            const auto name = calleeName(call);
            if (call->getNumArgs() > 0
                && startsWithOneOf(name,
                                   {"sqrt", "rsqrt", "log", "pow", "__log", "__pow", "__frsqrt", "__fsqrt", "hsqrt",
                                    "hrsqrt", "hlog"}))
                noteDenominator(call->getArg(0));
        } else if (const auto* binary = llvm::dyn_cast<BinaryOperator>(node)) {
            if ((binary->getOpcode() == BO_Div || binary->getOpcode() == BO_DivAssign)
                && binary->getRHS()->getType()->isRealFloatingType())
                noteDenominator(binary->getRHS());
        }
        return true;
    });
}

/// For the argument of a root or logarithm, or a divisor.
void AccessReader::noteDenominator(const Expr* expression)
{
    noteSources(expression, m_report.positiveOnly, 0);
    walk(expression, [&](const Stmt* node) {
        const auto* sum = llvm::dyn_cast<BinaryOperator>(node);
        if (sum == nullptr || sum->getOpcode() != BO_Add)
            return true;
        for (const auto* side : {sum->getLHS(), sum->getRHS()})
            if (const auto* var = llvm::dyn_cast_or_null<ParmVarDecl>(plainVariable(side));
                var != nullptr && var->getType()->isRealFloatingType() && m_call.depth == 0)
                m_report.underRoot.insert(var);
        return true;
    });
}

/// Buffers that \p expression reads from, through what variables are set to.
void AccessReader::noteSources(const Expr* expression, std::set<const VarDecl*>& buffers, int depth)
{
    walk(expression, [&](const Stmt* node) {
        const auto* subscript = llvm::dyn_cast<ArraySubscriptExpr>(node);
        const auto* unary = llvm::dyn_cast<UnaryOperator>(node);
        const auto* pointer = subscript != nullptr               ? subscript->getBase()
            : unary != nullptr && unary->getOpcode() == UO_Deref ? unary->getSubExpr()
                                                                 : nullptr;
        if (pointer != nullptr)
            if (const auto from = place(pointer))
                buffers.insert(from->base);
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        if (var == nullptr || var->getType()->isPointerType() || depth > kDeepestSource)
            return true;
        if (const auto passed = m_call.sources.find(var); passed != m_call.sources.end())
            buffers.insert(passed->second.begin(), passed->second.end());
        if (!var->isLocalVarDecl() || !m_followed.insert(var).second)
            return true;
        if (var->hasInit())
            noteSources(var->getInit(), buffers, depth + 1);
        if (const auto changes = m_changes.find(var); changes != m_changes.end())
            for (const auto& change : changes->second)
                if (change.value != nullptr)
                    noteSources(change.value, buffers, depth + 1);
        m_followed.erase(var);
        return true;
    });
}

}  // namespace warploom
