// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/NestedFold.h"

#include "moves/FoldLoop.h"

namespace warploom {

using namespace clang;

namespace {

class NestedFoldReader {
public:
    NestedFoldReader(const KernelScope& kernel, const BroadcastReader& reader, const BroadcastKernel& found)
        : m_kernel(kernel)
        , m_reader(reader)
        , m_found(found)
    {
    }

    std::optional<NestedFold> read(const Stmt* statement)
    {
        const auto outer = m_reader.uniformLoop(statement);
        if (!outer)
            return std::nullopt;
        m_fold.outer = *outer;
        if (!readBody() || !readSums() || !readLoads() || !readFinish())
            return std::nullopt;
        const auto hasKind = [&](bool isOwn) {
            return std::ranges::any_of(m_fold.loads, [&](const NestedLoad& one) { return one.isOwn == isOwn; });
        };
        return hasKind(true) && hasKind(false) ? std::optional(m_fold) : std::nullopt;
    }

private:
    /// Declarations, the inner loop, and what comes of it.
    bool readBody()
    {
        const Stmt* inner = nullptr;
        for (const Stmt* statement : statementsIn(m_fold.outer.statement->getBody())) {
            if (inner != nullptr) {
                m_fold.after.push_back(statement);
            } else if (llvm::isa<DeclStmt>(statement)) {
                m_fold.before.push_back(statement);
            } else {
                const auto loop = m_reader.uniformLoop(statement);
                if (!loop)
                    return false;
                inner = loop->statement;
                m_fold.inner = *loop;
            }
        }
        const auto round = inner == nullptr ? std::nullopt : foldRound(m_kernel, m_fold.inner);
        if (!round || m_fold.after.empty())
            return false;
        m_round = *round;
        return true;
    }

    /// Each is declared for the element, and starts from the same number for all.
    bool readSums()
    {
        for (const VarDecl* state : m_round.states) {
            const auto at = std::ranges::find_if(m_fold.before, [&](const Stmt* statement) {
                const auto* declaration = llvm::cast<DeclStmt>(statement);
                return declaration->isSingleDecl() && declaration->getSingleDecl() == state;
            });
            if (at == m_fold.before.end() || !state->hasInit() || !state->getType()->isArithmeticType()
                || !m_reader.isUniform(state->getInit()) || !m_kernel.source().range(state->getInit()))
                return false;
            m_fold.before.erase(at);
        }
        // In the order in which they stand.
        m_fold.sums.assign(m_round.states.begin(), m_round.states.end());
        std::ranges::sort(m_fold.sums, {}, [](const VarDecl* sum) { return sum->getLocation().getRawEncoding(); });
        // Others are worked out when the inner loop is through, or for the copies.
        return std::ranges::all_of(m_fold.before, [&](const Stmt* statement) { return isSettled(statement); });
    }

    /// Whether \p statement declares what never changes, and knows no sum.
    [[nodiscard]] bool isSettled(const Stmt* statement) const
    {
        const auto decls = llvm::cast<DeclStmt>(statement)->decls();
        return std::ranges::all_of(decls,
                                   [&](const Decl* one) {
                                       const auto* var = llvm::dyn_cast<VarDecl>(one);
                                       return var != nullptr && var->hasLocalStorage() && var->hasInit()
                                           && !var->getType()->isReferenceType() && !m_kernel.isModified(var);
                                   })
            && std::ranges::none_of(m_fold.sums,
                                    [&](const VarDecl* sum) { return !m_kernel.references(sum, statement).empty(); });
    }

    bool readLoads()
    {
        const auto inner = m_kernel.symbolOf(m_fold.inner.var);
        const auto outer = m_kernel.symbolOf(m_fold.outer.var);
        for (const auto& access : m_round.loads) {
            if (m_found.written.count(access.base) > 0 || !m_kernel.source().range(access.expression)
                || !llvm::isa<ArraySubscriptExpr>(access.expression) || !isPlainData(access.expression->getType()))
                return false;
            // What is the same for items and elements stays where it is.
            if (hasOnly(*access.index, {inner}))
                continue;
            const bool isOwn = access.index->dependsOn(threadSymbol(0));
            if (!access.index->dependsOn(inner)
                || !hasOnly(*access.index,
                            isOwn ? std::set<std::string>{inner, threadSymbol(0), blockSymbol(0), blockSizeSymbol(0)}
                                  : std::set<std::string>{inner, outer}))
                return false;
            addLoad(access, isOwn);
        }
        return true;
    }

    void addLoad(const Access& access, bool isOwn)
    {
        const auto known = std::ranges::find_if(
            m_fold.loads, [&](const NestedLoad& one) { return one.base == access.base && one.index == *access.index; });
        const bool isWidened = becomesInt(access.expression);
        if (known == m_fold.loads.end()) {
            m_fold.loads.push_back({access.base, *access.index, isOwn, isWidened, {access.expression}});
        } else {
            known->loads.push_back(access.expression);
            known->isWidened = known->isWidened && isWidened;
        }
    }

    [[nodiscard]] bool becomesInt(const Expr* load) const
    {
        const auto& ast = m_kernel.source().context();
        const Stmt* above = m_kernel.parent(load);
        while (llvm::isa_and_nonnull<ParenExpr>(above)
               || (llvm::isa_and_nonnull<ImplicitCastExpr>(above)
                   && llvm::cast<ImplicitCastExpr>(above)->getCastKind() == CK_LValueToRValue))
            above = m_kernel.parent(above);
        const auto* cast = llvm::dyn_cast_or_null<CastExpr>(above);
        return cast != nullptr && cast->getCastKind() == CK_IntegralCast
            && ast.hasSameUnqualifiedType(cast->getType(), ast.IntTy)
            && ast.getTypeSize(load->getType()) < ast.getTypeSize(ast.IntTy);
    }

    /// Whether nothing but \p symbols and what never changes takes part in \p index.
    [[nodiscard]] bool hasOnly(const IndexForm& index, std::set<std::string> symbols) const
    {
        for (const auto* parameter : m_kernel.kernel().parameters())
            if (!m_kernel.isModified(parameter))
                symbols.insert(m_kernel.symbolOf(parameter));
        for (const int dimension : {1, 2}) {
            symbols.insert(blockSymbol(dimension));
            symbols.insert(gridSizeSymbol(dimension));
        }
        return std::ranges::all_of(index.terms(), [&](const auto& term) {
            return std::ranges::all_of(term.first,
                                       [&](const std::string& symbol) { return symbols.count(symbol) > 0; });
        });
    }

    /// Whether nothing is stored before the last element is through.
    [[nodiscard]] bool readFinish() const
    {
        return std::ranges::none_of(m_kernel.accesses(m_fold.outer.statement->getBody()), [](const Access& access) {
            return access.writes && llvm::isa_and_nonnull<ParmVarDecl>(access.base);
        });
    }

    const KernelScope& m_kernel;
    const BroadcastReader& m_reader;
    const BroadcastKernel& m_found;
    NestedFold m_fold;
    FoldRound m_round;
};

}  // namespace

std::optional<NestedFold> nestedFold(const KernelScope& kernel, const BroadcastReader& reader,
                                     const BroadcastKernel& found)
{
    const auto read = [&](const Stmt* statement) { return NestedFoldReader(kernel, reader, found).read(statement); };
    auto parts = itemParts(kernel, found, [&](const Stmt* statement) { return read(statement).has_value(); });
    auto fold = parts ? read(parts->loop) : std::nullopt;
    if (fold)
        fold->parts = std::move(*parts);
    return fold;
}

}  // namespace warploom
