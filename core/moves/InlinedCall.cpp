// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/InlinedCall.h"

#include "moves/PlainLaunch.h"

namespace warploom {

using namespace clang;

namespace {

bool isLoop(const Stmt* node) { return llvm::isa<ForStmt, WhileStmt, DoStmt>(node); }

/// Whether moves would have to know what \p function does, beyond the value that it makes of values.
bool hidesWork(const FunctionDecl& function)
{
    const bool seesMemory = std::ranges::any_of(function.parameters(), [](const ParmVarDecl* parameter) {
        return parameter->getType()->isPointerType() || parameter->getType()->isReferenceType();
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
    bool isPlain = !function.isVariadic() && !function.isTemplateInstantiation() && !llvm::isa<CXXMethodDecl>(function);
    walk(function.getBody(), [&](const Stmt* node) {
        isPlain = isPlain
            && !llvm::isa<LambdaExpr, StmtExpr, GotoStmt, IndirectGotoStmt, LabelStmt, AsmStmt, PredefinedExpr>(node);
        const auto* call = llvm::dyn_cast<CallExpr>(node);
        isPlain = isPlain && (call == nullptr || call->getDirectCallee() != &function);
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

/// Whether \p function does more than to read what its parameters lead to.
bool writesMemory(const ParsedSource& source, const FunctionDecl& function)
{
    const KernelScope scope(source, function);
    const auto accesses = scope.accesses(function.getBody());
    return std::ranges::any_of(accesses, [](const Access& access) { return access.writes || access.atomic; })
        || std::ranges::any_of(function.parameters(), [&](const ParmVarDecl* parameter) {
               return parameter->getType()->isReferenceType() && scope.isModified(parameter);
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
        const bool isKnown = other == nullptr || (operation != nullptr && operation->getOperator() == OO_Equal)
            || (other->getDirectCallee() != nullptr
                && (!other->getDirectCallee()->hasBody(callee) || !writesMemory(source, *callee)));
        changes = changes || (binary != nullptr && binary->isAssignmentOp() && node != statement)
            || (unary != nullptr && unary->isIncrementDecrementOp()) || !isKnown;
        return !changes;
    });
    return changes;
}

const Expr* withoutCasts(const Expr* expression) { return expression->IgnoreParenImpCasts(); }

/// How often \p function is named within what \p context declares.
std::size_t usesWithin(const DeclContext& context, const FunctionDecl& function)
{
    std::size_t uses = 0;
    for (const Decl* declaration : context.decls()) {
        const auto* other = llvm::dyn_cast<FunctionDecl>(declaration);
        if (const auto* family = llvm::dyn_cast<FunctionTemplateDecl>(declaration))
            other = family->getTemplatedDecl();
        if (other != nullptr && other->hasBody())
            walk(other->getBody(), [&](const Stmt* node) {
                const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
                // Which function a template's own call means is told when it is used.
                const auto* open = llvm::dyn_cast<OverloadExpr>(node);
                if ((reference != nullptr && reference->getDecl()->getCanonicalDecl() == function.getCanonicalDecl())
                    || (open != nullptr && open->getName() == function.getDeclName()))
                    ++uses;
                return true;
            });
        else if (const auto* inner = llvm::dyn_cast<DeclContext>(declaration); inner != nullptr && other == nullptr)
            uses += usesWithin(*inner, function);
    }
    return uses;
}

std::string typeText(const ParsedSource& source, QualType type, const std::string& name)
{
    std::string declared = name;
    type.getLocalUnqualifiedType().getAsStringInternal(declared, source.context().getPrintingPolicy());
    return declared;
}

}  // namespace

std::optional<InlinedCall> InlinedCall::make(const KernelScope& kernel, const CallExpr& call)
{
    const auto* callee = call.getDirectCallee();
    const FunctionDecl* definition = nullptr;
    if (callee == nullptr || !callee->hasBody(definition) || definition->hasAttr<CUDAGlobalAttr>()
        || !kernel.source().range(definition->getBody()) || !hidesWork(*definition) || !isPortable(*definition)
        || kernel.synchronises(definition->getBody()) || call.getNumArgs() != definition->getNumParams())
        return std::nullopt;
    InlinedCall inlined(kernel, call, *definition);
    if (!inlined.readStatement() || !inlined.readReturn() || !inlined.keepsMeanings() || !inlined.readParameters()
        || !inlined.nameLocals())
        return std::nullopt;
    return inlined;
}

InlinedCall::InlinedCall(const KernelScope& kernel, const CallExpr& call, const FunctionDecl& callee)
    : m_kernel(&kernel)
    , m_call(&call)
    , m_callee(kernel.source(), callee)
{
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
    return llvm::isa_and_nonnull<CompoundStmt>(above) && m_kernel->source().statementRange(m_statement)
        && !changesElse(m_kernel->source(), condition == below ? condition : m_statement, *m_call);
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

bool InlinedCall::readReturn()
{
    m_statements = m_callee.statements();
    if (const auto* last = m_statements.empty() ? nullptr : llvm::dyn_cast<ReturnStmt>(m_statements.back())) {
        m_result = last->getRetValue();
        m_statements.pop_back();
    }
    const bool isWhole = (m_result == nullptr) == m_callee.kernel().getReturnType()->isVoidType();
    const auto* whole = llvm::dyn_cast<Expr>(m_statement);
    const bool hasPlace = m_result != nullptr || (whole != nullptr && whole->IgnoreParenCasts() == m_call);
    return isWhole && hasPlace && std::ranges::none_of(m_statements, [&](const Stmt* statement) {
               return m_callee.containsReturn(statement) || !m_callee.source().statementRange(statement);
           });
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
        return var != nullptr
            && context.hasSameType(parameter->getType()->getPointeeType().getUnqualifiedType(),
                                   var->getType().getUnqualifiedType());
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
    return var != nullptr && !isLent(var);
}

/// Whether the function is handed \p var itself, which it may change then.
bool InlinedCall::isLent(const VarDecl* var) const
{
    bool found = false;
    for (const ParmVarDecl* parameter : m_callee.kernel().parameters()) {
        const Expr* argument = m_call->getArg(parameter->getFunctionScopeIndex());
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
    const auto name = freshName(parameter->getName().str());
    m_taken.insert(name);
    auto renamed = m_callee.renaming(parameter, m_callee.kernel().getBody(), name);
    if (!renamed)
        return std::nullopt;
    m_renamings.insert(m_renamings.end(), renamed->begin(), renamed->end());
    return typeText(source, parameter->getType(), name) + " = " + text + ";";
}

bool InlinedCall::readParameters()
{
    const auto& source = m_callee.source();
    for (const ParmVarDecl* parameter : m_callee.kernel().parameters()) {
        const Expr* argument = m_call->getArg(parameter->getFunctionScopeIndex());
        const auto uses = m_callee.references(parameter, m_callee.kernel().getBody());
        if (standsFor(parameter, argument)) {
            const auto text = source.text(argument);
            auto renamed =
                text.empty() ? std::nullopt : m_callee.renaming(parameter, m_callee.kernel().getBody(), text);
            if (!renamed)
                return false;
            m_renamings.insert(m_renamings.end(), renamed->begin(), renamed->end());
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
        const bool isValue = local == returned && m_declared != nullptr
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

std::string InlinedCall::written(TextRange range) const
{
    std::vector<Replacement> within;
    for (const Replacement& one : m_renamings)
        if (range.contains(one.range))
            within.push_back(one);
    return rewritten(m_callee.source().text(), range, std::move(within));
}

std::string InlinedCall::resultText() const
{
    const auto& source = m_callee.source();
    const auto range = source.range(m_result);
    if (!range)
        return {};
    auto text = written(*range);
    const auto type = m_callee.kernel().getReturnType().getUnqualifiedType();
    if (!source.context().hasSameType(withoutCasts(m_result)->getType().getUnqualifiedType(), type))
        return fmt::format("static_cast<{}>({})", typeText(source, type, ""), text);
    return plainVariable(m_result) != nullptr ? text : "(" + text + ")";
}

std::string InlinedCall::statementsText(const std::string& indentation) const
{
    const auto& source = m_callee.source();
    std::string text;
    for (const std::string& declaration : m_declarations)
        text += indentation + declaration + "\n";
    if (m_statements.empty())
        return text;
    const auto first = source.statementRange(m_statements.front());
    const auto last = source.statementRange(m_statements.back());
    const auto before = indentationAt(source.text(), first->begin);
    return text + reindented(before + written({first->begin, last->end}), indentation);
}

std::size_t InlinedCall::usesOfFunction() const
{
    return usesWithin(*m_callee.source().context().getTranslationUnitDecl(), m_callee.kernel());
}

/// With what is written before its name, and the lines of comment right above it.
void InlinedCall::removeFunction(SourceEdit& edit) const
{
    const auto& source = m_callee.source();
    const auto body = source.range(m_callee.kernel().getBody());
    const auto name = source.offset(m_callee.kernel().getLocation());
    if (usesOfFunction() != 1 || !body || !name || m_callee.kernel().getPreviousDecl() != nullptr)
        return;
    const auto text = source.text();
    auto begin = text.rfind('\n', *name) + 1;
    if (text.substr(begin, *name - begin).find_first_of(";{}") != std::string_view::npos)
        return;
    const auto lineBefore = [&](std::size_t at) { return at < 2 ? 0 : text.rfind('\n', at - 2) + 1; };
    const auto isPartOf = [&](std::string_view line) {
        const auto letter = line.find_first_not_of(" \t\n");
        if (letter == std::string_view::npos || line[letter] == '#' || line.find("warploom:") != std::string_view::npos
            || line.find("*/") != std::string_view::npos)
            return false;
        return line.substr(letter, 2) == "//" || line.find_first_of(";{}") == std::string_view::npos;
    };
    while (begin > 0 && isPartOf(text.substr(lineBefore(begin), begin - lineBefore(begin))))
        begin = lineBefore(begin);
    // What the file begins with is about the file.
    if (begin == 0 && text.substr(0, 2) == "//")
        return;
    const auto end = text.find_first_not_of('\n', body->end);
    edit.remove({begin, end == std::string_view::npos ? text.size() : end});
}

std::optional<std::string> InlinedCall::text() const
{
    const auto& source = m_kernel->source();
    const auto statement = *source.statementRange(m_statement);
    const auto call = source.range(m_call);
    // A value that nobody wants may still be worked out by something that changes memory.
    const bool isAlone = m_result == nullptr || (m_statement == m_call && !m_result->HasSideEffects(source.context()));
    const auto indentation = indentationAt(source.text(), statement.begin);
    const auto lines = statementsText(indentation);
    if (!call)
        return std::nullopt;
    SourceEdit edit(source.text());
    removeFunction(edit);
    if (isAlone) {
        const auto first = lines.find_first_not_of(" \t");
        const auto last = lines.find_last_not_of('\n');
        edit.replace(statement, first == std::string::npos ? ";" : lines.substr(first, last + 1 - first));
        return edit.apply();
    }
    const auto result = resultText();
    if (result.empty())
        return std::nullopt;
    if (!lines.empty())
        insertBefore(edit, source, statement, lines);
    edit.replace(*call, result);
    return edit.apply();
}

}  // namespace warploom
