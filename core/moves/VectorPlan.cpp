// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/VectorPlan.h"

namespace warploom {

using namespace clang;

namespace {

/// Whether \p part of \p whole runs in some cases only: an alternative, not the condition.
bool isChosen(const Stmt* whole, const Stmt* part)
{
    if (const auto* choice = llvm::dyn_cast<IfStmt>(whole))
        return part != choice->getCond();
    if (const auto* choice = llvm::dyn_cast<ConditionalOperator>(whole))
        return part != choice->getCond();
    const auto* binary = llvm::dyn_cast<BinaryOperator>(whole);
    return binary != nullptr && binary->isLogicalOp() && part != binary->getLHS();
}

/// Whether no variable of \p expression is ever set anew.
bool staysTheSame(const KernelScope& kernel, const Expr* expression)
{
    bool isSame = true;
    walk(expression, [&](const Stmt* node) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        isSame = isSame && (var == nullptr || !kernel.isModified(var));
        return isSame;
    });
    return isSame;
}

/// \p text, what a variable is initialised with, as a value of its type in the place of \p use.
std::string initialiserOf(const KernelScope& kernel, const DeclRefExpr* use, const std::string& text)
{
    const auto& context = kernel.source().context();
    const auto* var = llvm::cast<VarDecl>(use->getDecl());
    const Stmt* above = kernel.parent(use);
    while (llvm::isa_and_nonnull<ImplicitCastExpr>(above))
        above = kernel.parent(above);
    const auto* subscript = llvm::dyn_cast_or_null<ArraySubscriptExpr>(above);
    const bool isWhole = subscript != nullptr && subscript->getIdx()->IgnoreImpCasts() == use;
    const auto type = var->getType().getUnqualifiedType();
    if (type->isPointerType() || context.hasSameUnqualifiedType(type, var->getInit()->IgnoreImpCasts()->getType()))
        return isWhole ? text : "(" + text + ")";
    return fmt::format("static_cast<{}>({})", type.getAsString(context.getPrintingPolicy()), text);
}

}  // namespace

std::optional<VectorPlan> VectorPlan::make(const KernelScope& kernel, const VarDecl* var, const Expr* bound,
                                           const std::vector<const Stmt*>& body, TextRange bodyRange, VectorsOf of,
                                           RowStart start, std::set<const VarDecl*> whole)
{
    VectorPlan plan(kernel);
    plan.m_var = var;
    plan.m_of = of;
    plan.m_whole = std::move(whole);
    plan.m_body = body;
    plan.m_bodyRange = bodyRange;
    plan.m_rows = start;
    for (const Stmt* statement : body)
        walk(statement, [&](const Stmt* node) {
            if (const auto* declaration = llvm::dyn_cast<DeclStmt>(node))
                for (const Decl* one : declaration->decls())
                    if (const auto* own = llvm::dyn_cast<VarDecl>(one))
                        plan.m_ownSymbols.insert(kernel.symbolOf(own));
            return true;
        });
    if (auto size = kernel.form(bound); size && staysTheSame(kernel, bound) && !size->isZero())
        plan.m_bound = std::move(size);
    for (const Stmt* statement : body)
        if (kernel.containsReturn(statement) || kernel.synchronises(statement))
            return std::nullopt;
    if (kernel.hasAliases() || !plan.readAccesses(body) || plan.m_lanes.empty() || !plan.nameParts(body))
        return std::nullopt;
    return plan;
}

bool VectorPlan::isConditional(const Stmt* statement) const
{
    const auto range = m_kernel->source().range(statement);
    const Stmt* below = statement;
    for (const Stmt* node = m_kernel->parent(statement); node != nullptr; below = node, node = m_kernel->parent(node)) {
        const auto around = m_kernel->source().range(node);
        if (!range || !around || !m_bodyRange.contains(*around))
            return false;
        if (llvm::isa<SwitchStmt, ForStmt, WhileStmt, DoStmt>(node) || isChosen(node, below))
            return true;
    }
    return false;
}

bool VectorPlan::isInLoop(const Stmt* statement) const
{
    for (const Stmt* node = m_kernel->parent(statement); node != nullptr; node = m_kernel->parent(node)) {
        const auto around = m_kernel->source().range(node);
        if (!around || !m_bodyRange.contains(*around))
            return false;
        if (llvm::isa<ForStmt, WhileStmt, DoStmt>(node))
            return true;
    }
    return false;
}

std::optional<IndexForm> VectorPlan::ownForm() const
{
    // An index that is set once stands for its initialiser, a loop's variable for itself.
    return m_kernel->isModified(m_var) || !m_var->hasInit()
        ? std::optional(IndexForm::symbol(m_kernel->symbolOf(m_var)))
        : m_kernel->form(m_var->getInit());
}

std::optional<IndexForm> VectorPlan::restOf(const Access& access, bool mayMove, int each) const
{
    const auto own = access.index ? ownForm() : std::nullopt;
    if (!own)
        return std::nullopt;
    const auto rest = *access.index - *own * IndexForm::constant(each);
    // What the body sets to another value for each element moves the places.
    if (!mayMove && !rest.termsOf(m_ownSymbols).isZero())
        return std::nullopt;
    for (const auto& [monomial, factor] : own->terms())
        for (const auto& symbol : monomial)
            if (symbol.rfind("$threadIdx", 0) == 0 || symbol == m_kernel->symbolOf(m_var))
                if (rest.dependsOn(symbol))
                    return std::nullopt;
    return rest;
}

std::optional<std::string> VectorPlan::periodOf(const Access& access) const
{
    // Casts that are written cut something off.
    const auto named = [](const Expr* expression) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(expression->IgnoreParenImpCasts());
        return reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
    };
    const auto* subscript = llvm::dyn_cast<ArraySubscriptExpr>(access.expression->IgnoreParenImpCasts());
    const Expr* index = subscript == nullptr ? nullptr : subscript->getIdx()->IgnoreParenImpCasts();
    const auto* held = index == nullptr ? nullptr : named(index);
    // A variable that is set once stands for what it is set to.
    if (held != nullptr && held->isLocalVarDecl() && held->hasInit() && !m_kernel->isModified(held))
        index = held->getInit()->IgnoreParenImpCasts();
    const auto* rest = index == nullptr ? nullptr : llvm::dyn_cast<BinaryOperator>(index);
    if (rest == nullptr || rest->getOpcode() != BO_Rem || named(rest->getLHS()) != m_var)
        return std::nullopt;
    const auto* size = named(rest->getRHS());
    const auto& context = m_kernel->source().context();
    const bool isSize = llvm::isa_and_nonnull<ParmVarDecl>(size) && size->getType()->isIntegerType()
        && !m_kernel->isModified(size) && m_kernel->source().text(rest->getRHS()) == size->getName()
        && (held == nullptr || context.getTypeSize(held->getType()) >= context.getTypeSize(size->getType()));
    return isSize ? std::optional(size->getName().str()) : std::nullopt;
}

std::optional<std::string> VectorPlan::before(const std::vector<const Stmt*>& body, const Expr* expression) const
{
    const auto& source = m_kernel->source();
    std::set<const Decl*> inside;
    for (const Stmt* statement : body)
        walk(statement, [&](const Stmt* node) {
            if (const auto* declaration = llvm::dyn_cast<DeclStmt>(node))
                inside.insert(declaration->decl_begin(), declaration->decl_end());
            return true;
        });
    const auto range = source.range(expression);
    bool isFree = range.has_value();
    std::vector<Replacement> replacements;
    walk(expression, [&](const Stmt* node) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        if (var == nullptr || !isFree)
            return isFree;
        if (inside.count(var) == 0) {
            isFree = std::ranges::none_of(
                body, [&](const Stmt* statement) { return m_kernel->isModifiedWithin(var, statement); });
            return isFree;
        }
        const auto use = source.range(reference);
        const auto text = use && var->hasInit() && !m_kernel->isModified(var) && !var->getType()->isReferenceType()
                && isPlainArithmetic(var->getInit()) && source.text(*use) == var->getName()
            ? before(body, var->getInit())
            : std::nullopt;
        isFree = text.has_value();
        if (isFree)
            replacements.push_back({*use, initialiserOf(*m_kernel, reference, *text)});
        return isFree;
    });
    return isFree ? std::optional(rewritten(source.text(), *range, std::move(replacements))) : std::nullopt;
}

bool VectorPlan::isAligned(const IndexForm& rest) const
{
    if (m_start)
        return (rest - *m_start).isMultiple(std::nullopt, kVectorBytes);
    return rest.isMultiple(std::nullopt, kVectorBytes) || (m_bound && rest.isMultipleWith(*m_bound, kVectorBytes));
}

bool VectorPlan::addLane(const Access& access, const IndexForm& rest, const std::string& place, int each, int part)
{
    const auto range = m_kernel->source().range(access.expression);
    if (!range)
        return false;
    auto lane = std::ranges::find_if(m_lanes, [&](const auto& known) {
        return known.base == access.base && known.rest == rest && known.each == each;
    });
    if (lane == m_lanes.end()) {
        const auto type = innermostElement(access.base->getType()).getUnqualifiedType();
        Lane added{access.base,
                   rest,
                   place,
                   {},
                   type.getAsString(m_kernel->source().context().getPrintingPolicy()),
                   static_cast<int>(m_kernel->source().context().getTypeSizeInChars(type).getQuantity()),
                   false,
                   false,
                   each};
        lane = m_lanes.insert(m_lanes.end(), std::move(added));
    }
    // A value is loaded before the element is stored anew, so what is read after the store must be the copy: it is.
    lane->loads = lane->loads || access.reads;
    lane->stores = lane->stores || access.writes;
    m_uses.push_back({*range, static_cast<std::size_t>(lane - m_lanes.begin()), part});
    return true;
}

bool VectorPlan::addCycle(const Access& access, const std::vector<const Stmt*>& body)
{
    if (m_of != VectorsOf::Periods || access.call != nullptr || access.writes || !access.index || !isGlobal(access.base)
        || vectorPartOf(access) == 0 || innermostElement(access.base->getType()).isVolatileQualified()
        || isConditional(access.expression))
        return false;
    const auto period = periodOf(access);
    const auto place = period ? before(body, access.expression) : std::nullopt;
    if (!place || !addLane(access, *access.index, *place))
        return false;
    addPeriod(*period);
    return true;
}

void VectorPlan::addPeriod(const std::string& size)
{
    const bool isName = std::ranges::all_of(size, [](char one) { return one == '_' || llvm::isAlnum(one); });
    auto period = isName ? size : "(" + size + ")";
    if (std::ranges::find(m_periods, period) == m_periods.end())
        m_periods.push_back(std::move(period));
}

void VectorPlan::shareQuotients(const std::function<bool(const Expr*)>& isMultiple)
{
    for (auto& quotient : elementQuotients(*m_kernel, m_var, m_body)) {
        const bool isLane =
            std::ranges::any_of(m_uses, [&](const auto& use) { return use.range.contains(quotient.range); });
        const auto* number = llvm::dyn_cast<IntegerLiteral>(quotient.divisor->IgnoreParenImpCasts());
        const auto divisor = number == nullptr ? 0 : static_cast<int>(number->getValue().getLimitedValue(1 << 20));
        if (!isLane && divisor > 1 && divisor < m_width && m_width % divisor == 0)
            m_split.push_back(quotient);
        if (isLane || !isMultiple(quotient.divisor))
            continue;
        if (!llvm::isa<IntegerLiteral>(quotient.divisor->IgnoreParenImpCasts()))
            addPeriod(quotient.size);
        m_shared.push_back(std::move(quotient));
    }
}

bool VectorPlan::isSettledBefore(const VarDecl* array, const Stmt* body) const
{
    if (!isSharedArray(array))
        return false;
    const auto holds = [](const Stmt* outer, const Stmt* inner) {
        return outer->getBeginLoc() <= inner->getBeginLoc() && inner->getEndLoc() <= outer->getEndLoc();
    };
    for (const auto& access : m_kernel->accesses(m_kernel->kernel().getBody())) {
        if (access.base != array || !access.writes)
            continue;
        // A barrier of the whole block stands between.
        bool isBefore = false;
        bool isDone = false;
        for (const Stmt* statement : m_kernel->statements()) {
            if (holds(statement, body))
                break;
            isBefore = isBefore || holds(statement, access.expression);
            const auto* call = llvm::dyn_cast<CallExpr>(statement);
            isDone = isDone || (isBefore && call != nullptr && calleeName(call) == "__syncthreads");
        }
        if (!isDone)
            return false;
    }
    return true;
}

/// Whether what is stored as a vector is touched in another way too: by what stays \p scalar, or by a second lane.
bool VectorPlan::mayOverlap(const std::set<const VarDecl*>& scalar) const
{
    return std::ranges::any_of(m_lanes, [&](const Lane& lane) {
        return m_written.count(lane.base) > 0
            && (scalar.count(lane.base) > 0
                || std::ranges::count_if(m_lanes, [&](const Lane& other) { return other.base == lane.base; }) > 1);
    });
}

int VectorPlan::vectorPartOf(const Access& access) const
{
    const auto type = innermostElement(access.base->getType());
    const auto bytes =
        type->isIncompleteType() ? 0 : m_kernel->source().context().getTypeSizeInChars(type).getQuantity();
    return bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8 ? static_cast<int>(bytes) : 0;
}

bool VectorPlan::isPlain(const Access& access, const std::optional<IndexForm>& rest,
                         const std::vector<Access>& all) const
{
    const auto isReadAnyway = [&] {
        return rest && !access.writes && std::ranges::any_of(all, [&](const Access& other) {
                   return other.base == access.base && other.reads && !other.atomic && restOf(other) == rest
                       && !isConditional(other.expression);
               });
    };
    return access.call == nullptr && isGlobal(access.base)
        && !innermostElement(access.base->getType()).isVolatileQualified()
        && (!isConditional(access.expression) || isReadAnyway()
            || (!access.writes && rest && rest->isZero() && m_whole.count(access.base) > 0));
}

bool VectorPlan::readAccesses(const std::vector<const Stmt*>& body)
{
    std::set<const VarDecl*> writtenAnywhere;
    for (const auto& access : m_kernel->accesses(m_kernel->kernel().getBody()))
        if (access.writes)
            writtenAnywhere.insert(access.base);
    std::vector<Access> accesses;
    for (const Stmt* statement : body) {
        const auto found = m_kernel->accesses(statement);
        accesses.insert(accesses.end(), found.begin(), found.end());
    }
    std::set<const VarDecl*> scalar;
    if (m_rows == RowStart::Anywhere && !chooseStart(accesses))
        return false;
    if (m_of != VectorsOf::Elements && m_rows == RowStart::Aligned)
        findGroups(accesses, body);
    for (const auto& access : accesses) {
        if (access.base == nullptr)
            return false;
        const auto* group = groupOf(access);
        const auto rest = restOf(access);
        const bool isSingle = group == nullptr && isVector(access, rest, accesses);
        if ((group != nullptr && !addGroupUse(access, *group)) || (isSingle && !addSingle(access, *rest, body)))
            return false;
        if (group != nullptr || isSingle || (writtenAnywhere.count(access.base) == 0 && addCycle(access, body)))
            continue;
        if (!mayStay(access, writtenAnywhere, body))
            return false;
        scalar.insert(access.base);
    }
    if (m_lanes.empty() || mayOverlap(scalar))
        return false;
    int widest = 1;
    for (const auto& lane : m_lanes) {
        m_elementBytes = std::max(m_elementBytes, lane.bytes);
        widest = std::max(widest, lane.bytes * (lane.each & -lane.each));
    }
    m_width = std::max(kVectorBytes / widest, 2);
    return true;
}

bool VectorPlan::isVector(const Access& access, const std::optional<IndexForm>& rest,
                          const std::vector<Access>& all) const
{
    return rest && vectorPartOf(access) > 0 && isAligned(*rest) && isPlain(access, rest, all);
}

bool VectorPlan::addSingle(const Access& access, const IndexForm& rest, const std::vector<const Stmt*>& body)
{
    m_needsMultipleBound = m_needsMultipleBound || (!m_start && !rest.isMultiple(std::nullopt, kVectorBytes));
    const auto place = before(body, access.expression);
    if (!place || !addLane(access, rest, *place))
        return false;
    if (access.writes && !access.atomic)
        m_written.insert(access.base);
    return true;
}

bool VectorPlan::mayStay(const Access& access, const std::set<const VarDecl*>& writtenAnywhere,
                         const std::vector<const Stmt*>& body) const
{
    // Neighbouring threads read neighbouring elements in a loop: with the loop once for each lane they would not.
    if (isGlobal(access.base) && isInLoop(access.expression) && restOf(access, true))
        return false;
    return access.atomic
        || (!access.writes && (writtenAnywhere.count(access.base) == 0 || isSettledBefore(access.base, body.front())));
}

}  // namespace warploom
