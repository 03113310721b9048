// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/AffineUpdate.h"

#include "moves/CodeTemplate.h"

namespace warploom {

using namespace clang;

namespace {

/// factor * var + term; empty for nothing.
struct AffineForm {
    std::string factor;
    std::string term;
};

std::string inParentheses(const std::string& text)
{
    const bool isOne = text.find(' ') == std::string::npos;
    return isOne ? text : "(" + text + ")";
}

std::string sumOf(const std::string& a, const std::string& b)
{
    if (a.empty() || b.empty())
        return a + b;
    const bool isNegative = b.front() == '-' && b.find(' ') == std::string::npos;
    return isNegative ? a + " - " + b.substr(1) : a + " + " + b;
}

std::string negated(const std::string& a) { return a.empty() ? a : "-" + inParentheses(a); }

std::string differenceOf(const std::string& a, const std::string& b)
{
    return a.empty() ? negated(b) : b.empty() ? a : a + " - " + inParentheses(b);
}

std::string productOf(const std::string& a, const std::string& b)
{
    if (a.empty() || b.empty())
        return {};
    if (a == "-1" || b == "-1")
        return negated(a == "-1" ? b : a);
    return a == "1" ? b : b == "1" ? a : inParentheses(a) + " * " + inParentheses(b);
}

std::string quotientOf(const std::string& a, const std::string& b)
{
    return a.empty() ? a : inParentheses(a) + " / " + inParentheses(b);
}

std::string choiceOf(const std::string& condition, const std::string& a, const std::string& b)
{
    const auto orZero = [](const std::string& text) { return text.empty() ? std::string("0") : inParentheses(text); };
    return a == b ? a : fmt::format("({} ? {} : {})", condition, orZero(a), orZero(b));
}

/// Whether both are numbers that are not written in the kernel: integers.
bool areWhole(const std::string& a, const std::string& b)
{
    const auto isWhole = [](const std::string& text) { return text.empty() || text == "1" || text == "-1"; };
    return a != b && isWhole(a) && isWhole(b);
}

class AffineReader {
public:
    AffineReader(const KernelScope& kernel, const FoldLoop& loop, const VarDecl* var, bool isSeveral)
        : m_kernel(kernel)
        , m_loop(loop)
        , m_var(var)
        , m_isSeveral(isSeveral)
    {
    }

    std::optional<AffineForm> readUpdate(const Stmt* statement)
    {
        m_update = statement;
        return read(statement);
    }

    AffineUpdate found;

private:
    std::optional<AffineForm> read(const Stmt* statement)
    {
        const auto* choice = llvm::dyn_cast<IfStmt>(statement);
        if (choice == nullptr)
            return readAssignment(llvm::dyn_cast<Expr>(statement));
        if (choice->hasInitStorage() || choice->hasVarStorage() || dependsOnVar(choice->getCond()))
            return std::nullopt;
        const auto condition = partOf(choice->getCond(), true);
        ++m_conditions;
        const auto then = readBranch(choice->getThen());
        const auto other =
            choice->getElse() == nullptr ? std::optional(AffineForm{"1", {}}) : readBranch(choice->getElse());
        --m_conditions;
        if (!condition || !then || !other)
            return std::nullopt;
        return chosen(*condition, *then, *other);
    }

    std::optional<AffineForm> readBranch(const Stmt* branch)
    {
        const auto inner = statementsIn(branch);
        return inner.size() == 1 ? read(inner.front()) : std::nullopt;
    }

    AffineForm chosen(const std::string& condition, const AffineForm& a, const AffineForm& b)
    {
        found.isChosen = true;
        found.isConverted = found.isConverted || areWhole(a.factor, b.factor) || areWhole(a.term, b.term);
        return {choiceOf(condition, a.factor, b.factor), choiceOf(condition, a.term, b.term)};
    }

    std::optional<AffineForm> readAssignment(const Expr* expression)
    {
        const auto* assignment =
            expression == nullptr ? nullptr : llvm::dyn_cast<BinaryOperator>(expression->IgnoreImplicit());
        if (assignment == nullptr || !assignment->isAssignmentOp() || plainVariable(assignment->getLHS()) != m_var)
            return std::nullopt;
        const auto value = formOf(assignment->getRHS());
        if (!value || assignment->getOpcode() == BO_Assign)
            return value;
        switch (assignment->getOpcode()) {
        case BO_AddAssign:
            return AffineForm{sumOf("1", value->factor), value->term};
        case BO_SubAssign:
            return AffineForm{differenceOf("1", value->factor), negated(value->term)};
        case BO_MulAssign:
            return value->factor.empty() ? std::optional(AffineForm{value->term, {}}) : std::nullopt;
        case BO_DivAssign:
            return value->factor.empty() ? std::optional(AffineForm{quotientOf("1", value->term), {}}) : std::nullopt;
        default:
            return std::nullopt;
        }
    }

    std::optional<AffineForm> formOf(const Expr* expression)
    {
        expression = expression->IgnoreParens();
        if (!dependsOnVar(expression)) {
            const auto part = partOf(expression);
            return part ? std::optional(AffineForm{{}, *part}) : std::nullopt;
        }
        if (const auto* cast = llvm::dyn_cast<CastExpr>(expression))
            return isFloating(cast->getType()) && isFloating(cast->getSubExpr()->getType()) ? formOf(cast->getSubExpr())
                                                                                            : std::nullopt;
        if (const auto* reference = llvm::dyn_cast<DeclRefExpr>(expression))
            return ofVariable(llvm::dyn_cast<VarDecl>(reference->getDecl()));
        if (const auto* binary = llvm::dyn_cast<BinaryOperator>(expression))
            return isFloating(binary->getType()) ? ofBinary(*binary) : std::nullopt;
        if (const auto* unary = llvm::dyn_cast<UnaryOperator>(expression);
            unary != nullptr && unary->getOpcode() == UO_Minus) {
            const auto inner = formOf(unary->getSubExpr());
            return inner ? std::optional(AffineForm{negated(inner->factor), negated(inner->term)}) : std::nullopt;
        }
        if (const auto* choice = llvm::dyn_cast<ConditionalOperator>(expression))
            return ofChoice(*choice);
        const auto* call = llvm::dyn_cast<CallExpr>(expression);
        return call == nullptr ? std::nullopt : ofCall(*call);
    }

    std::optional<AffineForm> ofVariable(const VarDecl* var)
    {
        if (var == m_var)
            return AffineForm{"1", {}};
        // A local says what it is set to; several updates have changed the variable in the meantime.
        const bool isLocal = var != nullptr && var->hasInit() && !m_kernel.isModified(var) && !m_isSeveral
            && isFloating(var->getType()) && isSameLater(var->getInit());
        return isLocal ? formOf(var->getInit()) : std::nullopt;
    }

    /// Whether \p value is made of nothing that the round changes, but for the variable.
    [[nodiscard]] bool isSameLater(const Expr* value) const
    {
        bool isSame = true;
        const auto all = m_loop.withLocals(m_kernel, {value});
        for (const Stmt* part : all)
            walk(part, [&](const Stmt* node) {
                const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
                const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
                isSame = isSame && (var == nullptr || var == m_var || var == m_loop.var || isChangedBehind(var));
                return isSame;
            });
        return isSame;
    }

    /// Whether only statements of the round change \p var that follow the update.
    [[nodiscard]] bool isChangedBehind(const VarDecl* var) const
    {
        return !m_kernel.isModifiedWithin(var, m_loop.loop->getInc())
            && std::ranges::all_of(statementsIn(m_loop.loop->getBody()), [&](const Stmt* one) {
                   return !m_kernel.isModifiedWithin(var, one) || m_update->getEndLoc() < one->getBeginLoc();
               });
    }

    std::optional<AffineForm> ofBinary(const BinaryOperator& binary)
    {
        const auto left = formOf(binary.getLHS());
        const auto right = left ? formOf(binary.getRHS()) : std::nullopt;
        return right ? combined(binary.getOpcode(), *left, *right) : std::nullopt;
    }

    static std::optional<AffineForm> combined(BinaryOperatorKind kind, const AffineForm& left, const AffineForm& right)
    {
        if (kind == BO_Add)
            return AffineForm{sumOf(left.factor, right.factor), sumOf(left.term, right.term)};
        if (kind == BO_Sub)
            return AffineForm{differenceOf(left.factor, right.factor), differenceOf(left.term, right.term)};
        if (kind == BO_Mul && (left.factor.empty() || right.factor.empty()))
            return AffineForm{left.factor.empty() ? productOf(left.term, right.factor)
                                                  : productOf(left.factor, right.term),
                              productOf(left.term, right.term)};
        if (kind == BO_Div && right.factor.empty())
            return AffineForm{quotientOf(left.factor, right.term), quotientOf(left.term, right.term)};
        return std::nullopt;
    }

    std::optional<AffineForm> ofChoice(const ConditionalOperator& choice)
    {
        if (dependsOnVar(choice.getCond()))
            return std::nullopt;
        const auto condition = partOf(choice.getCond(), true);
        ++m_conditions;
        const auto then = formOf(choice.getTrueExpr());
        const auto other = then ? formOf(choice.getFalseExpr()) : std::nullopt;
        --m_conditions;
        return condition && other ? std::optional(chosen(*condition, *then, *other)) : std::nullopt;
    }

    std::optional<AffineForm> ofCall(const CallExpr& call)
    {
        const auto name = calleeName(&call);
        const bool isFused = name == "fmaf" || name == "fma" || name == "__fmaf_rn" || name == "__fma_rn";
        if (!isFused || call.getNumArgs() != 3)
            return std::nullopt;
        const auto left = formOf(call.getArg(0));
        const auto right = formOf(call.getArg(1));
        const auto added = formOf(call.getArg(2));
        const auto product = left && right ? combined(BO_Mul, *left, *right) : std::nullopt;
        return product && added ? combined(BO_Add, *product, *added) : std::nullopt;
    }

    [[nodiscard]] static bool isFloating(QualType type) { return type->isRealFloatingType(); }

    /// Directly, or by way of the loop's locals.
    [[nodiscard]] bool dependsOnVar(const Expr* expression) const
    {
        const auto all = m_loop.withLocals(m_kernel, {expression});
        return std::ranges::any_of(all, [&](const Stmt* part) { return !m_kernel.references(m_var, part).empty(); });
    }

    /// The mark of a part; nothing where it changes something, or is not written out. What is no condition is a
    /// floating-point number: integers would be divided as such.
    std::optional<std::string> partOf(const Expr* expression, bool isCondition = false)
    {
        const auto& source = m_kernel.source();
        const auto* plain = expression->IgnoreParenImpCasts();
        const bool isNumber = isFloating(plain->getType()) || llvm::isa<IntegerLiteral>(plain);
        if (!source.range(plain) || plain->HasSideEffects(source.context()) || (!isCondition && !isNumber))
            return std::nullopt;
        found.isConverted = found.isConverted
            || (!isCondition && !source.context().hasSameUnqualifiedType(plain->getType(), m_var->getType()));
        found.parts.push_back(plain);
        if (m_conditions > 0)
            found.guarded.insert(plain);
        return fmt::format("@{}@", found.parts.size() - 1);
    }

    const KernelScope& m_kernel;
    const FoldLoop& m_loop;
    const VarDecl* m_var;
    bool m_isSeveral;
    const Stmt* m_update = nullptr;  ///< the whole statement that is being read
    int m_conditions = 0;  ///< around what is being read
};

std::string withParts(std::string text, const AffineUpdate& update,
                      const std::function<std::string(const Stmt*)>& textOf)
{
    CodeValues values;
    for (std::size_t i = 0; i < update.parts.size(); ++i) {
        const bool isAlone = text == fmt::format("@{}@", i)
            || llvm::isa<DeclRefExpr, ArraySubscriptExpr, CallExpr, IntegerLiteral, FloatingLiteral>(update.parts[i]);
        const auto own = textOf(update.parts[i]);
        values.emplace_back(std::to_string(i), isAlone ? own : "(" + own + ")");
    }
    return text.empty() ? std::string("0") : filled(std::move(text), values);
}

}  // namespace

std::string AffineUpdate::factorText(const std::function<std::string(const Stmt*)>& textOf) const
{
    return withParts(factor, *this, textOf);
}

std::string AffineUpdate::termText(const std::function<std::string(const Stmt*)>& textOf) const
{
    return withParts(term, *this, textOf);
}

std::optional<AffineUpdate> affineUpdate(const KernelScope& kernel, const FoldLoop& loop, const VarDecl* var,
                                         const std::vector<const Stmt*>& statements)
{
    const auto& context = kernel.source().context();
    if (!context.hasSameUnqualifiedType(var->getType(), context.FloatTy)
        && !context.hasSameUnqualifiedType(var->getType(), context.DoubleTy))
        return std::nullopt;
    AffineReader reader(kernel, loop, var, statements.size() > 1);
    AffineForm whole{"1", {}};
    for (const Stmt* statement : statements) {
        const auto next = reader.readUpdate(statement);
        if (!next)
            return std::nullopt;
        whole = {productOf(next->factor, whole.factor), sumOf(productOf(next->factor, whole.term), next->term)};
    }
    reader.found.factor = whole.factor;
    reader.found.term = whole.term;
    return reader.found;
}

}  // namespace warploom
