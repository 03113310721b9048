// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/ConvolutionPlan.h"

namespace warploom {

/// The whole source with launches that write the convolution's image and filter as \p plan says, and the kernel as the
/// product of matrices that is left; nothing where something of it has no words.
std::optional<std::string> withWrittenImage(const MoveContext& context, const KernelScope& kernel,
                                            const ConvolutionPlan& plan);

}  // namespace warploom
