// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/NamedForms.h"
#include "moves/ProductParts.h"

namespace warploom {

/// A loop of a convolution's sum; it counts in ones.
struct ConvolutionLoop {
    const clang::VarDecl* var = nullptr;
    const clang::Expr* start = nullptr;  ///< null: 0
    IndexForm rounds;  ///< over the task's sizes
};

/// float v = 0; if (…) v = …;
struct ConvolutionChoice {
    const clang::VarDecl* var = nullptr;
    const clang::Expr* otherwise = nullptr;
    const clang::Expr* value = nullptr;
    std::vector<const clang::Stmt*> statements;
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
    std::vector<const clang::Stmt*> path;  ///< declarations, choices and conditions up to the product, in order
    std::vector<const clang::IfStmt*> conditions;  ///< of them, those that the product stands in
    std::vector<ConvolutionChoice> choices;
    /// Whether the image knows its place as a position; else, where steps are 1, as that of the first tap's output.
    bool hasPositions = true;
    FactorParts image;
    FactorParts filter;
    const clang::VarDecl* sum = nullptr;
    const clang::DeclStmt* sumStatement = nullptr;
    const clang::Stmt* nest = nullptr;

    [[nodiscard]] const ThreadDigit& digit(std::size_t number) const { return digits.digits()[number]; }
    [[nodiscard]] IndexForm form(std::size_t digit) const { return IndexForm::symbol(digits.digits()[digit].symbol); }
    /// What the image is worked out from: conditions and its part of the product.
    [[nodiscard]] std::vector<const clang::Expr*> imageExpressions() const;
    /// Gives \p names what the image is made of: places along the axes, in order, and the layer.
    void nameImage(const KernelScope& kernel, const std::vector<std::string>& places, NamedForms& names) const;
    /// What a loop begins with, in the kernel's words.
    [[nodiscard]] std::string startText(const KernelScope& kernel, std::size_t loop) const;
    /// How many taps \p axis has, over the task's sizes.
    [[nodiscard]] IndexForm taps(const ConvolutionAxis& axis) const;
};

/// Nothing where the kernel has another form, or where it is not certain.
std::optional<ChannelConvolution> channelConvolution(const KernelScope& kernel);

}  // namespace warploom
