// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/LinkedFolds.h"

#include "moves/KnownKernel.h"

namespace warploom {

using namespace clang;

namespace {

/// Each costs registers and a step of its own.
constexpr std::size_t kMostFolds = 6;

class LinkReader {
public:
    explicit LinkReader(const KernelScope& kernel)
        : m_kernel(kernel)
    {
    }

    std::optional<LinkedFolds> read(const std::vector<const Stmt*>& body)
    {
        const auto loop = foldLoop(m_kernel, body);
        if (!loop || !isKnownThroughout(m_kernel))
            return std::nullopt;
        static_cast<FoldLoop&>(m_found) = *loop;
        const auto changed = changedVariables(m_kernel, m_found);
        if (changed.size() > kMostFolds
            || !std::ranges::all_of(changed, [&](const auto* var) { return canHoldFold(m_kernel, m_found, var); }))
            return std::nullopt;
        for (const Stmt* statement : statementsIn(m_found.loop->getBody()))
            if (!readStep(statement, changed))
                return std::nullopt;
        if (m_found.folds.size() != changed.size() || !readOwnElements(m_kernel, m_found, m_found.writes)
            || !setLevels())
            return std::nullopt;
        return m_found;
    }

private:
    bool readStep(const Stmt* statement, const std::set<const VarDecl*>& changed)
    {
        std::vector<const VarDecl*> set;
        for (const auto* var : changed)
            if (m_kernel.isModifiedWithin(var, statement))
                set.push_back(var);
        m_found.steps.push_back(statement);
        if (!m_kernel.source().statementRange(statement) || set.size() > 1)
            return false;
        if (const auto* declaration = llvm::dyn_cast<DeclStmt>(statement))
            return set.empty() && readLocal(declaration);
        return set.empty() ? readWrite(statement) : readUpdate(set.front(), statement);
    }

    bool readLocal(const DeclStmt* declaration)
    {
        m_found.locals.push_back(declaration);
        return std::ranges::all_of(declaration->decls(), [&](const Decl* one) {
            const auto* var = llvm::dyn_cast<VarDecl>(one);
            return var != nullptr && var->hasInit() && !m_kernel.isModified(var) && var->hasLocalStorage();
        });
    }

    bool readWrite(const Stmt* statement)
    {
        const auto* whole = llvm::dyn_cast<Expr>(statement);
        const auto* expression = whole == nullptr ? nullptr : whole->IgnoreImplicit();
        const auto* target = expression == nullptr ? nullptr : assignedBy(expression);
        if (target == nullptr || !llvm::isa<ArraySubscriptExpr, UnaryOperator>(target))
            return false;
        m_found.writes.push_back(expression);
        return true;
    }

    bool readUpdate(const VarDecl* var, const Stmt* statement)
    {
        if (writesMemory(statement))
            return false;
        const auto known =
            std::ranges::find_if(m_found.folds, [&](const auto& fold) { return fold.reduction.var == var; });
        if (known != m_found.folds.end())
            return readFurther(*known, statement);
        LinkedFolds::Fold fold;
        fold.statement = statement;
        if (const auto update = foldUpdate(m_kernel, var, statement); update && isOfOthers(*update))
            static_cast<FoldUpdate&>(fold) = *update;
        else if (!readAffine(fold, var))
            return false;
        m_found.folds.push_back(std::move(fold));
        return true;
    }

    [[nodiscard]] bool isOfOthers(const FoldUpdate& update) const
    {
        const auto parts = update.parts();
        return std::ranges::all_of(parts, [&](const Stmt* part) { return isFree(update.reduction.var, part); });
    }

    bool readAffine(LinkedFolds::Fold& fold, const VarDecl* var)
    {
        fold.reduction.var = var;
        const auto* assignment = llvm::dyn_cast<BinaryOperator>(fold.statement);
        if (assignment != nullptr && assignment->getOpcode() == BO_Assign && plainVariable(assignment->getLHS()) == var
            && isFree(var, assignment->getRHS())) {
            fold.factors = {assignment->getRHS()};
            fold.isHandedOn = !assignment->getRHS()->HasSideEffects(m_kernel.source().context());
            return fold.isHandedOn && m_kernel.source().range(assignment->getRHS());
        }
        auto all = fold.earlier;
        all.push_back(fold.statement);
        fold.affine = affineUpdate(m_kernel, m_found, var, all);
        return fold.affine.has_value();
    }

    /// One more update of the same variable, which nothing has read in between.
    bool readFurther(LinkedFolds::Fold& fold, const Stmt* statement)
    {
        const auto* var = fold.reduction.var;
        const auto first = std::ranges::find(m_found.steps, fold.statement);
        const bool isReadBetween = std::any_of(std::next(first), std::prev(m_found.steps.end()),
                                               [&](const Stmt* step) { return !isFree(var, step); });
        if (isReadBetween || fold.isHandedOn)
            return false;
        LinkedFolds::Fold several;
        several.reduction.var = var;
        several.earlier = fold.earlier;
        several.earlier.push_back(fold.statement);
        several.statement = statement;
        // They are done where the last of them stands.
        const bool isSameLater = std::all_of(first, std::prev(m_found.steps.end()), [&](const Stmt* step) {
            const auto* other = m_found.foldOf(step);
            return other == nullptr || other == &fold || std::ranges::all_of(several.earlier, [&](const Stmt* one) {
                       return isFree(other->reduction.var, one);
                   });
        });
        if (!isSameLater)
            return false;
        auto all = several.earlier;
        all.push_back(statement);
        several.affine = affineUpdate(m_kernel, m_found, var, all);
        fold = std::move(several);
        return fold.affine.has_value();
    }

    /// Whether \p part does not need \p var, not by way of locals either.
    [[nodiscard]] bool isFree(const VarDecl* var, const Stmt* part) const
    {
        const auto all = m_found.withLocals(m_kernel, {part});
        return std::ranges::all_of(all, [&](const Stmt* one) { return m_kernel.references(var, one).empty(); });
    }

    [[nodiscard]] bool writesMemory(const Stmt* statement) const
    {
        return std::ranges::any_of(m_kernel.accesses(statement), [](const Access& access) { return access.writes; });
    }

    /// Whether anything but its own update reads the variable of \p fold in the loop.
    [[nodiscard]] bool isRead(const LinkedFolds::Fold& fold) const
    {
        auto own = m_kernel.references(fold.reduction.var, fold.statement).size();
        for (const Stmt* other : fold.earlier)
            own += m_kernel.references(fold.reduction.var, other).size();
        return m_kernel.references(fold.reduction.var, m_found.loop).size() != own;
    }

    /// What is handed on is known to those only that come after: the last element's would have to be asked for.
    [[nodiscard]] bool isKnownBehind(const LinkedFolds::Fold& fold) const
    {
        return std::ranges::none_of(
            m_found.after, [&](const Stmt* one) { return !m_kernel.references(fold.reduction.var, one).empty(); });
    }

    /// Scans come after those that they read; nothing is there to scan, or they go round in a circle: false.
    bool setLevels()
    {
        std::vector<LinkedFolds::Fold*> open;
        bool isScan = false;
        for (auto& fold : m_found.folds) {
            if (fold.isHandedOn && (!isRead(fold) || !isKnownBehind(fold)))
                return false;
            if (fold.affine || isRead(fold))
                open.push_back(&fold);
            isScan = isScan || (!fold.isHandedOn && (fold.affine || isRead(fold)));
        }
        // Rows of which elements need no more than the one before are no scans.
        if (!isScan)
            return false;
        // Until all have a level, each is one that nothing can come after.
        for (auto* fold : open)
            fold->level = kMostFolds;
        for (std::size_t level = 0; !open.empty(); ++level) {
            std::vector<LinkedFolds::Fold*> ready;
            for (auto* fold : open)
                if (std::ranges::all_of(m_found.readBy(m_kernel, fold->parts()),
                                        [&](const auto* other) { return *other->level < kMostFolds; }))
                    ready.push_back(fold);
            if (ready.empty())
                return false;
            for (auto* fold : ready) {
                fold->level = level;
                std::erase(open, fold);
            }
            m_found.levels = level + 1;
        }
        return m_found.levels > 0;
    }

    const KernelScope& m_kernel;
    LinkedFolds m_found;
};

}  // namespace

std::vector<const Stmt*> LinkedFolds::Fold::parts() const
{
    return affine ? std::vector<const Stmt*>(affine->parts.begin(), affine->parts.end()) : FoldUpdate::parts();
}

const LinkedFolds::Fold* LinkedFolds::foldOf(const Stmt* step) const
{
    const auto found = std::ranges::find_if(folds, [&](const Fold& fold) { return fold.statement == step; });
    return found == folds.end() ? nullptr : &*found;
}

std::vector<const LinkedFolds::Fold*> LinkedFolds::readBy(const KernelScope& kernel,
                                                          const std::vector<const Stmt*>& parts) const
{
    const auto all = withLocals(kernel, parts);
    std::vector<const Fold*> found;
    for (const auto& fold : folds)
        if (fold.level && std::ranges::any_of(all, [&](const Stmt* part) {
                return !kernel.references(fold.reduction.var, part).empty();
            }))
            found.push_back(&fold);
    return found;
}

std::optional<LinkedFolds> linkedFolds(const KernelScope& kernel, const std::vector<const Stmt*>& body)
{
    return LinkReader(kernel).read(body);
}

}  // namespace warploom
