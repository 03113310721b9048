// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/KernelScope.h"

namespace warploom {

/// \p function, where it is called for an object; else null.
const clang::CXXMethodDecl* methodOf(const clang::FunctionDecl& function);
/// Type of \p expression as it is written, before it becomes \p wanted.
clang::QualType writtenType(const ParsedSource& source, const clang::Expr* expression, clang::QualType wanted);
/// What an if without else returns, where it does nothing else; else null.
const clang::ReturnStmt* choiceOf(const clang::Stmt* statement);

}  // namespace warploom
