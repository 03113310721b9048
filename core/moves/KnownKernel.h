// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/KernelScope.h"

namespace warploom {

/// Whether all that the kernel reads and sets shows where it does so: it has no lambdas, inline assembly, labels,
/// references to what changes or objects with pointers, sends no messages to other blocks (fences, volatile) and leaves
/// variables of the file alone. What is rewritten statement by statement has to be.
bool isKnownThroughout(const KernelScope& kernel);
/// Whether variables of the file that are no constants are named within \p statement, or in functions called from
/// there.
bool touchesFileVariables(const clang::Stmt* statement);
/// Whether arrays of the file, constants too, are named in \p function or what it calls.
bool readsFileTables(const clang::FunctionDecl* function);

}  // namespace warploom
