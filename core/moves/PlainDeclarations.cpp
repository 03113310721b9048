// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <clang/AST/ExprCXX.h>

#include "moves/PlainForm.h"

namespace warploom {

namespace {

using namespace clang;

/// int i = …, j = …; declares one variable a statement. A counter that is declared first and set by its loops belongs
/// to each of them.
class PlainDeclarations : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "a variable a declaration"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        SourceEdit edit(kernel.source().text());
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            const auto* statement = llvm::dyn_cast<DeclStmt>(node);
            if (statement != nullptr && !statement->isSingleDecl()
                && llvm::isa_and_nonnull<CompoundStmt>(kernel.parent(statement)))
                split(kernel.source(), *statement, edit);
            return true;
        });
        if (edit.isEmpty())
            walk(kernel.kernel().getBody(), [&](const Stmt* node) {
                const auto* statement = llvm::dyn_cast<DeclStmt>(node);
                if (statement != nullptr && edit.isEmpty()
                    && llvm::isa_and_nonnull<CompoundStmt>(kernel.parent(statement)))
                    giveToLoops(kernel, *statement, edit);
                return true;
            });
        return edit.isEmpty() ? std::nullopt : edit.apply();
    }

private:
    /// int i; for (i = 0; …) is for (int i = 0; …) where nothing else uses i.
    static void giveToLoops(const KernelScope& kernel, const DeclStmt& statement, SourceEdit& edit)
    {
        const auto* body = kernel.kernel().getBody();
        const auto* var = statement.isSingleDecl() ? llvm::dyn_cast<VarDecl>(statement.getSingleDecl()) : nullptr;
        if (var == nullptr || var->hasInit() || var->hasAttrs() || var->isStaticLocal()
            || !var->getType()->isIntegerType() || var->getType().hasQualifiers())
            return;
        std::vector<TextRange> starts;
        std::size_t uses = 0;
        walk(body, [&](const Stmt* node) {
            const auto* loop = llvm::dyn_cast<ForStmt>(node);
            const auto* start = loop == nullptr ? nullptr : llvm::dyn_cast_or_null<BinaryOperator>(loop->getInit());
            if (start == nullptr || start->getOpcode() != BO_Assign || plainVariable(start->getLHS()) != var
                || !kernel.references(var, start->getRHS()).empty())
                return true;
            if (const auto range = kernel.source().range(start))
                starts.push_back(*range);
            uses += kernel.references(var, loop).size();
            return false;
        });
        const auto range = kernel.source().statementRange(&statement);
        if (!range || starts.empty() || uses != kernel.references(var, body).size())
            return;
        const auto type = var->getType().getAsString(kernel.source().context().getPrintingPolicy());
        edit.removeWithLine(*range);
        for (const auto& start : starts)
            edit.insert(start.begin, type + " ");
    }

    static void split(const ParsedSource& source, const DeclStmt& statement, SourceEdit& edit)
    {
        const auto range = source.statementRange(&statement);
        if (!range)
            return;
        const auto indentation = indentationAt(source.text(), range->begin);
        std::string text;
        for (const Decl* one : statement.decls()) {
            const auto* var = llvm::dyn_cast<VarDecl>(one);
            if (var == nullptr || var->hasAttrs() || var->isStaticLocal())
                return;
            std::string declared = var->getName().str();
            var->getType().getAsStringInternal(declared, source.context().getPrintingPolicy());
            const auto* made = llvm::dyn_cast_or_null<CXXConstructExpr>(var->getInit());
            if (made != nullptr && made->getLocation() == var->getLocation()) {
                // Structures that begin as they like, or with what stands behind the name.
                const auto list = made->getParenOrBraceRange();
                const auto given = list.isValid() ? source.range(list) : std::nullopt;
                const bool isSaid = llvm::any_of(
                    made->arguments(), [](const Expr* argument) { return !llvm::isa<CXXDefaultArgExpr>(argument); });
                if (list.isValid() ? !given : isSaid)
                    return;
                text += (text.empty() ? "" : "\n" + indentation) + declared + (given ? source.text(*given) : "") + ";";
                continue;
            }
            if (var->hasInit()) {
                const auto value = source.text(var->getInit());
                if (var->getInitStyle() != VarDecl::CInit || value.empty())
                    return;
                declared += " = " + value;
            }
            text += (text.empty() ? "" : "\n" + indentation) + declared + ";";
        }
        edit.replace(*range, text);
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainDeclarations() { return std::make_unique<PlainDeclarations>(); }

}  // namespace warploom
