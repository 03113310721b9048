// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/SplitRecord.h"

#include <clang/AST/DeclTemplate.h>
#include <clang/AST/ExprCXX.h>

#include "moves/PlainLaunch.h"

namespace warploom {

using namespace clang;

namespace {

constexpr std::size_t kMostMembers = 16;

/// Whether \p field can be a variable of its own.
bool isPlainField(const FieldDecl& field)
{
    auto type = field.getType();
    const auto* array = type->getAsArrayTypeUnsafe();
    if (array != nullptr && !llvm::isa<ConstantArrayType>(array))
        return false;
    type = innermostElement(type).getCanonicalType();
    const bool isSimple =
        type->isArithmeticType() || type->isEnumeralType() || type->isRecordType() || field.getType()->isPointerType();
    return isSimple && !field.getName().empty() && !field.isBitField() && !field.isMutable()
        && !field.getType().isVolatileQualified() && !type.isVolatileQualified();
}

bool holdsNumbers(const CXXRecordDecl& record)
{
    const auto* instance = llvm::dyn_cast<ClassTemplateSpecializationDecl>(&record);
    const bool isNumbered = instance != nullptr
        && llvm::any_of(instance->getTemplateArgs().asArray(),
                        [](const TemplateArgument& one) { return one.getKind() != TemplateArgument::Type; });
    return isNumbered
        || llvm::any_of(record.fields(), [](const FieldDecl* field) { return field->getType()->isArrayType(); });
}

bool isPlainRecord(const ParsedSource& source, const CXXRecordDecl& record)
{
    const auto count = std::distance(record.field_begin(), record.field_end());
    return !record.isUnion() && !record.isPolymorphic() && record.getNumBases() == 0 && !record.isLambda()
        && record.hasTrivialDestructor() && !record.hasNonTrivialCopyConstructor()
        && !record.hasNonTrivialCopyAssignment() && !record.hasNonTrivialMoveConstructor()
        && !record.hasNonTrivialMoveAssignment() && count <= static_cast<std::ptrdiff_t>(kMostMembers)
        && llvm::all_of(record.fields(), [](const FieldDecl* field) { return isPlainField(*field); })
        && !(holdsNumbers(record) && codeUsesTunables(source));
}

bool isPure(const ParsedSource& source, const Expr* value)
{
    bool calls = false;
    walk(value, [&](const Stmt* node) {
        calls = calls || llvm::isa<CallExpr, LambdaExpr>(node);
        return !calls;
    });
    return !calls && !value->HasSideEffects(source.context());
}

/// Whether \p statement is one of a row of statements.
bool isOwnStatement(const KernelScope& kernel, const Stmt* statement)
{
    return llvm::isa_and_nonnull<CompoundStmt>(kernel.parent(statement));
}

}  // namespace

const Expr* SplitRecord::unwrappedValue(const Expr* value)
{
    while (true) {
        const auto* inner = value->IgnoreImplicit()->IgnoreParens();
        if (const auto* cast = llvm::dyn_cast<CXXFunctionalCastExpr>(inner))
            inner = cast->getSubExpr();
        const auto* made = llvm::dyn_cast<CXXConstructExpr>(inner);
        if (made != nullptr && made->getConstructor()->isCopyOrMoveConstructor() && made->getNumArgs() == 1)
            inner = made->getArg(0);
        if (inner == value)
            return value;
        value = inner;
    }
}

std::optional<SplitRecord> SplitRecord::make(const KernelScope& kernel, const DeclStmt& declaration)
{
    const auto* var = declaration.isSingleDecl() ? llvm::dyn_cast<VarDecl>(declaration.getSingleDecl()) : nullptr;
    if (var == nullptr || kernel.kernel().isDependentContext() || llvm::isa<DecompositionDecl>(var)
        || !isOwnStatement(kernel, &declaration) || !var->hasLocalStorage() || var->hasAttrs()
        || var->getType().isVolatileQualified())
        return std::nullopt;
    SplitRecord split(kernel, declaration, *var);
    if (!split.readMembers() || !split.readDeclaration() || !split.readUses())
        return std::nullopt;
    return split;
}

SplitRecord::SplitRecord(const KernelScope& kernel, const DeclStmt& declaration, const VarDecl& var)
    : m_kernel(&kernel)
    , m_source(&kernel.source())
    , m_declaration(&declaration)
    , m_var(&var)
    , m_edit(kernel.source().text())
{
}

bool SplitRecord::readMembers()
{
    m_record = m_var->getType()->getAsCXXRecordDecl();
    m_record = m_record == nullptr ? nullptr : m_record->getDefinition();
    if (m_record == nullptr || !isPlainRecord(*m_source, *m_record)
        || (ownRecord(*m_source, m_var->getType()) == nullptr && !isVector()))
        return false;
    for (const auto* field : m_record->fields())
        m_members.push_back({field, freshName(m_var->getName().str() + "_" + field->getName().str())});
    return true;
}

bool SplitRecord::isVector() const { return vectorRecord(*m_source, m_var->getType()) != nullptr; }

std::string SplitRecord::freshName(const std::string& wanted)
{
    auto name = m_source->directives().freshName(wanted);
    for (int i = 2; !m_taken.insert(name).second; ++i)
        name = m_source->directives().freshName(wanted + std::to_string(i));
    return name;
}

std::string SplitRecord::nameOf(const ValueDecl& field) const
{
    const auto found = std::ranges::find_if(m_members, [&](const Member& one) { return one.field == &field; });
    return found == m_members.end() ? std::string() : found->name;
}

bool SplitRecord::readDeclaration()
{
    const auto range = m_source->statementRange(m_declaration);
    const auto values = m_var->hasInit() ? valuesOf(m_var->getInit()) : std::nullopt;
    if (!range || !values)
        return false;
    const auto indentation = indentationAt(m_source->text(), range->begin);
    auto lines = values->before;
    const std::string prefix = values->hasBody ? ""
        : m_var->isConstexpr()                 ? "constexpr "
        : m_var->getType().isConstQualified()  ? "const "
                                               : "";
    for (std::size_t i = 0; i < m_members.size(); ++i) {
        const auto& text = values->texts[i];
        if (text.empty() && !prefix.empty())
            return false;
        // Of a constant structure the pointer is constant, not what it points to.
        const auto type = m_members[i].field->getType();
        const bool isPointer = type->isPointerType() && prefix == "const ";
        lines.push_back((isPointer ? declaredAs(*m_source, type, "const " + m_members[i].name)
                                   : prefix + declaredAs(*m_source, type, m_members[i].name))
                        + (text.empty() ? ";" : " = " + text + ";"));
    }
    lines.insert(lines.end(), values->after.begin(), values->after.end());
    if (lines.empty())
        m_edit.removeWithLine(*range);
    else
        m_edit.replace(*range, fmt::format("{}", fmt::join(lines, "\n" + indentation)));
    return true;
}

bool SplitRecord::readUses()
{
    std::vector<const Stmt*> assigned;
    bool isKnown = true;
    walk(m_kernel->kernel().getBody(), [&](const Stmt* node) {
        const auto* assignment = llvm::dyn_cast<CXXOperatorCallExpr>(node);
        const auto* lambda = llvm::dyn_cast<LambdaExpr>(node);
        isKnown = isKnown && (lambda == nullptr || m_kernel->references(m_var, lambda).empty());
        if (assignment == nullptr || assignment->getOperator() != OO_Equal
            || plainVariable(assignment->getArg(0)) != m_var)
            return isKnown;
        isKnown = isKnown && readAssignment(*assignment);
        assigned.push_back(assignment);
        return false;
    });
    if (!isKnown)
        return false;
    for (const auto* reference : m_kernel->references(m_var, m_kernel->kernel().getBody())) {
        const Stmt* above = reference;
        while (above != nullptr && std::ranges::find(assigned, above) == assigned.end())
            above = m_kernel->parent(above);
        if (above == nullptr && !readUse(reference))
            return false;
    }
    return true;
}

/// A member, or the whole as a value.
bool SplitRecord::readUse(const DeclRefExpr* reference)
{
    const Expr* whole = reference;
    while (llvm::isa_and_nonnull<ParenExpr>(m_kernel->parent(whole)))
        whole = llvm::cast<Expr>(m_kernel->parent(whole));
    const auto* above = m_kernel->parent(whole);
    if (const auto* cast = llvm::dyn_cast_or_null<ImplicitCastExpr>(above);
        cast != nullptr && cast->getCastKind() == CK_NoOp)
        above = m_kernel->parent(above);
    const auto* member = llvm::dyn_cast_or_null<MemberExpr>(above);
    if (member == nullptr)
        return readWhole(whole);
    const auto name = nameOf(*member->getMemberDecl());
    const auto range = m_source->range(member);
    if (member->isArrow() || member->hasQualifier() || name.empty() || !range)
        return false;
    const Stmt* use = m_kernel->parent(member);
    while (llvm::isa_and_nonnull<ParenExpr>(use))
        use = m_kernel->parent(use);
    const auto* unary = llvm::dyn_cast_or_null<UnaryOperator>(use);
    const auto* cast = llvm::dyn_cast_or_null<CastExpr>(use);
    // What is beside it in memory.
    if ((unary != nullptr && unary->getOpcode() == UO_AddrOf)
        || (cast != nullptr && cast->getCastKind() == CK_LValueBitCast))
        return false;
    m_edit.replace(*range, name);
    return true;
}

/// Where a copy of the whole is made: it is put together from the variables.
bool SplitRecord::readWhole(const Expr* whole)
{
    const Stmt* above = m_kernel->parent(whole);
    while (llvm::isa_and_nonnull<ImplicitCastExpr>(above))
        above = m_kernel->parent(above);
    const auto range = m_source->range(whole);
    const auto* copy = llvm::dyn_cast_or_null<CXXConstructExpr>(above);
    const bool isCopied = copy != nullptr && copy->getConstructor()->isCopyOrMoveConstructor()
        && copy->getConstructor()->getParent() == m_record;
    const auto* assignment = llvm::dyn_cast_or_null<CXXOperatorCallExpr>(above);
    const bool isAssigned = assignment != nullptr && assignment->getOperator() == OO_Equal
        && assignment->getDirectCallee() != nullptr && assignment->getDirectCallee()->isDefaulted()
        && assignment->getNumArgs() == 2 && unwrappedValue(assignment->getArg(1)) == unwrappedValue(whole);
    if (!range || (!isCopied && !isAssigned))
        return false;
    const auto text = rebuilt();
    if (!text.empty()) {
        m_edit.replace(*range, text);
        return true;
    }
    // Member by member, where there is a statement for each.
    const auto* target = isAssigned ? assignment->getArg(0)->IgnoreParens() : nullptr;
    const auto statement = target == nullptr ? std::nullopt : m_source->statementRange(assignment);
    if (!statement || !isOwnStatement(*m_kernel, assignment) || !isPure(*m_source, target)
        || !m_kernel->references(m_var, target).empty() || holdsNumbers(*m_record))
        return false;
    const auto indentation = indentationAt(m_source->text(), statement->begin);
    std::vector<std::string> lines;
    for (const auto& member : m_members)
        lines.push_back(
            fmt::format("{}.{} = {};", operandText(*m_kernel, target), member.field->getName().str(), member.name));
    m_edit.replace(*statement, lines.empty() ? ";" : fmt::format("{}", fmt::join(lines, "\n" + indentation)));
    return true;
}

/// Empty where a list of members is no way to make the structure.
std::string SplitRecord::rebuilt() const
{
    std::vector<std::string> names;
    for (const auto& member : m_members)
        names.push_back(member.name);
    const auto list = fmt::format("{}", fmt::join(names, ", "));
    if (isVector())
        return fmt::format("make_{}({})", identifierOf(m_record).str(), list);
    const bool hasArrays =
        llvm::any_of(m_record->fields(), [](const FieldDecl* field) { return field->getType()->isArrayType(); });
    return !m_record->isAggregate() || hasArrays
        ? std::string()
        : declaredAs(*m_source, m_var->getType().getUnqualifiedType(), "") + "{" + list + "}";
}

bool SplitRecord::readAssignment(const CXXOperatorCallExpr& assignment)
{
    const auto statement = m_source->statementRange(&assignment);
    const auto* operation = assignment.getDirectCallee();
    const auto* value = assignment.getNumArgs() == 2 ? assignment.getArg(1) : nullptr;
    const auto* above = m_kernel->parent(&assignment);
    const Stmt* whole = &assignment;
    if (llvm::isa_and_nonnull<ExprWithCleanups>(above)) {
        whole = above;
        above = m_kernel->parent(above);
    }
    const bool isBranch = llvm::isa_and_nonnull<IfStmt, ForStmt, WhileStmt>(above) && !llvm::isa<Expr>(above)
        && statement && m_source->text(*statement).ends_with(';');
    if (!statement || value == nullptr || operation == nullptr || !operation->isDefaulted()
        || !(llvm::isa_and_nonnull<CompoundStmt>(above) || isBranch) || whole == nullptr)
        return false;
    auto values = valuesOf(value);
    if (!values)
        return false;
    const bool refers = !m_kernel->references(m_var, value).empty();
    bool isMixed = false;
    for (std::size_t i = 0; i < m_members.size(); ++i) {
        if (m_members[i].field->getType()->isArrayType() || (values->texts[i].empty() && !values->hasBody))
            return false;
        for (std::size_t j = i + 1; j < m_members.size(); ++j)
            isMixed = isMixed || (refers && mentions(values->texts[j], m_members[i].name));
    }
    const bool isMade =
        !values->before.empty() || values->hasBody || llvm::isa<CXXConstructExpr>(unwrappedValue(value));
    if (refers && isMade)
        return false;
    auto lines = values->before;
    for (std::size_t i = 0; i < m_members.size() && isMixed; ++i) {
        const auto name = freshName(m_members[i].name + "_new");
        lines.push_back("const " + declaredAs(*m_source, m_members[i].field->getType(), name) + " = " + values->texts[i]
                        + ";");
        values->texts[i] = name;
    }
    const bool needsBraces = isBranch || !lines.empty();
    for (std::size_t i = 0; i < m_members.size(); ++i)
        if (!values->texts[i].empty())
            lines.push_back(m_members[i].name + " = " + values->texts[i] + ";");
    lines.insert(lines.end(), values->after.begin(), values->after.end());
    const auto indentation = indentationAt(m_source->text(), statement->begin);
    const auto inner = "\n" + indentation + (needsBraces ? "    " : "");
    const auto text = fmt::format("{}", fmt::join(lines, inner));
    m_edit.replace(*statement,
                   needsBraces         ? "{" + inner + text + "\n" + indentation + "}"
                       : lines.empty() ? ";"
                                       : text);
    return true;
}

}  // namespace warploom
