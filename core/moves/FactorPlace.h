// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/FactorNest.h"

namespace warploom {

/// The one counter p that stands for all of a nest's: its words in the kernel and in directives, and where what is
/// written for each p lies.
class FactorPlace {
public:
    FactorPlace(const KernelScope& kernel, const FactorNest& nest, const LaunchLine& launch);

    /// Of the counter.
    [[nodiscard]] const std::string& name() const { return m_name; }
    /// Where \p loop ends, as an operand.
    [[nodiscard]] std::string endOf(const NestLoop& loop) const;
    /// How many places there are; and the same as an operand.
    [[nodiscard]] std::string end() const;
    [[nodiscard]] std::string depth() const;
    /// The place of the innermost loop's product \p number over the nest's own counters, as a size_t.
    [[nodiscard]] std::string written(std::size_t number) const;
    /// \p place as a size_t.
    [[nodiscard]] std::string wide(const std::string& place) const;
    /// How many rounds the outermost loop has, and how many places there are; nothing where directives cannot say it.
    [[nodiscard]] std::optional<std::string> roundsInLaunch() const;
    [[nodiscard]] std::optional<std::string> depthInLaunch() const;
    /// The text of \p load, of product \p number, with the counter where its place depends on the nest's; nothing where
    /// other things of the loops are left.
    [[nodiscard]] std::optional<std::string> atPlace(const clang::Expr& load, std::size_t number) const;

    /// The variable whose index a side's factors depend on, what it stays below as an operand, and its type.
    [[nodiscard]] const clang::VarDecl* own(std::size_t side) const;
    [[nodiscard]] std::string bound(std::size_t side) const;
    /// Whether what the factors of a side are made of has neighbours in p side by side, rather than in the index.
    [[nodiscard]] bool liesAlongDepth(std::size_t side) const;
    [[nodiscard]] bool hasLayers() const { return m_launch.gridParts.size() == 3; }
    /// Where the element of the present layer, of \p index and of \p place, lies.
    [[nodiscard]] std::string element(std::size_t side, const std::string& place, const std::string& index) const;

    /// Places follow each other for each round of so many loops, the outermost first: as many as run() says, which is
    /// a constant.
    [[nodiscard]] std::size_t loopsAroundRun() const;
    [[nodiscard]] std::int64_t run() const;
    /// The number in a run of the innermost loop's product \p number, over the counters of the loops within.
    [[nodiscard]] std::string numberInRun(std::size_t number) const;
    /// The place of what has \p number in a run over the counters around it, as a size_t.
    [[nodiscard]] std::string placeInRun(const std::string& number) const;

private:
    [[nodiscard]] std::optional<std::int64_t> roundsOf(std::size_t loop) const;
    [[nodiscard]] bool replacePlace(const clang::Stmt* node, const IndexForm& place,
                                    std::vector<Replacement>& replacements) const;
    [[nodiscard]] bool replaceTerms(const clang::BinaryOperator& sum, const IndexForm& place,
                                    std::vector<Replacement>& replacements) const;
    [[nodiscard]] bool isOneCounter() const { return m_nest.loops.size() == 1 && m_nest.products == 1; }
    [[nodiscard]] std::string counterAs(clang::QualType type) const;
    [[nodiscard]] bool dependsOnLoops(const IndexForm& form) const;
    [[nodiscard]] std::string within(bool inLaunch) const;

    const KernelScope& m_kernel;
    const FactorNest& m_nest;
    const LaunchLine& m_launch;
    std::string m_name;
};

}  // namespace warploom
