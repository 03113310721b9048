// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PlainForm.h"
#include "moves/PlainLaunch.h"
#include "moves/PointerLoop.h"
#include "moves/PointerPlace.h"

namespace warploom {

namespace {

using namespace clang;

/// for (const float* p = begin; p < end; ++p) sum += *p; counts as for (int p_at = 0; p_at < n; ++p_at) sum +=
/// begin[p_at]; does, where end is begin + n. So do while loops, and pointers that move as they are read (*p++).
class PlainPointers : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "counts for pointers that walk to an end"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        std::optional<std::string> made;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            if (const auto loop = made ? std::nullopt : pointerLoop(kernel, node))
                made = rewritten(kernel, *loop);
            return !made;
        });
        return made;
    }

private:
    /// Where it walks, in terms of what does not move.
    struct Walk {
        std::string base;
        QualType type;  ///< of the base
        PlaceCount count;
        bool isHoisted = false;  ///< the base is a variable of its own, set to where it starts
        const VarDecl* from = nullptr;  ///< the base where it has been declared
    };

    static std::optional<Walk> walkOf(const KernelScope& kernel, const PointerLoop& loop)
    {
        auto starts = pointerPlaces(kernel, loop.pointer->getInit(), loop.pointer, !loop.isOwn);
        if (!loop.isOwn)
            starts.insert(starts.begin(), {loop.pointer, {}});
        const auto ends = pointerPlaces(kernel, loop.end, loop.pointer);
        for (const auto& start : starts)
            for (const auto& end : ends) {
                if (start.base != end.base)
                    continue;
                return between(kernel, loop, start, end);
            }
        return std::nullopt;
    }

    static std::optional<Walk> between(const KernelScope& kernel, const PointerLoop& loop, const PointerPlace& start,
                                       const PointerPlace& end)
    {
        const auto isThere = [&](const PlaceTerm& term) { return isStillThere(kernel, term, loop.pointer); };
        if (!std::ranges::all_of(start.terms, isThere) || !std::ranges::all_of(end.terms, isThere)
            || (loop.amount != nullptr && !isThere({loop.amount})))
            return std::nullopt;
        Walk walk{start.base->getNameAsString(), start.base->getType(), {}, false, start.base};
        auto from = start.terms;
        auto to = end.terms;
        if (startsAlike(kernel, from, to) && loop.isOwn
            && llvm::isa_and_nonnull<CompoundStmt>(kernel.parent(loop.statement))) {
            walk.isHoisted = true;
            walk.type = loop.pointer->getType();
            walk.base = kernel.source().directives().freshName(loop.pointer->getNameAsString() + "_begin");
            walk.from = nullptr;
            to.erase(to.begin(), to.begin() + static_cast<std::ptrdiff_t>(from.size()));
            from.clear();
        }
        const auto count = placeCount(kernel, from, to, loop.amount);
        if (!count)
            return std::nullopt;
        walk.count = *count;
        return walk;
    }

    /// Whether the end is said as the start and something more, and the start is more than a number.
    static bool startsAlike(const KernelScope& kernel, const std::vector<PlaceTerm>& from,
                            const std::vector<PlaceTerm>& to)
    {
        const bool isNumber = std::ranges::all_of(
            from, [](const PlaceTerm& term) { return llvm::isa<IntegerLiteral>(term.amount->IgnoreParenImpCasts()); });
        return !isNumber && from.size() <= to.size()
            && std::equal(from.begin(), from.end(), to.begin(), [&](const PlaceTerm& one, const PlaceTerm& other) {
                   const auto text = kernel.source().text(one.amount);
                   return !text.empty() && text == kernel.source().text(other.amount)
                       && one.isTakenOff == other.isTakenOff && kernel.accesses(one.amount).empty();
               });
    }

    static std::optional<std::string> rewritten(const KernelScope& kernel, const PointerLoop& loop)
    {
        const auto walk = walkOf(kernel, loop);
        const auto& source = kernel.source();
        const auto amount = loop.amount == nullptr ? std::string("1") : source.text(loop.amount);
        const auto kept = loop.kept == nullptr ? std::string() : source.text(loop.kept);
        if (!walk || amount.empty() || (loop.kept != nullptr && kept.empty())
            || (loop.kept != nullptr && !kernel.references(loop.pointer, loop.kept).empty()))
            return std::nullopt;
        const auto at = source.directives().freshName(loop.pointer->getNameAsString() + "_at");
        SourceEdit edit(source.text());
        const auto step = loop.amount == nullptr ? "++" + at : fmt::format("{} += {}", at, amount);
        edit.replace(loop.head,
                     fmt::format("for ({} {} = {}; {} < {}; {}{})", walk->count.type, at, walk->count.from, at,
                                 walk->count.to, step, kept.empty() ? "" : ", " + kept));
        if (walk->isHoisted) {
            std::string declared = walk->base;
            loop.pointer->getType().getUnqualifiedType().getAsStringInternal(declared,
                                                                             source.context().getPrintingPolicy());
            insertBefore(edit, source, loop.head,
                         fmt::format("{}{} = {};\n", indentationAt(source.text(), loop.head.begin), declared,
                                     source.text(loop.pointer->getInit())));
        }
        return editBody(kernel, loop, *walk, at, edit) && nameFirst(kernel, loop, *walk, edit) ? edit.apply()
                                                                                               : std::nullopt;
    }

    static bool editBody(const KernelScope& kernel, const PointerLoop& loop, const Walk& walk, const std::string& at,
                         SourceEdit& edit)
    {
        const auto& source = kernel.source();
        const bool isLast = loop.increment == nullptr && llvm::isa<CompoundStmt>(loop.body)
            && llvm::cast<CompoundStmt>(loop.body)->body_back() == loop.step;
        const auto last = isLast ? source.statementRange(loop.step) : std::nullopt;
        if (isLast && !last)
            return false;
        if (last)
            edit.removeWithLine(*last);
        for (const auto* reference : kernel.references(loop.pointer, loop.body)) {
            const auto range = source.range(reference);
            if (!range)
                return false;
            if (last && last->contains(*range))
                continue;
            if (!editUse(kernel, loop, walk, at, reference, edit))
                return false;
        }
        // Declarations go with their last use.
        const auto* end = plainVariable(loop.end);
        return (end == nullptr || removeUnused(kernel, end, 1, edit))
            && (walk.from == loop.pointer || loop.isOwn
                || removeUnused(kernel, loop.pointer, kernel.references(loop.pointer, loop.statement).size(), edit));
    }

    /// *begin as begin[0], as the loop says it of the others.
    static bool nameFirst(const KernelScope& kernel, const PointerLoop& loop, const Walk& walk, SourceEdit& edit)
    {
        if (walk.from == nullptr)
            return true;
        for (const auto* reference : kernel.references(walk.from, kernel.kernel().getBody())) {
            const auto* cast = kernel.parent(reference);
            while (llvm::isa_and_nonnull<ImplicitCastExpr, ParenExpr>(cast))
                cast = kernel.parent(cast);
            const auto* read = llvm::dyn_cast_or_null<UnaryOperator>(cast);
            const auto range = read == nullptr ? std::nullopt : kernel.source().range(read);
            const bool isInside = loop.statement->getBeginLoc() <= reference->getBeginLoc()
                && reference->getBeginLoc() <= loop.statement->getEndLoc();
            if (read != nullptr && read->getOpcode() == UO_Deref && range && !isInside)
                edit.replace(*range, walk.base + "[0]");
        }
        return true;
    }

    /// Removes the declaration of what is used \p count times only; false where that cannot be.
    static bool removeUnused(const KernelScope& kernel, const VarDecl* var, std::size_t count, SourceEdit& edit)
    {
        if (!var->isLocalVarDecl() || !var->hasInit()
            || kernel.references(var, kernel.kernel().getBody()).size() != count
            || var->getInit()->HasSideEffects(kernel.source().context(), false))
            return true;
        std::optional<TextRange> range;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            if (isDeclaredBy(node, var))
                range = kernel.source().statementRange(node);
            return !range;
        });
        if (range)
            edit.removeWithLine(*range);
        return range.has_value();
    }

    static bool editUse(const KernelScope& kernel, const PointerLoop& loop, const Walk& walk, const std::string& at,
                        const DeclRefExpr* reference, SourceEdit& edit)
    {
        const auto& source = kernel.source();
        const Stmt* use = kernel.parent(reference);
        while (llvm::isa_and_nonnull<ImplicitCastExpr, ParenExpr>(use))
            use = kernel.parent(use);
        if (use == loop.step)
            use = parentBeyond(kernel, use);
        const auto* unary = llvm::dyn_cast_or_null<UnaryOperator>(use);
        const auto* subscript = llvm::dyn_cast_or_null<ArraySubscriptExpr>(use);
        const auto* difference = llvm::dyn_cast_or_null<BinaryOperator>(use);
        const auto range = use == nullptr ? std::nullopt : source.range(use);
        if (unary != nullptr && unary->getOpcode() == UO_Deref && range) {
            edit.replace(*range, fmt::format("{}[{}]", walk.base, at));
            return true;
        }
        if (subscript != nullptr && range && plainVariable(subscript->getBase()) == loop.pointer) {
            const auto index = operandText(kernel, subscript->getIdx());
            const bool isSigned = walk.count.isSigned && subscript->getIdx()->getType()->isSignedIntegerType();
            edit.replace(*range,
                         fmt::format("{}[{} + {}]", walk.base, isSigned ? at : fmt::format("size_t({})", at), index));
            return !index.empty();
        }
        if (difference != nullptr && range && difference->getOpcode() == BO_Sub
            && plainVariable(difference->getLHS()) == loop.pointer && walk.from != nullptr
            && plainVariable(difference->getRHS()) == walk.from && walk.from != loop.pointer) {
            edit.replace(*range, isPlace(kernel, difference) ? at : fmt::format("static_cast<long long>({})", at));
            return true;
        }
        return editValue(kernel, loop, walk, at, reference, edit);
    }

    /// The pointer itself, for whatever it is given to.
    static bool editValue(const KernelScope& kernel, const PointerLoop& loop, const Walk& walk, const std::string& at,
                          const DeclRefExpr* reference, SourceEdit& edit)
    {
        const auto& context = kernel.source().context();
        const auto range = kernel.source().range(reference);
        if (!range || isMoreThanRead(kernel, reference) || !walk.type->isPointerType()
            || !context.hasSameType(walk.type->getPointeeType(), loop.pointer->getType()->getPointeeType()))
            return false;
        edit.replace(*range, fmt::format("({} + {})", walk.base, at));
        return true;
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainPointers() { return std::make_unique<PlainPointers>(); }

}  // namespace warploom
