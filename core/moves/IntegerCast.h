// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/ClangHeaders.h"

namespace warploom {

/// Whether \p cast leaves integers as they are, but for those that 32 bits do not hold.
bool keepsNumber(const clang::CastExpr* cast, const clang::ASTContext& context);

}  // namespace warploom
