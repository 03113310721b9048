// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/MoveCatalogue.h"
#include "moves/StencilCode.h"

namespace warploom {

using namespace clang;

namespace {

/// Which coordinates variables are worked out from.
class CoordinateUses {
public:
    explicit CoordinateUses(const Stencil& stencil)
        : m_kernel(stencil.grid.kernel())
    {
        for (std::size_t axis = 0; axis < stencil.grid.axes().size(); ++axis)
            if (const auto* var = stencil.grid.axes()[axis].var; var != nullptr)
                m_uses[var] = {axis};
    }

    /// Declarations that divide or call something, for a column or a row alone.
    int sharedWork()
    {
        int found = 0;
        walk(m_kernel.kernel().getBody(), [&](const Stmt* node) {
            const auto* statement = llvm::dyn_cast<DeclStmt>(node);
            const auto* var = statement != nullptr && statement->isSingleDecl()
                ? llvm::dyn_cast<VarDecl>(statement->getSingleDecl())
                : nullptr;
            if (var == nullptr || !var->hasInit() || m_uses.count(var) > 0)
                return true;
            const auto uses = usesOf(var->getInit());
            if (!m_kernel.isModified(var))
                m_uses[var] = uses;
            const bool isShared = uses.size() == 1 && *uses.begin() < 2;
            found += isShared && isCostly(var->getInit()) ? 1 : 0;
            return true;
        });
        return found;
    }

private:
    std::set<std::size_t> usesOf(const Expr* expression) const
    {
        std::set<std::size_t> uses;
        walk(expression, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            if (const auto known = m_uses.find(var); var != nullptr && known != m_uses.end())
                uses.insert(known->second.begin(), known->second.end());
            else if (var != nullptr && (m_kernel.isModified(var) || var->getType()->isPointerType()))
                uses = {0, 1};
            return true;
        });
        return uses;
    }

    static bool isCostly(const Expr* expression)
    {
        bool found = false;
        walk(expression, [&](const Stmt* node) {
            const auto* binary = llvm::dyn_cast<BinaryOperator>(node);
            found = found || llvm::isa<CallExpr>(node)
                || (binary != nullptr && (binary->getOpcode() == BO_Div || binary->getOpcode() == BO_Rem));
            return !found;
        });
        return found;
    }

    const KernelScope& m_kernel;
    std::map<const VarDecl*, std::set<std::size_t>> m_uses;
};

class PatchGrid : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"patch-grid", "Give each thread a patch of the grid",
                "one thread an element of a grid, with divisions or functions of its row or its column alone",
                "what elements of a row or a column share is worked out once a thread, more loads in flight"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels()) {
            const auto stencil = stencilOf(context, kernel);
            if (!stencil || stencil->grid.isLinear() || hasReach(*stencil))
                continue;
            const int shared = CoordinateUses(*stencil).sharedWork();
            if (auto made = shared == 0 ? std::nullopt : inPatches(context, *stencil, shared))
                proposals.push_back(std::move(*made));
        }
        return proposals;
    }

private:
    /// Neighbourhoods are for windows.
    static bool hasReach(const Stencil& stencil)
    {
        for (std::size_t axis = 0; axis < 3; ++axis)
            if (stencil.low(axis) != 0 || stencil.high(axis) != 0)
                return true;
        return false;
    }

    [[nodiscard]] std::optional<MoveProposal> inPatches(const MoveContext& context, const Stencil& stencil,
                                                        int shared) const
    {
        const auto& kernel = stencil.grid.kernel();
        const auto& directives = context.directives();
        const auto body = context.source().range(kernel.kernel().getBody());
        SourceEdit edit(context.source().text());
        const auto tune = [&](const std::string& name, const std::vector<std::int64_t>& values) {
            const auto own = directives.freshName(name);
            directives.addTune(edit, own, values);
            return own;
        };
        PatchNames names;
        names.count[1] = tune("ROWS", {4, 2, 8, 1});
        names.count[0] = tune("COLUMNS", {4, 2, 1});
        names.block = {tune("BLOCK_X", {32, 64, 128}), tune("BLOCK_Y", {4, 8, 2, 1})};
        if (!body || !writePatches(context, {stencil}, PatchKind::Shared, names, edit))
            return std::nullopt;
        return proposal(context, edit, body->begin, fmt::format("patches of elements in {}", kernel.name()),
                        fmt::format("{} works out {} value{} with divisions or functions for each element, though "
                                    "whole rows or columns share them: in patches of 4 × 4 a quarter of that is left, "
                                    "and 16 times the loads are in flight, ~1.6×",
                                    kernel.name(), shared, shared == 1 ? "" : "s"),
                        1.6);
    }
};

}  // namespace

std::unique_ptr<Move> makePatchGrid() { return std::make_unique<PatchGrid>(); }

}  // namespace warploom
