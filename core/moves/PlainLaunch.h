// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/KernelScope.h"

namespace warploom {

/// What an expression over the kernel's parameters is in the words of \p launch; nothing for what directives cannot
/// say.
std::optional<std::string> inLaunchWords(const KernelScope& kernel, const LaunchLine& launch,
                                         const clang::Expr* expression);
/// Whether nothing but what \p allowed says of the built-in variables' members is used, here or in functions called.
bool usesOnlyBuiltins(const KernelScope& kernel, const clang::Stmt* within,
                      const std::function<bool(const IndexForm&)>& allowed);
/// Whether the value of \p use goes into an index or an int as it is. CUDA's built-ins are unsigned, and what takes
/// their place anywhere else has to be: it begins anew where they do, and compares as they do.
bool isPlace(const KernelScope& kernel, const clang::Stmt* use);
/// Puts lines of code before the statement at \p first, which may stand on its function's own line.
void insertBefore(SourceEdit& edit, const ParsedSource& source, TextRange first, const std::string& lines);
/// \p type name = the thread's own index along \p axis;
std::string threadIndexDeclaration(const KernelScope& kernel, clang::QualType type, const std::string& name, int axis);
/// Whether \p value, or a variable that it is worked out from, depends on which thread it is; with \p withinBlock only
/// on which one of its block.
bool dependsOnThread(const KernelScope& kernel, const clang::Stmt* value, bool withinBlock = false);
/// Whether \p expression is the constant 0 of its type.
bool isZero(const KernelScope& kernel, const clang::Expr* expression);
/// The one statement in \p body; null where there are several.
const clang::Stmt* onlyStatement(const clang::Stmt* body);
/// Whether \p var is declared between the beginning and the end of \p statement.
bool isDeclaredWithin(const clang::VarDecl* var, const clang::Stmt* statement);
/// Whether nothing else in the kernel is called as \p var is, so that its name means it wherever it is put.
bool isOnlyName(const KernelScope& kernel, const clang::VarDecl* var);
/// The same of all variables that \p expression names.
bool haveOnlyNames(const KernelScope& kernel, const clang::Stmt* expression);
/// Text of \p expression as an operand; with parentheses unless it is a plain name or number.
std::string operandText(const KernelScope& kernel, const clang::Expr* expression);
/// The parts of `a && b && …`, or with \p opcode BO_LOr of `a || b || …`.
std::vector<const clang::Expr*> partsOf(const clang::Expr* condition, clang::BinaryOperatorKind opcode);
/// What holds where \p condition does not: `a >= b` for `a < b`.
std::string inverseText(const KernelScope& kernel, const clang::Expr* condition);
/// Extent of a grid with a thread for each of \p words items in blocks of \p block: at least one block, where there
/// may be no item.
std::string gridExtent(const std::string& words, const std::string& block);
/// Whether the kernel promises how large its blocks are.
bool promisesBlocks(const KernelScope& kernel);
/// The one launch of \p kernel, where it has one with as many arguments as parameters and no more to say; else null.
const LaunchLine* onlyLaunch(const KernelScope& kernel);

}  // namespace warploom
