// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "exporting/ExpressionCode.h"
#include "variant/Directives.h"

namespace warploom {

/// "cudaError_t softmax_launch(const float* x, …, cudaStream_t stream)".
std::string launcherSignature(const Task& task, const CodeNames& names);
/// Sizes in the order in which the buffers' shapes name them first.
std::vector<std::string> sizesInOrder(const Task& task);
/// Definition of the launcher: the directives as host code.
Result<std::string> launcherDefinition(const Task& task, const Directives& directives,
                                       const Configuration& configuration);
/// The launcher's own functions, as far as \p definition calls them: to stand before it in the file.
std::string launcherSupport(const std::string& definition);

}  // namespace warploom
