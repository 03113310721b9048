// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/KernelScope.h"

namespace warploom {

/// Whether numbers of \p statement may be other ones once the kernel is tuned: it names a tunable, or the file makes
/// constants of one. So too where its text is hidden.
bool isTuned(const KernelScope& kernel, const clang::Stmt* statement);

}  // namespace warploom
