// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/KernelScope.h"

#include "moves/IntegerCast.h"

namespace warploom {

using namespace clang;

namespace {

constexpr std::array<std::string_view, 4> kBuiltins = {"threadIdx", "blockIdx", "blockDim", "gridDim"};

std::optional<IndexForm> builtinForm(const MemberExpr* member)
{
    const auto* base = llvm::dyn_cast<DeclRefExpr>(member->getBase()->IgnoreParenImpCasts());
    if (base == nullptr)
        return std::nullopt;
    const auto name = identifierOf(base->getDecl());
    const auto field = identifierOf(member->getMemberDecl());
    const bool known = std::find(kBuiltins.begin(), kBuiltins.end(), std::string_view(name)) != kBuiltins.end();
    if (!known || field.size() != 1 || field[0] < 'x' || field[0] > 'z')
        return std::nullopt;
    return IndexForm::symbol(fmt::format("${}.{}#", name.str(), field[0]));
}

bool isLoadIntrinsic(std::string_view name)
{
    return name == "__ldg" || name == "__ldcs" || name == "__ldca" || name == "__ldcg" || name == "__ldcv"
        || name == "__ldlu";
}

/// Whether threads wait for each other within, also in functions called from there.
bool meets(const Stmt* statement, std::set<const FunctionDecl*>& visited)
{
    bool found = false;
    walk(statement, [&](const Stmt* node) {
        found = found || llvm::isa<GCCAsmStmt>(node);
        const auto* call = llvm::dyn_cast<CallExpr>(node);
        if (call == nullptr || found)
            return !found;
        const auto name = calleeName(call);
        const auto* callee = call->getDirectCallee();
        const FunctionDecl* definition = nullptr;
        found = callee == nullptr || name.rfind("__sync", 0) == 0 || name.find("_sync") != std::string::npos
            || name == "__activemask";
        if (!found && callee->hasBody(definition) && visited.insert(definition).second)
            found = meets(definition->getBody(), visited);
        return !found;
    });
    return found;
}

/// \p expression without parentheses and conversions; null where one of them may make another number of an integer.
const Expr* sameNumber(const Expr* expression, const ASTContext& context)
{
    while (true) {
        expression = expression->IgnoreParens();
        const auto* cast = llvm::dyn_cast<CastExpr>(expression);
        if (cast == nullptr)
            return expression;
        if (!keepsNumber(cast, context))
            return nullptr;
        expression = cast->getSubExpr();
    }
}

/// The variable that \p target is, or is a member of; null for anything else.
const VarDecl* wholeVariable(const Expr* target)
{
    target = target->IgnoreParens();
    while (const auto* member = llvm::dyn_cast<MemberExpr>(target)) {
        if (member->isArrow())
            return nullptr;
        target = member->getBase()->IgnoreParenImpCasts();
    }
    const auto* reference = llvm::dyn_cast<DeclRefExpr>(target);
    return reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
}

/// The variable that \p var is another name of, through which it can be changed; null for anything else.
const VarDecl* otherNameOf(const VarDecl* var)
{
    const VarDecl* other = nullptr;
    for (int depth = 0; depth < 8 && var != nullptr && var->getType()->isReferenceType() && var->hasInit()
         && !var->getType()->getPointeeType().isConstQualified();
         ++depth) {
        other = wholeVariable(var->getInit());
        var = other;
    }
    return other;
}

bool isLayer(const Stmt* statement)
{
    const auto* member = llvm::dyn_cast<MemberExpr>(statement);
    const auto form = member == nullptr ? std::nullopt : builtinForm(member);
    return form && (*form == IndexForm::symbol(blockSymbol(2)) || *form == IndexForm::symbol(gridSizeSymbol(2)));
}

/// Whether functions called within use threadIdx and the like.
bool callsUse(const Stmt* statement, bool allowsLayers, std::set<const FunctionDecl*>& visited)
{
    bool found = false;
    walk(statement, [&](const Stmt* node) {
        const auto* call = llvm::dyn_cast<CallExpr>(node);
        const auto* callee = call == nullptr ? nullptr : call->getDirectCallee();
        const FunctionDecl* definition = nullptr;
        if (found || callee == nullptr || !callee->hasBody(definition) || !visited.insert(definition).second)
            return !found;
        walk(definition->getBody(), [&](const Stmt* inner) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(inner);
            found = found || (reference != nullptr && isThreadBuiltin(reference));
            return !found && !(allowsLayers && isLayer(inner));
        });
        found = found || callsUse(definition->getBody(), allowsLayers, visited);
        return !found;
    });
    return found;
}

}  // namespace

bool isThreadBuiltin(const DeclRefExpr* reference)
{
    const auto name = identifierOf(reference->getDecl());
    return std::ranges::find(kBuiltins, std::string_view(name)) != kBuiltins.end();
}

bool callsUseBuiltins(const Stmt* statement, bool allowsLayers)
{
    std::set<const FunctionDecl*> visited;
    return callsUse(statement, allowsLayers, visited);
}

void walk(const Stmt* statement, const std::function<bool(const Stmt*)>& visit)
{
    if (statement == nullptr || !visit(statement))
        return;
    for (const Stmt* child : statement->children())
        walk(child, visit);
}

llvm::StringRef identifierOf(const NamedDecl* declaration)
{
    return declaration->getIdentifier() == nullptr ? llvm::StringRef() : declaration->getName();
}

std::string calleeName(const CallExpr* call)
{
    const auto* callee = call->getDirectCallee();
    if (callee == nullptr)
        return {};
    // A namespace's own function may do something else than CUDA's of this name.
    const auto* space = llvm::dyn_cast<NamespaceDecl>(callee->getDeclContext()->getEnclosingNamespaceContext());
    return space == nullptr || space->getName() == "std" || space->isInlineNamespace()
        ? identifierOf(callee).str()
        : callee->getQualifiedNameAsString();
}

const VarDecl* plainVariable(const Expr* expression)
{
    const auto* reference = llvm::dyn_cast<DeclRefExpr>(expression->IgnoreParenCasts());
    return reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
}

bool isSharedArray(const VarDecl* var)
{
    return var != nullptr && var->hasAttr<CUDASharedAttr>() && var->getType()->isArrayType();
}

bool declaresShared(const KernelScope& kernel)
{
    bool found = false;
    walk(kernel.kernel().getBody(), [&](const Stmt* node) {
        if (const auto* declaration = llvm::dyn_cast<DeclStmt>(node))
            for (const Decl* one : declaration->decls())
                found = found || one->hasAttr<CUDASharedAttr>();
        return !found;
    });
    return found;
}

QualType innermostElement(QualType type)
{
    while (true) {
        if (const auto* array = type->getAsArrayTypeUnsafe())
            type = array->getElementType();
        else if (type->isPointerType())
            type = type->getPointeeType();
        else
            return type;
    }
}

KernelScope::KernelScope(const ParsedSource& source, const FunctionDecl& kernel)
    : m_source(source)
    , m_kernel(kernel)
{
    index(kernel.getBody());
}

void KernelScope::index(const Stmt* statement)
{
    walk(statement, [&](const Stmt* node) {
        for (const Stmt* child : node->children())
            if (child != nullptr)
                m_parents[child] = node;
        if (const auto* binary = llvm::dyn_cast<BinaryOperator>(node); binary != nullptr && binary->isAssignmentOp())
            noteChange(binary->getLHS());
        if (const auto* unary = llvm::dyn_cast<UnaryOperator>(node);
            unary != nullptr && (unary->isIncrementDecrementOp() || unary->getOpcode() == UO_AddrOf))
            noteChange(unary->getSubExpr());
        if (const auto* call = llvm::dyn_cast<CallExpr>(node))
            for (const Expr* argument : call->arguments())
                if (argument->isLValue() && !argument->getType().isConstQualified())
                    noteChange(argument);
        // Objects, by functions of their own.
        if (const auto* call = llvm::dyn_cast<CXXMemberCallExpr>(node);
            call != nullptr && (call->getMethodDecl() == nullptr || !call->getMethodDecl()->isConst()))
            noteChange(call->getImplicitObjectArgument());
        if (const auto* assembly = llvm::dyn_cast<GCCAsmStmt>(node))
            for (unsigned i = 0; i < assembly->getNumOutputs(); ++i)
                noteChange(assembly->getOutputExpr(i));
        if (const auto* reference = llvm::dyn_cast<DeclRefExpr>(node))
            if (const auto* other = otherNameOf(llvm::dyn_cast<VarDecl>(reference->getDecl())))
                m_modified[other].push_back(reference);
        return true;
    });
}

void KernelScope::noteChange(const Expr* target)
{
    if (const auto* var = target == nullptr ? nullptr : wholeVariable(target))
        m_modified[var].push_back(target);
}

const Stmt* KernelScope::parent(const Stmt* statement) const
{
    const auto found = m_parents.find(statement);
    return found == m_parents.end() ? nullptr : found->second;
}

std::vector<const Stmt*> KernelScope::statements() const
{
    const auto children = m_kernel.getBody()->children();
    return {children.begin(), children.end()};
}

bool KernelScope::isModifiedWithin(const VarDecl* var, const Stmt* statement) const
{
    const auto found = m_modified.find(var);
    if (found == m_modified.end())
        return false;
    for (const Stmt* change : found->second)
        for (const Stmt* node = change; node != nullptr; node = parent(node))
            if (node == statement)
                return true;
    return false;
}

const Expr* KernelScope::advanceOf(const VarDecl* pointer) const
{
    const auto found = m_modified.find(pointer);
    if (found == m_modified.end() || found->second.size() != 1 || !llvm::isa<ParmVarDecl>(pointer)
        || !pointer->getType()->isPointerType())
        return nullptr;
    const auto* addition = llvm::dyn_cast_or_null<BinaryOperator>(parent(found->second.front()));
    if (addition == nullptr || addition->getOpcode() != BO_AddAssign || addition->getLHS() != found->second.front()
        || parent(addition) != m_kernel.getBody())
        return nullptr;
    const auto amount = form(addition->getRHS());
    if (!amount || amount->dependsOn(threadSymbol(0)) || amount->dependsOn(threadSymbol(1))
        || amount->dependsOn(threadSymbol(2)))
        return nullptr;
    bool isSettled = true;
    walk(addition->getRHS(), [&](const Stmt* node) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        isSettled = isSettled && (var == nullptr || !isModified(var));
        return isSettled;
    });
    for (const auto* reference : references(pointer, m_kernel.getBody()))
        isSettled = isSettled && addition->getBeginLoc() <= reference->getBeginLoc();
    return isSettled ? addition->getRHS() : nullptr;
}

std::string KernelScope::advanceSymbol(const VarDecl* pointer)
{
    return fmt::format("${}.advance#", pointer->getName().str());
}

bool KernelScope::isAdvance(const Stmt* statement) const
{
    const auto* addition = llvm::dyn_cast<BinaryOperator>(statement);
    const auto* var = addition == nullptr ? nullptr : plainVariable(addition->getLHS());
    const auto* amount = var == nullptr ? nullptr : advanceOf(var);
    return amount != nullptr && amount == addition->getRHS();
}

std::vector<const DeclRefExpr*> KernelScope::references(const VarDecl* var, const Stmt* within) const
{
    std::vector<const DeclRefExpr*> found;
    walk(within, [&](const Stmt* node) {
        if (const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            reference != nullptr && reference->getDecl() == var)
            found.push_back(reference);
        return true;
    });
    return found;
}

std::string KernelScope::symbolOf(const VarDecl* var) const
{
    return fmt::format("${}@{}#", var->getName().str(), m_source.offset(var->getLocation()).value_or(0));
}

std::optional<IndexForm> KernelScope::form(const Expr* expression) const
{
    if (const auto* plain = sameNumber(expression, m_source.context()))
        expression = plain;
    Expr::EvalResult constant;
    if (!expression->isValueDependent() && expression->getType()->isIntegralOrEnumerationType()
        && expression->EvaluateAsInt(constant, m_source.context()) && constant.Val.getInt().getSignificantBits() <= 64)
        return IndexForm::constant(constant.Val.getInt().getExtValue());
    if (const auto* member = llvm::dyn_cast<MemberExpr>(expression))
        return builtinForm(member);
    if (const auto* pseudo = llvm::dyn_cast<PseudoObjectExpr>(expression))
        return form(pseudo->getSyntacticForm());
    if (const auto* binary = llvm::dyn_cast<BinaryOperator>(expression))
        return formOfBinary(binary);
    if (const auto* reference = llvm::dyn_cast<DeclRefExpr>(expression))
        return formOfReference(reference);
    if (const auto* unary = llvm::dyn_cast<UnaryOperator>(expression);
        unary != nullptr && unary->getOpcode() == UO_Minus && unary->getType()->isSignedIntegerType()) {
        const auto positive = form(unary->getSubExpr());
        return positive ? std::optional(IndexForm() - *positive) : std::nullopt;
    }
    if (const auto* call = llvm::dyn_cast<CallExpr>(expression))
        return formOfCall(call);
    return std::nullopt;
}

std::optional<IndexForm> KernelScope::formOfReference(const DeclRefExpr* reference) const
{
    const auto* var = llvm::dyn_cast<VarDecl>(reference->getDecl());
    if (var == nullptr || !var->getType()->isIntegerType())
        return std::nullopt;
    if (!m_calls.empty()) {
        const auto given = m_given.find(var);
        return given == m_given.end() ? std::nullopt : std::optional(given->second);
    }
    const auto known = m_forms.find(var);
    if (known != m_forms.end())
        return known->second;
    auto& form = m_forms[var] = IndexForm::symbol(symbolOf(var));
    if (var->isLocalVarDecl() && var->hasInit() && !isModified(var))
        form = this->form(var->getInit()).value_or(form);
    return form;
}

std::optional<IndexForm> KernelScope::formOfBinary(const BinaryOperator* binary) const
{
    const auto form = uncheckedForm(binary);
    return form && form->isReasonable() ? form : std::nullopt;
}

std::optional<IndexForm> KernelScope::uncheckedForm(const BinaryOperator* binary) const
{
    const auto left = form(binary->getLHS());
    const auto right = form(binary->getRHS());
    if (!left || !right)
        return std::nullopt;
    const auto amount = right->constantValue();
    const bool smallPower = amount && *amount >= 0 && *amount < 32;
    const bool mask = amount && *amount > 0 && ((*amount + 1) & *amount) == 0;
    switch (binary->getOpcode()) {
    case BO_Add:
        return *left + *right;
    case BO_Sub:
        return *left - *right;
    case BO_Mul:
        return *left * *right;
    case BO_Shl:
        return smallPower ? std::optional(*left * IndexForm::constant(std::int64_t{1} << *amount)) : std::nullopt;
    case BO_Shr:
        if (smallPower)
            return IndexForm::opaque("/", *left, IndexForm::constant(std::int64_t{1} << *amount));
        return std::nullopt;
    case BO_And:
        return mask ? std::optional(IndexForm::opaque("%", *left, IndexForm::constant(*amount + 1))) : std::nullopt;
    case BO_Div:
        return IndexForm::opaque("/", *left, *right);
    case BO_Rem:
        return IndexForm::opaque("%", *left, *right);
    default:
        return std::nullopt;
    }
}

std::optional<PointerForm> KernelScope::elementOf(const ArraySubscriptExpr* subscript) const
{
    auto base = pointer(subscript->getBase());
    const auto index = form(subscript->getIdx());
    if (!base || !index)
        return std::nullopt;
    // A row of a two-dimensional array counts as its elements.
    const QualType row = subscript->getType();
    std::int64_t elements = 1;
    if (const auto* array = m_source.context().getAsConstantArrayType(row))
        elements = static_cast<std::int64_t>(m_source.context().getConstantArrayElementCount(array));
    base->offset = base->offset + *index * IndexForm::constant(elements);
    return base;
}

std::optional<PointerForm> KernelScope::pointer(const Expr* expression) const
{
    expression = expression->IgnoreParenImpCasts();
    if (const auto* reference = llvm::dyn_cast<DeclRefExpr>(expression)) {
        const auto* var = llvm::dyn_cast<VarDecl>(reference->getDecl());
        if (var != nullptr && advanceOf(var) != nullptr)
            return PointerForm{var, IndexForm::symbol(advanceSymbol(var))};
        if (var == nullptr || isModified(var))
            return std::nullopt;
        if (var->isLocalVarDecl() && var->getType()->isPointerType()) {
            const auto [known, isNew] = m_pointers.try_emplace(var, std::nullopt);
            if (isNew && var->hasInit())
                known->second = pointer(var->getInit());
            return known->second;
        }
        return PointerForm{var, {}};
    }
    if (const auto* binary = llvm::dyn_cast<BinaryOperator>(expression); binary != nullptr && binary->isAdditiveOp()) {
        const bool leftIsPointer = !binary->getLHS()->getType()->isIntegerType();
        auto base = pointer(leftIsPointer ? binary->getLHS() : binary->getRHS());
        const auto offset = form(leftIsPointer ? binary->getRHS() : binary->getLHS());
        if (!base || !offset)
            return std::nullopt;
        base->offset = binary->getOpcode() == BO_Add ? base->offset + *offset : base->offset - *offset;
        return base;
    }
    if (const auto* unary = llvm::dyn_cast<UnaryOperator>(expression);
        unary != nullptr && unary->getOpcode() == UO_AddrOf)
        if (const auto* subscript = llvm::dyn_cast<ArraySubscriptExpr>(unary->getSubExpr()->IgnoreParens()))
            return elementOf(subscript);
    if (const auto* subscript = llvm::dyn_cast<ArraySubscriptExpr>(expression);
        subscript != nullptr && subscript->getType()->isArrayType())
        return elementOf(subscript);
    return std::nullopt;
}

Access KernelScope::accessOf(const Expr* lvalue) const
{
    Access access{lvalue, nullptr, std::nullopt, false, false, false, nullptr};
    std::optional<PointerForm> place;
    if (const auto* subscript = llvm::dyn_cast<ArraySubscriptExpr>(lvalue))
        place = elementOf(subscript);
    else if (const auto* unary = llvm::dyn_cast<UnaryOperator>(lvalue))
        place = pointer(unary->getSubExpr());
    if (place) {
        access.base = place->base;
        access.index = place->offset;
    } else if (const auto* subscript = llvm::dyn_cast<ArraySubscriptExpr>(lvalue)) {
        if (const auto base = pointer(subscript->getBase()))
            access.base = base->base;
    }
    const auto [reads, writes] = useOf(lvalue);
    access.reads = reads;
    access.writes = writes;
    return access;
}

std::pair<bool, bool> KernelScope::useOf(const Expr* lvalue) const
{
    const Stmt* node = lvalue;
    const Stmt* above = parent(node);
    const auto isTransparent = [](const Stmt* statement) {
        const auto* cast = llvm::dyn_cast_or_null<ImplicitCastExpr>(statement);
        return llvm::isa_and_nonnull<ParenExpr, MemberExpr>(statement)
            || (cast != nullptr && cast->getCastKind() == CK_NoOp);
    };
    // m > a[i] ? m : a[i] is a place that is read or written where the whole is.
    const auto isChosen = [&] {
        const auto* choice = llvm::dyn_cast_or_null<ConditionalOperator>(above);
        return choice != nullptr && choice->getCond() != node;
    };
    bool isPart = false;
    while (isTransparent(above) || isChosen()) {
        isPart = isPart || llvm::isa<MemberExpr>(above);
        node = above;
        above = parent(node);
    }
    // What is stored to one member keeps the others.
    if (const auto* binary = llvm::dyn_cast_or_null<BinaryOperator>(above);
        binary != nullptr && binary->isAssignmentOp() && binary->getLHS() == node)
        return {isPart || binary->isCompoundAssignmentOp(), true};
    if (const auto* cast = llvm::dyn_cast_or_null<ImplicitCastExpr>(above);
        cast != nullptr && cast->getCastKind() == CK_LValueToRValue)
        return {true, false};
    // Half types are classes: they are copied, converted and assigned by functions.
    if (llvm::isa_and_nonnull<CXXConstructExpr>(above) && llvm::cast<Expr>(node)->getType().isConstQualified())
        return {true, false};
    if (const auto* call = llvm::dyn_cast_or_null<CXXOperatorCallExpr>(above)) {
        const bool target = call->isAssignmentOp() && call->getArg(0) == node;
        if (target)
            return {isPart || call->getOperator() != OO_Equal, true};
        if (llvm::cast<Expr>(node)->getType().isConstQualified())
            return {true, false};
    }
    if (const auto* call = llvm::dyn_cast_or_null<CXXMemberCallExpr>(above);
        call != nullptr && call->getMethodDecl() != nullptr && call->getMethodDecl()->isConst())
        return {true, false};
    return {true, true};
}

void KernelScope::addCallAccesses(const CallExpr* call, std::vector<Access>& found) const
{
    const auto name = calleeName(call);
    const bool atomic = name.rfind("atomic", 0) == 0;
    for (const Expr* argument : call->arguments()) {
        if (!argument->getType()->isPointerType())
            continue;
        const auto place = pointer(argument);
        const bool load = isLoadIntrinsic(name);
        Access access{argument, place ? place->base : nullptr, std::nullopt, true, !load, atomic, call};
        // Any other function may go on from there.
        if (place && (atomic || load))
            access.index = place->offset;
        if (!place && (atomic || load)) {
            const auto* unary = llvm::dyn_cast<UnaryOperator>(argument->IgnoreParenImpCasts());
            const auto* element = unary == nullptr
                ? nullptr
                : llvm::dyn_cast<ArraySubscriptExpr>(unary->getSubExpr()->IgnoreParenImpCasts());
            const auto base = element == nullptr ? std::nullopt : pointer(element->getBase());
            access.base = base ? base->base : nullptr;
        }
        found.push_back(access);
    }
}

std::vector<Access> KernelScope::accesses(const Stmt* statement) const
{
    std::vector<Access> found;
    walk(statement, [&](const Stmt* node) {
        if (const auto* call = llvm::dyn_cast<CallExpr>(node)) {
            addCallAccesses(call, found);
            return true;
        }
        const auto* unary = llvm::dyn_cast<UnaryOperator>(node);
        const bool dereference = unary != nullptr && unary->getOpcode() == UO_Deref;
        const auto* subscript = llvm::dyn_cast<ArraySubscriptExpr>(node);
        if (!dereference && (subscript == nullptr || subscript->getType()->isArrayType()))
            return true;
        // &a[i] is no access: what takes the address is.
        const Stmt* above = parent(node);
        while (above != nullptr && llvm::isa<ParenExpr>(above))
            above = parent(above);
        const auto* address = llvm::dyn_cast_or_null<UnaryOperator>(above);
        if (address == nullptr || address->getOpcode() != UO_AddrOf)
            found.push_back(accessOf(llvm::cast<Expr>(node)));
        return true;
    });
    return found;
}

std::optional<CountedLoop> KernelScope::countedLoop(const Stmt* statement) const
{
    const auto* loop = llvm::dyn_cast_or_null<ForStmt>(statement);
    const auto* declaration = loop == nullptr ? nullptr : llvm::dyn_cast_or_null<DeclStmt>(loop->getInit());
    if (declaration == nullptr || !declaration->isSingleDecl() || loop->getCond() == nullptr
        || loop->getInc() == nullptr)
        return std::nullopt;
    CountedLoop counted{loop, llvm::dyn_cast<VarDecl>(declaration->getSingleDecl()), nullptr, nullptr, nullptr};
    const auto* condition = llvm::dyn_cast<BinaryOperator>(loop->getCond()->IgnoreParenImpCasts());
    if (counted.var == nullptr || !counted.var->hasInit() || !counted.var->getType()->isIntegerType()
        || condition == nullptr || condition->getOpcode() != BO_LT || plainVariable(condition->getLHS()) != counted.var)
        return std::nullopt;
    const Expr* increment = loop->getInc()->IgnoreParens();
    if (const auto* unary = llvm::dyn_cast<UnaryOperator>(increment)) {
        if (!unary->isIncrementOp() || plainVariable(unary->getSubExpr()) != counted.var)
            return std::nullopt;
    } else if (const auto* compound = llvm::dyn_cast<CompoundAssignOperator>(increment)) {
        if (compound->getOpcode() != BO_AddAssign || plainVariable(compound->getLHS()) != counted.var)
            return std::nullopt;
        counted.step = compound->getRHS();
    } else {
        return std::nullopt;
    }
    counted.start = counted.var->getInit();
    counted.bound = condition->getRHS();
    if (isModifiedWithin(counted.var, loop->getBody()))
        return std::nullopt;
    return counted;
}

bool KernelScope::synchronises(const Stmt* statement) const
{
    std::set<const FunctionDecl*> visited;
    return meets(statement, visited);
}

bool KernelScope::containsReturn(const Stmt* statement) const
{
    bool found = false;
    walk(statement, [&](const Stmt* node) {
        found = found || llvm::isa<ReturnStmt, BreakStmt, ContinueStmt, GotoStmt>(node);
        return !found;
    });
    return found;
}

bool KernelScope::hasAliases() const
{
    std::set<const VarDecl*> written;
    for (const auto& access : accesses(m_kernel.getBody()))
        if (access.writes)
            written.insert(access.base);
    for (const auto* launch : launches())
        for (unsigned i = 0; i < m_kernel.getNumParams() && launch->arguments.size() == m_kernel.getNumParams(); ++i)
            for (unsigned other = 0; other < m_kernel.getNumParams(); ++other)
                if (i != other && m_kernel.getParamDecl(i)->getType()->isPointerType()
                    && written.count(m_kernel.getParamDecl(i)) > 0
                    && m_source.text(launch->arguments[i]) == m_source.text(launch->arguments[other]))
                    return true;
    return false;
}

std::string KernelScope::argumentOf(const LaunchLine& launch, const Expr* parameter) const
{
    const auto* var = llvm::dyn_cast_or_null<ParmVarDecl>(plainVariable(parameter));
    if (var == nullptr || launch.arguments.size() != m_kernel.getNumParams())
        return {};
    for (unsigned i = 0; i < m_kernel.getNumParams(); ++i)
        if (m_kernel.getParamDecl(i) == var)
            return m_source.text(launch.arguments[i]);
    return {};
}

std::optional<std::vector<Replacement>> KernelScope::renaming(const VarDecl* var, const Stmt* within,
                                                              const std::string& text) const
{
    std::vector<Replacement> replacements;
    for (const auto* reference : references(var, within)) {
        const auto range = m_source.range(reference);
        if (!range || m_source.text(*range) != var->getName())
            return std::nullopt;
        replacements.push_back({*range, text});
    }
    return replacements;
}

}  // namespace warploom
