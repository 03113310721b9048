// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <clang/AST/DeclTemplate.h>
#include <clang/AST/ExprCXX.h>

#include "moves/PlainLaunch.h"
#include "moves/SplitRecord.h"

namespace warploom {

using namespace clang;

namespace {

bool isNothing(const Expr* value) { return llvm::isa<ImplicitValueInitExpr, CXXScalarValueInitExpr>(value); }

bool isLiteral(const Expr* value)
{
    value = value->IgnoreParenImpCasts();
    if (const auto* unary = llvm::dyn_cast<UnaryOperator>(value); unary != nullptr && unary->getOpcode() == UO_Minus)
        value = unary->getSubExpr()->IgnoreParenImpCasts();
    return llvm::isa<IntegerLiteral, FloatingLiteral, CXXBoolLiteralExpr, CXXNullPtrLiteralExpr>(value);
}

/// A written list of nothing else.
bool isListOfLiterals(const Expr* value)
{
    const auto* list = llvm::dyn_cast<InitListExpr>(value->IgnoreImplicit());
    return list != nullptr && llvm::all_of(list->inits(), isLiteral);
}

/// Whether nothing is said of any part of \p value.
bool isUnsaid(const Expr* value)
{
    const auto* list = llvm::dyn_cast<InitListExpr>(value->IgnoreImplicit());
    return list == nullptr
        ? isNothing(value->IgnoreImplicit())
        : llvm::all_of(list->inits(), isUnsaid) && !(list->hasArrayFiller() && !isUnsaid(list->getArrayFiller()));
}

/// \p value without the braces around the one number that it is.
const Expr* withoutBraces(const Expr* value)
{
    const auto* list = llvm::dyn_cast<InitListExpr>(value->IgnoreImplicit());
    return list != nullptr && list->getNumInits() == 1 && !list->getType()->isRecordType()
            && !list->getType()->isArrayType()
        ? list->getInit(0)
        : value;
}

/// What stops a constructor's statements from standing anywhere else.
bool isBound(const Stmt* body)
{
    bool found = false;
    walk(body, [&](const Stmt* node) {
        found =
            found || llvm::isa<ReturnStmt, LambdaExpr, StmtExpr, GotoStmt, LabelStmt, AsmStmt, PredefinedExpr>(node);
        const auto* choice = llvm::dyn_cast<IfStmt>(node);
        found = found || (choice != nullptr && choice->isConstexpr());
        if (const auto* declaration = llvm::dyn_cast<DeclStmt>(node))
            for (const Decl* one : declaration->decls()) {
                const auto* var = llvm::dyn_cast<VarDecl>(one);
                found = found || var == nullptr || !var->hasLocalStorage() || llvm::isa<DecompositionDecl>(var);
            }
        return !found;
    });
    return found;
}

}  // namespace

std::string SplitRecord::nothingOf(const FieldDecl& field) const
{
    const auto type = field.getType();
    return type->isArithmeticType() ? "0" : type->isPointerType() ? "nullptr" : "{}";
}

/// What the structure says itself that the member begins with.
std::optional<std::string> SplitRecord::defaultOf(const FieldDecl& field) const
{
    const auto* value = field.getInClassInitializer();
    if (value == nullptr)
        return std::nullopt;
    value = withoutBraces(value);
    if (isNothing(value->IgnoreImplicit()))
        return nothingOf(field);
    const auto text = isLiteral(value) || isListOfLiterals(value) ? m_source->text(value) : std::string();
    return text.empty() ? std::nullopt : std::optional(text);
}

/// \p value of the kernel's, this structure's members in it already variables.
std::optional<std::string> SplitRecord::valueText(const Expr* value) const
{
    const auto range = m_source->range(value);
    if (!range)
        return std::nullopt;
    std::vector<Replacement> members;
    bool isKnown = true;
    walk(value, [&](const Stmt* node) {
        const auto* member = llvm::dyn_cast<MemberExpr>(node);
        if (member != nullptr && plainVariable(member->getBase()) == m_var && !member->isArrow()) {
            const auto at = m_source->range(member);
            const auto name = nameOf(*member->getMemberDecl());
            isKnown = isKnown && at && !name.empty();
            if (isKnown)
                members.push_back({*at, name});
            return false;
        }
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        isKnown = isKnown && (reference == nullptr || reference->getDecl() != m_var);
        return isKnown;
    });
    return isKnown ? std::optional(rewritten(m_source->text(), *range, std::move(members))) : std::nullopt;
}

std::optional<SplitRecord::Values> SplitRecord::valuesOf(const Expr* value)
{
    const auto* plain = unwrappedValue(value);
    if (!m_source->context().hasSameUnqualifiedType(plain->getType(), m_var->getType()))
        return std::nullopt;
    if (const auto* list = llvm::dyn_cast<InitListExpr>(plain))
        return listed(*list);
    if (const auto* construction = llvm::dyn_cast<CXXConstructExpr>(plain))
        return constructed(*construction);
    if (const auto* call = llvm::dyn_cast<CallExpr>(plain))
        return called(*call);
    return copied(plain);
}

std::optional<SplitRecord::Values> SplitRecord::listed(const InitListExpr& list) const
{
    const auto* full = list.isSemanticForm() ? &list : list.getSemanticForm();
    Values values;
    if (full == nullptr || full->getNumInits() != m_members.size())
        return std::nullopt;
    for (unsigned i = 0; i < full->getNumInits(); ++i) {
        const auto& field = *m_members[i].field;
        const Expr* value = full->getInit(i);
        const bool isList = field.getType()->isArrayType() || field.getType()->isRecordType();
        std::optional<std::string> text;
        if (llvm::isa<CXXDefaultInitExpr>(value))
            text = defaultOf(field);
        else if (isUnsaid(value))
            text = nothingOf(field);
        else
            text = valueText(isList ? value : withoutBraces(value));
        // Braces may be left out around the parts of what is within.
        const bool isPartial = isList && llvm::isa<InitListExpr>(value->IgnoreImplicit()) && text
            && !(text->starts_with('{') && text->ends_with('}'));
        if (!text || text->empty() || isPartial)
            return std::nullopt;
        values.texts.push_back(*text);
    }
    return values;
}

/// From another variable, or from memory.
std::optional<SplitRecord::Values> SplitRecord::copied(const Expr* from) const
{
    const auto* base = from;
    while (const auto* member = llvm::dyn_cast<MemberExpr>(base))
        base = member->isArrow() ? member : member->getBase()->IgnoreParenImpCasts();
    const bool isVariable = llvm::isa<DeclRefExpr>(base);
    bool calls = false;
    walk(from, [&](const Stmt* node) {
        calls = calls || llvm::isa<CallExpr, CXXConstructExpr>(node);
        return !calls;
    });
    // Wide loads stay wide.
    if (calls || !from->isLValue() || from->getType().isVolatileQualified() || from->HasSideEffects(m_source->context())
        || (isVector() && !isVariable)
        || !(isVariable || llvm::isa<ArraySubscriptExpr, UnaryOperator, MemberExpr>(from)))
        return std::nullopt;
    const auto text = valueText(from);
    Values values;
    for (const auto& member : m_members) {
        if (!text || text->empty() || member.field->getType()->isArrayType())
            return std::nullopt;
        const bool isUnary = llvm::isa<UnaryOperator>(from);
        values.texts.push_back((isUnary ? "(" + *text + ")" : *text) + "." + member.field->getName().str());
    }
    return values;
}

/// make_float2(a, b) and the like.
std::optional<SplitRecord::Values> SplitRecord::called(const CallExpr& call) const
{
    if (!isVector() || calleeName(&call) != "make_" + identifierOf(m_record).str() || call.getDirectCallee()->hasBody()
        || call.getNumArgs() != m_members.size())
        return std::nullopt;
    Values values;
    for (const Expr* argument : call.arguments()) {
        const auto text = valueText(argument);
        if (!text || text->empty())
            return std::nullopt;
        values.texts.push_back(*text);
    }
    return values;
}

std::optional<SplitRecord::Values> SplitRecord::constructed(const CXXConstructExpr& construction)
{
    const auto& constructor = *construction.getConstructor();
    if (constructor.isUserProvided())
        return initialised(construction);
    Values values;
    if (construction.getNumArgs() != 0)
        return std::nullopt;
    for (const auto& member : m_members) {
        std::string text;
        if (member.field->hasInClassInitializer()) {
            const auto given = defaultOf(*member.field);
            if (!given)
                return std::nullopt;
            text = *given;
        } else if (construction.requiresZeroInitialization()) {
            text = nothingOf(*member.field);
        }
        values.texts.push_back(text);
    }
    return values;
}

/// By a constructor of the structure's own, written out.
std::optional<SplitRecord::Values> SplitRecord::initialised(const CXXConstructExpr& construction)
{
    const FunctionDecl* definition = nullptr;
    if (!construction.getConstructor()->hasBody(definition) || construction.isStdInitListInitialization())
        return std::nullopt;
    const auto& constructor = *llvm::cast<CXXConstructorDecl>(definition);
    const auto instance =
        InstanceNames::make(*m_source, constructor, [this](const ValueDecl& member) { return nameOf(member); }, "");
    if (!instance || !m_source->range(constructor.getBody()) || isBound(constructor.getBody()))
        return std::nullopt;
    Values values;
    std::vector<Replacement> names;
    if (!addParameters(construction, constructor, values, names))
        return std::nullopt;
    values.texts.resize(m_members.size());
    for (const auto* one : constructor.inits()) {
        const auto at =
            std::ranges::find_if(m_members, [&](const Member& member) { return member.field == one->getAnyMember(); });
        if (!one->isMemberInitializer() || at == m_members.end())
            return std::nullopt;
        const auto* value = withoutBraces(one->getInit());
        auto& text = values.texts[static_cast<std::size_t>(at - m_members.begin())];
        if (llvm::isa<CXXDefaultInitExpr>(value)) {
            const auto given = defaultOf(*at->field);
            if (!given)
                return std::nullopt;
            text = *given;
            continue;
        }
        if (isNothing(value->IgnoreImplicit())) {
            text = nothingOf(*at->field);
            continue;
        }
        const auto* made = llvm::dyn_cast<CXXConstructExpr>(value->IgnoreImplicit());
        if (made != nullptr && made->getNumArgs() == 0 && !one->isWritten())
            continue;
        const auto range = m_source->range(made != nullptr ? unwrappedValue(value) : value);
        auto within = instance->within(value);
        if (!range || !within || (made != nullptr && unwrappedValue(value) == made))
            return std::nullopt;
        within->insert(within->end(), names.begin(), names.end());
        text = writtenAs(*range, *within);
    }
    return addBody(constructor, *instance, values, std::move(names)) ? std::optional(values) : std::nullopt;
}

/// The text of \p range with those of \p names that lie in it.
std::string SplitRecord::writtenAs(TextRange range, const std::vector<Replacement>& names) const
{
    std::vector<Replacement> within;
    for (const auto& one : names)
        if (range.contains(one.range))
            within.push_back(one);
    return rewritten(m_source->text(), range, std::move(within));
}

bool SplitRecord::addParameters(const CXXConstructExpr& construction, const CXXConstructorDecl& constructor,
                                Values& values, std::vector<Replacement>& names)
{
    const KernelScope scope(*m_source, constructor);
    for (const ParmVarDecl* parameter : constructor.parameters()) {
        const auto index = parameter->getFunctionScopeIndex();
        const Expr* argument = index < construction.getNumArgs() ? construction.getArg(index) : nullptr;
        const auto type = parameter->getType();
        if (const auto* given = llvm::dyn_cast_or_null<CXXDefaultArgExpr>(argument))
            argument = isLiteral(given->getExpr()) ? given->getExpr() : nullptr;
        if (argument == nullptr || (type->isReferenceType() && !type->getPointeeType().isConstQualified()))
            return false;
        auto uses = scope.references(parameter, constructor.getBody());
        for (const auto* one : constructor.inits()) {
            const auto more = scope.references(parameter, one->getInit());
            uses.insert(uses.end(), more.begin(), more.end());
        }
        if (uses.empty() && !argument->HasSideEffects(m_source->context()))
            continue;
        const auto text = valueText(argument);
        const auto* var = plainVariable(argument);
        const auto value = type.getNonReferenceType().getUnqualifiedType();
        const bool isSame =
            m_source->context().hasSameUnqualifiedType(argument->IgnoreParenImpCasts()->getType(), value);
        const bool stands = isSame && !scope.isModified(parameter)
            && (isLiteral(argument) || (var != nullptr && !m_kernel->isModified(var)));
        if (!text || text->empty() || (value->isRecordType() && !stands))
            return false;
        auto name = *text;
        // A number of another type is no reason for a variable.
        const auto word = declaredAs(*m_source, value, "");
        if (!stands && isLiteral(argument) && value->isArithmeticType() && !scope.isModified(parameter)
            && word.find(' ') == std::string::npos) {
            name = word + "(" + *text + ")";
        } else if (!stands) {
            name = freshName(m_var->getName().str() + "_" + parameter->getName().str());
            values.before.push_back(declaredAs(*m_source, value, name) + " = " + *text + ";");
        }
        for (const auto* use : uses) {
            const auto at = m_source->range(use);
            if (!at || m_source->text(*at) != parameter->getName())
                return false;
            names.push_back({*at, name});
        }
    }
    return true;
}

bool SplitRecord::addBody(const CXXConstructorDecl& constructor, const InstanceNames& instance, Values& values,
                          std::vector<Replacement> names)
{
    const KernelScope scope(*m_source, constructor);
    bool isKnown = true;
    walk(constructor.getBody(), [&](const Stmt* node) {
        const auto* declaration = llvm::dyn_cast<DeclStmt>(node);
        if (declaration == nullptr)
            return isKnown;
        for (const Decl* one : declaration->decls()) {
            const auto* local = llvm::cast<VarDecl>(one);
            const auto at = m_source->offset(local->getLocation());
            const auto name = freshName(local->getName().str());
            const auto renamed = scope.renaming(local, constructor.getBody(), name);
            isKnown = isKnown && at && renamed;
            if (!isKnown)
                return false;
            names.insert(names.end(), renamed->begin(), renamed->end());
            names.push_back({{*at, *at + local->getName().size()}, name});
        }
        return isKnown;
    });
    const auto within = isKnown ? instance.within(constructor.getBody()) : std::nullopt;
    if (!within)
        return false;
    names.insert(names.end(), within->begin(), within->end());
    for (const Stmt* statement : scope.statements()) {
        const auto range = m_source->statementRange(statement);
        if (!range)
            return false;
        values.hasBody = true;
        values.after.push_back(writtenAs(*range, names));
    }
    return true;
}

}  // namespace warploom
