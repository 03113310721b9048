// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/WindowRows.h"

namespace warploom {

using namespace clang;

namespace {

/// Of a window, that a thread keeps at once.
constexpr std::int64_t kMostRowsKept = 9;

}  // namespace

std::optional<KnownLoop> knownLoop(const KernelScope& kernel, const ForStmt& loop)
{
    const auto* head = llvm::dyn_cast_or_null<DeclStmt>(loop.getInit());
    const auto* var =
        head != nullptr && head->isSingleDecl() ? llvm::dyn_cast<VarDecl>(head->getSingleDecl()) : nullptr;
    const auto* test = llvm::dyn_cast_or_null<BinaryOperator>(loop.getCond());
    const auto* step = llvm::dyn_cast_or_null<UnaryOperator>(loop.getInc());
    const auto start = var == nullptr || !var->hasInit() ? std::nullopt : kernel.form(var->getInit());
    const auto end = test == nullptr ? std::nullopt : kernel.form(test->getRHS());
    if (!start || !end || !start->constantValue() || !end->constantValue()
        || (test->getOpcode() != BO_LT && test->getOpcode() != BO_LE) || plainVariable(test->getLHS()) != var
        || step == nullptr || !step->isIncrementOp() || plainVariable(step->getSubExpr()) != var
        || kernel.isModifiedWithin(var, loop.getBody()))
        return std::nullopt;
    return KnownLoop{var, *start->constantValue(),
                     *end->constantValue() - *start->constantValue() + (test->getOpcode() == BO_LE ? 1 : 0)};
}

std::optional<WindowRows> windowRows(const KernelScope& kernel, const std::vector<const ForStmt*>& loops)
{
    WindowRows rows;
    for (std::size_t i = 0; i + 1 < loops.size(); ++i) {
        const auto known = knownLoop(kernel, *loops[i]);
        if (!known || known->rounds < 1)
            return std::nullopt;
        rows.count *= known->rounds;
        const auto counter = known->var->getNameAsString();
        const auto own = known->first == 0
            ? counter
            : fmt::format("{} {} {}", counter, known->first > 0 ? "-" : "+", std::abs(known->first));
        const bool isWord = rows.number.find(' ') == std::string::npos;
        rows.number = rows.number.empty()
            ? own
            : fmt::format("{} * {} + {}", isWord ? rows.number : "(" + rows.number + ")", known->rounds, own);
    }
    return rows.number.empty() || rows.count > kMostRowsKept ? std::nullopt : std::optional(rows);
}

}  // namespace warploom
