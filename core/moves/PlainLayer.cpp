// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PlainForm.h"

namespace warploom {

namespace {

using namespace clang;

/// const int image = blockIdx.z; names the block's number itself wherever it is used, and so do others that are worked
/// out of it: blockIdx.z / heads.
class PlainLayer : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "the number of a layer itself"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        for (const Stmt* statement : kernel.statements())
            if (auto made = rewritten(kernel, statement))
                return made;
        return std::nullopt;
    }

private:
    static std::optional<std::string> rewritten(const KernelScope& kernel, const Stmt* statement)
    {
        const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
        const auto* var = declaration == nullptr || !declaration->isSingleDecl()
            ? nullptr
            : llvm::dyn_cast<VarDecl>(declaration->getSingleDecl());
        if (var == nullptr || !var->hasInit() || kernel.isModified(var) || !isLayer(kernel, *var->getInit())
            || !var->getType()->isIntegerType() || kernel.source().context().getTypeSize(var->getType()) < 32
            || namesNeighbours(kernel, *var))
            return std::nullopt;
        const auto type =
            var->getType().getUnqualifiedType().getAsString(kernel.source().context().getPrintingPolicy());
        const auto value = isNumber(*var->getInit()) ? "blockIdx.z" : kernel.source().text(var->getInit());
        if (value.empty())
            return std::nullopt;
        const auto number = type.find(' ') == std::string::npos ? fmt::format("{}({})", type, value)
                                                                : fmt::format("static_cast<{}>({})", type, value);
        const auto renamed = kernel.renaming(var, kernel.kernel().getBody(), number);
        const auto range = kernel.source().statementRange(declaration);
        if (!renamed || !range || renamed->size() != kernel.references(var, kernel.kernel().getBody()).size())
            return std::nullopt;
        SourceEdit edit(kernel.source().text());
        edit.removeWithLine(*range);
        for (const auto& one : *renamed)
            edit.replace(one.range, one.text);
        return edit.apply();
    }

    /// Whether layers a number or a counter away from \p var take part: a coordinate then, which windows need by its
    /// name.
    static bool namesNeighbours(const KernelScope& kernel, const VarDecl& var)
    {
        return std::ranges::any_of(kernel.references(&var, kernel.kernel().getBody()), [&](const auto* reference) {
            const Stmt* above = kernel.parent(reference);
            while (llvm::isa_and_nonnull<ImplicitCastExpr, ParenExpr>(above))
                above = kernel.parent(above);
            const auto* sum = llvm::dyn_cast_or_null<BinaryOperator>(above);
            if (sum == nullptr || !sum->isAdditiveOp())
                return false;
            const bool isLeft = plainVariable(sum->getLHS()) == &var;
            const Expr* other = isLeft ? sum->getRHS() : sum->getLHS();
            const auto* counter = plainVariable(other);
            const auto number = kernel.form(other);
            return (number && number->constantValue()) || (counter != nullptr && isCounter(kernel, *counter));
        });
    }

    static bool isCounter(const KernelScope& kernel, const VarDecl& var)
    {
        bool found = false;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            const auto* loop = llvm::dyn_cast<ForStmt>(node);
            const auto* declaration = loop == nullptr ? nullptr : llvm::dyn_cast_or_null<DeclStmt>(loop->getInit());
            found = found
                || (declaration != nullptr && declaration->isSingleDecl() && declaration->getSingleDecl() == &var);
            return !found;
        });
        return found;
    }

    /// blockIdx.z; other dimensions belong to indices of threads.
    static bool isNumber(const Expr& value)
    {
        const auto* member = llvm::dyn_cast<MemberExpr>(value.IgnoreParenImpCasts());
        const auto* reference =
            member == nullptr ? nullptr : llvm::dyn_cast<DeclRefExpr>(member->getBase()->IgnoreParenImpCasts());
        return reference != nullptr && isThreadBuiltin(reference) && identifierOf(reference->getDecl()) == "blockIdx"
            && identifierOf(member->getMemberDecl()) == "z";
    }

    /// Whether \p value is worked out of blockIdx.z and of what is the same for all blocks.
    static bool isLayer(const KernelScope& kernel, const Expr& value)
    {
        const Expr* plain = value.IgnoreParenImpCasts();
        if (isNumber(*plain))
            return true;
        const auto* operation = llvm::dyn_cast<BinaryOperator>(plain);
        if (operation == nullptr || !(operation->isAdditiveOp() || operation->isMultiplicativeOp()))
            return false;
        const bool isLeft = isLayer(kernel, *operation->getLHS());
        const bool isRight = isLayer(kernel, *operation->getRHS());
        return (isLeft || isSame(kernel, *operation->getLHS())) && (isRight || isSame(kernel, *operation->getRHS()))
            && (isLeft || isRight);
    }

    static bool isSame(const KernelScope& kernel, const Expr& value)
    {
        const auto* parameter = llvm::dyn_cast_or_null<ParmVarDecl>(plainVariable(&value));
        return llvm::isa<IntegerLiteral>(value.IgnoreParenImpCasts())
            || (parameter != nullptr && parameter->getType()->isIntegerType() && !kernel.isModified(parameter)
                && !isHidden(kernel, *parameter));
    }

    /// Whether something else has the parameter's name somewhere in the kernel.
    static bool isHidden(const KernelScope& kernel, const ParmVarDecl& parameter)
    {
        bool found = false;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            const auto* statement = llvm::dyn_cast<DeclStmt>(node);
            for (const Decl* one : statement == nullptr ? DeclGroupRef() : statement->getDeclGroup()) {
                const auto* named = llvm::dyn_cast<NamedDecl>(one);
                found = found || (named != nullptr && named->getNameAsString() == parameter.getNameAsString());
            }
            return !found;
        });
        return found;
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainLayer() { return std::make_unique<PlainLayer>(); }

}  // namespace warploom
