// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/GuardedKernel.h"
#include "moves/PlainForm.h"

namespace warploom {

namespace {

using namespace clang;

/// const float* row = x + r * m; s += row[c]; indexes the array itself: x[r * m + c]. So does &x[r * m], and what
/// begins from another such pointer indexes that one.
class PlainBase : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "indices into the array itself"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        // Moves on rows know such names; those on planes of outputs do not.
        const auto guarded = guardedKernel(kernel, true);
        if (!guarded || guarded->indices.size() != 2)
            return std::nullopt;
        std::optional<std::string> made;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            if (const auto* declaration = llvm::dyn_cast<DeclStmt>(node); declaration != nullptr && !made)
                made = rewritten(kernel, *declaration);
            return !made;
        });
        return made;
    }

private:
    struct Base {
        const VarDecl* array = nullptr;
        std::vector<const Expr*> offsets;  ///< array + one + the next + …
    };

    static std::optional<std::string> rewritten(const KernelScope& kernel, const DeclStmt& declaration)
    {
        const auto* var = declaration.isSingleDecl() ? llvm::dyn_cast<VarDecl>(declaration.getSingleDecl()) : nullptr;
        if (var == nullptr || !var->hasInit() || !var->getType()->isPointerType() || kernel.isModified(var))
            return std::nullopt;
        const auto base = baseOf(kernel, *var);
        const auto range = kernel.source().statementRange(&declaration);
        const auto uses = kernel.references(var, kernel.kernel().getBody());
        if (!base || !range || uses.empty())
            return std::nullopt;
        SourceEdit edit(kernel.source().text());
        edit.removeWithLine(*range);
        for (const DeclRefExpr* use : uses)
            if (!reindexed(kernel, *base, *use, edit))
                return std::nullopt;
        return edit.apply();
    }

    /// Array and offset of array + offset, offset + array or &array[offset].
    static std::optional<std::pair<const Expr*, const Expr*>> partsOf(const Expr* value)
    {
        if (const auto* sum = llvm::dyn_cast<BinaryOperator>(value); sum != nullptr && sum->getOpcode() == BO_Add) {
            const bool isFirst = sum->getLHS()->getType()->isPointerType();
            return isFirst ? std::pair(sum->getLHS(), sum->getRHS()) : std::pair(sum->getRHS(), sum->getLHS());
        }
        const auto* address = llvm::dyn_cast<UnaryOperator>(value);
        const auto* element = address == nullptr || address->getOpcode() != UO_AddrOf
            ? nullptr
            : llvm::dyn_cast<ArraySubscriptExpr>(address->getSubExpr()->IgnoreParens());
        return element == nullptr ? std::nullopt : std::optional(std::pair(element->getBase(), element->getIdx()));
    }

    /// A parameter, or a pointer that is set once, plus an offset that stays the same, of the same type of elements.
    static std::optional<Base> baseOf(const KernelScope& kernel, const VarDecl& var)
    {
        const auto parts = partsOf(var.getInit()->IgnoreParenImpCasts());
        if (!parts)
            return std::nullopt;
        std::vector<const Expr*> offsets = {parts->second};
        const auto* start = parts->first->IgnoreImpCasts();
        for (const auto* sum = pointerSum(start); sum != nullptr; sum = pointerSum(start)) {
            offsets.insert(offsets.begin(), sum->getRHS());
            start = sum->getLHS()->IgnoreImpCasts();
        }
        const auto* named = llvm::dyn_cast<DeclRefExpr>(start->IgnoreParenImpCasts());
        const auto* array = named == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(named->getDecl());
        const bool isPointer = array != nullptr && array->getType()->isPointerType()
            && (llvm::isa<ParmVarDecl>(array) || array->isLocalVarDecl());
        if (!isPointer)
            return std::nullopt;
        const auto& context = kernel.source().context();
        const bool areSteady =
            std::ranges::all_of(offsets, [&](const Expr* offset) { return isSteadyOffset(kernel, *offset); });
        return areSteady && !kernel.isModified(array) && isNamedOnce(kernel, *array)
                && context.hasSameUnqualifiedType(array->getType()->getPointeeType(), var.getType()->getPointeeType())
            ? std::optional(Base{array, offsets})
            : std::nullopt;
    }

    /// pointer + offset; null for others.
    static const BinaryOperator* pointerSum(const Expr* value)
    {
        const auto* sum = llvm::dyn_cast<BinaryOperator>(value);
        return sum != nullptr && sum->getOpcode() == BO_Add && sum->getLHS()->getType()->isPointerType() ? sum
                                                                                                         : nullptr;
    }

    static bool isSteadyOffset(const KernelScope& kernel, const Expr& value)
    {
        const auto* offset = &value;
        bool isSteady = offset->getType()->isIntegerType() && kernel.accesses(offset).empty()
            && !offset->HasSideEffects(kernel.source().context(), true);
        walk(offset, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* part = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            isSteady = isSteady && (part == nullptr || (!kernel.isModified(part) && isNamedOnce(kernel, *part)));
            return isSteady;
        });
        return isSteady;
    }

    /// Whether nothing else in the kernel has the name: it means the same wherever it is written.
    static bool isNamedOnce(const KernelScope& kernel, const VarDecl& var)
    {
        bool isOnly = true;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            if (const auto* declaration = llvm::dyn_cast<DeclStmt>(node))
                for (const Decl* one : declaration->decls())
                    if (const auto* other = llvm::dyn_cast<VarDecl>(one))
                        isOnly = isOnly && (other == &var || other->getName() != var.getName());
            return isOnly;
        });
        return isOnly;
    }

    /// All offsets as one sum, in 64 bits as pointers are; empty where they are not written out.
    static std::string offsetText(const ParsedSource& source, const Base& base)
    {
        std::string sum;
        for (const auto* one : base.offsets) {
            const auto text = source.text(one);
            const bool isWide = source.context().getTypeSize(one->IgnoreParenImpCasts()->getType()) == 64;
            const bool isTerm = text.find_first_of("?<>&|^,") == std::string::npos;
            if (text.empty())
                return {};
            if (!sum.empty())
                sum += " + ";
            sum += !isWide && sum.empty() ? fmt::format("static_cast<long long>({})", text)
                : isTerm                  ? text
                                          : "(" + text + ")";
        }
        return sum;
    }

    /// row[c] as x[offset + (c)], in 64 bits as pointers are.
    static bool reindexed(const KernelScope& kernel, const Base& base, const DeclRefExpr& use, SourceEdit& edit)
    {
        const auto& source = kernel.source();
        const Stmt* above = kernel.parent(&use);
        while (llvm::isa_and_nonnull<ImplicitCastExpr, ParenExpr>(above))
            above = kernel.parent(above);
        const auto* subscript = llvm::dyn_cast_or_null<ArraySubscriptExpr>(above);
        if (subscript == nullptr || subscript->getBase()->IgnoreParenImpCasts() != &use)
            return false;
        const auto whole = source.range(subscript);
        const auto index = std::string(source.text(subscript->getIdx()));
        const auto offset = offsetText(source, base);
        if (!whole || index.empty() || offset.empty())
            return false;
        const bool isName = index.find_first_of(" +-*/%()?<>&|^!~[],") == std::string::npos;
        edit.replace(
            *whole,
            fmt::format("{}[{} + {}]", base.array->getName().str(), offset, isName ? index : "(" + index + ")"));
        return true;
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainBase() { return std::make_unique<PlainBase>(); }

}  // namespace warploom
