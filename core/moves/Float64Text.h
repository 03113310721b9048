// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/KernelView.h"

namespace warploom {

/// A kernel's text with double in place of narrower floating types.
struct Float64Text {
    std::string text;  ///< empty when there is a problem
    std::string problem;
    std::int64_t sharedFactor = 1;  ///< how many times as much dynamic shared memory it needs
};

/// Inputs (\p inputs) are read, and scalars passed, at their own types; outputs, locals and shared memory become
/// double, functions their double forms. The kernel is called \p kernelName.
Float64Text float64Text(const KernelView& view, const std::set<const clang::VarDecl*>& inputs,
                        const std::string& kernelName);

}  // namespace warploom
