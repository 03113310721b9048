// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PlainForm.h"
#include "moves/PlainLaunch.h"

namespace warploom {

namespace {

using namespace clang;

/// for (int r = 0; r < n; ++r, p += cols) sum += *p; reads p[size_t(r) * cols], and sum += *p++; reads p[r]. A local
/// pointer that a counted loop moves by the same amount each time, and that nothing uses after it, stays where it is.
class PlainPointer : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "indices for a moving pointer"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        std::optional<std::string> made;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            if (const auto* loop = llvm::dyn_cast<ForStmt>(node); loop != nullptr && !made)
                made = rewritten(kernel, *loop);
            return !made;
        });
        return made;
    }

private:
    /// Where a pointer is moved: in the head beside the count, as the body's last statement, or as it is read.
    struct Advance {
        const Expr* expression = nullptr;
        const VarDecl* pointer = nullptr;
        std::string amount;  ///< empty: one
        TextRange removed;
        const Expr* element = nullptr;  ///< *p++; null where the pointer is moved by itself
    };

    static std::optional<std::string> rewritten(const KernelScope& kernel, const ForStmt& loop)
    {
        const auto* declaration = llvm::dyn_cast_or_null<DeclStmt>(loop.getInit());
        const auto* counter = declaration == nullptr || !declaration->isSingleDecl()
            ? nullptr
            : llvm::dyn_cast<VarDecl>(declaration->getSingleDecl());
        const auto advance = advanceOf(kernel, loop);
        if (!advance || counter == nullptr || !counter->hasInit() || !counter->getType()->isIntegerType()
            || !countsByOne(kernel, loop, *advance, counter) || changesWith(loop, *advance))
            return std::nullopt;
        Expr::EvalResult start;
        if (counter->getInit()->isValueDependent()
            || !counter->getInit()->EvaluateAsInt(start, kernel.source().context()) || start.Val.getInt() != 0
            || !staysPut(kernel, loop, *advance) || !isOnlyName(kernel, counter))
            return std::nullopt;
        return withIndices(kernel, loop, *advance, *counter);
    }

    static std::optional<Advance> advanceOf(const KernelScope& kernel, const ForStmt& loop)
    {
        const auto& source = kernel.source();
        const auto* comma = llvm::dyn_cast_or_null<BinaryOperator>(loop.getInc());
        if (comma != nullptr && comma->getOpcode() == BO_Comma) {
            for (const bool first : {false, true}) {
                const Expr* moved = first ? comma->getLHS() : comma->getRHS();
                const Expr* kept = first ? comma->getRHS() : comma->getLHS();
                auto advance = read(kernel, moved);
                const auto whole = source.range(comma);
                const auto rest = source.range(kept);
                if (!advance || !whole || !rest)
                    continue;
                advance->removed = first ? TextRange{whole->begin, rest->begin} : TextRange{rest->end, whole->end};
                return advance;
            }
            return std::nullopt;
        }
        const auto* body = llvm::dyn_cast<CompoundStmt>(loop.getBody());
        const auto* last = body == nullptr || body->body_empty() ? nullptr : llvm::dyn_cast<Expr>(body->body_back());
        auto advance = last == nullptr ? std::nullopt : read(kernel, last);
        const auto range = last == nullptr ? std::nullopt : source.statementRange(last);
        if (kernel.containsReturn(loop.getBody()))
            return std::nullopt;
        if (!advance || !range)
            return stepOf(kernel, loop);
        advance->removed = *range;
        return advance;
    }

    /// The first *p++ of the loop that is the only one of its pointer.
    static std::optional<Advance> stepOf(const KernelScope& kernel, const ForStmt& loop)
    {
        std::optional<Advance> found;
        bool skips = false;
        walk(loop.getBody(), [&](const Stmt* node) {
            skips = skips || llvm::isa<ContinueStmt, GotoStmt, IndirectGotoStmt, LabelStmt>(node);
            const auto* element = llvm::dyn_cast<UnaryOperator>(node);
            const auto* step = element == nullptr || element->getOpcode() != UO_Deref
                ? nullptr
                : llvm::dyn_cast<UnaryOperator>(element->getSubExpr()->IgnoreParenImpCasts());
            if (found || step == nullptr || step->getOpcode() != UO_PostInc)
                return true;
            auto advance = read(kernel, step);
            const auto range = kernel.source().range(step);
            if (!advance || !range || kernel.references(advance->pointer, &loop).size() != 1
                || !runsEachTime(kernel, element, loop))
                return true;
            advance->removed = *range;
            advance->element = element;
            found = std::move(advance);
            return true;
        });
        return skips ? std::nullopt : found;
    }

    /// Whether each iteration comes by \p expression once.
    static bool runsEachTime(const KernelScope& kernel, const Expr* expression, const ForStmt& loop)
    {
        for (const Stmt* above = kernel.parent(expression); above != &loop; above = kernel.parent(above)) {
            const auto* binary = llvm::dyn_cast_or_null<BinaryOperator>(above);
            if (!llvm::isa_and_nonnull<CompoundStmt, DeclStmt, BinaryOperator, UnaryOperator, CastExpr, ParenExpr,
                                       ArraySubscriptExpr, CallExpr, CXXConstructExpr, MaterializeTemporaryExpr,
                                       ExprWithCleanups, CXXBindTemporaryExpr, MemberExpr>(above)
                || (binary != nullptr && binary->isLogicalOp()))
                return false;
        }
        return true;
    }

    static std::optional<Advance> read(const KernelScope& kernel, const Expr* expression)
    {
        expression = expression->IgnoreParens();
        const auto* unary = llvm::dyn_cast<UnaryOperator>(expression);
        const auto* compound = llvm::dyn_cast<CompoundAssignOperator>(expression);
        Advance advance;
        advance.expression = expression;
        if (unary != nullptr && unary->isIncrementOp())
            advance.pointer = plainVariable(unary->getSubExpr());
        else if (compound != nullptr && compound->getOpcode() == BO_AddAssign && isSettled(kernel, compound->getRHS())
                 && haveOnlyNames(kernel, compound->getRHS())) {
            advance.pointer = plainVariable(compound->getLHS());
            advance.amount = operandText(kernel, compound->getRHS());
            if (advance.amount.empty())
                return std::nullopt;
        }
        if (advance.pointer == nullptr || !advance.pointer->isLocalVarDecl()
            || !advance.pointer->getType()->isPointerType())
            return std::nullopt;
        return advance;
    }

    /// Made of constants and variables that nothing changes.
    static bool isSettled(const KernelScope& kernel, const Expr* amount)
    {
        bool settled = amount->getType()->isIntegerType() && kernel.accesses(amount).empty();
        walk(amount, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            settled = settled && !llvm::isa<CallExpr>(node) && (var == nullptr || !kernel.isModified(var));
            return settled;
        });
        return settled;
    }

    /// Whether the head counts up by one, apart from the advance.
    static bool countsByOne(const KernelScope& kernel, const ForStmt& loop, const Advance& advance,
                            const VarDecl* counter)
    {
        const Expr* step = loop.getInc();
        if (const auto* comma = llvm::dyn_cast_or_null<BinaryOperator>(step);
            comma != nullptr && comma->getOpcode() == BO_Comma)
            step = comma->getLHS()->IgnoreParens() == advance.expression ? comma->getRHS() : comma->getLHS();
        const auto* unary = step == nullptr ? nullptr : llvm::dyn_cast<UnaryOperator>(step->IgnoreParens());
        return unary != nullptr && unary->isIncrementOp() && plainVariable(unary->getSubExpr()) == counter
            && !kernel.isModifiedWithin(counter, loop.getBody());
    }

    /// Whether the amount is worked out anew in each iteration.
    static bool changesWith(const ForStmt& loop, const Advance& advance)
    {
        bool changes = false;
        walk(advance.expression, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            changes = changes || (var != nullptr && isDeclaredWithin(var, &loop));
            return !changes;
        });
        return changes;
    }

    /// Whether the loop is where the pointer is moved for good: once, declared outside, of no use after.
    static bool staysPut(const KernelScope& kernel, const ForStmt& loop, const Advance& advance)
    {
        const auto* body = kernel.kernel().getBody();
        std::size_t within = 0;
        for (const auto* reference : kernel.references(advance.pointer, body)) {
            const bool isInside =
                loop.getBeginLoc() < reference->getBeginLoc() && !(loop.getEndLoc() < reference->getBeginLoc());
            if (!isInside && (loop.getBeginLoc() < reference->getBeginLoc() || !isRead(kernel, reference)))
                return false;
            within += isInside ? 1 : 0;
        }
        // Around a loop that runs again the pointer would go on from where it was.
        for (const Stmt* above = kernel.parent(&loop); above != nullptr; above = kernel.parent(above))
            if (llvm::isa<ForStmt, WhileStmt, DoStmt>(above) && !isDeclaredWithin(advance.pointer, above))
                return false;
        const std::size_t least = advance.element != nullptr ? 1 : 2;
        return within >= least && advance.pointer->hasInit() && advance.pointer->getBeginLoc() < loop.getBeginLoc();
    }

    /// Whether nothing but the value of what \p reference names is taken.
    static bool isRead(const KernelScope& kernel, const DeclRefExpr* reference)
    {
        const Stmt* above = kernel.parent(reference);
        while (llvm::isa_and_nonnull<ParenExpr>(above))
            above = kernel.parent(above);
        const auto* cast = llvm::dyn_cast_or_null<ImplicitCastExpr>(above);
        // What a lambda reads it may read later.
        for (; above != nullptr; above = kernel.parent(above))
            if (llvm::isa<LambdaExpr>(above))
                return false;
        return cast != nullptr && cast->getCastKind() == CK_LValueToRValue;
    }

    static std::optional<std::string> withIndices(const KernelScope& kernel, const ForStmt& loop,
                                                  const Advance& advance, const VarDecl& counter)
    {
        const auto& source = kernel.source();
        const auto name = advance.pointer->getName().str();
        const auto count = counter.getName().str();
        const auto offset = advance.amount.empty() ? count : fmt::format("size_t({}) * {}", count, advance.amount);
        SourceEdit edit(source.text());
        if (advance.element != nullptr) {
            const auto element = source.range(advance.element);
            if (!element)
                return std::nullopt;
            edit.replace(*element, fmt::format("{}[{}]", name, count));
            return edit.apply();
        }
        if (llvm::isa<CompoundStmt>(loop.getBody()) && source.range(loop.getBody())->contains(advance.removed))
            edit.removeWithLine(advance.removed);
        else
            edit.remove(advance.removed);
        for (const auto* reference : kernel.references(advance.pointer, &loop)) {
            const auto at = source.range(reference);
            if (at && advance.removed.contains(*at))
                continue;
            const Stmt* use = valueUse(kernel, reference);
            const auto* unary = llvm::dyn_cast_or_null<UnaryOperator>(use);
            const auto* subscript = llvm::dyn_cast_or_null<ArraySubscriptExpr>(use);
            const auto range = use == nullptr ? std::nullopt : source.range(use);
            if (!at || !range)
                return std::nullopt;
            if (unary != nullptr && unary->getOpcode() == UO_Deref)
                edit.replace(*range, fmt::format("{}[{}]", name, offset));
            else if (const auto index = subscript == nullptr ? "" : operandText(kernel, subscript->getIdx());
                     !index.empty())
                edit.replace(*range,
                             fmt::format("{}[{} + {}]", name,
                                         advance.amount.empty() && !areSigned(counter, *subscript->getIdx())
                                             ? fmt::format("size_t({})", count)
                                             : offset,
                                         index));
            else
                return std::nullopt;
        }
        return edit.apply();
    }

    /// Whether the sum of both is below zero where it says so; that of unsigned numbers begins anew at the other end.
    static bool areSigned(const VarDecl& counter, const Expr& index)
    {
        return counter.getType()->isSignedIntegerType() && index.getType()->isSignedIntegerType();
    }

    /// What stands directly around the pointer's value.
    static const Stmt* valueUse(const KernelScope& kernel, const Stmt* reference)
    {
        const Stmt* above = kernel.parent(reference);
        while (llvm::isa_and_nonnull<ImplicitCastExpr, ParenExpr>(above))
            above = kernel.parent(above);
        return above;
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainPointer() { return std::make_unique<PlainPointer>(); }

}  // namespace warploom
