// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PlainForm.h"
#include "moves/PlainLaunch.h"

namespace warploom {

namespace {

using namespace clang;

/// for (t < n / 16) for (k < 16) with t * 16 + k in all places: one loop through all of them. So for (t < n; t += 16)
/// with t + k.
class PlainNest : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "a loop in place of two"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        std::optional<std::string> made;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            const auto outer = made || !llvm::isa<ForStmt>(node) ? std::nullopt : kernel.countedLoop(node);
            const auto* below = outer ? onlyStatement(outer->statement->getBody()) : nullptr;
            const auto inner = below == nullptr ? std::nullopt : kernel.countedLoop(below);
            if (inner)
                made = Rewriting(kernel, *outer, *inner).made();
            return !made;
        });
        return made;
    }

private:
    class Rewriting {
    public:
        Rewriting(const KernelScope& kernel, const CountedLoop& outer, const CountedLoop& inner)
            : m_kernel(kernel)
            , m_source(kernel.source())
            , m_outer(outer)
            , m_inner(inner)
            , m_edit(m_source.text())
            , m_name(m_source.directives().freshName(
                  fmt::format("{}_{}", outer.var->getNameAsString(), inner.var->getNameAsString())))
        {
        }

        std::optional<std::string> made()
        {
            const auto length = m_kernel.form(m_inner.bound);
            m_length = length ? length->constantValue().value_or(0) : 0;
            const auto head = headRange();
            if (m_length < 2 || !isFromZero(m_outer) || !isFromZero(m_inner) || !readStep() || !head || leavesEarly()
                || !m_kernel.source().context().hasSameUnqualifiedType(m_outer.var->getType(), m_inner.var->getType())
                || !replaceUses())
                return std::nullopt;
            const auto type =
                m_inner.var->getType().getUnqualifiedType().getAsString(m_source.context().getPrintingPolicy());
            const auto indentation = indentationAt(m_source.text(), head->begin);
            const bool isBraced = llvm::isa<CompoundStmt>(m_inner.statement->getBody());
            m_edit.replace(*head,
                           fmt::format("for ({0} {1} = 0; {1} < {2}; ++{1}){3}", type, m_name, boundText(),
                                       isBraced ? " " : "\n" + indentation + "    "));
            if (const auto end = closingRange())
                m_edit.remove(*end);
            if (isBraced)
                moveLeft({head->end, m_source.statementRange(m_inner.statement)->end});
            return m_edit.apply();
        }

    private:
        /// Lines that stood in two loops stand in one.
        void moveLeft(TextRange lines)
        {
            constexpr std::string_view kStep = "    ";
            const auto text = m_source.text();
            for (auto at = text.find('\n', lines.begin); at < lines.end; at = text.find('\n', at + 1))
                if (text.substr(at + 1).starts_with(kStep))
                    m_edit.remove({at + 1, at + 1 + kStep.size()});
        }

        [[nodiscard]] bool isFromZero(const CountedLoop& loop) const
        {
            return isZero(m_kernel, loop.start) && !m_kernel.isModifiedWithin(loop.var, loop.statement->getBody());
        }

        /// The outer loop counts by one, or by as much as the inner one is long.
        bool readStep()
        {
            const auto step = m_outer.step == nullptr ? std::nullopt : m_kernel.form(m_outer.step);
            m_isStepped = m_outer.step != nullptr;
            return m_inner.step == nullptr && (!m_isStepped || (step && step->constantValue() == m_length));
        }

        /// A loop that steps over the end has whole turns of the inner one there, too.
        [[nodiscard]] std::string boundText() const
        {
            const auto bound = operandText(m_kernel, m_outer.bound);
            const auto length = operandText(m_kernel, m_inner.bound);
            return m_isStepped ? fmt::format("({0} + {1}) / {2} * {2}", bound, m_length - 1, length)
                               : fmt::format("{} * {}", bound, length);
        }

        [[nodiscard]] bool leavesEarly() const
        {
            bool leaves = false;
            walk(m_inner.statement->getBody(), [&](const Stmt* node) {
                leaves = leaves || llvm::isa<BreakStmt, ContinueStmt, ReturnStmt, GotoStmt>(node);
                return !leaves;
            });
            return leaves || m_kernel.synchronises(m_inner.statement);
        }

        /// From the outer loop's word to the inner one's body.
        [[nodiscard]] std::optional<TextRange> headRange() const
        {
            const auto outer = m_source.statementRange(m_outer.statement);
            const auto body = m_source.statementRange(m_inner.statement->getBody());
            return outer && body ? std::optional(TextRange{outer->begin, body->begin}) : std::nullopt;
        }

        /// What is left behind the inner loop: the outer one's bracket.
        [[nodiscard]] std::optional<TextRange> closingRange() const
        {
            const auto outer = m_source.statementRange(m_outer.statement);
            const auto inner = m_source.statementRange(m_inner.statement);
            return outer && inner && inner->end < outer->end ? std::optional(TextRange{inner->end, outer->end})
                                                             : std::nullopt;
        }

        /// Both variables stand for one number wherever they are named, for each place moves as many times as far by
        /// the outer one as the inner loop is long.
        bool replaceUses()
        {
            std::set<const Stmt*> done;
            for (const VarDecl* var : {m_outer.var, m_inner.var})
                for (const auto* use : m_kernel.references(var, m_inner.statement->getBody())) {
                    const auto* whole = wholeOf(use);
                    if (whole == nullptr || !isOfBoth(whole))
                        return false;
                    if (done.insert(whole).second && !rewrite(whole))
                        return false;
                }
            return m_kernel.references(m_outer.var, m_inner.bound).empty() && isSettled(m_outer.bound);
        }

        /// Whether the loops' work does not move \p bound, which is now worked out more often.
        [[nodiscard]] bool isSettled(const Expr* bound) const
        {
            bool isSettled = m_kernel.accesses(bound).empty() && !bound->HasSideEffects(m_source.context(), true);
            walk(bound, [&](const Stmt* node) {
                const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
                const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
                isSettled = isSettled && (var == nullptr || !m_kernel.isModifiedWithin(var, m_outer.statement));
                return isSettled;
            });
            return isSettled;
        }

        /// The sum of products that \p use is a part of.
        [[nodiscard]] const Expr* wholeOf(const DeclRefExpr* use) const
        {
            const Expr* whole = use;
            for (const Stmt* above = m_kernel.parent(use); above != nullptr; above = m_kernel.parent(above)) {
                const auto* binary = llvm::dyn_cast<BinaryOperator>(above);
                const bool isSum = binary != nullptr && binary->getType()->isIntegerType()
                    && (binary->isAdditiveOp() || binary->getOpcode() == BO_Mul);
                const auto* cast = llvm::dyn_cast<CastExpr>(above);
                const bool isSame = llvm::isa<ParenExpr>(above)
                    || (cast != nullptr && cast->getType()->isIntegerType()
                        && (cast->getCastKind() == CK_IntegralCast || cast->getCastKind() == CK_LValueToRValue
                            || cast->getCastKind() == CK_NoOp));
                if (!isSum && !isSame)
                    break;
                whole = llvm::cast<Expr>(above);
            }
            return whole;
        }

        [[nodiscard]] bool isOfBoth(const Expr* whole) const
        {
            const auto form = m_kernel.form(whole);
            const auto outer = m_kernel.symbolOf(m_outer.var);
            const auto inner = m_kernel.symbolOf(m_inner.var);
            const auto far = form ? form->coefficient(outer) : std::nullopt;
            const auto near = form ? form->coefficient(inner) : std::nullopt;
            if (!far || !near || *far != *near * IndexForm::constant(m_isStepped ? 1 : m_length))
                return false;
            const auto rest = *form - *far * IndexForm::symbol(outer) - *near * IndexForm::symbol(inner);
            return !rest.dependsOn(outer) && !rest.dependsOn(inner) && !far->dependsOn(outer) && !far->dependsOn(inner);
        }

        bool rewrite(const Expr* whole)
        {
            bool isWritten = true;
            walk(whole, [&](const Stmt* node) {
                const auto* sum = llvm::dyn_cast<BinaryOperator>(node);
                if (sum != nullptr && sum->getOpcode() == BO_Add) {
                    if (isOfOuter(sum->getLHS())) {
                        isWritten = isWritten && remove(sum->getLHS(), sum->getRHS(), true);
                        isWritten = isWritten && rewrite(sum->getRHS());
                        return false;
                    }
                    if (isOfOuter(sum->getRHS())) {
                        isWritten = isWritten && remove(sum->getRHS(), sum->getLHS(), false);
                        isWritten = isWritten && rewrite(sum->getLHS());
                        return false;
                    }
                }
                const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
                const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
                if (var != m_outer.var && var != m_inner.var)
                    return isWritten;
                const auto at = m_source.range(reference);
                isWritten = isWritten && at.has_value();
                if (at)
                    m_edit.replace(*at, var == m_outer.var ? "0" : m_name);
                return false;
            });
            return isWritten;
        }

        /// Whether \p part is the outer variable times something, and no more.
        [[nodiscard]] bool isOfOuter(const Expr* part) const
        {
            const auto symbol = m_kernel.symbolOf(m_outer.var);
            const auto form = m_kernel.form(part);
            const auto factor = form ? form->coefficient(symbol) : std::nullopt;
            return factor && !factor->isZero() && *form == *factor * IndexForm::symbol(symbol);
        }

        bool remove(const Expr* part, const Expr* other, bool isFirst)
        {
            const auto gone = m_source.range(part);
            const auto kept = m_source.range(other);
            if (!gone || !kept)
                return false;
            m_edit.remove(isFirst ? TextRange{gone->begin, kept->begin} : TextRange{kept->end, gone->end});
            return true;
        }

        const KernelScope& m_kernel;
        const ParsedSource& m_source;
        const CountedLoop& m_outer;
        const CountedLoop& m_inner;
        SourceEdit m_edit;
        std::string m_name;
        std::int64_t m_length = 0;
        bool m_isStepped = false;  ///< the outer variable is what the inner one begins at
    };
};

}  // namespace

std::unique_ptr<Simplification> makePlainNest() { return std::make_unique<PlainNest>(); }

}  // namespace warploom
