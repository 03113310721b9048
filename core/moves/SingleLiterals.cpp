// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>

#include "moves/FloatMath.h"
#include "moves/MoveCatalogue.h"

namespace warploom {

using namespace clang;

namespace {

/// A float is off by 6e-8 after each operation: a tolerance from here on has room for some.
constexpr double kLeastSingleTolerance = 1e-6;

/// Functions that have a form for float of the same name.
bool hasSingleForm(std::string_view name)
{
    static const std::set<std::string_view> names = {
        "exp",  "exp2", "exp10", "expm1", "log",   "log2",     "log10", "log1p", "sqrt", "rsqrt",
        "cbrt", "sin",  "cos",   "tan",   "asin",  "acos",     "atan",  "sinh",  "cosh", "tanh",
        "erf",  "erfc", "fabs",  "abs",   "floor", "ceil",     "trunc", "round", "pow",  "fmax",
        "fmin", "fma",  "fmod",  "atan2", "hypot", "copysign", "max",   "min"};
    return names.contains(name);
}

/// Expressions of doubles that are so for their literals alone, and are made floats again.
class DoubleFinder {
public:
    explicit DoubleFinder(const KernelScope& kernel)
        : m_kernel(kernel)
    {
    }

    void find()
    {
        for (const Stmt* body : bodiesRunBy(m_kernel))
            walk(body, [&](const Stmt* node) {
                if (const auto* expression = llvm::dyn_cast<Expr>(node))
                    findAt(expression);
                return true;
            });
    }

    [[nodiscard]] const std::map<TextRange, std::string>& changes() const { return m_changes; }
    [[nodiscard]] int operations() const { return m_operations; }

private:
    /// What one expression of doubles consists of.
    struct Parts {
        std::map<TextRange, std::string> literals;
        int singles = 0;
        int operations = 0;
    };

    void findAt(const Expr* expression)
    {
        Parts parts;
        if (const auto* cast = llvm::dyn_cast<CastExpr>(expression)) {
            if (cast->getCastKind() == CK_FloatingCast && isSingle(cast) && isDouble(cast->getSubExpr())
                && read(cast->getSubExpr(), false, parts))
                keep(parts);
        } else if (const auto* compound = llvm::dyn_cast<CompoundAssignOperator>(expression)) {
            parts = {{}, 1, 1};
            if (isSingle(compound->getLHS()) && isDouble(compound->getRHS())
                && read(compound->getRHS(), compound->isMultiplicativeOp(), parts))
                keep(parts);
        } else if (const auto* binary = llvm::dyn_cast<BinaryOperator>(expression);
                   binary != nullptr && binary->isComparisonOp() && isDouble(binary->getLHS())) {
            parts = {{}, 0, 1};
            if (isComparable(binary->getLHS(), parts) && isComparable(binary->getRHS(), parts))
                keep(parts);
        }
    }

    void keep(const Parts& parts)
    {
        if (parts.singles == 0 || parts.operations == 0 || parts.literals.empty())
            return;
        bool isNew = false;
        for (const auto& [range, text] : parts.literals)
            isNew = m_changes.emplace(range, text).second || isNew;
        m_operations += isNew ? parts.operations : 0;
    }

    /// A float, or a literal that is the same number as a float: comparing them as floats changes nothing.
    bool isComparable(const Expr* side, Parts& parts) const
    {
        const Expr* plain = side->IgnoreParens();
        if (const auto* sign = llvm::dyn_cast<UnaryOperator>(plain);
            sign != nullptr && (sign->getOpcode() == UO_Minus || sign->getOpcode() == UO_Plus))
            plain = sign->getSubExpr()->IgnoreParens();
        if (const auto* literal = llvm::dyn_cast<FloatingLiteral>(plain)) {
            const double value = literal->getValueAsApproximateDouble();
            return static_cast<double>(static_cast<float>(value)) == value && readLiteral(literal, parts);
        }
        return isWidened(side->IgnoreParens()) && ++parts.singles > 0;
    }

    /// A float that is made double.
    static bool isWidened(const Expr* expression)
    {
        const auto* cast = llvm::dyn_cast<ImplicitCastExpr>(expression);
        return cast != nullptr && cast->getCastKind() == CK_FloatingCast && isSingle(cast->getSubExpr());
    }

    bool readLiteral(const FloatingLiteral* literal, Parts& parts) const
    {
        const double value = literal->getValueAsApproximateDouble();
        const auto single = static_cast<float>(value);
        const auto range = m_kernel.source().range(literal);
        if (!range || !std::isfinite(single) || (value != 0 && !std::isnormal(single)))
            return false;
        const auto text = m_kernel.source().text(*range);
        const auto isDigit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; };
        const bool isNumber = isDigit(text.front()) || text.front() == '.';
        const bool isName = std::ranges::all_of(
            text, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; });
        const char last = text.back();
        if (isNumber && (isDigit(last) || last == '.'))
            parts.literals[*range] = text + "f";
        else if (isName && !isNumber)
            parts.literals[*range] = "float(" + text + ")";
        else
            return false;
        return true;
    }

    /// Whether \p expression, of doubles, means the same of floats but for rounding. Whole numbers may be too large for
    /// a float, which a product bears and a sum may not.
    bool read(const Expr* expression, bool isFactor, Parts& parts) const
    {
        expression = expression->IgnoreParens();
        if (isSingle(expression) || isWidened(expression))
            return ++parts.singles > 0;
        if (const auto* literal = llvm::dyn_cast<FloatingLiteral>(expression))
            return isDouble(literal) && readLiteral(literal, parts);
        if (const auto* unary = llvm::dyn_cast<UnaryOperator>(expression))
            return (unary->getOpcode() == UO_Minus || unary->getOpcode() == UO_Plus)
                && read(unary->getSubExpr(), isFactor, parts);
        if (const auto* choice = llvm::dyn_cast<ConditionalOperator>(expression))
            return read(choice->getTrueExpr(), isFactor, parts) && read(choice->getFalseExpr(), isFactor, parts);
        if (const auto* binary = llvm::dyn_cast<BinaryOperator>(expression)) {
            const bool isProduct = binary->getOpcode() == BO_Mul || binary->getOpcode() == BO_Div;
            ++parts.operations;
            return (isProduct || binary->isAdditiveOp()) && isDouble(binary) && read(binary->getLHS(), isProduct, parts)
                && read(binary->getRHS(), isProduct, parts);
        }
        if (const auto* cast = llvm::dyn_cast<ImplicitCastExpr>(expression))
            return cast->getCastKind() == CK_IntegralToFloating && (isFactor || isSmallInteger(cast->getSubExpr()));
        const auto* call = llvm::dyn_cast<CallExpr>(expression);
        return call != nullptr && readCall(call, parts);
    }

    [[nodiscard]] bool isSmallInteger(const Expr* expression) const
    {
        const auto form = m_kernel.form(expression);
        const auto value = form ? form->constantValue() : std::nullopt;
        return value && std::abs(*value) <= (1 << 24);
    }

    /// With floats for all of its arguments, the name means the form for float.
    bool readCall(const CallExpr* call, Parts& parts) const
    {
        if (!hasSingleForm(libraryFunction(m_kernel, call)) || !isDouble(call))
            return false;
        ++parts.operations;
        return std::ranges::all_of(call->arguments(), [&](const Expr* argument) {
            Parts own;
            if (argument->getType()->isIntegerType())
                return true;
            if (!read(argument, false, own) || (own.singles == 0 && own.literals.empty()))
                return false;
            parts.literals.insert(own.literals.begin(), own.literals.end());
            parts.singles += own.singles;
            parts.operations += own.operations;
            return true;
        });
    }

    const KernelScope& m_kernel;
    std::map<TextRange, std::string> m_changes;
    int m_operations = 0;
};

class SingleLiterals : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"single-literals", "Write float literals as such",
                "literals of double (0.5) among floats, and a tolerance of 1e-6 or more",
                "what need not be double is done by the unit for float, up to 64 times faster"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        if (context.request().rtol < kLeastSingleTolerance)
            return proposals;
        for (const auto& kernel : context.kernels()) {
            DoubleFinder finder(kernel);
            finder.find();
            if (auto made = written(context, kernel, finder))
                proposals.push_back(std::move(*made));
        }
        return proposals;
    }

private:
    [[nodiscard]] std::optional<MoveProposal> written(const MoveContext& context, const KernelScope& kernel,
                                                      const DoubleFinder& finder) const
    {
        if (finder.changes().empty())
            return std::nullopt;
        SourceEdit edit(context.source().text());
        for (const auto& [range, text] : finder.changes())
            edit.replace(range, text);
        const auto count = finder.changes().size();
        return proposal(
            context, edit, finder.changes().begin()->first.begin,
            fmt::format("{} literal{} of {} as float", count, count == 1 ? "" : "s", kernel.name()),
            fmt::format("{} operation{} of {} on floats {} double for {} literal{} alone, at half the rate or, on "
                        "cards without many units for double, at 1/64: as floats 6e-8 off each, within the tolerance "
                        "of {:.0e}, ~1.2×",
                        finder.operations(), finder.operations() == 1 ? "" : "s", kernel.name(),
                        finder.operations() == 1 ? "is" : "are", count, count == 1 ? "" : "s", context.request().rtol),
            1.2);
    }
};

}  // namespace

std::unique_ptr<Move> makeSingleLiterals() { return std::make_unique<SingleLiterals>(); }

}  // namespace warploom
