// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PlainForm.h"

namespace warploom {

namespace {

using namespace clang;

/// float v = x[c]; if (v > best) { best = v; at = c; } names the element twice more instead.
class PlainElement : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "elements where they are compared"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        std::optional<std::string> made;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            const auto* loop = llvm::dyn_cast<ForStmt>(node);
            const auto* body = loop == nullptr ? nullptr : llvm::dyn_cast_or_null<CompoundStmt>(loop->getBody());
            if (body != nullptr && body->size() == 2 && !made)
                made = rewritten(kernel, *body);
            return !made;
        });
        return made;
    }

private:
    static std::optional<std::string> rewritten(const KernelScope& kernel, const CompoundStmt& body)
    {
        const auto& source = kernel.source();
        const auto* declaration = llvm::dyn_cast<DeclStmt>(body.body_front());
        const auto* choice = llvm::dyn_cast<IfStmt>(body.body_back());
        const auto* var = declaration == nullptr || choice == nullptr || !declaration->isSingleDecl()
            ? nullptr
            : llvm::dyn_cast<VarDecl>(declaration->getSingleDecl());
        if (var == nullptr || !var->hasInit() || kernel.isModified(var) || choice->getElse() != nullptr
            || !isElement(kernel, *var) || !setsVariables(*choice->getThen()) || changesPlace(kernel, *var, *choice)
            || kernel.synchronises(choice) || std::ranges::any_of(kernel.accesses(choice), [](const Access& access) {
                   return access.base == nullptr || access.writes;
               }))
            return std::nullopt;
        const auto element = source.text(var->getInit());
        const auto range = source.statementRange(declaration);
        const auto renamed = kernel.renaming(var, choice, element);
        if (element.empty() || !range || !renamed)
            return std::nullopt;
        SourceEdit edit(source.text());
        edit.removeWithLine(*range);
        for (const auto& one : *renamed)
            edit.replace(one.range, one.text);
        return edit.apply();
    }

    /// One element of memory as it is.
    static bool isElement(const KernelScope& kernel, const VarDecl& var)
    {
        const auto* value = var.getInit()->IgnoreParenImpCasts();
        const auto accesses = kernel.accesses(value);
        return llvm::isa<ArraySubscriptExpr>(value) && accesses.size() == 1 && !accesses.front().writes
            && kernel.source().context().hasSameUnqualifiedType(var.getType(), value->getType());
    }

    /// Whether what is set is part of where the element stands.
    static bool changesPlace(const KernelScope& kernel, const VarDecl& var, const Stmt& choice)
    {
        bool changes = false;
        walk(var.getInit(), [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* part = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            changes = changes || (part != nullptr && kernel.isModifiedWithin(part, &choice));
            return !changes;
        });
        return changes;
    }

    static bool setsVariables(const Stmt& then)
    {
        const auto isSet = [](const Stmt* statement) {
            const auto* assignment = llvm::dyn_cast<BinaryOperator>(statement);
            return assignment != nullptr && assignment->getOpcode() == BO_Assign
                && llvm::isa<DeclRefExpr>(assignment->getLHS()->IgnoreParens());
        };
        if (const auto* block = llvm::dyn_cast<CompoundStmt>(&then))
            return std::all_of(block->body_begin(), block->body_end(), isSet);
        return isSet(&then);
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainElement() { return std::make_unique<PlainElement>(); }

}  // namespace warploom
