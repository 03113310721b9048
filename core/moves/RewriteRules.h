// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/ClangHeaders.h"
#include "moves/ParsedSource.h"

#include <clang/ASTMatchers/ASTMatchers.h>
#include <clang/Tooling/Transformer/RangeSelector.h>
#include <clang/Tooling/Transformer/RewriteRule.h>
#include <clang/Tooling/Transformer/Stencil.h>

namespace warploom {

/// Runs a Transformer rule over \p source and collects its changes in \p edit. Returns how many places it changed.
int runRule(const ParsedSource& source, clang::transformer::RewriteRule rule, SourceEdit& edit);

/// Matches definitions of kernels that \p source holds itself.
clang::ast_matchers::DeclarationMatcher kernelDefinition();

}  // namespace warploom
