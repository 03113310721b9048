// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PlainForm.h"
#include "moves/PlainLaunch.h"

namespace warploom {

namespace {

using namespace clang;

/// p->x reads p[0].x, as moves read what memory a kernel touches.
class PlainArrow : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "elements for arrows"; }
    [[nodiscard]] bool looksWithin() const override { return true; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        if (readsOtherwise(kernel))
            return std::nullopt;
        SourceEdit edit(kernel.source().text());
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            const auto* member = llvm::dyn_cast<MemberExpr>(node);
            // One within the other comes with the next turn.
            return member == nullptr || !member->isArrow() || !edited(kernel, *member, edit);
        });
        return edit.isEmpty() ? std::nullopt : edit.apply();
    }

private:
    /// Whether memory is taken for another type's than the one that a pointer was handed in with: two arrays may be
    /// one.
    static bool readsOtherwise(const KernelScope& kernel)
    {
        bool found = false;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            const auto* cast = llvm::dyn_cast<CastExpr>(node);
            found = found
                || (cast != nullptr && cast->getType()->isPointerType()
                    && (cast->getCastKind() == CK_BitCast || cast->getCastKind() == CK_IntegralToPointer));
            return !found;
        });
        return found;
    }

    static bool edited(const KernelScope& kernel, const MemberExpr& member, SourceEdit& edit)
    {
        const auto& source = kernel.source();
        const auto* base = member.getBase()->IgnoreParenImpCasts();
        const auto range = source.range(member.getBase());
        const auto name = source.offset(member.getMemberLoc());
        const auto text = operandText(kernel, base);
        if (!member.getBase()->getType()->isPointerType() || llvm::isa<CXXThisExpr>(base) || !range || !name
            || text.empty() || !llvm::isa<FieldDecl>(member.getMemberDecl()))
            return false;
        edit.replace({range->begin, *name}, text + "[0].");
        return true;
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainArrow() { return std::make_unique<PlainArrow>(); }

}  // namespace warploom
