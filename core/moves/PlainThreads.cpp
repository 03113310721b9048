// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PlainForm.h"
#include "moves/PlainLaunch.h"

namespace warploom {

namespace {

using namespace clang;

/// <<<rows, 1>>> gives each row a block of one thread, of whose warp 31 lanes idle: rows go to threads instead.
class PlainThreads : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "items to threads"; }
    [[nodiscard]] bool changesWork() const override { return true; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        const auto* launch = onlyLaunch(kernel);
        const auto* body = llvm::dyn_cast<CompoundStmt>(kernel.kernel().getBody());
        if (launch == nullptr || body == nullptr || body->body_empty() || launch->shared || promisesBlocks(kernel)
            || kernel.source().text().find("__threadfence") != std::string_view::npos || !hasOneThread(kernel, *launch)
            || kernel.synchronises(body) || declaresShared(kernel)
            || !usesOnlyBuiltins(kernel, body, [](const IndexForm& form) {
                   return form == IndexForm::symbol(blockSymbol(0)) || form == IndexForm::symbol(blockSymbol(1))
                       || form == IndexForm::symbol(blockSymbol(2));
               }))
            return std::nullopt;
        return Rewriting(kernel, *launch, *body).made();
    }

private:
    static bool hasOneThread(const KernelScope& kernel, const LaunchLine& launch)
    {
        const auto& directives = kernel.source().directives();
        const bool isOne =
            std::ranges::all_of(launch.blockParts, [&](const auto& part) { return directives.text(part) == "1"; });
        // One thread in all has nothing to share out.
        return isOne
            && std::ranges::any_of(launch.gridParts, [&](const auto& part) { return directives.value(part) != 1; });
    }

    class Rewriting {
    public:
        Rewriting(const KernelScope& kernel, const LaunchLine& launch, const CompoundStmt& body)
            : m_kernel(kernel)
            , m_source(kernel.source())
            , m_launch(launch)
            , m_body(body)
            , m_edit(m_source.text())
        {
        }

        std::optional<std::string> made()
        {
            const auto first = m_source.statementRange(m_body.body_front());
            if (!first)
                return std::nullopt;
            const auto axes = std::min<std::size_t>(m_launch.gridParts.size(), 2);
            const int threads = axes == 1 ? 256 : 16;
            std::string declarations;
            std::string guard;
            std::string grid;
            for (std::size_t axis = 0; axis < m_launch.gridParts.size(); ++axis) {
                const auto extent = m_source.text(m_launch.gridParts[axis]);
                if (axis >= axes) {
                    grid += fmt::format(", {}", extent);
                    continue;
                }
                const auto name = nameOf(static_cast<int>(axis));
                if (!name)
                    return std::nullopt;
                declarations +=
                    threadIndexDeclaration(m_kernel, name->second, name->first, static_cast<int>(axis)) + "\n";
                guard += fmt::format("{}{} >= {}", guard.empty() ? "" : " || ", name->first, boundOf(extent, axis));
                grid += fmt::format("{}ceil_div({}, {})", axis == 0 ? "" : ", ", extent, threads);
            }
            const auto indentation = indentationAt(m_source.text(), first->begin);
            insertBefore(m_edit, m_source, *first,
                         reindented(fmt::format("{}if ({})\n    return;\n", declarations, guard), indentation));
            m_edit.replace(m_launch.grid, m_launch.gridParts.size() == 1 ? grid : fmt::format("dim3({})", grid));
            m_edit.replace(m_launch.block, axes == 1 ? "256" : "dim3(16, 16)");
            for (const auto& [after, text] : m_added)
                m_edit.insert(after, text);
            return m_edit.apply();
        }

    private:
        /// The name of the variable that is this block index, its declaration taken out, or a new one; every other use
        /// of the block index becomes that name.
        std::optional<std::pair<std::string, QualType>> nameOf(int axis)
        {
            const auto symbol = IndexForm::symbol(blockSymbol(axis));
            const VarDecl* own = nullptr;
            for (const Stmt* statement : m_body.body()) {
                const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
                const auto* var = declaration != nullptr && declaration->isSingleDecl()
                    ? llvm::dyn_cast<VarDecl>(declaration->getSingleDecl())
                    : nullptr;
                if (own != nullptr || var == nullptr || !var->hasInit() || m_kernel.isModified(var)
                    || !isOnlyName(m_kernel, var) || !var->getType()->isIntegerType()
                    || m_kernel.form(var->getInit()) != symbol)
                    continue;
                const auto range = m_source.statementRange(declaration);
                if (!range)
                    return std::nullopt;
                own = var;
                m_edit.removeWithLine(*range);
            }
            const auto name =
                own != nullptr ? own->getName().str() : m_source.directives().freshName(axis == 0 ? "item" : "line");
            walk(&m_body, [&](const Stmt* node) {
                const auto* declaration = llvm::dyn_cast<DeclStmt>(node);
                if (own != nullptr && declaration != nullptr && declaration->isSingleDecl()
                    && declaration->getSingleDecl() == own)
                    return false;
                const auto* pseudo = llvm::dyn_cast<PseudoObjectExpr>(node);
                const auto* member = llvm::dyn_cast<MemberExpr>(pseudo != nullptr ? pseudo->getSyntacticForm() : node);
                if (member == nullptr || m_kernel.form(member) != symbol)
                    return true;
                if (const auto range = m_source.range(member))
                    m_edit.replace(*range, isPlace(m_kernel, node) ? name : fmt::format("unsigned({})", name));
                return false;
            });
            return std::pair(name, own != nullptr ? own->getType() : m_source.context().IntTy);
        }

        /// The parameter that the launch passes the extent for; a new one where it passes none.
        std::string boundOf(const std::string& extent, std::size_t axis)
        {
            const auto& function = m_kernel.kernel();
            for (unsigned i = 0; i < function.getNumParams(); ++i)
                if (m_source.text(m_launch.arguments[i]) == extent
                    && function.getParamDecl(i)->getType()->isIntegerType()
                    && !m_kernel.isModified(function.getParamDecl(i)))
                    return function.getParamDecl(i)->getName().str();
            const auto name = m_source.directives().freshName(axis == 0 ? "items" : "lines");
            const auto* last = function.getParamDecl(function.getNumParams() - 1);
            if (const auto range = m_source.range(last->getSourceRange())) {
                m_added.emplace_back(range->end, fmt::format(", int {}", name));
                m_added.emplace_back(m_launch.arguments.back().end, fmt::format(", {}", extent));
            }
            return name;
        }

        const KernelScope& m_kernel;
        const ParsedSource& m_source;
        const LaunchLine& m_launch;
        const CompoundStmt& m_body;
        SourceEdit m_edit;
        std::vector<std::pair<std::size_t, std::string>> m_added;
    };
};

}  // namespace

std::unique_ptr<Simplification> makePlainThreads() { return std::make_unique<PlainThreads>(); }

}  // namespace warploom
