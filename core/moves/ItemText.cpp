// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/ItemText.h"

#include "moves/GridKernel.h"

namespace warploom {

using namespace clang;

namespace {

/// "float q[ITEMS][4]" where \p extents is "[4]".
std::string arrayText(const std::string& type, const std::string& name, const std::string& count,
                      const std::string& extents)
{
    return fmt::format("{} {}[{}]{};\n", type, name, count, extents);
}

/// What follows the name of \p var, an array without a start value, in its declaration; empty for no array.
std::optional<std::string> extentsOf(const KernelScope& kernel, const VarDecl* var)
{
    if (!var->getType()->isArrayType())
        return std::string();
    const auto& source = kernel.source();
    const auto begin = source.offset(var->getLocation());
    const auto whole = source.range(var->getSourceRange());
    if (var->hasInit() || !begin || !whole)
        return std::nullopt;
    const auto after = *begin + var->getName().size();
    auto text = whole->end > after ? source.text({after, whole->end}) : std::string();
    return text.empty() || text.front() != '[' || text.back() != ']' ? std::nullopt : std::optional(std::move(text));
}

}  // namespace

TextRange withWholeLines(std::string_view text, TextRange range)
{
    auto begin = range.begin;
    while (begin > 0 && (text[begin - 1] == ' ' || text[begin - 1] == '\t'))
        --begin;
    auto end = range.end;
    while (end < text.size() && (text[end] == ' ' || text[end] == '\t'))
        ++end;
    const bool isAlone = (begin == 0 || text[begin - 1] == '\n') && end < text.size() && text[end] == '\n';
    return isAlone ? TextRange{begin, end + 1} : range;
}

bool ItemText::divide(const std::vector<StatementRun>& runs)
{
    for (const auto& run : runs)
        for (const Stmt* statement : run) {
            const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
            if (declaration == nullptr || m_found.uniforms.count(declaration) > 0)
                continue;
            const bool isWanted = std::ranges::any_of(runs, [&](const StatementRun& other) {
                return &other != &run
                    && std::ranges::any_of(other, [&](const Stmt* user) { return isUsed(declaration, user); });
            });
            if (isWanted && !addArrays(declaration))
                return false;
        }
    return true;
}

bool ItemText::isUsed(const DeclStmt* declaration, const Stmt* within) const
{
    const auto isDeclared = [&](const DeclRefExpr* reference) {
        return std::find(declaration->decl_begin(), declaration->decl_end(), reference->getDecl())
            != declaration->decl_end();
    };
    bool found = false;
    walk(within, [&](const Stmt* node) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        found = found || (reference != nullptr && isDeclared(reference));
        return !found && std::ranges::find(m_ignored, node) == m_ignored.end();
    });
    return found;
}

bool ItemText::addArrays(const DeclStmt* statement)
{
    m_divided.insert(statement);
    for (const Decl* one : statement->decls()) {
        const auto* var = llvm::dyn_cast<VarDecl>(one);
        if (var == nullptr || !var->hasLocalStorage() || var->getType()->isReferenceType()
            || (var->hasInit() && var->getInitStyle() != VarDecl::CInit && var->getType()->isScalarType()))
            return false;
        const auto extents = extentsOf(m_kernel, var);
        const auto element = m_kernel.source().context().getBaseElementType(var->getType()).getUnqualifiedType();
        if (!extents || !isPlainData(element))
            return false;
        m_arrays.insert(var);
        m_declarations += arrayText(typeText(m_kernel, element), var->getNameAsString(), m_count, *extents);
    }
    return true;
}

std::string ItemText::declarations() const { return m_declarations; }

std::string ItemText::uniforms() const
{
    std::string text;
    for (const Stmt* statement : m_found.statements)
        if (const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
            declaration != nullptr && m_found.uniforms.count(declaration) > 0)
            if (const auto range = m_kernel.source().statementRange(declaration))
                text += m_kernel.source().text(*range) + "\n";
    return text;
}

/// Sets the elements that a declaration's variables have become.
std::optional<std::string> ItemText::settings(const DeclStmt* statement) const
{
    std::string text;
    for (const Decl* one : statement->decls()) {
        const auto* var = llvm::cast<VarDecl>(one);
        const auto* construction = llvm::dyn_cast_or_null<CXXConstructExpr>(var->getInit());
        if (!var->hasInit() || (construction != nullptr && construction->getNumArgs() == 0))
            continue;
        const auto range = m_kernel.source().range(var->getInit());
        const auto value = range ? this->text(*range, var->getInit(), {}) : std::nullopt;
        if (!value)
            return std::nullopt;
        text += fmt::format("{}{}[{}] = {};", text.empty() ? "" : " ", var->getNameAsString(), m_item, *value);
    }
    return text;
}

bool ItemText::addRenamings(const Stmt* within, std::vector<Replacement>& changes) const
{
    for (const auto* var : m_arrays) {
        const auto renamed = m_kernel.renaming(var, within, fmt::format("{}[{}]", var->getNameAsString(), m_item));
        if (!renamed)
            return false;
        changes.insert(changes.end(), renamed->begin(), renamed->end());
    }
    return true;
}

std::optional<std::string> ItemText::text(TextRange range, const Stmt* whole, std::vector<Replacement> changes) const
{
    auto all = changes;
    std::vector<Replacement> renamed;
    if (!addRenamings(whole, renamed))
        return std::nullopt;
    for (auto& one : renamed)
        if (range.contains(one.range) && std::ranges::none_of(changes, [&](const Replacement& change) {
                return change.range.contains(one.range);
            }))
            all.push_back(std::move(one));
    return rewritten(m_kernel.source().text(), range, std::move(all));
}

std::optional<std::string> ItemText::text(const StatementRun& run) const
{
    const auto& source = m_kernel.source();
    std::vector<Replacement> changes;
    std::optional<TextRange> range;
    for (const Stmt* statement : run) {
        const auto own = source.statementRange(statement);
        if (!own)
            return std::nullopt;
        range = range ? TextRange{range->begin, own->end} : *own;
        const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
        if (declaration != nullptr && m_found.uniforms.count(declaration) > 0) {
            changes.push_back({withWholeLines(source.text(), *own), {}});
        } else if (declaration != nullptr && m_divided.count(declaration) > 0) {
            const auto text = settings(declaration);
            if (!text)
                return std::nullopt;
            changes.push_back({text->empty() ? withWholeLines(source.text(), *own) : *own, *text});
        } else if (!addRenamings(statement, changes)) {
            return std::nullopt;
        }
    }
    if (!range)
        return std::string();
    auto whole = withWholeLines(source.text(), *range);
    // Lines keep their distances where something follows the last statement in its line.
    while (whole.begin > 0 && (source.text()[whole.begin - 1] == ' ' || source.text()[whole.begin - 1] == '\t'))
        --whole.begin;
    return rewritten(source.text(), whole, std::move(changes));
}

}  // namespace warploom
