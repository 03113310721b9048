// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PlainForm.h"
#include "moves/PlainLaunch.h"

namespace warploom {

namespace {

using namespace clang;

/// float sum = 0; for (…) sum += …; if (row < m && col < n) y[…] = sum; leaves before the loop where nothing is stored.
class PlainLast : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "the bound first"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        const auto* body = llvm::dyn_cast<CompoundStmt>(kernel.kernel().getBody());
        const auto* last = body == nullptr || body->size() < 2 ? nullptr : llvm::dyn_cast<IfStmt>(body->body_back());
        if (last == nullptr || last->getElse() != nullptr || last->hasInitStorage() || last->hasVarStorage()
            || kernel.containsReturn(body) || kernel.synchronises(body) || declaresShared(kernel))
            return std::nullopt;
        const auto first = firstPlace(kernel, *body, *last);
        const auto condition = kernel.source().range(last->getCond());
        const auto whole = kernel.source().statementRange(last);
        const auto then = kernel.source().statementRange(last->getThen());
        if (!first || !condition || !whole || !then)
            return std::nullopt;
        const auto& source = kernel.source();
        const auto indentation = indentationAt(source.text(), *first - 1);
        SourceEdit edit(source.text());
        std::vector<std::string> outside;
        for (const Expr* part : partsOf(last->getCond(), BO_LAnd))
            outside.push_back(inverseText(kernel, part));
        edit.insert(*first, fmt::format("\n{0}if ({1})\n{0}    return;", indentation, fmt::join(outside, " || ")));
        const bool isBraced = llvm::isa<CompoundStmt>(last->getThen());
        const auto inner = isBraced ? TextRange{then->begin + 1, then->end - 1} : *then;
        const auto outer = indentationAt(source.text(), whole->begin);
        const auto lines = reindented(source.text(inner), outer);
        if (lines.size() <= outer.size())
            return std::nullopt;
        edit.replace(*whole, lines.substr(outer.size(), lines.size() - outer.size() - 1));
        return edit.apply();
    }

private:
    /// Behind the declarations of what the condition is about; nothing where there is no loop between the two, what is
    /// between has an effect, or sets what the condition is about.
    static std::optional<std::size_t> firstPlace(const KernelScope& kernel, const CompoundStmt& body,
                                                 const IfStmt& last)
    {
        std::set<const VarDecl*> wanted;
        bool isPlain =
            kernel.accesses(last.getCond()).empty() && !last.getCond()->HasSideEffects(kernel.source().context(), true);
        walk(last.getCond(), [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            isPlain = isPlain && (var == nullptr || isThreadBuiltin(reference) || !kernel.isModified(var));
            if (var != nullptr && var->isLocalVarDecl())
                wanted.insert(var);
            return isPlain;
        });
        std::optional<std::size_t> place;
        bool hasLoop = false;
        for (const Stmt* statement : body.body()) {
            if (statement == &last)
                break;
            const bool writes = std::ranges::any_of(kernel.accesses(statement), [](const Access& access) {
                return access.writes && (access.base == nullptr || llvm::isa<ParmVarDecl>(access.base));
            });
            isPlain = isPlain && !writes && !calls(statement);
            hasLoop = hasLoop || llvm::isa<ForStmt, WhileStmt, DoStmt>(statement);
            if (const auto* declaration = llvm::dyn_cast<DeclStmt>(statement))
                for (const Decl* one : declaration->decls())
                    if (const auto* var = llvm::dyn_cast<VarDecl>(one); var != nullptr && wanted.erase(var) > 0) {
                        isPlain = isPlain && !hasLoop;
                        const auto range = kernel.source().statementRange(declaration);
                        place = range ? std::optional(range->end) : std::nullopt;
                    }
        }
        return isPlain && hasLoop && wanted.empty() ? place : std::nullopt;
    }

    /// Whether functions are called that may have an effect: those that are given addresses.
    static bool calls(const Stmt* statement)
    {
        bool found = false;
        walk(statement, [&](const Stmt* node) {
            const auto* call = llvm::dyn_cast<CallExpr>(node);
            for (unsigned i = 0; call != nullptr && i < call->getNumArgs(); ++i)
                found = found || call->getArg(i)->getType()->isPointerType() || call->getArg(i)->isLValue();
            found = found || llvm::isa<GCCAsmStmt>(node)
                || (call != nullptr && (calleeName(call) == "printf" || calleeName(call) == "__trap"));
            return !found;
        });
        return found;
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainLast() { return std::make_unique<PlainLast>(); }

}  // namespace warploom
