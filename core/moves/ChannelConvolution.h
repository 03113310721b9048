// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/NamedForms.h"
#include "moves/ProductParts.h"

namespace warploom {

/// A loop of a convolution's sum; it counts from 0 in ones.
struct ConvolutionLoop {
    CountedLoop loop;
    IndexForm rounds;  ///< over the task's sizes
};

/// One direction of the image: where it is looked at, digit * step + tap * reach + anything settled.
struct ConvolutionAxis {
    std::size_t digit = 0;
    std::optional<std::size_t> tap;  ///< number of its loop; nothing: it is looked at where the output is
    const clang::Expr* position = nullptr;  ///< where the kernel works it out first; null without a tap
    IndexForm form;  ///< of the position, canonical
    IndexForm step = IndexForm::constant(1);  ///< in the kernel
    IndexForm reach;
};

/// One thread computes one element of a convolution over channels: sum over c and taps of
///     image(layer, c, position along each axis) * filter(output, c, taps)
/// where both may be any expressions of what is loaded, and the image is nothing wherever a condition says so that
/// depends on nothing else either. What they are worked out from can be worked out by anybody else: nothing of it
/// changes while the kernel runs.
struct ChannelConvolution {
    GuardedKernel guarded;
    ThreadDigits digits;
    std::vector<ConvolutionAxis> axes;  ///< the outermost first
    std::size_t output = 0;  ///< digit of the output's channel
    std::optional<std::size_t> layer;  ///< digit of the image's number
    std::vector<ConvolutionLoop> loops;  ///< the outermost first
    std::size_t channels = 0;  ///< number of the loop over them
    std::vector<const clang::Stmt*> path;  ///< declarations and conditions on the way to the product, in order
    FactorParts image;
    FactorParts filter;
    const clang::VarDecl* sum = nullptr;
    const clang::DeclStmt* sumStatement = nullptr;
    const clang::Stmt* nest = nullptr;

    [[nodiscard]] const ThreadDigit& digit(std::size_t number) const { return digits.digits()[number]; }
    [[nodiscard]] IndexForm form(std::size_t digit) const { return IndexForm::symbol(digits.digits()[digit].symbol); }
    /// How many taps \p axis has, over the task's sizes.
    [[nodiscard]] IndexForm taps(const ConvolutionAxis& axis) const;
};

/// Nothing where the kernel has another form, or where it is not certain.
std::optional<ChannelConvolution> channelConvolution(const KernelScope& kernel);

}  // namespace warploom
