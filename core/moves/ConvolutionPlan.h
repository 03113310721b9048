// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/ChannelConvolution.h"
#include "moves/FactorWriter.h"
#include "moves/SizeWords.h"

namespace warploom {

/// How a convolution's image and filter are written so that what is left is a product of matrices: the image as
/// [layer][lines of each axis][channel], as far as taps reach and with what stands for the edge in it; the filter as
/// [output][taps][channel]. Channels are rounded up to whole vectors, the rest is zero. A row of the product begins
/// step places behind the one before it, and they overlap. Of a type of two parts, what the first leaves of the image's
/// channels comes behind them, and the filter's twice: the sum of both products is that of their sum. All sizes are the
/// task's.
class ConvolutionPlan {
public:
    ConvolutionPlan(const ChannelConvolution& convolution, const WrittenType& type);

    [[nodiscard]] const ChannelConvolution& convolution() const { return m_convolution; }
    [[nodiscard]] const WrittenType& type() const { return m_type; }
    /// Elements that 16 bytes hold.
    [[nodiscard]] int lanes() const { return 16 / m_type.bytes; }
    /// Channels that are written, and those that there are.
    [[nodiscard]] const IndexForm& written() const { return m_written; }
    /// What a place of the image has: channels that are written, of all parts.
    [[nodiscard]] const IndexForm& stored() const { return m_stored; }
    [[nodiscard]] const IndexForm& channels() const;
    /// Places along axis number \p axis.
    [[nodiscard]] const IndexForm& line(std::size_t axis) const { return m_lines[axis]; }
    /// Places of one layer, from axis number \p first on.
    [[nodiscard]] IndexForm plane(std::size_t first = 0) const;
    /// Rows of the product: outputs of one channel, with those between lines that are none.
    [[nodiscard]] IndexForm rows() const;
    [[nodiscard]] IndexForm depth() const;
    /// The depth, but for what channels are rounded up by.
    [[nodiscard]] IndexForm products() const;
    [[nodiscard]] const IndexForm& outputs() const { return m_convolution.digit(m_convolution.output).extent; }
    [[nodiscard]] std::optional<IndexForm> layers() const;
    /// Whether rows of axis number \p axis stand for outputs only up to its extent.
    [[nodiscard]] bool hasGaps(std::size_t axis) const;
    /// What is added to a row's place for its p, in words of \p words: where neighbours in p are no neighbours, runs of
    /// them.
    [[nodiscard]] std::string alongDepth(const std::string& p, SizeWords& words) const;
    /// Elements of what is written, at most, of either.
    [[nodiscard]] IndexForm imageElements() const;
    [[nodiscard]] IndexForm filterElements() const;

private:
    const ChannelConvolution& m_convolution;
    const WrittenType& m_type;
    IndexForm m_written;
    IndexForm m_stored;
    IndexForm m_taps = IndexForm::constant(1);  ///< of all axes
    std::vector<IndexForm> m_lines;
    std::vector<IndexForm> m_reaches;
};

}  // namespace warploom
