// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/Move.h"

namespace warploom {

/// \p kernel and the functions of this source that it calls, each once, or their bodies. What is made of templates
/// is for callers that only look, with \p withTemplates: its text means several things.
std::vector<const clang::FunctionDecl*> functionsRunBy(const KernelScope& kernel, bool withTemplates = false);
std::vector<const clang::Stmt*> bodiesRunBy(const KernelScope& kernel, bool withTemplates = false);
/// Name of the function of CUDA's own mathematics that is called; empty for any other.
std::string libraryFunction(const KernelScope& kernel, const clang::CallExpr* call);
bool isSingle(const clang::Expr* expression);
bool isDouble(const clang::Expr* expression);
/// Whether \p statement stands in a loop of its function.
bool isInLoop(const clang::Stmt* body, const clang::Stmt* statement);

}  // namespace warploom
