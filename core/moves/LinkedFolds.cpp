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
        const auto update = foldUpdate(m_kernel, var, statement);
        const bool isKnown =
            std::ranges::any_of(m_found.folds, [&](const auto& fold) { return fold.reduction.var == var; });
        if (!update || isKnown || writesMemory(statement))
            return false;
        LinkedFolds::Fold fold;
        static_cast<FoldUpdate&>(fold) = *update;
        fold.statement = statement;
        m_found.folds.push_back(std::move(fold));
        return true;
    }

    [[nodiscard]] bool writesMemory(const Stmt* statement) const
    {
        return std::ranges::any_of(m_kernel.accesses(statement), [](const Access& access) { return access.writes; });
    }

    /// Whether anything but its own update reads the variable of \p fold in the loop.
    [[nodiscard]] bool isRead(const LinkedFolds::Fold& fold) const
    {
        return m_kernel.references(fold.reduction.var, m_found.loop).size()
            != m_kernel.references(fold.reduction.var, fold.statement).size();
    }

    /// Scans come after those that they read; nothing is there to scan, or they go round in a circle: false.
    bool setLevels()
    {
        std::vector<LinkedFolds::Fold*> open;
        for (auto& fold : m_found.folds)
            if (isRead(fold))
                open.push_back(&fold);
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
