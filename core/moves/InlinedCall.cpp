// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/InlinedCall.h"

#include <clang/AST/DeclTemplate.h>
#include <clang/AST/ExprCXX.h>

#include "moves/CarriedCall.h"
#include "moves/InlinedCallParts.h"
#include "moves/PlainLaunch.h"

namespace warploom {

using namespace clang;

const CXXMethodDecl* methodOf(const FunctionDecl& function)
{
    const auto* method = llvm::dyn_cast<CXXMethodDecl>(&function);
    return method == nullptr || method->isStatic() ? nullptr : method;
}

/// The value of if (…) return value; null for any other statement.
const ReturnStmt* choiceOf(const Stmt* statement)
{
    const auto* choice = llvm::dyn_cast<IfStmt>(statement);
    return choice == nullptr || choice->getElse() != nullptr || choice->hasInitStorage() || choice->hasVarStorage()
        ? nullptr
        : llvm::dyn_cast_or_null<ReturnStmt>(onlyStatement(choice->getThen()));
}

namespace {

bool isLoop(const Stmt* node) { return llvm::isa<ForStmt, WhileStmt, DoStmt>(node); }

/// Whether moves would have to know what \p function does, beyond the value that it makes of numbers.
bool hidesWork(const ParsedSource& source, const FunctionDecl& function)
{
    // Of several numbers, as operators of complex ones make them.
    const auto isOfSeveral = [&](QualType type) {
        return ownRecord(source, type) != nullptr || vectorRecord(source, type) != nullptr;
    };
    const bool seesMemory = methodOf(function) != nullptr || isOfSeveral(function.getReturnType())
        || std::ranges::any_of(function.parameters(), [&](const ParmVarDecl* parameter) {
                                return parameter->getType()->isPointerType() || parameter->getType()->isReferenceType()
                                    || isOfSeveral(parameter->getType());
                            });
    bool loops = false;
    walk(function.getBody(), [&](const Stmt* node) {
        loops = loops || isLoop(node);
        return !loops;
    });
    return seesMemory || loops;
}

/// Whether the function's text, put elsewhere, does there what it does here.
bool isPortable(const FunctionDecl& function)
{
    const auto* method = llvm::dyn_cast<CXXMethodDecl>(&function);
    bool isPlain = !function.isVariadic() && !llvm::isa<CXXConstructorDecl, CXXDestructorDecl>(function)
        && (method == nullptr
            || (!method->isVirtual() && !method->isVolatile() && !method->getParent()->hasMutableFields()));
    walk(function.getBody(), [&](const Stmt* node) {
        isPlain = isPlain
            && !llvm::isa<LambdaExpr, StmtExpr, GotoStmt, IndirectGotoStmt, LabelStmt, AsmStmt, PredefinedExpr>(node);
        const auto* call = llvm::dyn_cast<CallExpr>(node);
        const auto* choice = llvm::dyn_cast<IfStmt>(node);
        isPlain = isPlain && (choice == nullptr || !choice->isConstexpr())
            && (call == nullptr || call->getDirectCallee() == nullptr
                || call->getDirectCallee()->getCanonicalDecl() != function.getCanonicalDecl());
        if (const auto* declaration = llvm::dyn_cast<DeclStmt>(node))
            for (const Decl* one : declaration->decls()) {
                const auto* var = llvm::dyn_cast<VarDecl>(one);
                isPlain = isPlain && var != nullptr && !llvm::isa<DecompositionDecl>(var) && !var->isStaticLocal()
                    && !var->hasAttr<CUDASharedAttr>();
            }
        return isPlain;
    });
    return isPlain;
}

/// Whether \p above evaluates what is in it each time and once.
bool evaluatesOnce(const Stmt* above)
{
    if (const auto* binary = llvm::dyn_cast<BinaryOperator>(above))
        return !binary->isLogicalOp() && binary->getOpcode() != BO_Comma;
    if (const auto* unary = llvm::dyn_cast<UnaryOperator>(above))
        return !unary->isIncrementDecrementOp();
    if (const auto* call = llvm::dyn_cast<CallExpr>(above))
        return llvm::isa<CXXOperatorCallExpr>(call) || call->getDirectCallee() != nullptr;
    return llvm::isa<CastExpr, ParenExpr, ArraySubscriptExpr, CXXConstructExpr, MaterializeTemporaryExpr,
                     ExprWithCleanups, CXXBindTemporaryExpr, MemberExpr>(above);
}

/// Whether \p function consists of what it returns, and working that out changes nothing.
bool isOnlyValue(const ParsedSource& source, const FunctionDecl& function)
{
    const auto* last = llvm::dyn_cast_or_null<ReturnStmt>(onlyStatement(function.getBody()));
    const auto* value = last == nullptr ? nullptr : last->getRetValue();
    return value != nullptr && !value->HasSideEffects(source.context());
}

/// Whether \p value is worked out without any effect, so that it does not matter whether and how often it is.
bool isReadAlone(const KernelScope& kernel, const Expr& value)
{
    bool isRead = !value.HasSideEffects(kernel.source().context(), false) && !kernel.synchronises(&value);
    walk(&value, [&](const Stmt* node) {
        const auto* call = llvm::dyn_cast<CallExpr>(node);
        const auto* callee = call == nullptr ? nullptr : call->getDirectCallee();
        // Of numbers, as the mathematical functions are.
        isRead = isRead && !llvm::isa<LambdaExpr>(node)
            && (call == nullptr
                || (callee != nullptr && !callee->hasBody() && !callee->param_empty()
                    && llvm::all_of(callee->parameters(), [](const ParmVarDecl* parameter) {
                           return parameter->getType()->isArithmeticType();
                       })));
        return isRead;
    });
    return isRead;
}

/// Whether \p access is the place that \p function hands back, for others to read or to set.
bool isHandedBack(const KernelScope& scope, const Access& access)
{
    const Stmt* above = access.expression == nullptr ? nullptr : scope.parent(access.expression);
    while (llvm::isa_and_nonnull<ParenExpr>(above)
           || (llvm::isa_and_nonnull<ImplicitCastExpr>(above)
               && llvm::cast<ImplicitCastExpr>(above)->getCastKind() == CK_NoOp))
        above = scope.parent(above);
    return scope.kernel().getReturnType()->isReferenceType() && llvm::isa_and_nonnull<ReturnStmt>(above)
        && !access.atomic && access.call == nullptr;
}

/// Whether \p function does more than to read what its parameters lead to.
bool writesMemory(const ParsedSource& source, const FunctionDecl& function)
{
    const KernelScope scope(source, function);
    if (const auto* method = methodOf(function);
        method != nullptr && !method->isConst() && !isOnlyValue(source, *method))
        return true;
    const auto accesses = scope.accesses(function.getBody());
    const auto changes = [&](const Access& access) {
        return (access.writes && !isHandedBack(scope, access)) || access.atomic;
    };
    return std::ranges::any_of(accesses, changes)
        || std::ranges::any_of(function.parameters(), [&](const ParmVarDecl* parameter) {
               return parameter->getType()->isReferenceType() && scope.isModified(parameter);
           });
}

/// a = b; of structures, or of the numbers that CUDA's headers make classes of.
bool isCopy(const CXXOperatorCallExpr& operation)
{
    const auto* function = operation.getDirectCallee();
    return operation.getOperator() == OO_Equal && function != nullptr
        && (!function->hasBody() || function->isDefaulted());
}

/// Whether all that \p constructor may change is what it makes.
bool changesOnlyItself(const CXXConstructorDecl& constructor)
{
    return constructor.isDefaulted()
        || std::ranges::none_of(constructor.parameters(), [](const ParmVarDecl* parameter) {
               const auto type = parameter->getType();
               return (type->isPointerType() || type->isReferenceType()) && !type->getPointeeType().isConstQualified();
           });
}

/// Whether anything in \p statement but \p call changes something, apart from the assignment that the statement is.
bool changesElse(const ParsedSource& source, const Stmt* statement, const CallExpr& call)
{
    bool changes = false;
    walk(statement, [&](const Stmt* node) {
        if (node == &call)
            return false;
        const auto* binary = llvm::dyn_cast<BinaryOperator>(node);
        const auto* unary = llvm::dyn_cast<UnaryOperator>(node);
        const auto* other = llvm::dyn_cast<CallExpr>(node);
        const FunctionDecl* callee = nullptr;
        const auto* operation = llvm::dyn_cast<CXXOperatorCallExpr>(node);
        const auto* made = llvm::dyn_cast<CXXConstructExpr>(node);
        const bool isKnown = (other == nullptr && (made == nullptr || changesOnlyItself(*made->getConstructor())))
            || (operation != nullptr && isCopy(*operation))
            || (other != nullptr && other->getDirectCallee() != nullptr
                && (!other->getDirectCallee()->hasBody(callee) || !writesMemory(source, *callee)));
        changes = changes || (binary != nullptr && binary->isAssignmentOp() && node != statement)
            || (unary != nullptr && unary->isIncrementDecrementOp()) || !isKnown;
        return !changes;
    });
    return changes;
}

const Expr* withoutCasts(const Expr* expression) { return expression->IgnoreParenImpCasts(); }

/// Whether what \p function says in its own namespace means the same in \p kernel.
bool isInScope(const FunctionDecl& kernel, const FunctionDecl& function)
{
    const auto isOpen = [](const DeclContext& scope) {
        const auto* names = llvm::dyn_cast<NamespaceDecl>(&scope);
        return scope.isRecord() || scope.isTransparentContext()
            || (names != nullptr && (names->isAnonymousNamespace() || names->isInline()));
    };
    const DeclContext* scope = function.getParent();
    while (scope != nullptr && isOpen(*scope))
        scope = scope->getParent();
    return scope == nullptr || scope->isTranslationUnit() || scope->Encloses(kernel.getParent());
}

/// The variable of a kernel that \p object is or is a part of, through members alone; else null.
const VarDecl* rootOf(const Expr* object)
{
    object = object->IgnoreParenImpCasts();
    while (const auto* member = llvm::dyn_cast<MemberExpr>(object)) {
        if (member->isArrow() || !llvm::isa<FieldDecl>(member->getMemberDecl()))
            return nullptr;
        object = member->getBase()->IgnoreParenImpCasts();
    }
    const auto* reference = llvm::dyn_cast<DeclRefExpr>(object);
    const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
    return var == nullptr || var->isFileVarDecl() || var->isStaticLocal() ? nullptr : var;
}

/// Whether \p var, or a part of it, can be changed through a pointer or a reference.
bool hasOtherName(const KernelScope& kernel, const VarDecl& var)
{
    bool found = var.getType()->isArrayType();
    walk(kernel.kernel().getBody(), [&](const Stmt* node) {
        const auto* unary = llvm::dyn_cast<UnaryOperator>(node);
        found = found || (unary != nullptr && unary->getOpcode() == UO_AddrOf && rootOf(unary->getSubExpr()) == &var);
        if (const auto* declaration = llvm::dyn_cast<DeclStmt>(node))
            for (const Decl* one : declaration->decls()) {
                const auto* other = llvm::dyn_cast<VarDecl>(one);
                found = found
                    || (other != nullptr && other->getType()->isReferenceType() && other->hasInit()
                        && rootOf(other->getInit()) == &var);
            }
        return !found;
    });
    return found;
}

}  // namespace

/// Type of what is written there, before it becomes what is wanted there.
QualType writtenType(const ParsedSource& source, const Expr* expression, QualType wanted)
{
    const auto* written =
        ownRecord(source, wanted) != nullptr ? expression->IgnoreUnlessSpelledInSource() : withoutCasts(expression);
    return written->getType().getUnqualifiedType();
}

std::optional<InlinedCall> InlinedCall::make(const KernelScope& kernel, const CallExpr& call)
{
    const auto* callee = call.getDirectCallee();
    const FunctionDecl* definition = nullptr;
    if (callee == nullptr || !callee->hasBody(definition) || definition->hasAttr<CUDAGlobalAttr>()
        || !kernel.source().range(definition->getBody())
        || (!hidesWork(kernel.source(), *definition) && !carriesValue(kernel, call)) || !isPortable(*definition)
        || kernel.synchronises(definition->getBody()) || !isInScope(kernel.kernel(), *definition))
        return std::nullopt;
    InlinedCall inlined(kernel, call, *definition);
    if (inlined.readObject() && inlined.readStatement() && inlined.readReturn() && inlined.keepsMeanings()
        && inlined.readParameters() && inlined.nameLocals())
        return inlined;
    InlinedCall value(kernel, call, *definition);
    if (value.readObject() && value.keepsMeanings() && value.readValue())
        return value;
    return std::nullopt;
}

InlinedCall::InlinedCall(const KernelScope& kernel, const CallExpr& call, const FunctionDecl& callee)
    : m_kernel(&kernel)
    , m_call(&call)
    , m_callee(kernel.source(), callee)
{
}

const Expr* InlinedCall::argumentOf(const ParmVarDecl* parameter) const
{
    const bool hasObject = llvm::isa<CXXOperatorCallExpr>(m_call) && methodOf(m_callee.kernel()) != nullptr;
    const unsigned index = parameter->getFunctionScopeIndex() + (hasObject ? 1 : 0);
    return index < m_call->getNumArgs() ? m_call->getArg(index) : nullptr;
}

/// What the function's own members are called in the kernel.
bool InlinedCall::readObject()
{
    const auto& source = m_callee.source();
    const auto* method = methodOf(m_callee.kernel());
    if (method != nullptr) {
        const auto* called = llvm::dyn_cast<CXXMemberCallExpr>(m_call);
        const bool isOperator = llvm::isa<CXXOperatorCallExpr>(m_call);
        m_object = called != nullptr ? called->getImplicitObjectArgument() : isOperator ? m_call->getArg(0) : nullptr;
        if (m_object == nullptr || m_object->getType()->isPointerType()
            || !source.context().hasSameUnqualifiedType(m_object->IgnoreParenImpCasts()->getType(),
                                                        source.context().getTypeDeclType(method->getParent())))
            return false;
        m_objectText = rootOf(m_object) == nullptr ? std::string() : source.text(m_object->IgnoreParens());
        if (rootOf(m_object) == nullptr && m_object->isPRValue())
            return false;
        if (m_objectText.empty())
            return false;
    }
    const auto names = InstanceNames::make(
        source, m_callee.kernel(),
        [this](const ValueDecl& member) { return m_objectText + "." + member.getNameAsString(); }, m_objectText);
    const auto within = names ? names->within(m_callee.kernel().getBody()) : std::nullopt;
    if (!within)
        return false;
    m_renamings = *within;
    return std::ranges::all_of(m_callee.kernel().parameters(),
                               [this](const ParmVarDecl* parameter) { return argumentOf(parameter) != nullptr; });
}

bool InlinedCall::readStatement()
{
    const Stmt* below = m_call;
    const Stmt* above = m_kernel->parent(below);
    for (; llvm::isa_and_nonnull<Expr>(above); below = above, above = m_kernel->parent(above))
        if (!evaluatesOnce(above))
            return false;
    if (const auto* declaration = llvm::dyn_cast_or_null<DeclStmt>(above)) {
        const auto* var = declaration->isSingleDecl() ? llvm::dyn_cast<VarDecl>(declaration->getSingleDecl()) : nullptr;
        if (var == nullptr || var->isStaticLocal() || var->isConstexpr())
            return false;
        if (var->hasInit() && withoutCasts(var->getInit()) == m_call)
            m_declared = var;
        below = above;
        above = m_kernel->parent(above);
    } else if (llvm::isa_and_nonnull<ReturnStmt>(above)) {
        below = above;
        above = m_kernel->parent(above);
    }
    m_statement = below;
    const auto* choice = llvm::dyn_cast_or_null<IfStmt>(above);
    if (choice != nullptr && choice->getCond() == below && !choice->hasInitStorage() && !choice->hasVarStorage()) {
        m_statement = choice;
        above = m_kernel->parent(choice);
    }
    const auto* condition = choice == nullptr ? nullptr : choice->getCond();
    if (writesMemory(m_kernel->source(), m_callee.kernel()) && !isWholeValue(below))
        return false;
    m_isBranch = !llvm::isa_and_nonnull<CompoundStmt>(above) && readBranch(above);
    if (m_isBranch && isOneOfSeveral())
        return false;
    return (m_isBranch || llvm::isa_and_nonnull<CompoundStmt>(above)) && m_kernel->source().statementRange(m_statement)
        && !changesElse(m_kernel->source(), condition == below ? condition : m_statement, *m_call);
}

/// Whether a choice calls the same function in each case: it is between its copies for several sizes.
bool InlinedCall::isOneOfSeveral() const
{
    const Stmt* whole = m_kernel->parent(m_statement);
    while (llvm::isa_and_nonnull<IfStmt>(m_kernel->parent(whole)))
        whole = m_kernel->parent(whole);
    int calls = 0;
    walk(whole, [&](const Stmt* node) {
        const auto* call = llvm::dyn_cast<CallExpr>(node);
        const bool isSame = call != nullptr && call->getDirectCallee() != nullptr
            && call->getDirectCallee()->getCanonicalDecl() == m_call->getDirectCallee()->getCanonicalDecl();
        calls += isSame ? 1 : 0;
        return true;
    });
    return calls > 1 && !llvm::isa<CXXMethodDecl>(m_call->getDirectCallee());
}

/// Whether the statement is what \p above does, without braces.
bool InlinedCall::readBranch(const Stmt* above)
{
    if (const auto* choice = llvm::dyn_cast_or_null<IfStmt>(above))
        return choice->getThen() == m_statement
            || (choice->getElse() == m_statement && m_statement != nullptr && !llvm::isa<IfStmt>(m_statement));
    const auto* loop = llvm::dyn_cast_or_null<ForStmt>(above);
    const auto* other = llvm::dyn_cast_or_null<WhileStmt>(above);
    return (loop != nullptr && loop->getBody() == m_statement) || (other != nullptr && other->getBody() == m_statement);
}

/// Where the call may not be evaluated, or again and again: a value of what can be written anywhere.
bool InlinedCall::readValue()
{
    const auto& source = m_callee.source();
    m_statement = nullptr;
    m_statements = m_callee.statements();
    const auto* last = m_statements.empty() ? nullptr : llvm::dyn_cast<ReturnStmt>(m_statements.back());
    m_result = last == nullptr ? nullptr : last->getRetValue();
    if (m_result != nullptr)
        m_statements.pop_back();
    readChoices();
    const auto* body = m_callee.kernel().getBody();
    bool changes = false;
    walk(body, [&](const Stmt* node) {
        const auto* value = llvm::dyn_cast<Expr>(node);
        changes = changes || (value != nullptr && value->HasSideEffects(source.context(), false));
        return value == nullptr && !changes;
    });
    // What can be changed where it is handed back stands there itself.
    const auto type = m_callee.kernel().getReturnType();
    const bool isItself = !type->isReferenceType()
        || (m_choices.empty() && m_result != nullptr && type->isLValueReferenceType()
            && source.context().hasSameUnqualifiedType(m_result->IgnoreParens()->getType(), type->getPointeeType()));
    if (m_result == nullptr || !m_statements.empty() || changes || !isItself || writesMemory(source, m_callee.kernel()))
        return false;
    for (const ParmVarDecl* parameter : m_callee.kernel().parameters()) {
        const Expr* argument = argumentOf(parameter);
        const auto uses = m_callee.references(parameter, body).size();
        if (!isReadAlone(*m_kernel, *argument))
            return false;
        const bool stands = standsFor(parameter, argument);
        if (!stands && (uses > 1 || m_callee.isModified(parameter)))
            return false;
        const auto text = stands ? source.text(argument) : valueOf(parameter, argument);
        if (uses > 0 && (text.empty() || !addRenaming(parameter, text)))
            return false;
    }
    return true;
}

/// \p argument as the value that \p parameter has then.
std::string InlinedCall::valueOf(const ParmVarDecl* parameter, const Expr* argument) const
{
    const auto& source = m_callee.source();
    const auto text = source.text(argument);
    if (text.empty() || llvm::isa<CXXDefaultArgExpr>(argument))
        return {};
    const auto type = parameter->getType().getNonReferenceType().getUnqualifiedType();
    return source.context().hasSameType(writtenType(source, argument, type), type)
        ? "(" + text + ")"
        : fmt::format("static_cast<{}>({})", declaredAs(source, type, ""), text);
}

bool InlinedCall::addRenaming(const VarDecl* var, const std::string& text)
{
    const auto renamed = m_callee.renaming(var, m_callee.kernel().getBody(), text);
    if (renamed)
        m_renamings.insert(m_renamings.end(), renamed->begin(), renamed->end());
    return renamed.has_value();
}

/// Whether \p statement has nothing to read that the function may have changed: the call alone, or a value that is
/// set to it, which comes first.
bool InlinedCall::isWholeValue(const Stmt* statement) const
{
    if (m_declared != nullptr)
        return true;
    const auto* whole = llvm::dyn_cast<Expr>(statement);
    const auto* binary = whole == nullptr ? nullptr : llvm::dyn_cast<BinaryOperator>(whole->IgnoreParens());
    const Expr* value = binary != nullptr && binary->isAssignmentOp() ? binary->getRHS() : whole;
    return value != nullptr && value->IgnoreParenCasts() == m_call;
}

/// Values that are returned earlier, right before the last: they are one value on conditions.
void InlinedCall::readChoices()
{
    while (m_result != nullptr && !m_statements.empty() && choiceOf(m_statements.back()) != nullptr
           && choiceOf(m_statements.back())->getRetValue() != nullptr) {
        m_choices.insert(m_choices.begin(), llvm::cast<IfStmt>(m_statements.back()));
        m_statements.pop_back();
    }
    for (std::size_t i = 0; i < m_statements.size() && m_result == nullptr && !m_leave; ++i)
        if (const auto* leave = choiceOf(m_statements[i]); leave != nullptr && leave->getRetValue() == nullptr)
            m_leave = i;
}

bool InlinedCall::readReturn()
{
    m_statements = m_callee.statements();
    if (const auto* last = m_statements.empty() ? nullptr : llvm::dyn_cast<ReturnStmt>(m_statements.back())) {
        m_result = last->getRetValue();
        m_statements.pop_back();
    }
    readChoices();
    const bool isWhole = (m_result == nullptr) == m_callee.kernel().getReturnType()->isVoidType();
    const auto* whole = llvm::dyn_cast<Expr>(m_statement);
    const bool isAll = whole != nullptr && whole->IgnoreImplicit()->IgnoreParenCasts() == m_call;
    // What is given back to be changed is a variable's own.
    const bool hasPlace = isAll || (m_result != nullptr && !m_callee.kernel().getReturnType()->isReferenceType());
    for (std::size_t i = 0; i < m_statements.size(); ++i)
        if ((m_leave != i && m_callee.containsReturn(m_statements[i]))
            || !m_callee.source().statementRange(m_statements[i]))
            return false;
    if (m_leave && !m_callee.source().range(llvm::cast<IfStmt>(m_statements[*m_leave])->getCond()))
        return false;
    return isWhole && hasPlace;
}

/// Names of the file that the function uses have to mean the same in the kernel.
bool InlinedCall::keepsMeanings() const
{
    std::set<std::string> used;
    walk(m_callee.kernel().getBody(), [&](const Stmt* node) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        if (reference != nullptr && (var == nullptr || var->isFileVarDecl()))
            used.insert(identifierOf(reference->getDecl()).str());
        return true;
    });
    const auto isUsed = [&](const VarDecl* var) { return used.count(identifierOf(var).str()) > 0; };
    bool keeps = std::ranges::none_of(m_kernel->kernel().parameters(), isUsed);
    walk(m_kernel->kernel().getBody(), [&](const Stmt* node) {
        if (const auto* declaration = llvm::dyn_cast<DeclStmt>(node))
            for (const Decl* one : declaration->decls())
                if (const auto* var = llvm::dyn_cast<VarDecl>(one))
                    keeps = keeps && !isUsed(var);
        return keeps;
    });
    return keeps;
}

/// Whether the argument can be written wherever the parameter is.
bool InlinedCall::standsFor(const ParmVarDecl* parameter, const Expr* argument) const
{
    const auto& context = m_callee.source().context();
    const auto* plain = withoutCasts(argument);
    const auto* var = plainVariable(argument);
    const bool isReference = parameter->getType()->isReferenceType();
    if (isReference)
        return rootOf(argument) != nullptr
            && context.hasSameType(parameter->getType()->getPointeeType().getUnqualifiedType(),
                                   plain->getType().getUnqualifiedType());
    if (m_callee.isModified(parameter))
        return false;
    if (var != nullptr && var->getType()->isArrayType())
        return true;
    const bool hasSameType =
        context.hasSameType(parameter->getType().getUnqualifiedType(), plain->getType().getUnqualifiedType());
    if (!hasSameType)
        return false;
    if (llvm::isa<IntegerLiteral, FloatingLiteral, CXXBoolLiteralExpr>(plain))
        return true;
    return var != nullptr && !var->getType()->isReferenceType() && !isLent(var)
        && !(writesMemory(m_callee.source(), m_callee.kernel()) && hasOtherName(*m_kernel, *var));
}

/// Whether the function is handed \p var itself, which it may change then.
bool InlinedCall::isLent(const VarDecl* var) const
{
    const auto* method = methodOf(m_callee.kernel());
    bool found = method != nullptr && !method->isConst() && rootOf(m_object) == var;
    for (const ParmVarDecl* parameter : m_callee.kernel().parameters()) {
        const Expr* argument = argumentOf(parameter);
        const bool isReference = parameter->getType()->isReferenceType();
        walk(argument, [&](const Stmt* node) {
            const auto* unary = llvm::dyn_cast<UnaryOperator>(node);
            const bool isAddress = unary != nullptr && unary->getOpcode() == UO_AddrOf;
            found = found || ((isAddress || isReference) && !m_kernel->references(var, node).empty());
            return !found;
        });
    }
    return found;
}

std::optional<std::string> InlinedCall::declarationOf(const ParmVarDecl* parameter, const Expr* argument)
{
    const auto& source = m_callee.source();
    const auto text = source.text(argument);
    if (text.empty() || llvm::isa<CXXDefaultArgExpr>(argument) || parameter->getName().empty())
        return std::nullopt;
    // Another name for a value is as good as the value where nothing changes it meanwhile.
    const bool isOwn = llvm::isa<MaterializeTemporaryExpr>(argument->IgnoreParens());
    const bool isCopied =
        parameter->getType()->isReferenceType() && (isOwn || !writesMemory(source, m_callee.kernel()));
    const auto type = isCopied ? parameter->getType().getNonReferenceType() : parameter->getType();
    if (type->isReferenceType() && ownRecord(source, type) != nullptr)
        return std::nullopt;
    const auto name = freshName(parameter->getName().str());
    m_taken.insert(name);
    if (!addRenaming(parameter, name))
        return std::nullopt;
    return declaredAs(source, type, name) + " = " + text + ";";
}

bool InlinedCall::readParameters()
{
    const auto& source = m_callee.source();
    for (const ParmVarDecl* parameter : m_callee.kernel().parameters()) {
        const Expr* argument = argumentOf(parameter);
        const auto uses = m_callee.references(parameter, m_callee.kernel().getBody());
        if (standsFor(parameter, argument)) {
            const auto text = source.text(argument);
            if (text.empty() || !addRenaming(parameter, text))
                return false;
            continue;
        }
        if (uses.empty() && !argument->HasSideEffects(source.context()))
            continue;
        auto declaration = declarationOf(parameter, argument);
        if (!declaration)
            return false;
        m_declarations.push_back(std::move(*declaration));
    }
    return true;
}

bool InlinedCall::nameLocals()
{
    const auto& source = m_callee.source();
    std::vector<const VarDecl*> locals;
    walk(m_callee.kernel().getBody(), [&](const Stmt* node) {
        if (const auto* declaration = llvm::dyn_cast<DeclStmt>(node))
            for (const Decl* one : declaration->decls())
                locals.push_back(llvm::cast<VarDecl>(one));
        return true;
    });
    const auto* returned = m_result == nullptr ? nullptr : plainVariable(m_result);
    for (const VarDecl* local : locals) {
        // The kernel's own name for it, where it is declared as what the function returns.
        const bool isValue = local == returned && m_choices.empty() && m_declared != nullptr
            && std::ranges::find_if(m_statements,
                                    [&](const Stmt* statement) {
                                        const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
                                        return declaration != nullptr && declaration->isSingleDecl()
                                            && declaration->getSingleDecl() == local;
                                    })
                != m_statements.end()
            && source.context().hasSameType(local->getType().getUnqualifiedType(),
                                            m_declared->getType().getUnqualifiedType())
            && source.context().hasSameType(local->getType().getUnqualifiedType(),
                                            m_callee.kernel().getReturnType().getUnqualifiedType());
        const auto name = isValue ? m_declared->getName().str() : freshName(local->getName().str());
        if (isValue)
            m_result = nullptr;
        m_taken.insert(name);
        const auto at = source.offset(local->getLocation());
        auto renamed = m_callee.renaming(local, m_callee.kernel().getBody(), name);
        if (!at || !renamed || source.text({*at, *at + local->getName().size()}) != local->getName())
            return false;
        m_renamings.insert(m_renamings.end(), renamed->begin(), renamed->end());
        m_renamings.push_back({{*at, *at + local->getName().size()}, name});
    }
    return true;
}

/// \p wanted, or with a number behind it: nothing in the kernel is called so.
std::string InlinedCall::freshName(const std::string& wanted) const
{
    const auto& source = m_kernel->source();
    const auto range = source.range(m_kernel->kernel().getSourceRange());
    const auto text = range ? source.text(*range) : std::string(source.text());
    std::string name = wanted;
    for (int i = 2; mentions(text, name) || m_taken.count(name) > 0; ++i)
        name = wanted + std::to_string(i);
    return name;
}

}  // namespace warploom
