// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/FoldLoop.h"
#include "moves/PlainLaunch.h"
#include "moves/SharedValues.h"
#include "moves/StridedWindowReader.h"
#include "moves/WindowRows.h"

namespace warploom {

using namespace clang;

namespace {

/// Windows of more are not kept in registers.
constexpr std::int64_t kMostRowTaps = 16;

}  // namespace

bool StridedWindowReader::readColumnRound()
{
    auto statements = within(m_result.loops.back()->getBody());
    while (true) {
        while (statements.size() > 1 && isShared(statements.front()))
            statements.erase(statements.begin());
        const auto* choice = statements.size() == 1 ? llvm::dyn_cast<IfStmt>(statements.front()) : nullptr;
        if (choice == nullptr || choice->getElse() != nullptr || choice->getInit() != nullptr
            || choice->getConditionVariable() != nullptr || varies(choice->getCond()))
            break;
        statements = within(choice->getThen());
    }
    m_result.round = statements;
    for (const Stmt* statement : statements) {
        const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
        const auto* var = declaration == nullptr ? nullptr : declared(*declaration);
        if ((declaration != nullptr && var == nullptr) || !m_kernel.source().statementRange(statement))
            return false;
        if (var != nullptr && varies(var->getInit()))
            m_result.moving.insert(var);
        for (const auto& access : m_kernel.accesses(statement)) {
            if (!varies(access.expression))
                continue;
            const auto* place = llvm::dyn_cast<ArraySubscriptExpr>(access.expression);
            const auto form = place == nullptr ? std::nullopt : formOfPlace(*place);
            if (!form || form->column != 1 || access.call != nullptr || usesStates(place)
                || !llvm::isa_and_nonnull<ParmVarDecl>(access.base) || !isTaken(*place, statements)
                || !isBefore(place, statements) || !addLine(*place, *form))
                return false;
        }
    }
    return !statements.empty() && !m_result.lines.empty();
}

bool StridedWindowReader::isShared(const Stmt* statement) const
{
    const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
    const auto* var = declaration == nullptr ? nullptr : declared(*declaration);
    return var != nullptr && !m_kernel.isModified(var) && !varies(var->getInit());
}

bool StridedWindowReader::isBefore(const Expr* place, const std::vector<const Stmt*>& statements) const
{
    bool isFree = true;
    walk(place, [&](const Stmt* node) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        isFree = isFree && (var == nullptr || std::ranges::none_of(statements, [&](const Stmt* statement) {
                                return isDeclaredWithin(var, statement) || m_kernel.isModifiedWithin(var, statement);
                            }));
        return isFree;
    });
    return isFree;
}

std::vector<const Stmt*> StridedWindowReader::within(const Stmt* body) { return statementsIn(body); }

bool StridedWindowReader::readNest()
{
    const Stmt* body = m_result.loops.front()->getBody();
    while (true) {
        const auto statements = within(body);
        const bool isInnermost = !holdsLoop(body);
        if (isInnermost)
            return onlyReads(m_result.nest());
        if (!isSteady(*m_result.loops.back()))
            return false;
        const auto* next = enter(statements);
        while (next != nullptr && llvm::isa<IfStmt>(next))
            next = enterChoice(*llvm::cast<IfStmt>(next));
        const auto* loop = llvm::dyn_cast_or_null<ForStmt>(next);
        if (loop == nullptr)
            return false;
        m_result.loops.push_back(loop);
        body = loop->getBody();
    }
}

bool StridedWindowReader::holdsLoop(const Stmt* body)
{
    bool found = false;
    walk(body, [&](const Stmt* node) {
        found = found || llvm::isa<ForStmt, WhileStmt, DoStmt>(node);
        return !found;
    });
    return found;
}

const Stmt* StridedWindowReader::enter(const std::vector<const Stmt*>& statements)
{
    for (std::size_t i = 0; i + 1 < statements.size(); ++i) {
        const auto* statement = llvm::dyn_cast<DeclStmt>(statements[i]);
        const auto* var = statement == nullptr ? nullptr : declared(*statement);
        if (var == nullptr || m_kernel.isModified(var) || varies(var->getInit()))
            return nullptr;
    }
    return statements.empty() ? nullptr : statements.back();
}

const Stmt* StridedWindowReader::enterChoice(const IfStmt& choice)
{
    const bool isPlain = choice.getElse() == nullptr && choice.getInit() == nullptr
        && choice.getConditionVariable() == nullptr && !varies(choice.getCond());
    return isPlain ? enter(within(choice.getThen())) : nullptr;
}

bool StridedWindowReader::isSteady(const ForStmt& loop) const
{
    return loop.getInit() != nullptr && loop.getCond() != nullptr && loop.getInc() != nullptr && !varies(loop.getInit())
        && !varies(loop.getCond()) && !varies(loop.getInc());
}

bool StridedWindowReader::readTap()
{
    const auto& loop = *m_result.loops.back();
    const auto known = knownLoop(m_kernel, loop);
    if (!known || !known->var->getType()->isSignedIntegerType())
        return false;
    m_result.tap = known->var;
    m_result.firstTap = known->first;
    m_result.taps = known->rounds;
    return m_result.taps >= 2 && m_result.taps <= kMostRowTaps && readRound(within(loop.getBody()));
}

bool StridedWindowReader::readRound(std::vector<const Stmt*> statements)
{
    while (statements.size() > 1) {
        const auto* statement = llvm::dyn_cast<DeclStmt>(statements.front());
        const auto* var = statement == nullptr ? nullptr : declared(*statement);
        if (var == nullptr || m_kernel.isModified(var) || !m_kernel.accesses(statement).empty())
            break;
        if (varies(var->getInit()))
            m_result.moving.insert(var);
        m_result.locals.push_back(statement);
        statements.erase(statements.begin());
    }
    const auto* choice = statements.size() == 1 ? llvm::dyn_cast<IfStmt>(statements.front()) : nullptr;
    const bool isGuard = choice != nullptr && choice->getElse() == nullptr && choice->getInit() == nullptr
        && choice->getConditionVariable() == nullptr && m_kernel.accesses(choice->getCond()).empty();
    if (isGuard) {
        m_result.guard = choice;
        m_result.conditions = partsOf(choice->getCond(), BO_LAnd);
        statements = within(choice->getThen());
    }
    // Further declarations say where loads are from.
    for (const Stmt* statement : statements) {
        const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
        const auto* var = declaration == nullptr ? nullptr : declared(*declaration);
        if (declaration != nullptr && var == nullptr)
            return false;
        if (var == nullptr || m_kernel.isModified(var) || !m_kernel.accesses(statement).empty())
            continue;
        if (varies(var->getInit()))
            m_result.moving.insert(var);
        if (!usesStates(statement))
            m_result.locals.push_back(declaration);
    }
    for (const auto* condition : m_result.conditions)
        if (varies(condition))
            m_result.ends.insert(condition);
    return readLines(statements) && conditionsFit();
}

bool StridedWindowReader::usesStates(const Stmt* statement) const
{
    return std::ranges::any_of(m_result.states,
                               [&](const VarDecl* var) { return !m_kernel.references(var, statement).empty(); });
}

}  // namespace warploom
