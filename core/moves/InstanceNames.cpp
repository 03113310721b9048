// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/InstanceNames.h"

#include <clang/AST/DeclTemplate.h>

#include "moves/SourceTokens.h"

namespace warploom {

using namespace clang;

namespace {

/// Whether the kernel can name \p type as the tree prints it.
bool hasWords(QualType type)
{
    type = innermostElement(type.getNonReferenceType());
    if (type->isDependentType() || type->isFunctionType() || type->isMemberPointerType())
        return false;
    const auto* tag = type->getAsTagDecl();
    if (tag == nullptr)
        return true;
    const auto* record = llvm::dyn_cast<CXXRecordDecl>(tag);
    return !(record != nullptr && (record->isLambda() || record->isLocalClass() != nullptr))
        && (tag->getIdentifier() != nullptr || tag->getTypedefNameForAnonDecl() != nullptr);
}

/// Whether \p type has a name that only a structure or a function knows.
bool isNamedWithin(QualType type)
{
    while (true) {
        const auto* alias = type->getAs<TypedefType>();
        if (alias != nullptr)
            return alias->getDecl()->getDeclContext()->isRecord()
                || alias->getDecl()->getDeclContext()->isFunctionOrMethod();
        const auto inner = type->isReferenceType() || type->isPointerType() ? type->getPointeeType()
            : type->getAsArrayTypeUnsafe() != nullptr ? type->getAsArrayTypeUnsafe()->getElementType()
                                                      : QualType();
        if (inner.isNull())
            return false;
        type = inner;
    }
}

std::optional<std::string> wordsOfNumber(const ParsedSource& source, const TemplateArgument& argument)
{
    const auto type = argument.getIntegralType();
    const auto& value = argument.getAsIntegral();
    if (codeUsesTunables(source) || value.getSignificantBits() > 63)
        return std::nullopt;
    if (type->isBooleanType())
        return value.getBoolValue() ? "true" : "false";
    const auto digits = llvm::toString(value, 10);
    const auto& context = source.context();
    if (context.hasSameUnqualifiedType(type, context.IntTy))
        return value.isNegative() ? "(" + digits + ")" : digits;
    return fmt::format("static_cast<{}>({})", declaredAs(source, type, ""), digits);
}

std::optional<std::string> wordsOfArgument(const ParsedSource& source, const TemplateArgument& argument)
{
    if (argument.getKind() == TemplateArgument::Integral)
        return wordsOfNumber(source, argument);
    if (argument.getKind() != TemplateArgument::Type || !hasWords(argument.getAsType()))
        return std::nullopt;
    const auto type = argument.getAsType();
    // "float *" after "const" would be something else, as would an array.
    return type->isPointerType() || type->isArrayType() || type->isReferenceType()
        ? std::nullopt
        : std::optional(declaredAs(source, argument.getAsType(), ""));
}

bool isQualifier(std::string_view text, const SourceToken* before)
{
    if (before == nullptr)
        return false;
    const auto word = text.substr(before->range.begin, before->range.size());
    return word == "." || word == "->" || word == "::";
}

}  // namespace

std::string declaredAs(const ParsedSource& source, QualType type, const std::string& name)
{
    std::string declared = name;
    if (isNamedWithin(type))
        type = type.getCanonicalType();
    type.getLocalUnqualifiedType().getAsStringInternal(declared, source.context().getPrintingPolicy());
    return declared;
}

bool codeUsesTunables(const ParsedSource& source)
{
    const auto words = wordsOf(source.text());
    return std::ranges::any_of(source.directives().tunes(),
                               [&](const TuneLine& tune) { return words.count(tune.name) > 0; });
}

const CXXRecordDecl* ownRecord(const ParsedSource& source, QualType type)
{
    const auto* record = type.getNonReferenceType()->getAsCXXRecordDecl();
    record = record == nullptr ? nullptr : record->getDefinition();
    return record != nullptr && source.offset(record->getLocation()) && hasWords(type) ? record : nullptr;
}

const CXXRecordDecl* vectorRecord(const ParsedSource& source, QualType type)
{
    const auto* record = type.getNonReferenceType()->getAsCXXRecordDecl();
    record = record == nullptr ? nullptr : record->getDefinition();
    const auto name = record == nullptr ? llvm::StringRef() : identifierOf(record);
    const bool isVector = name.size() > 3 && !source.offset(record->getLocation()) && name.back() >= '2'
        && name.back() <= '4' && name.drop_back().find_first_of("0123456789_") == llvm::StringRef::npos
        && name != "dim3"
        && llvm::all_of(record->fields(), [](const FieldDecl* field) { return field->getType()->isArithmeticType(); });
    return isVector ? record : nullptr;
}

std::optional<InstanceNames> InstanceNames::make(const ParsedSource& source, const FunctionDecl& function,
                                                 MemberText member, std::string object)
{
    InstanceNames names(source);
    names.m_member = std::move(member);
    names.m_object = std::move(object);
    if (!names.addTemplates(function))
        return std::nullopt;
    for (const auto* scope = function.getParent(); scope != nullptr; scope = scope->getParent())
        if (const auto* record = llvm::dyn_cast<CXXRecordDecl>(scope);
            record != nullptr && !names.addMembersOf(*record))
            return std::nullopt;
    return names;
}

bool InstanceNames::addTemplates(const FunctionDecl& function)
{
    if (function.isDependentContext())
        return false;
    const auto* family = function.getPrimaryTemplate();
    if (family != nullptr && function.getTemplateSpecializationKind() == TSK_ImplicitInstantiation
        && !addArguments(*family->getTemplateParameters(), *function.getTemplateSpecializationArgs()))
        return false;
    for (const auto* scope = function.getParent(); scope != nullptr; scope = scope->getParent()) {
        const auto* instance = llvm::dyn_cast<ClassTemplateSpecializationDecl>(scope);
        if (instance == nullptr || instance->isExplicitSpecialization())
            continue;
        if (instance->getSpecializedTemplateOrPartial().is<ClassTemplatePartialSpecializationDecl*>()
            || !addArguments(*instance->getSpecializedTemplate()->getTemplateParameters(), instance->getTemplateArgs()))
            return false;
        m_classes[instance->getName().str()] = declaredAs(*m_source, m_source->context().getTypeDeclType(instance), "");
    }
    return true;
}

bool InstanceNames::addArguments(const TemplateParameterList& parameters, const TemplateArgumentList& arguments)
{
    if (parameters.size() != arguments.size() || parameters.hasParameterPack())
        return false;
    for (unsigned i = 0; i < parameters.size(); ++i) {
        const auto text = wordsOfArgument(*m_source, arguments[i]);
        const auto name = identifierOf(parameters.getParam(i)).str();
        if (!text)
            return false;
        if (!name.empty())
            m_words[name] = *text;
    }
    return true;
}

bool InstanceNames::addMembersOf(const CXXRecordDecl& record)
{
    const auto type = m_source->context().getTypeDeclType(&record);
    if (!hasWords(type))
        return false;
    const auto prefix = declaredAs(*m_source, type, "") + "::";
    const auto add = [&](const NamedDecl* one) {
        if (const auto name = identifierOf(one).str(); !name.empty())
            m_nested[name] = prefix + name;
    };
    for (const Decl* one : record.decls()) {
        const auto* family = llvm::dyn_cast<FunctionTemplateDecl>(one);
        const auto* method = llvm::dyn_cast<CXXMethodDecl>(family == nullptr ? one : family->getTemplatedDecl());
        const auto* types = llvm::dyn_cast<TypeDecl>(one);
        if (const auto* options = llvm::dyn_cast<EnumDecl>(one); options != nullptr && !options->isScoped())
            for (const auto* option : options->enumerators())
                add(option);
        if ((types != nullptr && !llvm::cast<TypeDecl>(types)->isImplicit()) || llvm::isa<VarDecl>(one)
            || (method != nullptr && method->isStatic()))
            add(llvm::cast<NamedDecl>(one));
        if (llvm::isa<ClassTemplateDecl, VarTemplateDecl, TypeAliasTemplateDecl>(one))
            add(llvm::cast<NamedDecl>(one));
        if (llvm::isa<UsingDecl>(one))
            return false;
    }
    return true;
}

std::optional<std::vector<Replacement>> InstanceNames::within(const Stmt* part) const
{
    std::vector<Replacement> found;
    if (!addObject(part, found) || !addWords(part, found))
        return std::nullopt;
    return found;
}

bool InstanceNames::addObject(const Stmt* part, std::vector<Replacement>& found) const
{
    bool isKnown = true;
    const auto put = [&](std::optional<TextRange> range, const std::string& text) {
        isKnown = isKnown && range && !text.empty();
        if (isKnown)
            found.push_back({*range, text});
        return false;
    };
    walk(part, [&](const Stmt* node) {
        const auto* member = llvm::dyn_cast<MemberExpr>(node);
        const auto* self =
            member == nullptr ? nullptr : llvm::dyn_cast<CXXThisExpr>(member->getBase()->IgnoreParenImpCasts());
        if (self != nullptr) {
            const auto& name = *member->getMemberDecl();
            const auto at = m_source->offset(member->getMemberLoc());
            const auto length = identifierOf(&name).size();
            // Types of the structure, or of others, before the name.
            if (!at || length == 0 || member->hasQualifier() || !llvm::isa<FieldDecl, CXXMethodDecl>(name)
                || m_source->text({*at, *at + length}) != identifierOf(&name))
                return put({}, "");
            const auto begin = self->isImplicit() ? at : m_source->offset(member->getBeginLoc());
            return put(begin ? std::optional(TextRange{*begin, *at + length}) : std::nullopt, m_member(name));
        }
        const auto* whole = llvm::dyn_cast<UnaryOperator>(node);
        if (whole != nullptr && whole->getOpcode() == UO_Deref
            && llvm::isa<CXXThisExpr>(whole->getSubExpr()->IgnoreParenImpCasts()))
            return put(m_source->range(whole), m_object);
        isKnown = isKnown && !llvm::isa<CXXThisExpr>(node);
        return isKnown;
    });
    return isKnown;
}

/// #pragma unroll, where it says no number of the template's.
bool InstanceNames::isHint(std::string_view directive) const
{
    const auto words = wordsOf(directive);
    return words.count("pragma") > 0
        && std::ranges::none_of(m_words, [&](const auto& one) { return words.count(one.first) > 0; })
        && std::ranges::none_of(m_nested, [&](const auto& one) { return words.count(one.first) > 0; });
}

bool InstanceNames::addWords(const Stmt* part, std::vector<Replacement>& found) const
{
    const auto range = m_source->range(part);
    if (m_words.empty() && m_classes.empty() && m_nested.empty())
        return true;
    if (!range)
        return false;
    const auto text = m_source->text().substr(range->begin, range->size());
    const auto objects = found;
    const SourceToken* before = nullptr;
    const auto tokens = tokensOf(text);
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const auto& token = tokens[i];
        if (token.kind == SourceToken::Kind::Directive) {
            if (!isHint(text.substr(token.range.begin, token.range.size())))
                return false;
            continue;
        }
        if (token.kind == SourceToken::Kind::Comment)
            continue;
        const bool isMember = isQualifier(text, before);
        before = &token;
        const TextRange at{range->begin + token.range.begin, range->begin + token.range.end};
        const bool isTold = std::ranges::any_of(objects, [&](const auto& one) { return one.range.contains(at); });
        if (token.kind != SourceToken::Kind::Word || isMember || isTold)
            continue;
        const auto word = std::string(text.substr(token.range.begin, token.range.size()));
        const bool hasArguments = i + 1 < tokens.size() && text[tokens[i + 1].range.begin] == '<';
        const auto put = [&](const std::map<std::string, std::string>& words) {
            const auto known = words.find(word);
            if (known != words.end())
                found.push_back({at, known->second});
            return known != words.end();
        };
        if (!put(m_words) && !put(m_nested) && !hasArguments)
            put(m_classes);
    }
    return true;
}

}  // namespace warploom
