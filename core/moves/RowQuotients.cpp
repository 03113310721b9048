// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/RowQuotients.h"

namespace warploom {

using namespace clang;

namespace {

class QuotientReader {
public:
    QuotientReader(const KernelScope& kernel, const VarDecl* index)
        : m_kernel(kernel)
        , m_index(index)
    {
    }

    std::optional<RowQuotients> read()
    {
        if (!readColumns() || !isSettled(m_result.columns))
            return std::nullopt;
        bool fits = true;
        walk(m_kernel.kernel().getBody(), [&](const Stmt* node) {
            const auto* binary = llvm::dyn_cast<BinaryOperator>(node);
            return binary == nullptr || (fits && note(*binary, fits));
        });
        return fits ? std::optional(std::move(m_result)) : std::nullopt;
    }

private:
    /// The divisor of the first remainder by one name or number.
    bool readColumns()
    {
        walk(m_kernel.kernel().getBody(), [&](const Stmt* node) {
            const auto* binary = llvm::dyn_cast<BinaryOperator>(node);
            if (m_result.columns == nullptr && binary != nullptr && binary->getOpcode() == BO_Rem
                && (isIndex(binary->getLHS()) || isPart(binary->getLHS())) && factorsOf(binary->getRHS()).size() == 1)
                m_result.columns = binary->getRHS()->IgnoreParenImpCasts();
            return m_result.columns == nullptr;
        });
        return m_result.columns != nullptr && m_result.columns->getType()->isIntegerType();
    }

    /// Names and numbers that nothing changes.
    [[nodiscard]] bool isSettled(const Expr* expression) const
    {
        bool fits = !m_kernel.source().text(expression).empty() && m_kernel.accesses(expression).empty()
            && !expression->HasSideEffects(m_kernel.source().context(), true);
        walk(expression, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            fits = fits && (var == nullptr || (var != m_index && !m_kernel.isModified(var)));
            return fits;
        });
        return fits;
    }

    static std::vector<const Expr*> factorsOf(const Expr* expression)
    {
        expression = expression->IgnoreParenImpCasts();
        const auto* product = llvm::dyn_cast<BinaryOperator>(expression);
        if (product == nullptr || product->getOpcode() != BO_Mul)
            return {expression};
        auto factors = factorsOf(product->getLHS());
        for (const Expr* factor : factorsOf(product->getRHS()))
            factors.push_back(factor);
        return factors;
    }

    /// What \p expression is a name for.
    [[nodiscard]] const Expr* named(const Expr* expression) const
    {
        expression = expression->IgnoreParenImpCasts();
        const auto* var = plainVariable(expression);
        const bool isName = var != nullptr && var != m_index && var->isLocalVarDecl() && var->hasInit()
            && var->getType()->isIntegerType() && !m_kernel.isModified(var);
        return isName ? named(var->getInit()) : expression;
    }

    [[nodiscard]] bool isIndex(const Expr* expression) const { return plainVariable(named(expression)) == m_index; }

    /// A remainder of the index by a product: the elements of several rows.
    [[nodiscard]] const BinaryOperator* isPart(const Expr* expression) const
    {
        const auto* binary = llvm::dyn_cast<BinaryOperator>(named(expression));
        return binary != nullptr && binary->getOpcode() == BO_Rem && factorsOf(binary->getRHS()).size() > 1
                && (isIndex(binary->getLHS()) || isPart(binary->getLHS()) != nullptr)
            ? binary
            : nullptr;
    }

    /// The row of an element that \p expression numbers, within the rows that it counts; nothing for other numbers.
    [[nodiscard]] std::optional<std::string> rowOf(const Expr* expression) const
    {
        if (isIndex(expression))
            return "@row@";
        const auto* part = isPart(expression);
        const auto rows = part == nullptr ? std::nullopt : divided(part->getRHS());
        const auto row = rows ? rowOf(part->getLHS()) : std::nullopt;
        return row ? std::optional(fmt::format("({} % {})", *row, termOf(*rows))) : std::nullopt;
    }

    /// \p divisor, which has the columns as one factor, without it: empty where it is that alone.
    [[nodiscard]] std::optional<std::string> divided(const Expr* divisor) const
    {
        const auto& source = m_kernel.source();
        const auto columns = source.text(m_result.columns);
        std::vector<std::string> others;
        bool isFound = false;
        for (const Expr* factor : factorsOf(divisor)) {
            const auto text = source.text(factor);
            if (text.empty() || !isSettled(factor))
                return std::nullopt;
            if (text == columns && !isFound)
                isFound = true;
            else
                others.push_back(llvm::isa<DeclRefExpr, IntegerLiteral>(factor) ? text : "(" + text + ")");
        }
        return isFound ? std::optional(fmt::format("{}", fmt::join(others, " * "))) : std::nullopt;
    }

    static std::string termOf(const std::string& product)
    {
        return product.find(' ') == std::string::npos ? product : "(" + product + ")";
    }

    /// Whether the walk goes on below.
    bool note(const BinaryOperator& binary, bool& fits)
    {
        if (binary.getOpcode() != BO_Div && binary.getOpcode() != BO_Rem)
            return true;
        const auto row = rowOf(binary.getLHS());
        if (!row)
            return true;
        const auto others = divided(binary.getRHS());
        const auto range = m_kernel.source().range(&binary);
        // The start of other rows than these.
        if (!others || !range) {
            fits = false;
            return false;
        }
        if (binary.getOpcode() == BO_Rem && !others->empty())
            return true;
        if (binary.getOpcode() == BO_Rem) {
            m_result.columnNodes.insert(&binary);
            m_result.columnUses.emplace_back(*range, binary.getType());
        } else {
            m_result.rowNodes.insert(&binary);
            m_result.rowUses.emplace_back(*range,
                                          others->empty() ? *row : fmt::format("({} / {})", *row, termOf(*others)));
        }
        return false;
    }

    const KernelScope& m_kernel;
    const VarDecl* m_index;
    RowQuotients m_result;
};

}  // namespace

std::optional<RowQuotients> rowQuotients(const KernelScope& kernel, const VarDecl* index)
{
    return QuotientReader(kernel, index).read();
}

}  // namespace warploom
