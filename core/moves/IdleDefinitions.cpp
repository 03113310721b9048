// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/IdleDefinitions.h"

#include <clang/AST/DeclTemplate.h>

#include "moves/SourceTokens.h"

namespace warploom {

using namespace clang;

namespace {

struct Definition {
    std::string name;
    TextRange range;
};

/// Whether something new begins behind \p text: no attribute on a line of its own, say.
bool isEnded(std::string_view text)
{
    const auto tokens = tokensOf(text);
    for (auto token = tokens.rbegin(); token != tokens.rend(); ++token) {
        const auto part = text.substr(token->range.begin, token->range.size());
        if (!part.empty())
            return token->kind == SourceToken::Kind::Comment || token->kind == SourceToken::Kind::Directive
                || isOneOf(part, {";", "}", "{"});
    }
    return true;
}

/// What the file defines by itself, kernels aside.
std::vector<Definition> definitionsOf(const ParsedSource& source)
{
    std::vector<Definition> found;
    for (const Decl* one : source.context().getTranslationUnitDecl()->decls()) {
        const auto* family = llvm::dyn_cast<RedeclarableTemplateDecl>(one);
        const auto* inner = family == nullptr ? one : family->getTemplatedDecl();
        const auto* record = llvm::dyn_cast<CXXRecordDecl>(inner);
        const auto* function = llvm::dyn_cast<FunctionDecl>(inner);
        const bool isRecord = record != nullptr && record->isThisDeclarationADefinition();
        const bool isFunction = function != nullptr && function->hasAttr<CUDADeviceAttr>()
            && !function->hasAttr<CUDAGlobalAttr>() && function->doesThisDeclarationHaveABody()
            && function->getPreviousDecl() == nullptr;
        const auto* named = llvm::dyn_cast<NamedDecl>(inner);
        const auto range = isRecord || isFunction ? source.range(one->getSourceRange()) : std::nullopt;
        if (!range || one->isImplicit() || named->getIdentifier() == nullptr)
            continue;
        // From the start of its line: attributes are macros, which stand before what Clang calls the beginning.
        const auto text = source.text();
        const auto begin = range->begin == 0 ? 0 : text.rfind('\n', range->begin - 1) + 1;
        auto end = range->end;
        if (isRecord) {
            end = text.find_first_not_of(" \t\n", end);
            // A variable of it, perhaps.
            if (end == std::string_view::npos || text[end] != ';')
                continue;
            ++end;
        }
        if (text.substr(begin, range->begin - begin).find_first_of(";{}\"") == std::string_view::npos
            && isEnded(text.substr(0, begin)))
            found.push_back({named->getName().str(), {begin, end}});
    }
    return found;
}

/// Whether code outside of \p range, or a directive, has the word.
bool isNamedOutside(std::string_view text, const Definition& definition)
{
    for (const auto& token : tokensOf(text)) {
        const auto part = text.substr(token.range.begin, token.range.size());
        const bool isTold = token.kind == SourceToken::Kind::Word
            ? part == definition.name
            : (token.kind == SourceToken::Kind::Directive || part.find("warploom:") != std::string_view::npos)
                && mentions(part, definition.name);
        if (isTold && !definition.range.contains(token.range))
            return true;
    }
    return false;
}

/// With the remarks right above it and the empty lines below.
TextRange withRemarks(std::string_view text, TextRange range)
{
    auto begin = range.begin;
    while (begin > 0) {
        const auto line = begin < 2 ? 0 : text.rfind('\n', begin - 2) + 1;
        const auto above = text.substr(line, begin - line);
        const auto letter = above.find_first_not_of(" \t");
        if (above.substr(std::min(letter, above.size()), 2) != "//"
            || above.find("warploom:") != std::string_view::npos)
            break;
        begin = line;
    }
    // What the file begins with is about the file.
    if (begin > 0)
        range.begin = begin;
    const auto next = text.find_first_not_of(" \t\n", range.end);
    range.end = next == std::string_view::npos ? text.size() : text.rfind('\n', next) + 1;
    return range;
}

}  // namespace

std::string withoutIdleDefinitions(const ParsedSource& before, const ParsedSource& after)
{
    std::set<std::string> used;
    for (const auto& one : definitionsOf(before))
        if (isNamedOutside(before.text(), one))
            used.insert(one.name);
    SourceEdit edit(after.text());
    for (const auto& one : definitionsOf(after))
        if (used.count(one.name) > 0 && !isNamedOutside(after.text(), one))
            edit.remove(withRemarks(after.text(), one.range));
    return edit.apply().value_or(std::string(after.text()));
}

}  // namespace warploom
