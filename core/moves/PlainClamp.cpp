// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PlainForm.h"
#include "moves/PlainLaunch.h"

namespace warploom {

namespace {

using namespace clang;

/// Windows of more are not gone through one by one.
constexpr std::int64_t kWidestWindow = 64;

/// for (int r = max(y - 2, 0); r <= min(y + 2, h - 1); ++r) body counts from -2 to 2 and asks whether there is such an
/// r.
class PlainClamp : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "windows of one size"; }

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
    /// One end of a loop: what it would be, and how far it can go at most. Limit is null where nothing clamps it.
    struct End {
        const Expr* value = nullptr;
        const Expr* limit = nullptr;
    };

    struct Window {
        const VarDecl* var = nullptr;
        End first;
        End last;
        bool isInclusive = false;
        std::int64_t count = 0;  ///< of its places
    };

    /// Through variables that stand for one signed value.
    static const Expr* settled(const KernelScope& kernel, const Expr* expression)
    {
        expression = expression->IgnoreParens();
        const auto& context = kernel.source().context();
        if (const auto* cast = llvm::dyn_cast<ImplicitCastExpr>(expression);
            cast != nullptr && context.hasSameUnqualifiedType(cast->getType(), cast->getSubExpr()->getType()))
            return settled(kernel, cast->getSubExpr());
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(expression);
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        const bool isSettled = var != nullptr && var->isLocalVarDecl() && var->hasInit() && !kernel.isModified(var)
            && !var->getType()->isReferenceType()
            && context.hasSameUnqualifiedType(var->getInit()->getType(), var->getType())
            && isCut(settledOnce(var->getInit()));
        return isSettled ? settled(kernel, var->getInit()) : expression;
    }

    static const Expr* settledOnce(const Expr* expression) { return expression->IgnoreParenImpCasts(); }

    static bool isCut(const Expr* expression)
    {
        return llvm::isa<DeclRefExpr, ConditionalOperator>(expression) || isCall(expression, "min")
            || isCall(expression, "max");
    }

    static bool isCall(const Expr* expression, const char* name)
    {
        const auto* call = llvm::dyn_cast<CallExpr>(expression);
        return call != nullptr && calleeName(call) == name && call->getNumArgs() == 2
            && call->getDirectCallee() != nullptr && !call->getDirectCallee()->hasBody();
    }

    /// The two values of which \p expression is the larger, or with \p isLeast the smaller.
    static std::vector<const Expr*> operandsOf(const KernelScope& kernel, const Expr* expression, bool isLeast)
    {
        if (isCall(expression, isLeast ? "min" : "max")) {
            const auto* call = llvm::cast<CallExpr>(expression);
            return {call->getArg(0), call->getArg(1)};
        }
        const auto* choice = llvm::dyn_cast<ConditionalOperator>(expression);
        const auto* test =
            choice == nullptr ? nullptr : llvm::dyn_cast<BinaryOperator>(choice->getCond()->IgnoreParenImpCasts());
        if (test == nullptr || !test->isRelationalOp())
            return {};
        const auto left = kernel.form(test->getLHS());
        const auto right = kernel.form(test->getRHS());
        const auto chosen = kernel.form(choice->getTrueExpr());
        const auto other = kernel.form(choice->getFalseExpr());
        if (!left || !right || !chosen || !other || !isSigned(test->getLHS()) || !isSigned(test->getRHS()))
            return {};
        const bool isBelow = test->getOpcode() == BO_LT || test->getOpcode() == BO_LE;
        const bool choosesLess = (isBelow ? *left : *right) == *chosen && (isBelow ? *right : *left) == *other;
        const bool choosesMore = (isBelow ? *right : *left) == *chosen && (isBelow ? *left : *right) == *other;
        if (isLeast ? choosesLess : choosesMore)
            return {choice->getTrueExpr(), choice->getFalseExpr()};
        return {};
    }

    /// Whether nothing in \p expression wraps, changes anything or is changed.
    static bool isSigned(const Expr* expression)
    {
        bool isPlain = true;
        walk(expression, [&](const Stmt* node) {
            if (const auto* part = llvm::dyn_cast<Expr>(node))
                isPlain = isPlain && part->getType()->isSignedIntegerType();
            return isPlain;
        });
        return isPlain;
    }

    static bool isFixed(const KernelScope& kernel, const Expr* expression)
    {
        bool isPlain = isSigned(expression) && haveOnlyNames(kernel, expression);
        walk(expression, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            isPlain = isPlain
                && llvm::isa<DeclRefExpr, IntegerLiteral, ParenExpr, ImplicitCastExpr, BinaryOperator, UnaryOperator>(
                          node)
                && (reference == nullptr || (var != nullptr && !kernel.isModified(var)))
                && (!llvm::isa<BinaryOperator>(node) || llvm::cast<BinaryOperator>(node)->isAdditiveOp()
                    || llvm::cast<BinaryOperator>(node)->isMultiplicativeOp())
                && (!llvm::isa<UnaryOperator>(node) || llvm::cast<UnaryOperator>(node)->getOpcode() == UO_Minus);
            return isPlain;
        });
        return isPlain && !kernel.source().text(expression).empty();
    }

    /// Every way to read an end: either operand may be the one that the loop would begin or stop with.
    static std::vector<End> endsOf(const KernelScope& kernel, const Expr* expression, bool isLeast)
    {
        const auto* whole = settled(kernel, expression);
        std::vector<End> ends = {{expression->IgnoreParenImpCasts(), nullptr}};
        const auto operands = operandsOf(kernel, whole, isLeast);
        for (std::size_t i = 0; i < operands.size(); ++i)
            ends.push_back({operands[i]->IgnoreParenImpCasts(), operands[1 - i]->IgnoreParenImpCasts()});
        std::erase_if(ends, [&](const End& end) {
            return !isFixed(kernel, end.value) || (end.limit != nullptr && !isFixed(kernel, end.limit));
        });
        return ends;
    }

    static std::optional<Window> windowOf(const KernelScope& kernel, const ForStmt& loop)
    {
        const auto* declaration = llvm::dyn_cast_or_null<DeclStmt>(loop.getInit());
        const auto* var = declaration != nullptr && declaration->isSingleDecl()
            ? llvm::dyn_cast<VarDecl>(declaration->getSingleDecl())
            : nullptr;
        const auto* test =
            loop.getCond() == nullptr ? nullptr : llvm::dyn_cast<BinaryOperator>(loop.getCond()->IgnoreParenImpCasts());
        const auto* step =
            loop.getInc() == nullptr ? nullptr : llvm::dyn_cast<UnaryOperator>(loop.getInc()->IgnoreParens());
        if (var == nullptr || !var->hasInit() || !var->getType()->isSpecificBuiltinType(BuiltinType::Int)
            || test == nullptr || (test->getOpcode() != BO_LT && test->getOpcode() != BO_LE)
            || plainVariable(test->getLHS()) != var || step == nullptr || !step->isIncrementOp()
            || plainVariable(step->getSubExpr()) != var || kernel.isModifiedWithin(var, loop.getBody())
            || !isOnlyName(kernel, var))
            return std::nullopt;
        Window window{var, {}, {}, test->getOpcode() == BO_LE, 0};
        // What is cut behind only is a part of something longer, as a rule.
        for (const auto& first : endsOf(kernel, var->getInit(), false))
            for (const auto& last : endsOf(kernel, test->getRHS(), true)) {
                const auto begin = kernel.form(first.value);
                const auto end = kernel.form(last.value);
                const auto distance =
                    begin && end && !begin->constantValue() ? (*end - *begin).constantValue() : std::nullopt;
                window.count = distance.value_or(0) + (window.isInclusive ? 1 : 0);
                window.first = first;
                window.last = last;
                if (distance && window.count >= 2 && window.count <= kWidestWindow && first.limit != nullptr)
                    return window;
            }
        return std::nullopt;
    }

    /// What \p expression is counted from, as text, and how far from it: `y - 2` is -2 from y.
    static std::pair<std::string, std::int64_t> centreOf(const KernelScope& kernel, const Expr* expression)
    {
        const auto* sum = llvm::dyn_cast<BinaryOperator>(expression);
        const auto distance = sum != nullptr && sum->isAdditiveOp() ? kernel.form(sum->getRHS()) : std::nullopt;
        const auto number = distance ? distance->constantValue() : std::nullopt;
        if (!number)
            return {operandText(kernel, expression), 0};
        const auto* left = sum->getLHS()->IgnoreParenImpCasts();
        const bool isSum = llvm::isa<BinaryOperator>(left) && llvm::cast<BinaryOperator>(left)->isAdditiveOp();
        return {isSum ? kernel.source().text(left) : operandText(kernel, left),
                sum->getOpcode() == BO_Sub ? -*number : *number};
    }

    static std::optional<std::string> rewritten(const KernelScope& kernel, const ForStmt& loop)
    {
        const auto& source = kernel.source();
        const auto window = windowOf(kernel, loop);
        const auto range = window ? source.statementRange(&loop) : std::nullopt;
        const auto body = window ? source.statementRange(loop.getBody()) : std::nullopt;
        if (!range || !body)
            return std::nullopt;
        const auto name = window->var->getNameAsString();
        const auto step = source.directives().freshName(name + "_step");
        const auto [centre, first] = centreOf(kernel, window->first.value);
        std::string condition;
        if (window->first.limit != nullptr)
            condition = fmt::format("{} >= {}", name, operandText(kernel, window->first.limit));
        if (window->last.limit != nullptr)
            condition += (condition.empty() ? "" : " && ") + name + below(kernel, *window);
        const auto indentation = indentationAt(source.text(), range->begin);
        const auto inner = indentation + "    ";
        const bool isBlock = llvm::isa<CompoundStmt>(loop.getBody());
        const auto content = isBlock ? source.text({body->begin + 1, body->end - 1})
                                     : indentationAt(source.text(), body->begin) + source.text(*body);
        SourceEdit edit(source.text());
        edit.replace(*range,
                     fmt::format("for (int {1} = {2}; {1} <= {3}; ++{1}) {{\n{0}const int {4} = {5} + {1};\n"
                                 "{0}if ({6}) {{\n{7}{0}}}\n{8}}}",
                                 inner, step, first, first + window->count - 1, name, centre, condition,
                                 reindented(content, inner + "    "), indentation));
        removeIfIdle(kernel, edit, window->var->getInit());
        removeIfIdle(kernel, edit, llvm::cast<BinaryOperator>(loop.getCond()->IgnoreParenImpCasts())->getRHS());
        return edit.apply();
    }

    static std::string below(const KernelScope& kernel, const Window& window)
    {
        const auto* limit = window.last.limit;
        const auto* sum = llvm::dyn_cast<BinaryOperator>(limit);
        const auto one = sum != nullptr && sum->getOpcode() == BO_Sub ? kernel.form(sum->getRHS()) : std::nullopt;
        if (window.isInclusive && one && one->isOne())
            return " < " + operandText(kernel, sum->getLHS()->IgnoreParenImpCasts());
        return (window.isInclusive ? " <= " : " < ") + operandText(kernel, limit);
    }

    /// The end of the loop, where a variable held it for this loop alone.
    static void removeIfIdle(const KernelScope& kernel, SourceEdit& edit, const Expr* end)
    {
        const auto* var = plainVariable(end);
        if (var == nullptr || !var->isLocalVarDecl() || kernel.references(var, kernel.kernel().getBody()).size() != 1)
            return;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            const auto* statement = llvm::dyn_cast<DeclStmt>(node);
            if (statement == nullptr || !statement->isSingleDecl() || statement->getSingleDecl() != var
                || llvm::isa_and_nonnull<ForStmt>(kernel.parent(statement)))
                return true;
            if (const auto range = kernel.source().statementRange(statement))
                edit.removeWithLine(*range);
            return false;
        });
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainClamp() { return std::make_unique<PlainClamp>(); }

}  // namespace warploom
