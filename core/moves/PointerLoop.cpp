// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PointerLoop.h"

#include "moves/PlainLaunch.h"

namespace warploom {

using namespace clang;

const Stmt* parentBeyond(const KernelScope& kernel, const Stmt* node)
{
    const Stmt* above = kernel.parent(node);
    while (llvm::isa_and_nonnull<ParenExpr>(above))
        above = kernel.parent(above);
    return above;
}

bool isMoreThanRead(const KernelScope& kernel, const DeclRefExpr* reference)
{
    const auto* cast = llvm::dyn_cast_or_null<ImplicitCastExpr>(parentBeyond(kernel, reference));
    return cast == nullptr || cast->getCastKind() != CK_LValueToRValue;
}

bool isDeclaredBy(const Stmt* statement, const VarDecl* var)
{
    const auto* declaration = llvm::dyn_cast_or_null<DeclStmt>(statement);
    return declaration != nullptr && declaration->isSingleDecl() && declaration->getSingleDecl() == var;
}

namespace {

bool isMovedBy(const PointerLoop& loop, const VarDecl* var)
{
    bool isMoved = false;
    for (const Stmt* part : {static_cast<const Stmt*>(loop.increment), loop.body})
        walk(part, [&](const Stmt* node) {
            const auto* unary = llvm::dyn_cast<UnaryOperator>(node);
            const auto* compound = llvm::dyn_cast<CompoundAssignOperator>(node);
            isMoved = isMoved
                || (unary != nullptr && unary->isIncrementOp() && plainVariable(unary->getSubExpr()) == var)
                || (compound != nullptr && plainVariable(compound->getLHS()) == var);
            return !isMoved;
        });
    return isMoved;
}

/// p < end, end > p, p != end, end != p.
bool readEnd(PointerLoop& loop)
{
    const auto* comparison = llvm::dyn_cast<BinaryOperator>(loop.condition->IgnoreParenImpCasts());
    if (comparison == nullptr || !comparison->getLHS()->getType()->isPointerType()
        || !comparison->getRHS()->getType()->isPointerType())
        return false;
    const auto operation = comparison->getOpcode();
    for (const bool isLeft : {true, false}) {
        const auto* moved = isLeft ? comparison->getLHS() : comparison->getRHS();
        const auto* var = plainVariable(moved);
        if (var == nullptr || !var->isLocalVarDecl() || var->isStaticLocal() || !var->hasInit()
            || !var->getType()->isPointerType() || var->getType().isVolatileQualified()
            || (operation != BO_NE && operation != (isLeft ? BO_LT : BO_GT)))
            continue;
        loop.pointer = var;
        loop.end = isLeft ? comparison->getRHS() : comparison->getLHS();
        // The end is the one that does not move.
        const auto* other = plainVariable(loop.end);
        if (operation == BO_LT || operation == BO_GT || other == nullptr || isMovedBy(loop, var))
            return true;
    }
    return loop.pointer != nullptr;
}

bool isStepOf(PointerLoop& loop, const Expr* expression)
{
    const auto* unary = llvm::dyn_cast<UnaryOperator>(expression->IgnoreParens());
    const auto* compound = llvm::dyn_cast<CompoundAssignOperator>(expression->IgnoreParens());
    const bool isOne = unary != nullptr && unary->isIncrementOp() && plainVariable(unary->getSubExpr()) == loop.pointer;
    if (!isOne
        && (compound == nullptr || compound->getOpcode() != BO_AddAssign
            || plainVariable(compound->getLHS()) != loop.pointer))
        return false;
    loop.step = expression;
    loop.amount = isOne ? nullptr : compound->getRHS();
    // By more than one it may step over an end that it is only compared with.
    const auto* comparison = llvm::cast<BinaryOperator>(loop.condition->IgnoreParenImpCasts());
    return isOne || comparison->getOpcode() != BO_NE;
}

bool skipsStep(const Stmt* body)
{
    bool found = false;
    walk(body, [&](const Stmt* node) {
        found = found || llvm::isa<ContinueStmt, GotoStmt>(node);
        return !found && !llvm::isa<ForStmt, WhileStmt, DoStmt>(node);
    });
    return found;
}

/// *p++, once in each round, whatever conditions say.
bool readsAndMoves(const KernelScope& kernel, PointerLoop& loop, const DeclRefExpr* reference)
{
    const auto* unary = llvm::dyn_cast_or_null<UnaryOperator>(parentBeyond(kernel, reference));
    const auto* read = unary == nullptr ? nullptr : llvm::dyn_cast_or_null<UnaryOperator>(parentBeyond(kernel, unary));
    if (unary == nullptr || unary->getOpcode() != UO_PostInc || read == nullptr || read->getOpcode() != UO_Deref)
        return false;
    for (const Stmt* above = kernel.parent(read); above != loop.body; above = kernel.parent(above)) {
        const auto* binary = llvm::dyn_cast_or_null<BinaryOperator>(above);
        if (above == loop.statement)
            break;
        if (above == nullptr || (!llvm::isa<Expr, DeclStmt>(above)) || llvm::isa<AbstractConditionalOperator>(above)
            || llvm::isa<LambdaExpr, StmtExpr>(above) || (binary != nullptr && binary->isLogicalOp()))
            return false;
    }
    loop.step = unary;
    return true;
}

/// In the head, as the body's last statement, or where the body reads what it points to.
bool readStep(const KernelScope& kernel, PointerLoop& loop)
{
    if (loop.increment != nullptr) {
        const auto* comma = llvm::dyn_cast<BinaryOperator>(loop.increment);
        if (comma == nullptr || comma->getOpcode() != BO_Comma)
            return isStepOf(loop, loop.increment);
        const bool isFirst = isStepOf(loop, comma->getLHS());
        loop.kept = isFirst ? comma->getRHS() : comma->getLHS();
        return isFirst || isStepOf(loop, comma->getRHS());
    }
    const auto* block = llvm::dyn_cast<CompoundStmt>(loop.body);
    const auto* last = block == nullptr || block->body_empty() ? nullptr : llvm::dyn_cast<Expr>(block->body_back());
    if (skipsStep(loop.body))
        return false;
    if (last != nullptr && isStepOf(loop, last))
        return true;
    const auto references = kernel.references(loop.pointer, loop.body);
    return references.size() == 1 && readsAndMoves(kernel, loop, references.front());
}

/// Nothing else moves the pointer, nor asks where it has come to.
bool hasOneChange(const KernelScope& kernel, const PointerLoop& loop)
{
    bool hasLambda = false;
    walk(loop.statement, [&](const Stmt* node) {
        hasLambda = hasLambda || llvm::isa<LambdaExpr>(node);
        return !hasLambda;
    });
    if (hasLambda || (!loop.isOwn && !isOnlyName(kernel, loop.pointer)))
        return false;
    for (const auto* reference : kernel.references(loop.pointer, kernel.kernel().getBody())) {
        const bool isInside = kernel.source().range(loop.statement)
            && loop.statement->getBeginLoc() <= reference->getBeginLoc()
            && reference->getBeginLoc() <= loop.statement->getEndLoc();
        if (!isInside && loop.statement->getEndLoc() < reference->getBeginLoc())
            return false;
        if (!isInside && isMoreThanRead(kernel, reference))
            return false;
    }
    if (loop.isOwn)
        return true;
    // Where it is declared in another block, it goes on from where it was.
    const auto* block = kernel.parent(loop.statement);
    return llvm::isa_and_nonnull<CompoundStmt>(block)
        && std::ranges::any_of(llvm::cast<CompoundStmt>(block)->body(),
                               [&](const Stmt* one) { return isDeclaredBy(one, loop.pointer); });
}

}  // namespace

std::optional<PointerLoop> pointerLoop(const KernelScope& kernel, const Stmt* node)
{
    PointerLoop loop;
    loop.statement = node;
    SourceLocation close;
    const auto* counted = llvm::dyn_cast<ForStmt>(node);
    if (counted != nullptr && counted->getConditionVariable() == nullptr) {
        loop.condition = counted->getCond();
        loop.increment = counted->getInc();
        loop.body = counted->getBody();
        close = counted->getRParenLoc();
    } else if (const auto* other = llvm::dyn_cast<WhileStmt>(node);
               other != nullptr && other->getConditionVariable() == nullptr) {
        loop.condition = other->getCond();
        loop.body = other->getBody();
        close = other->getRParenLoc();
    }
    const auto head = kernel.source().range(SourceRange(node->getBeginLoc(), close));
    if (loop.condition == nullptr || close.isInvalid() || !head || !readEnd(loop))
        return std::nullopt;
    loop.head = *head;
    const auto* init = counted == nullptr ? nullptr : counted->getInit();
    loop.isOwn = isDeclaredWithin(loop.pointer, node);
    const bool fits = loop.isOwn ? isDeclaredBy(init, loop.pointer) : init == nullptr;
    return fits && readStep(kernel, loop) && hasOneChange(kernel, loop) ? std::optional(loop) : std::nullopt;
}

}  // namespace warploom
