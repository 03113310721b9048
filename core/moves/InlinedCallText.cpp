// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/InlinedCall.h"
#include "moves/InlinedCallParts.h"
#include "moves/PlainLaunch.h"
#include <clang/AST/DeclTemplate.h>
#include <clang/AST/ExprCXX.h>

namespace warploom {

using namespace clang;

namespace {

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
        if (const auto* family = llvm::dyn_cast<ClassTemplateDecl>(declaration))
            uses += usesWithin(*family->getTemplatedDecl(), function);
        if (const auto* inner = llvm::dyn_cast<DeclContext>(declaration); inner != nullptr && other == nullptr)
            uses += usesWithin(*inner, function);
    }
    return uses;
}

}  // namespace

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
    if (m_choices.empty())
        return valueText(m_result);
    const auto& source = m_callee.source();
    std::string text;
    for (const auto* choice : m_choices) {
        const auto condition = source.range(choice->getCond());
        const auto value = valueText(choiceOf(choice)->getRetValue());
        if (!condition || value.empty())
            return {};
        text += "(" + written(*condition) + ") ? " + value + " : ";
    }
    const auto last = valueText(m_result);
    return last.empty() ? last : "(" + text + last + ")";
}

/// \p value of the function's as what it returns then.
std::string InlinedCall::valueText(const Expr* value) const
{
    const auto& source = m_callee.source();
    const auto range = source.range(value);
    if (!range)
        return {};
    const auto text = written(*range);
    const auto type = m_callee.kernel().getReturnType().getNonReferenceType().getUnqualifiedType();
    if (text.starts_with('{'))
        return declaredAs(source, type, "") + text;
    if (!source.context().hasSameType(writtenType(source, value, type), type))
        return fmt::format("static_cast<{}>({})", declaredAs(source, type, ""), text);
    return plainVariable(value) != nullptr ? text : "(" + text + ")";
}

/// Of some of the function's statements.
std::string InlinedCall::textOf(std::size_t first, std::size_t end, const std::string& indentation) const
{
    const auto& source = m_callee.source();
    if (first >= end)
        return {};
    const auto from = source.statementRange(m_statements[first]);
    const auto to = source.statementRange(m_statements[end - 1]);
    const auto before = indentationAt(source.text(), from->begin);
    return reindented(before + written({from->begin, to->end}), indentation);
}

std::string InlinedCall::statementsText(const std::string& indentation) const
{
    std::string text;
    for (const std::string& declaration : m_declarations)
        text += indentation + declaration + "\n";
    const auto count = m_statements.size();
    if (!m_leave)
        return text + textOf(0, count, indentation);
    const auto* choice = llvm::cast<IfStmt>(m_statements[*m_leave]);
    text += textOf(0, *m_leave, indentation) + indentation + "if (!("
        + written(*m_callee.source().range(choice->getCond())) + ")) {\n";
    return text + textOf(*m_leave + 1, count, indentation + "    ") + indentation + "}\n";
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
    if (methodOf(m_callee.kernel()) != nullptr || m_callee.kernel().isTemplateInstantiation()
        || llvm::isa<CXXRecordDecl>(m_callee.kernel().getParent()) || usesOfFunction() != 1 || !body || !name
        || m_callee.kernel().getPreviousDecl() != nullptr)
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

/// The statement between braces of its own.
void InlinedCall::replaceBranch(SourceEdit& edit, TextRange statement, const std::string& result) const
{
    const auto& source = m_kernel->source();
    const auto indentation = indentationAt(source.text(), *source.offset(m_kernel->parent(m_statement)->getBeginLoc()));
    const auto inner = indentation + "    ";
    auto text = "{\n" + statementsText(inner);
    if (!result.empty())
        text += reindented(rewritten(source.text(), statement, {{*source.range(m_call), result}}), inner);
    // Behind what it belongs to, unless a comment stands between.
    const auto before = source.text().find_last_not_of(" \t\n", statement.begin - 1);
    const auto line = source.text().rfind('\n', before) + 1;
    const auto own = source.text().substr(line, before + 1 - line);
    const bool isClear = own.find("//") == std::string_view::npos && own.find('#') == std::string_view::npos;
    edit.replace({isClear ? before + 1 : statement.begin, statement.end},
                 (isClear ? " " : "") + text + indentation + "}");
}

std::optional<std::string> InlinedCall::text() const
{
    const auto& source = m_kernel->source();
    const auto call = source.range(m_call);
    if (!call)
        return std::nullopt;
    SourceEdit edit(source.text());
    removeFunction(edit);
    openMembers(edit);
    const auto* whole = llvm::dyn_cast_or_null<Expr>(m_statement);
    const bool isCall = whole != nullptr && whole->IgnoreImplicit()->IgnoreParenCasts() == m_call;
    // A value that nobody wants may still be worked out by something that changes memory.
    const bool isAlone = m_statement != nullptr
        && (m_result == nullptr || (isCall && m_choices.empty() && !m_result->HasSideEffects(source.context())));
    const auto result = isAlone ? std::string() : resultText();
    if (!isAlone && result.empty())
        return std::nullopt;
    if (m_statement == nullptr) {
        edit.replace(*call, result);
        return edit.apply();
    }
    const auto statement = *source.statementRange(m_statement);
    const auto indentation = indentationAt(source.text(), statement.begin);
    if (m_isBranch) {
        replaceBranch(edit, statement, result);
        return edit.apply();
    }
    const auto lines = statementsText(indentation);
    if (isAlone) {
        const auto first = lines.find_first_not_of(" \t");
        const auto last = lines.find_last_not_of('\n');
        edit.replace(statement, first == std::string::npos ? ";" : lines.substr(first, last + 1 - first));
        return edit.apply();
    }
    if (!lines.empty())
        insertBefore(edit, source, statement, lines);
    edit.replace(*call, result);
    return edit.apply();
}

}  // namespace warploom
