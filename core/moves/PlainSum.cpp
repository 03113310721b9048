// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PlainForm.h"

namespace warploom {

namespace {

using namespace clang;

/// y[i] = 0; for (…) y[i] += …; sums as float sum = 0; for (…) sum += …; y[i] = sum; does. What each thread has an
/// element of its own for goes on from what stood there.
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
            if (const auto* loop = llvm::dyn_cast<ForStmt>(statement); loop != nullptr)
                if (auto made = store != nullptr ? inVariable(kernel, store, store->getLHS(), *loop)
                                                 : ownElement(kernel, *loop))
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

    /// state[i] = … state[i] …; as one of the loop's statements.
    static std::optional<std::string> ownElement(const KernelScope& kernel, const ForStmt& loop)
    {
        const auto* body = llvm::dyn_cast<CompoundStmt>(loop.getBody());
        if (body == nullptr)
            return std::nullopt;
        for (const Stmt* statement : body->body()) {
            const auto* assignment = llvm::dyn_cast<BinaryOperator>(statement);
            const auto target = assignment != nullptr && assignment->isAssignmentOp()
                ? accessTo(kernel, assignment->getLHS())
                : std::nullopt;
            if (target && isOfThread(*target->index))
                if (auto made = inVariable(kernel, nullptr, assignment->getLHS(), loop))
                    return made;
        }
        return std::nullopt;
    }

    /// Whether no other thread of a grid in one direction has the element: it is the thread's number, or that many from
    /// where all threads count.
    static bool isOfThread(const IndexForm& index)
    {
        const auto own = IndexForm::symbol(blockSymbol(0)) * IndexForm::symbol(blockSizeSymbol(0))
            + IndexForm::symbol(threadSymbol(0));
        const auto rest = index - own;
        for (int axis = 0; axis < 3; ++axis)
            if (rest.dependsOn(threadSymbol(axis)) || rest.dependsOn(blockSymbol(axis))
                || rest.dependsOn(blockSizeSymbol(axis)))
                return false;
        return true;
    }

    /// Without a \p store the element is read first, as the loop has to do as well: nobody need have written it else.
    static std::optional<std::string> inVariable(const KernelScope& kernel, const BinaryOperator* store,
                                                 const Expr* place, const ForStmt& loop)
    {
        const auto& source = kernel.source();
        const auto target = accessTo(kernel, place);
        if (!target || kernel.synchronises(&loop) || leavesKernel(loop) || !isConstant(kernel, *target->index, loop))
            return std::nullopt;
        const auto type = place->getType().getUnqualifiedType();
        std::vector<TextRange> uses;
        bool isRead = store != nullptr;
        for (const auto& access : kernel.accesses(&loop)) {
            // What is read through other parameters is other memory: no launch passes a buffer twice.
            if (access.base == nullptr || access.atomic || (access.call != nullptr && access.writes))
                return std::nullopt;
            if (access.base != target->base)
                continue;
            const auto range = source.range(access.expression);
            if (!access.index || *access.index != *target->index || !range)
                return std::nullopt;
            isRead = isRead || access.reads;
            uses.push_back(*range);
        }
        const auto left = source.range(place);
        const auto range = source.statementRange(&loop);
        if (uses.empty() || !isRead || !left || !range || !type->isArithmeticType())
            return std::nullopt;
        const auto name = source.directives().freshName("sum");
        const auto indentation = indentationAt(source.text(), range->begin);
        SourceEdit edit(source.text());
        const auto declared = fmt::format("{} {}", type.getAsString(source.context().getPrintingPolicy()), name);
        if (store != nullptr)
            edit.replace(*left, declared);
        else
            edit.insert(range->begin, fmt::format("{} = {};\n{}", declared, source.text(*left), indentation));
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
