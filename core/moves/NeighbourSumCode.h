// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/CodeTemplate.h"
#include "moves/NeighbourSum.h"

namespace warploom {

/// Tunables of patches whose sums are worked out at once.
struct SumPatch {
    std::string columns;  ///< elements side by side
    std::string rows;
    std::array<std::string, 2> block;
};

/// Whether two sums fit one 32-bit word, so that each instruction works on both.
bool isPacked(const NeighbourSum& found);
/// Elements that are loaded on either side of a patch for columns of \p step elements; a power of two, or none.
std::int64_t sideOf(const NeighbourSum& found, std::int64_t step);
/// How many rows of the window differ in more than a factor: for each, sums along a row are worked out.
std::size_t shapesOf(const NeighbourSum& found);

/// " + 2", " - 2", or nothing.
std::string signedText(std::int64_t amount);
std::string indentedBy(const std::string& code, int depth);
/// \p code with lines that are too wide going on in the next one.
std::string wrappedLines(const std::string& code);

/// Writes the kernel that gives each thread a patch of elements.
class SumPatchWriter {
public:
    SumPatchWriter(const MoveContext& context, const NeighbourSum& found, const SumPatch& patch);
    /// False where code is not written out.
    bool write(SourceEdit& edit);

private:
    [[nodiscard]] const GridAxis& axis(std::size_t number) const { return m_grid.axes()[number]; }
    [[nodiscard]] std::string bound(std::size_t number) const;
    [[nodiscard]] bool hasSides() const { return m_found.reach() != 0; }
    [[nodiscard]] bool hasStep() const { return m_found.step != nullptr && hasSides(); }
    [[nodiscard]] std::string fresh(const std::string& name) const { return m_context.directives().freshName(name); }
    bool readParameters();
    bool readBody();
    [[nodiscard]] std::optional<TextRange> nestRange() const;
    /// What stands for the sum, and where.
    [[nodiscard]] std::optional<Replacement> sumReplacement() const;
    void nameParts();
    /// Coordinates as parameters or arguments; the first of a patch, or an element's own.
    [[nodiscard]] std::string coordinates(bool isParameter, bool isElement) const;
    [[nodiscard]] std::string elementText() const;
    [[nodiscard]] std::string patchText() const;
    [[nodiscard]] std::string weightsText() const;
    [[nodiscard]] std::string rowText() const;
    [[nodiscard]] std::string sidesText() const;
    [[nodiscard]] std::string beyondText() const;
    [[nodiscard]] std::string unpackText() const;
    [[nodiscard]] std::string sumsText() const;
    [[nodiscard]] std::string resultsText() const;
    [[nodiscard]] std::string kernelText() const;
    [[nodiscard]] std::string placeText() const;
    [[nodiscard]] std::string callText(std::int64_t step) const;
    void writeLaunch(SourceEdit& edit) const;

    const MoveContext& m_context;
    const ParsedSource& m_source;
    const NeighbourSum& m_found;
    const GridKernel& m_grid;
    const KernelScope& m_kernel;
    const SumPatch& m_patch;
    const bool m_isPacked;
    std::string m_parameters;
    std::string m_arguments;
    std::string m_body;  ///< of one element, the sum and the result being elsewhere
    CodeValues m_names;
};

}  // namespace warploom
