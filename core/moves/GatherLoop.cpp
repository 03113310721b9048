// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/GatherLoop.h"

namespace warploom {

using namespace clang;

namespace {

std::vector<const Stmt*> gatherParts(const Stmt* statement)
{
    if (const auto* compound = llvm::dyn_cast<CompoundStmt>(statement))
        return {compound->body_begin(), compound->body_end()};
    return {statement};
}

const VarDecl* referencedVar(const Stmt* node)
{
    const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
    return reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
}

class GatherReader {
public:
    explicit GatherReader(const KernelScope& kernel)
        : m_kernel(kernel)
    {
    }

    std::optional<GatherLoop> read(const Stmt* statement)
    {
        const auto counted = m_kernel.countedLoop(statement);
        if (!counted || counted->step != nullptr || !isPlain(*counted))
            return std::nullopt;
        m_result = {};
        m_result.counted = *counted;
        m_result.rest = gatherParts(counted->statement->getBody());
        const auto accesses = m_kernel.accesses(counted->statement->getBody());
        std::vector<const Access*> gathers;
        for (const auto& access : accesses) {
            if (access.base == nullptr || access.writes || access.atomic)
                return std::nullopt;
            if (isGather(access))
                gathers.push_back(&access);
        }
        if (gathers.size() != 1 || !isUnconditional(gathers[0]->expression) || !readIndex(*gathers[0], accesses))
            return std::nullopt;
        m_result.gather = *gathers[0];
        m_result.type = m_result.gather.expression->getType().getUnqualifiedType();
        return m_result.rest.empty() || !isWritable() ? std::nullopt : std::optional(m_result);
    }

private:
    [[nodiscard]] bool isPlain(const CountedLoop& counted) const
    {
        const auto& source = m_kernel.source();
        const Stmt* body = counted.statement->getBody();
        bool plain = !m_kernel.containsReturn(body) && !m_kernel.synchronises(body)
            && source.statementRange(counted.statement) && source.range(counted.start) && source.range(counted.bound)
            && !counted.start->HasSideEffects(source.context(), false)
            && !counted.bound->HasSideEffects(source.context(), false)
            && llvm::isa_and_nonnull<CompoundStmt>(m_kernel.parent(counted.statement))
            && counted.var->getType()->isSignedIntegerType();
        walk(body, [&](const Stmt* node) {
            plain = plain && !llvm::isa<ForStmt, WhileStmt, DoStmt, LambdaExpr>(node);
            return plain;
        });
        // The bound is read once.
        walk(counted.bound, [&](const Stmt* node) {
            const auto* var = referencedVar(node);
            plain = plain && (var == nullptr || !m_kernel.isModifiedWithin(var, counted.statement));
            return plain;
        });
        return plain;
    }

    /// An element of a parameter at a place that no polynomial of what is known before the loop tells.
    [[nodiscard]] bool isGather(const Access& access) const
    {
        const auto* subscript = llvm::dyn_cast<ArraySubscriptExpr>(access.expression);
        if (subscript == nullptr || !llvm::isa_and_nonnull<ParmVarDecl>(access.base) || access.call != nullptr)
            return false;
        bool isLoaded = !access.index;
        walk(subscript->getIdx(), [&](const Stmt* node) {
            isLoaded = isLoaded || isOfLoop(referencedVar(node));
            return !isLoaded;
        });
        return isLoaded;
    }

    /// Whether \p var is declared in the loop's body.
    [[nodiscard]] bool isOfLoop(const VarDecl* var) const
    {
        const Stmt* body = m_result.counted.statement->getBody();
        return var != nullptr && body->getBeginLoc() <= var->getBeginLoc() && var->getEndLoc() <= body->getEndLoc();
    }

    [[nodiscard]] bool isUnconditional(const Stmt* statement) const
    {
        for (const Stmt* node = m_kernel.parent(statement); node != m_result.counted.statement;
             node = m_kernel.parent(node)) {
            const auto* binary = llvm::dyn_cast_or_null<BinaryOperator>(node);
            if (node == nullptr || llvm::isa<IfStmt, ConditionalOperator, SwitchStmt>(node)
                || (binary != nullptr && binary->isLogicalOp()))
                return false;
        }
        return true;
    }

    /// Whether no macro hides a statement, or what is called otherwise within.
    [[nodiscard]] bool isWritable() const
    {
        const Stmt* body = m_result.counted.statement->getBody();
        return std::ranges::all_of(m_result.rest,
                                   [&](const Stmt* one) { return m_kernel.source().statementRange(one).has_value(); })
            && m_kernel.renaming(m_result.counted.var, body, {})
            && (m_result.index == nullptr || m_kernel.renaming(m_result.index, body, {}));
    }

    /// Whether nothing that the body declares or changes takes part.
    [[nodiscard]] bool isKnownBefore(const Stmt* expression) const
    {
        bool known = true;
        walk(expression, [&](const Stmt* node) {
            const auto* var = referencedVar(node);
            known = known
                && (var == nullptr
                    || (!isOfLoop(var) && !m_kernel.isModifiedWithin(var, m_result.counted.statement->getBody())));
            return known;
        });
        return known;
    }

    /// The one load that the place is made of, in the gather or in a variable of the loop.
    bool readIndex(const Access& gather, const std::vector<Access>& accesses)
    {
        const auto* place = llvm::cast<ArraySubscriptExpr>(gather.expression)->getIdx();
        std::set<const VarDecl*> locals;
        walk(place, [&](const Stmt* node) {
            const auto* var = referencedVar(node);
            if (isOfLoop(var))
                locals.insert(var);
            // What the body changes is not known beforehand.
            if (var != nullptr && m_kernel.isModifiedWithin(var, m_result.counted.statement->getBody()))
                locals.insert(nullptr);
            return true;
        });
        const auto nested = m_kernel.accesses(place);
        if (locals.count(nullptr) > 0 || locals.size() + nested.size() != 1)
            return false;
        m_result.load = nested.empty() ? nullptr : nested[0].expression;
        if (nested.empty() && !readVariable(*locals.begin()))
            return false;
        const auto loads = m_kernel.accesses(nested.empty() ? m_result.load : place);
        const auto& source = m_kernel.source();
        if (loads.size() != 1 || !llvm::isa_and_nonnull<ParmVarDecl>(loads[0].base) || loads[0].call != nullptr
            || !loads[0].index || !source.range(m_result.load) || !source.range(gather.expression))
            return false;
        if (!isKnownBefore(m_result.load)
            || !isKnownBefore(llvm::cast<ArraySubscriptExpr>(gather.expression)->getBase()))
            return false;
        const auto step = loads[0].index->coefficient(m_kernel.symbolOf(m_result.counted.var));
        if (nested.size() == 1)
            m_result.indexType = m_result.load->getType().getUnqualifiedType();
        return step && step->isOne() && !accesses.empty();
    }

    bool readVariable(const VarDecl* var)
    {
        if (!var->hasInit() || m_kernel.isModified(var) || !var->getType()->isIntegerType())
            return false;
        const auto at = std::ranges::find_if(m_result.rest, [var](const Stmt* statement) {
            const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
            return declaration != nullptr && declaration->isSingleDecl() && declaration->getSingleDecl() == var;
        });
        if (at == m_result.rest.end())
            return false;
        m_result.rest.erase(at);
        m_result.index = var;
        m_result.load = var->getInit();
        m_result.indexType = var->getType().getUnqualifiedType();
        return true;
    }

    const KernelScope& m_kernel;
    GatherLoop m_result;
};

class GatherColumnReader {
public:
    explicit GatherColumnReader(const KernelScope& kernel)
        : m_kernel(kernel)
    {
    }

    std::optional<GatheredColumns> read()
    {
        auto guarded = guardedKernel(m_kernel);
        if (!guarded || guarded->indices.size() != 1 || guarded->indices[0].dimension != 0 || !guarded->preamble.empty()
            || usesBuiltinsElsewhere(m_kernel, *guarded))
            return std::nullopt;
        m_result.guarded = std::move(*guarded);
        const auto own = m_kernel.form(m_result.guarded.indices[0].var->getInit());
        if (!own || !readStatements() || !readPlace(*own) || !readDependence() || !readStore(*own))
            return std::nullopt;
        return m_result;
    }

private:
    /// Declarations, one of them of the sum, the loop, and one store.
    bool readStatements()
    {
        const auto& body = m_result.guarded.body;
        if (body.size() < 3)
            return false;
        for (std::size_t i = 0; i + 2 < body.size(); ++i)
            if (!llvm::isa<DeclStmt>(body[i]))
                return false;
        const auto loop = GatherReader(m_kernel).read(body[body.size() - 2]);
        m_result.store = llvm::dyn_cast<BinaryOperator>(body.back());
        if (!loop || m_result.store == nullptr || m_result.store->getOpcode() != BO_Assign)
            return false;
        m_result.loop = *loop;
        for (std::size_t i = 0; i + 2 < body.size(); ++i) {
            const auto* declaration = llvm::cast<DeclStmt>(body[i]);
            const auto* var =
                declaration->isSingleDecl() ? llvm::dyn_cast<VarDecl>(declaration->getSingleDecl()) : nullptr;
            if (var == nullptr || !var->hasInit())
                return false;
            if (!m_kernel.isModified(var))
                continue;
            Expr::EvalResult value;
            if (m_result.sum != nullptr || !m_kernel.isModifiedWithin(var, loop->counted.statement)
                || !var->getInit()->EvaluateAsRValue(value, m_kernel.source().context())
                || !var->getType()->isArithmeticType())
                return false;
            m_result.sum = var;
            m_result.declaration = declaration;
        }
        return m_result.sum != nullptr && !m_kernel.isModifiedWithin(m_result.sum, m_result.store);
    }

    /// table[… * width + i % width]
    bool readPlace(const IndexForm& own)
    {
        const auto* gather = llvm::cast<ArraySubscriptExpr>(m_result.loop.gather.expression);
        const auto* place = gather->getIdx();
        // Rows begin on a boundary of 16 bytes only where the table does.
        if (plainVariable(gather->getBase()) != m_result.loop.gather.base
            || m_kernel.isModified(m_result.loop.gather.base))
            return false;
        const auto* sum = llvm::dyn_cast<BinaryOperator>(place->IgnoreParenImpCasts());
        if (sum == nullptr || sum->getOpcode() != BO_Add)
            return false;
        for (const auto& [row, column] : {std::pair(sum->getLHS(), sum->getRHS()), {sum->getRHS(), sum->getLHS()}}) {
            const auto* product = llvm::dyn_cast<BinaryOperator>(row->IgnoreParenImpCasts());
            const auto form = m_kernel.form(column);
            if (product == nullptr || product->getOpcode() != BO_Mul || !form)
                continue;
            for (const Expr* factor : {product->getLHS(), product->getRHS()}) {
                const auto* width = llvm::dyn_cast_or_null<ParmVarDecl>(plainVariable(factor));
                if (width == nullptr || m_kernel.isModified(width))
                    continue;
                const auto length = IndexForm::symbol(m_kernel.symbolOf(width));
                if (*form != IndexForm::opaque("%", own, length))
                    continue;
                m_result.width = width;
                m_result.column = plainVariable(column);
                m_row = IndexForm::opaque("/", own, length);
                m_column = *form;
                return true;
            }
        }
        return false;
    }

    /// Whether \p expression has another value for the next element of the same row.
    [[nodiscard]] bool differs(const Stmt* expression) const
    {
        bool found = false;
        walk(expression, [&](const Stmt* node) {
            const auto* part = llvm::dyn_cast<Expr>(node);
            const auto form = part != nullptr && part->getType()->isIntegerType() ? m_kernel.form(part) : std::nullopt;
            if (found || (form && *form == m_row))
                return false;
            const auto* var = referencedVar(node);
            if (var == m_result.guarded.indices[0].var)
                found = true;
            else if (var != nullptr && var->isLocalVarDecl() && var->hasInit() && !m_kernel.isModified(var))
                found = differs(var->getInit());
            return !found;
        });
        return found;
    }

    /// The row, and how far its loop goes, are the same for all columns; only the column itself differs.
    [[nodiscard]] bool readDependence() const
    {
        for (const Stmt* statement : m_result.guarded.body) {
            const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
            const auto* var = declaration == nullptr ? nullptr : llvm::cast<VarDecl>(declaration->getSingleDecl());
            if (var == nullptr || var == m_result.column)
                continue;
            for (const auto& access : m_kernel.accesses(statement))
                if (access.base == nullptr || access.writes)
                    return false;
            if (differs(var->getInit()))
                return false;
        }
        const auto& loop = m_result.loop;
        for (const Stmt* statement : loop.rest)
            if (llvm::isa<DeclStmt>(statement))
                return false;
        for (const VarDecl* var : {m_result.sum, m_result.column, m_result.guarded.indices[0].var})
            for (const Stmt* part : {loop.counted.statement->getBody(), static_cast<const Stmt*>(m_result.store)})
                if (var != nullptr && !m_kernel.renaming(var, part, {}))
                    return false;
        return !differs(loop.counted.start) && !differs(loop.counted.bound) && !differs(loop.load)
            && onlySum(loop.counted.statement->getBody());
    }

    [[nodiscard]] bool onlySum(const Stmt* body) const
    {
        bool only = true;
        walk(body, [&](const Stmt* node) {
            const auto* var = referencedVar(node);
            only = only && (var == nullptr || var == m_result.sum || !m_kernel.isModifiedWithin(var, body));
            return only;
        });
        return only;
    }

    /// out[i] = …
    [[nodiscard]] bool readStore(const IndexForm& own) const
    {
        const auto target = m_kernel.accesses(m_result.store->getLHS());
        const auto length = IndexForm::symbol(m_kernel.symbolOf(m_result.width));
        if (target.empty() || target[0].expression != m_result.store->getLHS()->IgnoreParens()
            || !llvm::isa_and_nonnull<ParmVarDecl>(target[0].base) || !target[0].index || target.size() != 1
            || (*target[0].index != own && *target[0].index != m_row * length + m_column)
            || !m_kernel.source().range(m_result.store->getLHS()) || !m_kernel.source().range(m_result.store->getRHS()))
            return false;
        for (const auto& access : m_kernel.accesses(m_kernel.kernel().getBody()))
            if (access.base == nullptr || (access.writes && access.expression != target[0].expression)
                || (access.base == target[0].base && access.expression != target[0].expression))
                return false;
        return true;
    }

    const KernelScope& m_kernel;
    GatheredColumns m_result;
    IndexForm m_row;
    IndexForm m_column;
};

}  // namespace

std::vector<GatherLoop> gatherLoops(const KernelScope& kernel)
{
    std::vector<GatherLoop> found;
    GatherReader reader(kernel);
    walk(kernel.kernel().getBody(), [&](const Stmt* node) {
        if (llvm::isa<ForStmt>(node))
            if (auto loop = reader.read(node))
                found.push_back(*loop);
        return true;
    });
    return found;
}

std::optional<GatheredColumns> gatheredColumns(const KernelScope& kernel) { return GatherColumnReader(kernel).read(); }

}  // namespace warploom
