// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>

#include "FuzzInput.h"
#include "agent/answer/ParsedAnswer.h"
#include "agent/command/CommandAnswer.h"
#include "protocol/SourceLimits.h"

namespace {

using namespace warploom;

void requireSound(const ParsedAnswer& answer)
{
    fuzz::require((answer.fault == AnswerFault::None) == !answer.source.empty(), "a source, or a fault");
    fuzz::require((answer.fault == AnswerFault::None) == answer.explanation.empty(), "a fault is explained");
    fuzz::require(answer.source.empty() || answer.source.back() == '\n', "a source ends its last line");
    fuzz::require(answer.source.size() <= kLargestSource, "no source is too large");
    fuzz::require(answer.source.find('\r') == std::string::npos, "one kind of line end");
    fuzz::require(!answer.move.empty() && !answer.title.empty(), "a proposal has a name");
    fuzz::require(answer.move.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos,
                  "a move's name is plain");
    fuzz::require(answer.title.find('\n') == std::string::npos, "a title is one line");
    fuzz::require(std::isfinite(answer.predictedGain) && answer.predictedGain > 0, "a gain is a ratio");
}

}  // namespace

// The first line says whether the answer was cut, "----" stands between the parent and the answer.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::string_view text = fuzz::textOf(data, size);
    const bool isTruncated = fuzz::takeLine(text) == "cut";
    constexpr std::string_view kBetween = "\n----\n";
    const std::size_t between = text.find(kBetween);
    const std::string_view parent = text.substr(0, between);
    text.remove_prefix(between == std::string_view::npos ? 0 : between + kBetween.size());

    const ParsedAnswer answer = parseAnswer(text, parent, isTruncated);
    requireSound(answer);
    fuzz::require(parseAnswer(text, parent, isTruncated).source == answer.source, "the same answer reads the same");
    const auto proposals = parseCommandAnswer(text, parent);
    fuzz::require(!proposals || proposals->size() <= kMostProposals, "not too many proposals");
    if (proposals)
        for (const ParsedAnswer& proposal : *proposals)
            requireSound(proposal);
    return 0;
}
