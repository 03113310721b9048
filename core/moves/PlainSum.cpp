// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PlainForm.h"

namespace warploom {

namespace {

using namespace clang;

/// y[i] = 0; for (…) y[i] += …; sums as float sum = 0; for (…) sum += …; y[i] = sum; does.
class PlainSum : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "a sum in a variable"; }
    [[nodiscard]] bool changesWork() const override { return true; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        if (kernel.hasAliases() || kernel.launches().empty())
            return std::nullopt;
        std::optional<std::string> made;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            if (const auto* block = llvm::dyn_cast<CompoundStmt>(node); block != nullptr && !made)
                made = rewritten(kernel, *block);
            return !made;
        });
        return made;
    }

private:
    static std::optional<std::string> rewritten(const KernelScope& kernel, const CompoundStmt& block)
    {
        const BinaryOperator* store = nullptr;
        for (const Stmt* statement : block.body()) {
            const auto* assignment = llvm::dyn_cast<BinaryOperator>(statement);
            if (const auto* loop = llvm::dyn_cast<ForStmt>(statement); loop != nullptr && store != nullptr)
                if (auto made = inVariable(kernel, *store, *loop))
                    return made;
            if (assignment != nullptr && assignment->getOpcode() == BO_Assign)
                store = assignment;
            else if (!llvm::isa<DeclStmt>(statement) || !kernel.accesses(statement).empty()
                     || changesSomething(kernel, *llvm::cast<DeclStmt>(statement)))
                store = nullptr;
        }
        return std::nullopt;
    }

    /// int j = i++; moves what an index was made of.
    static bool changesSomething(const KernelScope& kernel, const DeclStmt& statement)
    {
        return std::ranges::any_of(statement.decls(), [&](const Decl* one) {
            const auto* var = llvm::dyn_cast<VarDecl>(one);
            return var == nullptr
                || (var->hasInit() && var->getInit()->HasSideEffects(kernel.source().context(), false));
        });
    }

    static std::optional<std::string> inVariable(const KernelScope& kernel, const BinaryOperator& store,
                                                 const ForStmt& loop)
    {
        const auto& source = kernel.source();
        const auto target = accessTo(kernel, store.getLHS());
        if (!target || kernel.synchronises(&loop) || leavesKernel(loop) || !isConstant(kernel, *target->index, loop))
            return std::nullopt;
        const auto type = store.getLHS()->getType().getUnqualifiedType();
        std::vector<TextRange> uses;
        for (const auto& access : kernel.accesses(&loop)) {
            // What is read through other parameters is other memory: no launch passes a buffer twice.
            if (access.base == nullptr || access.atomic || (access.call != nullptr && access.writes))
                return std::nullopt;
            if (access.base != target->base)
                continue;
            const auto range = source.range(access.expression);
            if (!access.index || *access.index != *target->index || !range)
                return std::nullopt;
            uses.push_back(*range);
        }
        const auto left = source.range(store.getLHS());
        const auto range = source.statementRange(&loop);
        if (uses.empty() || !left || !range || !type->isArithmeticType())
            return std::nullopt;
        const auto name = source.directives().freshName("sum");
        const auto indentation = indentationAt(source.text(), range->begin);
        SourceEdit edit(source.text());
        edit.replace(*left, fmt::format("{} {}", type.getAsString(source.context().getPrintingPolicy()), name));
        for (const auto& use : uses)
            edit.replace(use, name);
        edit.insert(range->end, fmt::format("\n{}{} = {};", indentation, source.text(*left), name));
        return edit.apply();
    }

    static bool leavesKernel(const ForStmt& loop)
    {
        bool leaves = false;
        walk(&loop, [&](const Stmt* node) {
            leaves = leaves || llvm::isa<ReturnStmt, GotoStmt>(node);
            return !leaves;
        });
        return leaves;
    }

    static std::optional<Access> accessTo(const KernelScope& kernel, const Expr* place)
    {
        for (const auto& access : kernel.accesses(place))
            if (access.expression == place->IgnoreParens() && access.index
                && llvm::isa_and_nonnull<ParmVarDecl>(access.base)
                && !access.base->getType()->getPointeeType().isVolatileQualified())
                return access;
        return std::nullopt;
    }

    /// Whether nothing that the loop changes, or declares, is part of the index.
    static bool isConstant(const KernelScope& kernel, const IndexForm& index, const ForStmt& loop)
    {
        bool constant = true;
        walk(&loop, [&](const Stmt* node) {
            if (const auto* declaration = llvm::dyn_cast<DeclStmt>(node))
                for (const Decl* one : declaration->decls())
                    if (const auto* var = llvm::dyn_cast<VarDecl>(one))
                        constant = constant && !index.dependsOn(kernel.symbolOf(var));
            if (const auto* reference = llvm::dyn_cast<DeclRefExpr>(node))
                if (const auto* var = llvm::dyn_cast<VarDecl>(reference->getDecl());
                    var != nullptr && kernel.isModifiedWithin(var, &loop))
                    constant = constant && !index.dependsOn(kernel.symbolOf(var));
            return constant;
        });
        return constant;
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainSum() { return std::make_unique<PlainSum>(); }

}  // namespace warploom
