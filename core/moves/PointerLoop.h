// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/KernelScope.h"

namespace warploom {

/// A loop that moves a pointer until it comes to another.
struct PointerLoop {
    const clang::Stmt* statement = nullptr;
    const clang::Expr* condition = nullptr;
    const clang::Expr* increment = nullptr;  ///< of a for loop's head
    const clang::Stmt* body = nullptr;
    TextRange head;  ///< from for or while to the last bracket
    const clang::VarDecl* pointer = nullptr;
    bool isOwn = false;  ///< declared in the head
    const clang::Expr* end = nullptr;
    const clang::Expr* step = nullptr;  ///< what moves the pointer
    const clang::Expr* amount = nullptr;  ///< by which it is moved; null: one
    const clang::Expr* kept = nullptr;  ///< what else the head does after each round
};

/// The loop that \p node is; nothing where anything but its step moves the pointer, or something asks where it has come
/// to.
std::optional<PointerLoop> pointerLoop(const KernelScope& kernel, const clang::Stmt* node);

/// Whether \p statement declares \p var and nothing else.
bool isDeclaredBy(const clang::Stmt* statement, const clang::VarDecl* var);
/// What stands around \p node and its parentheses.
const clang::Stmt* parentBeyond(const KernelScope& kernel, const clang::Stmt* node);
/// Whether anything but the value of the variable is used.
bool isMoreThanRead(const KernelScope& kernel, const clang::DeclRefExpr* reference);

}  // namespace warploom
