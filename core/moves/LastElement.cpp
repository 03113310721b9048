// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/LastElement.h"

#include "moves/FoldLoop.h"
#include "moves/HostWords.h"
#include "moves/PlainLaunch.h"

namespace warploom {

using namespace clang;

namespace {

class LastElement {
public:
    LastElement(const KernelScope& kernel, const CompoundStmt& block, std::size_t at)
        : m_kernel(kernel)
        , m_source(kernel.source())
        , m_before(at == 0 ? nullptr : *(block.body_begin() + at - 1))
        , m_statement(*(block.body_begin() + at))
    {
    }

    std::optional<std::string> made()
    {
        const auto loop = m_kernel.countedLoop(m_statement);
        const auto start = loop ? m_kernel.form(loop->start) : std::nullopt;
        if (!loop || loop->step != nullptr || !start || m_kernel.synchronises(m_statement))
            return std::nullopt;
        m_loop = *loop;
        m_start = *start;
        return readStore() && readUses() && readOrigin() ? written() : std::nullopt;
    }

private:
    /// The one statement that stores an element of the round's own.
    bool readStore()
    {
        for (const Stmt* one : statementsIn(m_loop.statement->getBody())) {
            const auto* assignment = llvm::dyn_cast<BinaryOperator>(one);
            if (assignment == nullptr || !assignment->isAssignmentOp())
                continue;
            const auto place = placeOf(assignment->getLHS());
            const auto step = place ? place->index->coefficient(m_kernel.symbolOf(m_loop.var)) : std::nullopt;
            const auto constant = step ? step->constantValue() : std::nullopt;
            if (!constant || (*constant != 1 && *constant != -1) || !llvm::isa<ParmVarDecl>(place->base)
                || !place->base->getType()->getPointeeType()->isArithmeticType()
                || place->base->getType()->getPointeeType().isVolatileQualified())
                continue;
            m_store = assignment;
            m_target = *place;
            m_step = *constant;
            return true;
        }
        return false;
    }

    [[nodiscard]] std::optional<Access> placeOf(const Expr* expression) const
    {
        expression = expression->IgnoreParenImpCasts();
        for (const auto& access : m_kernel.accesses(expression))
            if (access.expression == expression && access.base != nullptr && access.index)
                return access;
        return std::nullopt;
    }

    /// Whether the array is read nowhere else than where the round before has stored, and at the round's own place,
    /// both before it stores.
    bool readUses()
    {
        for (const auto& access : m_kernel.accesses(m_statement)) {
            if (access.base == nullptr)
                return false;
            if (access.base != m_target.base || access.expression == m_target.expression)
                continue;
            const bool isBefore = !(m_store->getEndLoc() < access.expression->getBeginLoc());
            if (access.writes || access.atomic || !access.index || !isBefore || !m_source.range(access.expression))
                return false;
            if (*access.index == *m_target.index - IndexForm::constant(m_step))
                m_uses.push_back(access.expression);
            else if (*access.index != *m_target.index)
                return false;
        }
        // Loops within would go on with what they have stored themselves.
        bool isFlat = true;
        walk(m_loop.statement->getBody(), [&](const Stmt* node) {
            isFlat = isFlat && !llvm::isa<ForStmt, WhileStmt, DoStmt, LambdaExpr, ContinueStmt, BreakStmt>(node);
            return isFlat;
        });
        return isFlat && !m_uses.empty();
    }

    /// What stands there before the first round: what was stored just before, what is read, or nothing that anybody
    /// asks for.
    bool readOrigin()
    {
        const auto origin = m_target.index->without(m_kernel.symbolOf(m_loop.var))
            + (m_start - IndexForm::constant(1)) * IndexForm::constant(m_step);
        const auto* first = llvm::dyn_cast_or_null<BinaryOperator>(m_before);
        const auto place =
            first != nullptr && first->getOpcode() == BO_Assign ? placeOf(first->getLHS()) : std::nullopt;
        if (place && place->base == m_target.base && *place->index == origin) {
            m_first = first;
            return true;
        }
        if (m_start.isZero() && std::ranges::all_of(m_uses, [&](const Expr* use) { return isLater(use); }))
            return true;
        const auto renamed = m_kernel.renaming(m_loop.var, m_uses.front(), m_source.text(m_loop.start));
        const auto range = m_source.range(m_uses.front());
        if (!m_start.isOne() || !isSize(*m_loop.bound) || !renamed || !range)
            return false;
        m_origin = rewritten(m_source.text(), *range, *renamed);
        return true;
    }

    /// Whether \p use is reached in later rounds only: t == 0 ? x[t] : … y[t - 1].
    [[nodiscard]] bool isLater(const Expr* use) const
    {
        const Stmt* below = use;
        for (const Stmt* above = m_kernel.parent(use); above != nullptr && below != m_store;
             below = above, above = m_kernel.parent(above)) {
            const auto* choice = llvm::dyn_cast<ConditionalOperator>(above);
            if (choice != nullptr && below != choice->getCond()
                && isLaterRound(*choice->getCond(), below == choice->getTrueExpr()))
                return true;
        }
        return false;
    }

    /// Whether no first round has \p condition as \p isTrue says.
    [[nodiscard]] bool isLaterRound(const Expr& condition, bool isTrue) const
    {
        const auto* comparison = llvm::dyn_cast<BinaryOperator>(condition.IgnoreParenImpCasts());
        if (comparison == nullptr || !comparison->isComparisonOp())
            return false;
        const auto left = m_kernel.form(comparison->getLHS());
        const auto right = m_kernel.form(comparison->getRHS());
        if (!left || !right)
            return false;
        const auto symbol = m_kernel.symbolOf(m_loop.var);
        const auto difference = *left - *right;
        const auto rest = difference.without(symbol).constantValue();
        const auto factor = difference.coefficient(symbol);
        // In the first round the variable is 0, and only the rest of the difference is there.
        if (!rest || !factor || !factor->constantValue())
            return false;
        return holds(comparison->getOpcode(), *rest) != isTrue;
    }

    static bool holds(BinaryOperatorKind kind, std::int64_t difference)
    {
        switch (kind) {
        case BO_EQ:
            return difference == 0;
        case BO_NE:
            return difference != 0;
        case BO_LT:
            return difference < 0;
        case BO_LE:
            return difference <= 0;
        case BO_GT:
            return difference > 0;
        default:
            return difference >= 0;
        }
    }

    /// Whether \p bound is a size, which is at least 1.
    [[nodiscard]] bool isSize(const Expr& bound) const
    {
        const auto* var = plainVariable(&bound);
        return var != nullptr && !m_kernel.isModified(var)
            && std::ranges::all_of(m_kernel.launches(), [&](const LaunchLine* launch) {
                   const auto argument = m_kernel.argumentOf(*launch, &bound);
                   return !argument.empty() && isPlainWord(argument);
               });
    }

    [[nodiscard]] std::optional<std::string> written() const
    {
        const auto type =
            m_store->getLHS()->getType().getUnqualifiedType().getAsString(m_source.context().getPrintingPolicy());
        const auto name = m_source.directives().freshName("last");
        const auto loop = m_source.statementRange(m_loop.statement);
        const auto store = m_source.statementRange(m_store);
        const auto value = m_source.range(m_store->getRHS());
        const auto target = m_source.text(m_store->getLHS());
        if (!loop || !store || !value || target.empty())
            return std::nullopt;
        SourceEdit edit(m_source.text());
        if (!keepFirst(edit, type, name, *loop))
            return std::nullopt;
        std::vector<Replacement> uses;
        for (const auto* use : m_uses) {
            const auto range = *m_source.range(use);
            if (value->contains(range))
                uses.push_back({range, name});
            else
                edit.replace(range, name);
        }
        auto text = rewritten(m_source.text(), *value, uses);
        if (m_store->isCompoundAssignmentOp()) {
            const auto operation =
                BinaryOperator::getOpcodeStr(BinaryOperator::getOpForCompoundAssignment(m_store->getOpcode()));
            text = fmt::format("{} {} ({})", target, operation.str(), text);
        }
        const bool isAlone = m_loop.statement->getBody() == m_store;
        const auto indentation = indentationAt(m_source.text(), isAlone ? loop->begin : store->begin);
        edit.replace(
            *store,
            isAlone ? fmt::format("{{\n{0}    {1} = {2};\n{0}    {3} = {1};\n{0}}}", indentation, name, text, target)
                    : fmt::format("{1} = {2};\n{0}{3} = {1};", indentation, name, text, target));
        return edit.apply();
    }

    bool keepFirst(SourceEdit& edit, const std::string& type, const std::string& name, TextRange loop) const
    {
        const auto indentation = indentationAt(m_source.text(), loop.begin);
        if (m_first == nullptr) {
            edit.insert(loop.begin,
                        fmt::format("{} {} = {};\n{}", type, name, m_origin.empty() ? "0" : m_origin, indentation));
            return true;
        }
        const auto value = m_source.text(m_first->getRHS());
        const auto range = m_source.range(m_first->getRHS());
        const auto store = m_source.statementRange(m_first);
        if (value.empty() || !range || !store)
            return false;
        edit.insert(store->begin, fmt::format("{} {} = {};\n{}", type, name, value, indentation));
        edit.replace(*range, name);
        return true;
    }

    const KernelScope& m_kernel;
    const ParsedSource& m_source;
    const Stmt* m_before;
    const Stmt* m_statement;
    CountedLoop m_loop;
    IndexForm m_start;
    const BinaryOperator* m_store = nullptr;
    Access m_target;
    std::int64_t m_step = 1;  ///< from a round's place to the next one's
    std::vector<const Expr*> m_uses;  ///< that read what the round before has stored
    const BinaryOperator* m_first = nullptr;  ///< stores what the first round reads
    std::string m_origin;  ///< or where that is read
};

}  // namespace

std::optional<std::string> lastElementKept(const KernelScope& kernel)
{
    std::optional<std::string> made;
    walk(kernel.kernel().getBody(), [&](const Stmt* node) {
        const auto* block = llvm::dyn_cast<CompoundStmt>(node);
        for (std::size_t at = 0; block != nullptr && !made && at < block->size(); ++at)
            if (llvm::isa<ForStmt>(*(block->body_begin() + at)))
                made = LastElement(kernel, *block, at).made();
        return !made;
    });
    return made;
}

}  // namespace warploom
