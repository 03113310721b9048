// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PlainForm.h"
#include "moves/Reduction.h"

namespace warploom {

namespace {

using namespace clang;

/// float sum = bias[j]; for (…) sum += …; starts from zero and adds the bias at the end.
class PlainStart : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "sums from zero"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
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
        for (auto at = block.body_begin(); at != block.body_end() && std::next(at) != block.body_end(); ++at) {
            const auto* statement = llvm::dyn_cast<DeclStmt>(*at);
            const auto next = std::find_if(std::next(at), block.body_end(),
                                           [](const Stmt* one) { return !llvm::isa<DeclStmt>(one); });
            const auto* loop = next == block.body_end() ? nullptr : llvm::dyn_cast<ForStmt>(*next);
            const auto* var = statement == nullptr || loop == nullptr || !statement->isSingleDecl()
                ? nullptr
                : llvm::dyn_cast<VarDecl>(statement->getSingleDecl());
            const auto isApart = [&](const Stmt* between) { return isLeftAlone(kernel, *var, *between); };
            if (var != nullptr && std::all_of(std::next(at), next, isApart) && startsFromData(kernel, *var)
                && !leaves(*loop) && staysAlike(kernel, *var, *loop))
                if (auto made = fromZero(kernel, *var, *loop))
                    return made;
        }
        return std::nullopt;
    }

    static bool startsFromData(const KernelScope& kernel, const VarDecl& var)
    {
        Expr::EvalResult value;
        return isSummed(kernel, var.getType()) && var.hasInit() && !var.getInit()->isValueDependent()
            && !var.getInit()->EvaluateAsRValue(value, kernel.source().context()) && isQuiet(kernel, *var.getInit())
            && kernel.source().context().hasSameUnqualifiedType(var.getType(),
                                                                var.getInit()->IgnoreParenImpCasts()->getType());
    }

    /// Sums of integers that are not cut at each step are the same in any order.
    static bool isSummed(const KernelScope& kernel, QualType type)
    {
        const auto& context = kernel.source().context();
        return type->isRealFloatingType()
            || (type->isIntegerType() && context.getTypeSize(type) >= context.getTypeSize(context.IntTy));
    }

    /// Whether \p value is worked out without any other effect: conversions of halves are functions.
    static bool isQuiet(const KernelScope& kernel, const Expr& value)
    {
        bool isQuiet = !value.HasSideEffects(kernel.source().context(), false);
        walk(&value, [&](const Stmt* node) {
            const auto* call = llvm::dyn_cast<CallExpr>(node);
            const auto* member = llvm::dyn_cast<CXXMemberCallExpr>(node);
            const bool isConversion = member != nullptr
                ? llvm::isa_and_nonnull<CXXConversionDecl>(member->getMethodDecl())
                : call == nullptr || calleeName(call) == "__half2float" || calleeName(call) == "__bfloat162float";
            isQuiet = isQuiet && isConversion;
            return isQuiet;
        });
        return isQuiet;
    }

    /// Whether \p declaration, of other variables, has nothing to do with what \p var is.
    static bool isLeftAlone(const KernelScope& kernel, const VarDecl& var, const Stmt& declaration)
    {
        bool isAlone = kernel.references(&var, &declaration).empty();
        for (const Decl* one : llvm::cast<DeclStmt>(declaration).decls()) {
            const auto* other = llvm::dyn_cast<VarDecl>(one);
            isAlone = isAlone && other != nullptr && (!other->hasInit() || isQuiet(kernel, *other->getInit()));
        }
        return isAlone;
    }

    /// Whether the value is the same after the loop.
    static bool staysAlike(const KernelScope& kernel, const VarDecl& var, const ForStmt& loop)
    {
        bool stays = true;
        walk(var.getInit(), [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* part = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            stays = stays && (part == nullptr || !kernel.isModifiedWithin(part, &loop));
            return stays;
        });
        return stays;
    }

    static bool leaves(const ForStmt& loop)
    {
        bool found = false;
        walk(&loop, [&](const Stmt* node) {
            found = found || llvm::isa<ReturnStmt, GotoStmt>(node);
            return !found;
        });
        return found;
    }

    static std::optional<std::string> fromZero(const KernelScope& kernel, const VarDecl& var, const ForStmt& loop)
    {
        const auto& source = kernel.source();
        const auto reduction = reductionOf(kernel, &var, &loop);
        const auto accesses = kernel.accesses(&loop);
        if (!reduction || reduction->operation != ReductionOperation::Sum || kernel.synchronises(&loop)
            || std::ranges::any_of(accesses, [](const Access& access) { return access.writes; }))
            return std::nullopt;
        const auto initial = source.range(var.getInit());
        const auto end = source.statementRange(&loop);
        if (!initial || !end)
            return std::nullopt;
        const auto name = source.directives().freshName("total");
        const auto type = var.getType().getUnqualifiedType().getAsString(source.context().getPrintingPolicy());
        SourceEdit edit(source.text());
        for (const auto* use : kernel.references(&var, kernel.kernel().getBody())) {
            const auto at = source.range(use);
            if (!at
                || kernel.isModifiedWithin(&var, kernel.parent(use)) != (at->begin < end->end && isChange(kernel, use)))
                return std::nullopt;
            if (at->begin >= end->end)
                edit.replace(*at, name);
        }
        const auto indentation = indentationAt(source.text(), end->begin);
        edit.replace(*initial, "0");
        edit.insert(
            end->end,
            fmt::format("\n{}{} {} = {} + {};", indentation, type, name, var.getName().str(), source.text(*initial)));
        return edit.apply();
    }

    static bool isChange(const KernelScope& kernel, const DeclRefExpr* use)
    {
        return kernel.isModifiedWithin(llvm::cast<VarDecl>(use->getDecl()), kernel.parent(use));
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainStart() { return std::make_unique<PlainStart>(); }

}  // namespace warploom
