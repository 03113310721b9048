// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/MoveCatalogue.h"
#include "moves/RewriteRules.h"

namespace warploom {

namespace {

using namespace clang;
using namespace clang::ast_matchers;

/// A loop of constant length with a hint to unroll all of it, such as one over the elements of a vector.
bool isFullyUnrolled(const Stmt* statement)
{
    const auto* attributed = llvm::dyn_cast<AttributedStmt>(statement);
    const auto* loop = attributed == nullptr ? nullptr : llvm::dyn_cast<ForStmt>(attributed->getSubStmt());
    const auto* condition = loop == nullptr || loop->getCond() == nullptr
        ? nullptr
        : llvm::dyn_cast<BinaryOperator>(loop->getCond()->IgnoreParenImpCasts());
    return condition != nullptr && llvm::isa<IntegerLiteral>(condition->getRHS()->IgnoreParenImpCasts())
        && llvm::any_of(attributed->getAttrs(), [](const Attr* attribute) {
               const auto* hint = llvm::dyn_cast<LoopHintAttr>(attribute);
               return hint != nullptr && hint->getOption() == LoopHintAttr::Unroll && hint->getValue() == nullptr;
           });
}

/// Loops that are unrolled count as none.
AST_MATCHER(ForStmt, isInnermost)
{
    bool nested = false;
    walk(Node.getBody(), [&](const Stmt* inner) {
        if (isFullyUnrolled(inner))
            return false;
        nested = nested || llvm::isa<ForStmt, WhileStmt, DoStmt>(inner);
        return !nested;
    });
    return !nested;
}

/// A condition on one variable and an increment of the same: a trip count the compiler can work with.
AST_MATCHER(ForStmt, isCounted)
{
    const auto* condition =
        Node.getCond() == nullptr ? nullptr : llvm::dyn_cast<BinaryOperator>(Node.getCond()->IgnoreParenImpCasts());
    if (condition == nullptr || !condition->isComparisonOp() || Node.getInc() == nullptr)
        return false;
    const Expr* increment = Node.getInc()->IgnoreParens();
    const Expr* changed = nullptr;
    if (const auto* unary = llvm::dyn_cast<UnaryOperator>(increment);
        unary != nullptr && unary->isIncrementDecrementOp())
        changed = unary->getSubExpr();
    else if (const auto* compound = llvm::dyn_cast<CompoundAssignOperator>(increment))
        changed = compound->getLHS();
    return changed != nullptr && plainVariable(changed) != nullptr
        && plainVariable(changed) == plainVariable(condition->getLHS());
}

AST_MATCHER_P(ForStmt, isIn, const Stmt*, body)
{
    return body->getBeginLoc() <= Node.getBeginLoc() && Node.getEndLoc() <= body->getEndLoc();
}

/// What carries attributes such as a loop hint.
AST_MATCHER(Stmt, isAttributed) { return llvm::isa<AttributedStmt>(Node); }

class Unroll : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"unroll", "Unroll inner loops", "an innermost counted loop without an unroll pragma",
                "fewer branches and index instructions, more loads in flight"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels())
            if (auto made = unrolled(context, kernel))
                proposals.push_back(std::move(*made));
        return proposals;
    }

private:
    [[nodiscard]] std::optional<MoveProposal> unrolled(const MoveContext& context, const KernelScope& kernel) const
    {
        const auto& source = context.source();
        const auto tune = context.directives().freshName("UNROLL");
        std::optional<std::size_t> first;
        const auto pragma = [&](const MatchFinder::MatchResult& match) -> llvm::Expected<std::string> {
            const auto at = source.offset(match.Nodes.getNodeAs<ForStmt>("loop")->getBeginLoc()).value_or(0);
            first = std::min(first.value_or(at), at);
            const auto indentation = indentationAt(source.text(), at);
            const auto line = source.text().rfind('\n', at);
            const bool ownLine = line != std::string_view::npos && at - line - 1 == indentation.size();
            return fmt::format("{}#pragma unroll {}\n{}", ownLine ? "" : "\n" + indentation, tune, indentation);
        };
        const auto loop = forStmt(isIn(kernel.kernel().getBody()), isInnermost(), isCounted(),
                                  unless(hasParent(stmt(isAttributed()))), hasAncestor(kernelDefinition()));
        SourceEdit edit(source.text());
        const int loops = runRule(
            source,
            transformer::makeRule(loop.bind("loop"),
                                  transformer::insertBefore(transformer::statement("loop"), transformer::run(pragma))),
            edit);
        if (loops == 0 || !first)
            return std::nullopt;
        context.directives().addTune(edit, tune, {4, 1, 2, 8, 16});
        return proposal(
            context, edit, *first,
            fmt::format("unroll {} inner loop{} of {} by {}", loops, loops == 1 ? "" : "s", kernel.name(), tune),
            fmt::format("the inner loop{} of {} test{} and count{} once an iteration: unrolled by 4, three of four "
                        "branches go and four loads are in flight at once, ~1.1×",
                        loops == 1 ? "" : "s", kernel.name(), loops == 1 ? "s" : "", loops == 1 ? "s" : ""),
            1.1);
    }
};

}  // namespace

std::unique_ptr<Move> makeUnroll() { return std::make_unique<Unroll>(); }

}  // namespace warploom
