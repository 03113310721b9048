// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/KernelScope.h"

namespace warploom {

/// How far apart neighbouring threads touch an array, in elements.
enum class ThreadStride {
    None,  ///< all touch the same one
    Next,  ///< one, up or down
    Near,  ///< a few
    Far,  ///< a row, or so many that no two share a sector
    Unknown,  ///< data decides, or code that is not looked into
};

/// What to expect of an access by threads that are neighbours along \p dimension. It decides what is worth while, and
/// proves nothing: numbers that are kept within bounds count as the numbers themselves.
ThreadStride threadStride(const KernelScope& kernel, const clang::Expr* access, int dimension);

}  // namespace warploom
