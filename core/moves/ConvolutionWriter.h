// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/ConvolutionPlan.h"

namespace warploom {

/// A kernel that writes one side of a convolution, with its launch.
struct WrittenSide {
    std::string definition;
    std::string launch;  ///< its directive, a line
};

/// The kernels that write a convolution's image and its filter.
class ConvolutionWriter {
public:
    /// \p block is the tunable that says how large the kernels' blocks are.
    ConvolutionWriter(const MoveContext& context, const KernelScope& kernel, const ConvolutionPlan& plan,
                      std::string block);

    /// Writes to the array \p array; nothing where something of it has no words.
    [[nodiscard]] std::optional<WrittenSide> image(const std::string& array);
    [[nodiscard]] std::optional<WrittenSide> filter(const std::string& array);

private:
    /// Code that is taken over, and what it needs.
    struct Taken {
        std::string before;  ///< declarations outside of the nest
        std::string within;  ///< declarations and conditions within, the value set where they hold
        std::set<const clang::ParmVarDecl*> parameters;
    };

    [[nodiscard]] std::optional<Taken> taken(const NamedForms& names, const std::vector<const clang::Expr*>& values,
                                             const FactorParts& parts, bool hasConditions,
                                             const std::string& indentation) const;
    [[nodiscard]] std::optional<std::string> productText(const NamedForms& names, const FactorParts& parts) const;
    [[nodiscard]] std::optional<std::string> positionText(std::size_t axis, std::string& before,
                                                          std::set<const clang::ParmVarDecl*>& parameters) const;
    [[nodiscard]] std::optional<std::string> positionsText(const std::vector<std::string>& places,
                                                           const std::string& place, Taken& code,
                                                           SizeWords& words) const;
    void addStart(const ConvolutionAxis& axis, std::set<const clang::ParmVarDecl*>& parameters) const;
    [[nodiscard]] std::string positionName(std::size_t axis) const;
    [[nodiscard]] WrittenSide side(const std::string& what, const std::string& about, const std::string& array,
                                   const std::string& body, const std::set<const clang::ParmVarDecl*>& parameters,
                                   const SizeWords& words, const std::string& grid) const;

    const MoveContext& m_context;
    const KernelScope& m_kernel;
    const ConvolutionPlan& m_plan;
    const ChannelConvolution& m_convolution;
    std::string m_block;
};

}  // namespace warploom
