// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/ConvolutionPlan.h"

#include "moves/Contraction.h"
#include "moves/SizeForms.h"

namespace warploom {

ConvolutionPlan::ConvolutionPlan(const ChannelConvolution& convolution, const WrittenType& type)
    : m_convolution(convolution)
    , m_type(type)
{
    const auto vectors = formOfExpression(fmt::format("ceil_div({}, {})", sizeText(channels()), lanes()));
    const auto number = channels().constantValue();
    m_written = number ? IndexForm::constant((*number + lanes() - 1) / lanes() * lanes())
                       : *vectors * IndexForm::constant(lanes());
    m_stored = m_written * IndexForm::constant(static_cast<std::int64_t>(type.parts));
    for (const auto& axis : convolution.axes) {
        const auto step = convolution.digits.onHost(axis.step);
        m_taps = m_taps * convolution.taps(axis);
        m_reaches.push_back(*convolution.digits.onHost(axis.reach));
        m_lines.push_back((convolution.digit(axis.digit).extent - one()) * *step
                          + (convolution.taps(axis) - one()) * m_reaches.back() + one());
    }
}

const IndexForm& ConvolutionPlan::channels() const { return m_convolution.loops[m_convolution.channels].rounds; }

IndexForm ConvolutionPlan::plane(std::size_t first) const
{
    auto places = one();
    for (auto axis = first; axis < m_lines.size(); ++axis)
        places = places * m_lines[axis];
    return places;
}

IndexForm ConvolutionPlan::rows() const
{
    IndexForm last;
    for (std::size_t axis = 0; axis < m_lines.size(); ++axis)
        last = (axis == 0 ? IndexForm() : last * m_lines[axis])
            + m_convolution.digit(m_convolution.axes[axis].digit).extent - one();
    return last + one();
}

IndexForm ConvolutionPlan::depth() const { return m_stored * m_taps; }

IndexForm ConvolutionPlan::products() const { return channels() * m_taps; }

std::optional<IndexForm> ConvolutionPlan::layers() const
{
    return m_convolution.layer ? std::optional(m_convolution.digit(*m_convolution.layer).extent) : std::nullopt;
}

bool ConvolutionPlan::hasGaps(std::size_t axis) const
{
    return axis > 0 && m_lines[axis] != m_convolution.digit(m_convolution.axes[axis].digit).extent;
}

std::string ConvolutionPlan::alongDepth(const std::string& p, SizeWords& words) const
{
    const auto channels = words.word(m_stored, "image_channels");
    auto run = m_stored;
    std::string runText = channels;
    auto number = p;
    std::string text;
    for (auto axis = m_lines.size(); axis-- > 0;) {
        const auto taps = m_convolution.taps(m_convolution.axes[axis]);
        if (taps.isOne())
            continue;
        const auto jump = m_reaches[axis] * plane(axis + 1) * m_stored;
        const auto tapsText = words.word(taps, "taps");
        if (text.empty() && jump == run) {
            run = run * taps;
            runText = tapsText + " * " + runText;
            continue;
        }
        if (text.empty()) {
            text = fmt::format("{} % {}", p, termText(runText));
            number = fmt::format("{} / {}", p, termText(runText));
        }
        std::string jumpText;
        if (!m_reaches[axis].isOne())
            jumpText += words.word(m_reaches[axis], "reach") + " * ";
        for (auto inner = axis + 1; inner < m_lines.size(); ++inner)
            jumpText += words.word(m_lines[inner], "image_line") + " * ";
        bool isLast = true;
        for (std::size_t outer = 0; outer < axis; ++outer)
            isLast = isLast && m_convolution.taps(m_convolution.axes[outer]).isOne();
        text =
            fmt::format("size_t({}{}) * ({}{}) + {}", number, isLast ? "" : " % " + tapsText, jumpText, channels, text);
        number = fmt::format("{} / {}", number, tapsText);
    }
    return text.empty() ? p : text;
}

IndexForm ConvolutionPlan::imageElements() const { return layers().value_or(one()) * plane() * m_stored; }

IndexForm ConvolutionPlan::filterElements() const { return outputs() * depth(); }

}  // namespace warploom
