// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/FoldLoop.h"
#include "moves/PlainForm.h"
#include "moves/PlainLaunch.h"

namespace warploom {

namespace {

using namespace clang;

/// const float now = a * last_x + b * last_y; last_x = x[t]; last_y = now; sets what keeps a local before anything
/// changes that the local was made of.
class PlainSooner : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "a value that is kept when it is known"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        std::optional<std::string> made;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            const auto* loop = llvm::dyn_cast<ForStmt>(node);
            const auto body = loop == nullptr ? std::vector<const Stmt*>() : statementsIn(loop->getBody());
            for (std::size_t at = 1; at < body.size() && !made; ++at)
                made = rewritten(kernel, body, at);
            return !made;
        });
        return made;
    }

private:
    /// \p at: number of the statement that is done sooner.
    static std::optional<std::string> rewritten(const KernelScope& kernel, const std::vector<const Stmt*>& body,
                                                std::size_t at)
    {
        const auto* assignment = llvm::dyn_cast<BinaryOperator>(body[at]);
        const auto* kept = assignment == nullptr || assignment->getOpcode() != BO_Assign
            ? nullptr
            : plainVariable(assignment->getLHS());
        const auto* local = kept == nullptr ? nullptr : plainVariable(assignment->getRHS());
        if (local == nullptr || local == kept || !kept->isLocalVarDecl() || !kept->getType()->isRealFloatingType()
            || kernel.isModified(local) || !local->hasInit() || isDeclaredWithin(kept, kernel.parent(body[at])))
            return std::nullopt;
        const auto declared = std::find_if(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(at),
                                           [&](const Stmt* one) { return declares(one, local); });
        const auto end = body.begin() + static_cast<std::ptrdiff_t>(at);
        if (declared == end)
            return std::nullopt;
        const bool isChanged =
            std::any_of(declared + 1, end, [&](const Stmt* one) { return changesPart(kernel, one, local->getInit()); });
        const bool isFree = std::all_of(declared + 1, end, [&](const Stmt* one) {
            return llvm::isa<Expr, DeclStmt>(one) && kernel.references(kept, one).empty();
        });
        const auto from = kernel.source().statementRange(body[at]);
        const auto to = kernel.source().statementRange(*declared);
        if (!isChanged || !isFree || !from || !to)
            return std::nullopt;
        SourceEdit edit(kernel.source().text());
        edit.insert(to->end, "\n" + indentationAt(kernel.source().text(), to->begin) + kernel.source().text(*from));
        edit.removeWithLine(*from);
        return edit.apply();
    }

    static bool declares(const Stmt* statement, const VarDecl* var)
    {
        const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
        return declaration != nullptr && declaration->isSingleDecl() && declaration->getSingleDecl() == var;
    }

    /// Whether \p statement changes a variable that \p value is made of.
    static bool changesPart(const KernelScope& kernel, const Stmt* statement, const Expr* value)
    {
        bool changes = false;
        walk(value, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            changes = changes || (var != nullptr && kernel.isModifiedWithin(var, statement));
            return !changes;
        });
        return changes;
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainSooner() { return std::make_unique<PlainSooner>(); }

}  // namespace warploom
