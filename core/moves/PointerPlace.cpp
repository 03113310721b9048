// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PointerPlace.h"

#include "moves/HostWords.h"
#include "moves/PlainLaunch.h"

namespace warploom {

using namespace clang;

namespace {

/// pointer + amount, amount + pointer, pointer - amount or &pointer[amount], taken apart.
struct PointerAddition {
    const Expr* pointer = nullptr;
    const Expr* amount = nullptr;
    bool isTakenOff = false;
};

std::optional<PointerAddition> pointerAddition(const Expr* expression)
{
    if (const auto* address = llvm::dyn_cast<UnaryOperator>(expression);
        address != nullptr && address->getOpcode() == UO_AddrOf) {
        const auto* element = llvm::dyn_cast<ArraySubscriptExpr>(address->getSubExpr()->IgnoreParens());
        return element == nullptr ? std::nullopt
                                  : std::optional(PointerAddition{element->getBase(), element->getIdx()});
    }
    const auto* binary = llvm::dyn_cast<BinaryOperator>(expression);
    if (binary == nullptr || (binary->getOpcode() != BO_Add && binary->getOpcode() != BO_Sub))
        return std::nullopt;
    const bool isLeft = binary->getLHS()->getType()->isPointerType();
    const auto* pointer = isLeft ? binary->getLHS() : binary->getRHS();
    const auto* amount = isLeft ? binary->getRHS() : binary->getLHS();
    if (!pointer->getType()->isPointerType() || !amount->getType()->isIntegerType())
        return std::nullopt;
    return PointerAddition{pointer, amount, binary->getOpcode() == BO_Sub};
}

QualType pointedType(const VarDecl* var)
{
    const auto type = var->getType();
    if (const auto* array = type->getAsArrayTypeUnsafe())
        return array->getElementType();
    return type->isPointerType() ? type->getPointeeType() : QualType();
}

/// An int has room for it: smaller integers, numbers, and what CUDA says of blocks and threads.
bool fitsInt(const KernelScope& kernel, const Expr* amount)
{
    const auto& context = kernel.source().context();
    amount = amount->IgnoreParenImpCasts();
    const auto type = amount->getType();
    const auto bits = context.getTypeSize(type);
    if (bits < 32 || (bits == 32 && type->isSignedIntegerType()))
        return true;
    const auto form = kernel.form(amount);
    if (!form)
        return false;
    if (const auto value = form->constantValue())
        return *value >= 0 && *value <= std::numeric_limits<std::int32_t>::max();
    for (int dimension = 0; dimension < 3; ++dimension)
        for (const auto& symbol : {threadSymbol(dimension), blockSizeSymbol(dimension), blockSymbol(dimension)})
            if (*form == IndexForm::symbol(symbol))
                return true;
    return false;
}

/// Terms as a sum of \p type; empty where a macro hides one.
std::string sumText(const KernelScope& kernel, const std::vector<PlaceTerm>& terms, const std::string& type,
                    bool isCast)
{
    std::string sum;
    for (const auto& term : terms) {
        const auto text = operandText(kernel, term.amount);
        if (text.empty())
            return {};
        const bool isAlone = terms.size() == 1 && !term.isTakenOff && !isCast;
        const auto plain = isAlone ? kernel.source().text(term.amount)
            : isCast && !llvm::isa<IntegerLiteral>(term.amount->IgnoreParenImpCasts())
            ? fmt::format("static_cast<{}>({})", type, kernel.source().text(term.amount))
            : text;
        sum += sum.empty() ? (term.isTakenOff ? "-" : "") : term.isTakenOff ? " - " : " + ";
        sum += plain;
    }
    return sum.empty() ? "0" : sum;
}

}  // namespace

std::vector<PointerPlace> pointerPlaces(const KernelScope& kernel, const Expr* pointer, const VarDecl* moving,
                                        bool isEarlier)
{
    std::vector<PointerPlace> places;
    std::vector<PlaceTerm> terms;
    while (true) {
        pointer = pointer->IgnoreParenImpCasts();
        if (const auto addition = pointerAddition(pointer)) {
            terms.insert(terms.begin(), {addition->amount, addition->isTakenOff, isEarlier});
            pointer = addition->pointer;
            continue;
        }
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(pointer);
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        const auto element = var == nullptr ? QualType() : pointedType(var);
        if (element.isNull() || element->isArrayType() || element.isVolatileQualified()
            || !kernel.source().context().hasSameUnqualifiedType(element, pointedType(moving)))
            return places;
        // A pointer that moves is somewhere else each time, but for those who were set from it before.
        if (var == moving ? !isEarlier : kernel.isModified(var) || !isOnlyName(kernel, var))
            return places;
        places.push_back({var, terms});
        if (!var->isLocalVarDecl() || !var->hasInit() || !var->getType()->isPointerType())
            return places;
        pointer = var->getInit();
        isEarlier = true;
    }
}

bool isStillThere(const KernelScope& kernel, const PlaceTerm& term, const VarDecl* moving)
{
    if (term.amount->HasSideEffects(kernel.source().context(), false)
        || !kernel.references(moving, term.amount).empty())
        return false;
    bool isThere = !term.isEarlier || haveOnlyNames(kernel, term.amount);
    walk(term.amount, [&](const Stmt* node) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        isThere = isThere && !llvm::isa<CallExpr, LambdaExpr, StmtExpr>(node)
            && (!term.isEarlier || var == nullptr || !kernel.isModified(var));
        return isThere;
    });
    const auto read = kernel.accesses(term.amount);
    if (!isThere || read.empty() || !term.isEarlier)
        return isThere;
    std::set<const VarDecl*> written;
    for (const auto& access : kernel.accesses(kernel.kernel().getBody()))
        if (access.writes)
            written.insert(access.base);
    return written.count(nullptr) == 0 && passesApart(kernel, written)
        && std::ranges::all_of(read, [&](const Access& access) {
               return llvm::isa_and_nonnull<ParmVarDecl>(access.base) && written.count(access.base) == 0
                   && !innermostElement(access.base->getType()).isVolatileQualified();
           });
}

std::optional<PlaceCount> placeCount(const KernelScope& kernel, const std::vector<PlaceTerm>& from,
                                     const std::vector<PlaceTerm>& to, const Expr* step)
{
    const auto& context = kernel.source().context();
    std::vector<PlaceTerm> all = from;
    all.insert(all.end(), to.begin(), to.end());
    if (step != nullptr)
        all.push_back({step});
    PlaceCount count;
    const bool isSum = from.size() > 1 || to.size() > 1;
    const auto first = to.empty() ? QualType() : to.front().amount->IgnoreParenImpCasts()->getType();
    const bool isWide = !first.isNull() && !isSum && context.getTypeSize(first) == 64
        && std::ranges::all_of(all, [&](const PlaceTerm& term) {
               const auto type = term.amount->IgnoreParenImpCasts()->getType();
               return !term.isTakenOff && context.hasSameUnqualifiedType(type, first);
           });
    const bool isInt =
        !isSum && std::ranges::all_of(all, [&](const PlaceTerm& term) { return fitsInt(kernel, term.amount); });
    count.type = isInt ? "int"
        : isWide       ? first.getUnqualifiedType().getAsString(context.getPrintingPolicy())
                       : "long long";
    count.isSigned = !isWide || first->isSignedIntegerType();
    count.from = sumText(kernel, from, count.type, !isInt && !isWide);
    count.to = sumText(kernel, to, count.type, !isInt && !isWide);
    return count.from.empty() || count.to.empty() ? std::nullopt : std::optional(std::move(count));
}

}  // namespace warploom
