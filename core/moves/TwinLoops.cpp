// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/TwinLoops.h"

namespace warploom {

using namespace clang;

std::set<const VarDecl*> variablesOf(const Stmt* statement)
{
    std::set<const VarDecl*> found;
    walk(statement, [&](const Stmt* node) {
        if (const auto* reference = llvm::dyn_cast<DeclRefExpr>(node))
            if (const auto* var = llvm::dyn_cast<VarDecl>(reference->getDecl()))
                found.insert(var);
        return true;
    });
    return found;
}

bool isPrivate(const VarDecl* var)
{
    return var->hasLocalStorage() && !var->hasAttr<CUDASharedAttr>() && !var->getType().isVolatileQualified()
        && !var->getType()->isReferenceType();
}

namespace {

/// threadIdx and its like, which stay what they are.
bool isBuiltin(const VarDecl* var)
{
    const auto name = identifierOf(var);
    return name == "threadIdx" || name == "blockIdx" || name == "blockDim" || name == "gridDim";
}

}  // namespace

std::optional<TwinLoops> TwinLoops::make(const KernelScope& kernel, const Stmt* first, const Stmt* second,
                                         LoopRunners runners)
{
    const auto one = rowNests(kernel, first);
    const auto other = rowNests(kernel, second);
    if (one.empty() || one.size() != other.size())
        return std::nullopt;
    TwinLoops twins(kernel);
    bool isShared = false;
    for (std::size_t i = 0; i < one.size(); ++i) {
        if (!twins.areAlike(one[i].shared, other[i].shared))
            return std::nullopt;
        isShared = isShared || twins.isByThread(one[i].shared);
        twins.m_first.push_back(one[i].shared);
        twins.m_second.push_back(other[i].shared);
    }
    return isShared == (runners == LoopRunners::InTurns) ? std::optional(std::move(twins)) : std::nullopt;
}

bool TwinLoops::isByThread(const CountedLoop& loop) const
{
    const auto start = m_kernel->form(loop.start);
    const auto thread = IndexForm::symbol(threadSymbol(0));
    const auto warp = IndexForm::constant(32);
    // Threads that share columns: neighbours have neighbouring ones, every so many of them the same.
    const auto* quotient = llvm::dyn_cast<BinaryOperator>(loop.start->IgnoreParenImpCasts());
    if (quotient != nullptr && quotient->getOpcode() == BO_Div && m_kernel->form(quotient->getLHS()) == thread)
        return loop.step != nullptr;
    const auto step = loop.step == nullptr ? std::nullopt : m_kernel->form(loop.step);
    return start && step
        && (*start == thread || *start == IndexForm::opaque("%", thread, *step)
            || *start == IndexForm::opaque("/", thread, warp));
}

bool TwinLoops::areAlike(const CountedLoop& first, const CountedLoop& second) const
{
    const auto& source = m_kernel->source();
    const auto start = m_kernel->form(first.start);
    if ((!isByThread(first) && !(start && start->isZero())) || (first.step == nullptr) != (second.step == nullptr)
        || !source.context().hasSameUnqualifiedType(first.var->getType(), second.var->getType()))
        return false;
    const std::vector<std::pair<const Expr*, const Expr*>> parts{
        {first.start, second.start}, {first.bound, second.bound}, {first.step, second.step}};
    return std::ranges::all_of(parts, [&](const auto& part) {
        if (part.first == nullptr)
            return true;
        const auto text = source.text(part.first);
        return !text.empty() && text == source.text(part.second) && m_kernel->accesses(part.first).empty()
            && !part.first->HasSideEffects(source.context(), false)
            && variablesOf(part.first) == variablesOf(part.second)
            && std::ranges::all_of(variablesOf(part.first), [&](const VarDecl* var) {
                   return isBuiltin(var) || (isPrivate(var) && !m_kernel->isModified(var));
               });
    });
}

bool TwinLoops::isSame(const Access& first, const Access& second) const
{
    if (first.base != second.base || !first.index || !second.index)
        return false;
    auto left = *first.index;
    auto right = *second.index;
    bool isAlong = false;
    for (std::size_t i = 0; i < m_first.size(); ++i) {
        const auto a = m_kernel->symbolOf(m_first[i].var);
        const auto b = m_kernel->symbolOf(m_second[i].var);
        const auto step = left.coefficient(a);
        if (!step || step != right.coefficient(b))
            return false;
        isAlong = isAlong || !step->isZero();
        left = left.without(a);
        right = right.without(b);
    }
    return isAlong && left == right;
}

/// Which loop of the second nest \p var counts.
std::optional<std::size_t> TwinLoops::levelOf(const VarDecl* var) const
{
    for (std::size_t i = 0; i < m_second.size(); ++i)
        if (m_second[i].var == var)
            return i;
    return std::nullopt;
}

bool TwinLoops::isOfSecond(const VarDecl* var) const
{
    // Not where its declaration ends: that may be in a tunable.
    return secondLoop()->getBeginLoc() < var->getBeginLoc() && var->getBeginLoc() <= secondLoop()->getEndLoc();
}

/// The first loop's name for what the second one counts at \p level, or its first value.
std::string TwinLoops::column(std::size_t level, bool isFirst) const
{
    const auto* var = m_first[level].var;
    const auto& context = m_kernel->source().context();
    const auto type = var->getType().getUnqualifiedType();
    if (!isFirst)
        return var->getNameAsString();
    return context.hasSameUnqualifiedType(type, context.IntTy)
        ? "0"
        : fmt::format("static_cast<{}>(0)", type.getAsString(context.getPrintingPolicy()));
}

std::optional<std::string> TwinLoops::inlined(const Expr* expression, bool isFirst) const
{
    const auto& source = m_kernel->source();
    const auto range = source.range(expression);
    bool isFree = range.has_value() && !expression->HasSideEffects(source.context(), false);
    std::vector<Replacement> replacements;
    walk(expression, [&](const Stmt* node) {
        isFree = isFree && !llvm::isa<LambdaExpr>(node);
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        if (var == nullptr || !isFree)
            return isFree;
        const auto use = source.range(reference);
        isFree = use && source.text(*use) == var->getName();
        if (!isFree)
            return false;
        if (const auto level = levelOf(var)) {
            replacements.push_back({*use, column(*level, isFirst)});
        } else if (isOfSecond(var)) {
            const auto text = inlined(var->getInit(), isFirst);
            isFree = text.has_value();
            if (isFree)
                replacements.push_back({*use, initialised(var, *text)});
        } else {
            isFree = isThere(var);
        }
        return isFree;
    });
    return isFree ? std::optional(rewritten(source.text(), *range, std::move(replacements))) : std::nullopt;
}

std::string TwinLoops::initialised(const VarDecl* var, const std::string& text) const
{
    const auto& context = m_kernel->source().context();
    const auto type = var->getType().getUnqualifiedType();
    return type->isPointerType()
            || context.hasSameUnqualifiedType(type, var->getInit()->IgnoreParenImpCasts()->getType())
        ? "(" + text + ")"
        : fmt::format("static_cast<{}>({})", type.getAsString(context.getPrintingPolicy()), text);
}

/// Before the first loop with the value it has in the second, under its own name. The number is there later only.
bool TwinLoops::isThere(const VarDecl* var) const
{
    const bool isBefore = llvm::isa<ParmVarDecl>(var) || var->getEndLoc() < firstLoop()->getBeginLoc();
    bool isHidden = false;
    walk(firstLoop(), [&](const Stmt* node) {
        if (const auto* declaration = llvm::dyn_cast<DeclStmt>(node))
            for (const Decl* one : declaration->decls())
                if (const auto* named = llvm::dyn_cast<NamedDecl>(one))
                    isHidden = isHidden || identifierOf(named) == identifierOf(var);
        return !isHidden;
    });
    return isPrivate(var) && !m_kernel->isModified(var) && isBefore && !isHidden;
}

std::string TwinLoops::normal(const Expr* expression, bool ofFirst) const
{
    const auto& source = m_kernel->source();
    const auto& loops = ofFirst ? m_first : m_second;
    const auto* whole = loops.front().statement;
    const auto isOwn = [&](const VarDecl* var) {
        return var->hasInit() && isPrivate(var) && !m_kernel->isModified(var)
            && whole->getBeginLoc() < var->getBeginLoc() && var->getBeginLoc() <= whole->getEndLoc();
    };
    const auto* plain = llvm::dyn_cast<DeclRefExpr>(expression->IgnoreParenImpCasts());
    const auto* alone = plain == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(plain->getDecl());
    if (alone != nullptr && isOwn(alone)
        && source.context().hasSameUnqualifiedType(alone->getType(),
                                                   alone->getInit()->IgnoreParenImpCasts()->getType()))
        return normal(alone->getInit(), ofFirst);
    const auto range = source.range(expression);
    bool isKnown = range.has_value();
    std::vector<Replacement> replacements;
    const auto accesses = m_kernel->accesses(expression);
    walk(expression, [&](const Stmt* node) {
        const auto access = std::ranges::find_if(accesses, [&](const Access& one) { return one.expression == node; });
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        if (!isKnown || (access == accesses.end() && var == nullptr))
            return isKnown;
        auto text = access != accesses.end() ? placeOf(*access, loops)
            : isOwn(var)                     ? normal(var->getInit(), ofFirst)
                                             : nameOf(var, loops);
        if (access == accesses.end() && isOwn(var) && !text.empty())
            text = initialised(var, text);
        const auto use = source.range(node);
        isKnown = use && !text.empty();
        if (isKnown)
            replacements.push_back({*use, text});
        return false;
    });
    return isKnown ? rewritten(source.text(), *range, std::move(replacements)) : std::string();
}

std::string TwinLoops::nameOf(const VarDecl* var, const std::vector<CountedLoop>& loops) const
{
    for (std::size_t i = 0; i < loops.size(); ++i)
        if (loops[i].var == var)
            return fmt::format("$loop{}", i);
    return m_kernel->symbolOf(var);
}

std::string TwinLoops::placeOf(const Access& access, const std::vector<CountedLoop>& loops) const
{
    if (access.base == nullptr || !access.index)
        return {};
    auto rest = *access.index;
    IndexForm place;
    for (std::size_t i = 0; i < loops.size(); ++i) {
        const auto symbol = m_kernel->symbolOf(loops[i].var);
        const auto step = rest.coefficient(symbol);
        if (!step)
            return {};
        place = place + *step * IndexForm::symbol(fmt::format("$loop{}", i));
        rest = rest.without(symbol);
    }
    return fmt::format("{}[{}]", m_kernel->symbolOf(access.base), (place + rest).toString());
}

}  // namespace warploom
