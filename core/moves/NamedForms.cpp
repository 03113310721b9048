// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/NamedForms.h"

#include "moves/GridKernel.h"

namespace warploom {

using namespace clang;

namespace {

/// The statement that declares \p var, alone; null where there are others in it, or where a loop does.
const DeclStmt* declarationOf(const KernelScope& kernel, const VarDecl* var)
{
    const DeclStmt* found = nullptr;
    walk(kernel.kernel().getBody(), [&](const Stmt* node) {
        const auto* statement = llvm::dyn_cast<DeclStmt>(node);
        if (statement != nullptr && statement->isSingleDecl() && statement->getSingleDecl() == var
            && !llvm::isa_and_nonnull<ForStmt>(kernel.parent(statement)))
            found = statement;
        return found == nullptr;
    });
    return found;
}

}  // namespace

bool isSettledLocal(const KernelScope& kernel, const VarDecl* var)
{
    return var->isLocalVarDecl() && var->hasInit() && !var->isStaticLocal() && !var->hasAttr<CUDASharedAttr>()
        && !var->getType()->isReferenceType() && !kernel.isModified(var);
}

const NamedForms::Name* NamedForms::nameOf(const Expr& expression) const
{
    // Conversions stay: they may make another number of what is named.
    if (!expression.getType()->isIntegerType()
        || llvm::isa<CastExpr, ParenExpr, IntegerLiteral, CXXBoolLiteralExpr>(expression))
        return nullptr;
    const auto form = m_kernel.form(&expression);
    if (!form || form->constantValue())
        return nullptr;
    const auto canonical = m_digits.canonical(*form);
    const auto found = std::ranges::find_if(m_names, [&](const Name& name) { return name.form == canonical; });
    return found == m_names.end() ? nullptr : &*found;
}

void NamedForms::visit(const Stmt* node, const std::function<void(const Expr&, const Name&)>& onName,
                       const std::function<void(const DeclRefExpr&)>& onRest) const
{
    if (node == nullptr)
        return;
    if (const auto* pseudo = llvm::dyn_cast<PseudoObjectExpr>(node))
        node = pseudo->getSyntacticForm();
    const auto* expression = llvm::dyn_cast<Expr>(node);
    if (const auto* name = expression == nullptr ? nullptr : nameOf(*expression)) {
        onName(*expression, *name);
        return;
    }
    if (const auto* reference = llvm::dyn_cast<DeclRefExpr>(node))
        onRest(*reference);
    for (const Stmt* child : node->children())
        visit(child, onName, onRest);
}

std::optional<std::string> NamedForms::text(const Stmt& node, TextRange range) const
{
    std::vector<Replacement> replacements;
    bool isKnown = true;
    visit(
        &node,
        [&](const Expr& expression, const Name& name) {
            const auto place = m_kernel.source().range(&expression);
            isKnown = isKnown && place && range.contains(*place);
            if (!isKnown)
                return;
            const bool isInt = expression.getType()->isSpecificBuiltinType(BuiltinType::Int);
            const auto type = isInt ? std::string() : typeText(m_kernel, expression.getType());
            replacements.push_back({*place, isInt ? name.text : fmt::format("static_cast<{}>({})", type, name.text)});
        },
        [](const DeclRefExpr&) {});
    return isKnown ? std::optional(rewritten(m_kernel.source().text(), range, replacements)) : std::nullopt;
}

std::optional<std::string> NamedForms::text(const Stmt& node) const
{
    const auto* expression = llvm::dyn_cast<Expr>(&node);
    const auto range =
        expression != nullptr ? m_kernel.source().range(expression) : m_kernel.source().statementRange(&node);
    return range ? text(node, *range) : std::nullopt;
}

NamedUse NamedForms::use(const Stmt& node) const
{
    NamedUse found;
    add(node, found);
    const auto& sources = m_kernel.source();
    std::ranges::sort(found.statements, {}, [&](const Stmt* one) { return sources.offset(one->getBeginLoc()); });
    return found;
}

void NamedForms::add(const Stmt& node, NamedUse& use) const
{
    visit(
        &node,
        [&](const Expr&, const Name& name) { use.names.insert(static_cast<std::size_t>(&name - m_names.data())); },
        [&](const DeclRefExpr& reference) {
            const auto* var = llvm::dyn_cast<VarDecl>(reference.getDecl());
            if (isThreadBuiltin(&reference)) {
                use.isClosed = false;
            } else if (const auto* parameter = llvm::dyn_cast_or_null<ParmVarDecl>(var)) {
                use.isClosed = use.isClosed && !m_kernel.isModified(parameter);
                use.parameters.insert(parameter);
            } else if (var != nullptr && var->isLocalVarDecl()) {
                addMaker(*var, use);
            }
        });
}

void NamedForms::addMaker(const VarDecl& var, NamedUse& use) const
{
    const auto made = m_made.find(&var);
    if (made == m_made.end() && !isSettledLocal(m_kernel, &var)) {
        use.counters.insert(&var);
        return;
    }
    const auto* declaration = declarationOf(m_kernel, &var);
    use.isClosed = use.isClosed && declaration != nullptr;
    if (!use.isClosed)
        return;
    for (const Stmt* statement : made != m_made.end() ? made->second : std::vector<const Stmt*>{declaration}) {
        if (std::ranges::find(use.statements, statement) != use.statements.end())
            continue;
        use.statements.push_back(statement);
        add(*statement, use);
    }
}

}  // namespace warploom
