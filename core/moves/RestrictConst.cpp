// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/MoveCatalogue.h"
#include "moves/RewriteRules.h"

namespace warploom {

namespace {

using namespace clang;
using namespace clang::ast_matchers;

AST_MATCHER(ParmVarDecl, isRestrict) { return Node.getType().isRestrictQualified(); }

AST_MATCHER_P(ParmVarDecl, isParameterOf, const FunctionDecl*, function)
{
    return Node.getDeclContext() == function && llvm::is_contained(function->parameters(), &Node);
}

/// Whether one buffer is passed twice in a launch: then pointers do overlap.
bool sharesArguments(const KernelScope& kernel)
{
    for (const auto* launch : kernel.launches()) {
        std::set<std::string> seen;
        for (const auto& argument : launch->arguments) {
            const auto text = kernel.source().text(argument);
            const bool isName =
                !text.empty() && (std::isalpha(static_cast<unsigned char>(text[0])) != 0 || text[0] == '_');
            if (isName && !seen.insert(text).second)
                return true;
        }
    }
    return false;
}

/// Whether every use of \p parameter reads through it in place, so that a const pointee still compiles.
bool isOnlyRead(const KernelScope& kernel, const ParmVarDecl* parameter)
{
    if (kernel.isModified(parameter))
        return false;
    const auto accesses = kernel.accesses(kernel.kernel().getBody());
    for (const auto* use : kernel.references(parameter, kernel.kernel().getBody())) {
        const Stmt* node = use;
        while (node != nullptr && !llvm::isa<ArraySubscriptExpr, UnaryOperator, DeclStmt, CallExpr>(node))
            node = kernel.parent(node);
        const auto found = std::find_if(accesses.begin(), accesses.end(), [&](const auto& access) {
            return access.expression == node || (access.call == node && access.base == parameter);
        });
        if (found == accesses.end() || found->writes || found->base != parameter)
            return false;
    }
    return true;
}

class RestrictConst : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"restrict-const", "Promise that pointers do not overlap", "pointer parameters without __restrict__",
                "loads need not wait for stores, and read-only data may take the read-only path"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels())
            if (auto made = promised(context, kernel))
                proposals.push_back(std::move(*made));
        return proposals;
    }

private:
    [[nodiscard]] std::optional<MoveProposal> promised(const MoveContext& context, const KernelScope& kernel) const
    {
        if (kernel.kernel().isDependentContext() || sharesArguments(kernel))
            return std::nullopt;
        SourceEdit edit(context.source().text());
        const auto parameter = [&](const auto&... conditions) {
            return parmVarDecl(isParameterOf(&kernel.kernel()), hasType(pointerType()), unless(isRestrict()),
                               conditions...)
                .bind("parameter");
        };
        using namespace transformer;
        const int pointers = runRule(
            context.source(), makeRule(parameter(), insertBefore(name("parameter"), cat("__restrict__ "))), edit);
        if (pointers == 0)
            return std::nullopt;
        const auto readOnly = [&](const MatchFinder::MatchResult& match) -> llvm::Expected<std::string> {
            return isOnlyRead(kernel, match.Nodes.getNodeAs<ParmVarDecl>("parameter")) ? "const " : "";
        };
        runRule(context.source(),
                makeRule(parameter(hasType(pointerType(pointee(unless(isConstQualified()))))),
                         insertBefore(node("parameter"), run(readOnly))),
                edit);
        const auto at = context.source().offset(kernel.kernel().getLocation()).value_or(0);
        return proposal(
            context, edit, at, fmt::format("__restrict__ on {} pointers of {}", pointers, kernel.name()),
            fmt::format("{} pointers of {} may overlap as far as the compiler knows: promised apart, loads move "
                        "ahead of stores and inputs take the read-only path, ~1.05×",
                        pointers, kernel.name()),
            1.05);
    }
};

}  // namespace

std::unique_ptr<Move> makeRestrictConst() { return std::make_unique<RestrictConst>(); }

}  // namespace warploom
