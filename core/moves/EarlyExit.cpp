// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/EarlyExit.h"

namespace warploom {

using namespace clang;

std::optional<EarlyExit> earlyExit(const Stmt* statement)
{
    const auto* choice = llvm::dyn_cast_or_null<IfStmt>(statement);
    if (choice == nullptr || choice->getElse() != nullptr || choice->hasInitStorage() || choice->hasVarStorage())
        return std::nullopt;
    EarlyExit exit{choice, {choice->getThen()}};
    if (const auto* block = llvm::dyn_cast<CompoundStmt>(choice->getThen()))
        exit.before.assign(block->body_begin(), block->body_end());
    if (exit.before.empty() || !llvm::isa<ReturnStmt>(exit.before.back()))
        return std::nullopt;
    exit.before.pop_back();
    return exit;
}

}  // namespace warploom
