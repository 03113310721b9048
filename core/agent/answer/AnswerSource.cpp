// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/answer/AnswerSource.h"

#include <fmt/format.h>

#include "agent/answer/AnswerText.h"
#include "agent/answer/WholeFile.h"
#include "protocol/SourceLimits.h"
#include "variant/SourceText.h"

namespace warploom {

namespace {

void refuse(ParsedAnswer& answer, AnswerFault fault, std::string explanation)
{
    answer.fault = fault;
    answer.explanation = std::move(explanation);
    answer.source.clear();
}

void finish(ParsedAnswer& answer, std::string source, std::string_view parent)
{
    if (source.size() > kLargestSource)
        return refuse(answer, AnswerFault::TooLarge,
                      fmt::format("the source has {} bytes; {} are the most", source.size(), kLargestSource));
    if (normalisedSource(source) == normalisedSource(std::string(parent)))
        return refuse(answer, AnswerFault::Unchanged, "the source is the parent's, but for blanks and comments");
    answer.source = std::move(source);
}

}  // namespace

void takeSource(ParsedAnswer& answer, const std::string& source, std::string_view parent)
{
    std::string whole = withWholePlan(withPlainLineEnds(source), parent, answer.notes);
    if (!whole.empty() && whole.back() != '\n')
        whole += '\n';
    if (!hasKernel(whole) || !hasDirective(whole))
        return refuse(answer, AnswerFault::OffFormat,
                      fmt::format("the file has no {}: give the whole file, with its directives (// warploom: …), or "
                                  "search/replace blocks",
                                  hasKernel(whole) ? "directive" : "kernel"));
    finish(answer, std::move(whole), parent);
}

void takeEdits(ParsedAnswer& answer, const std::vector<SourceEdit>& edits, std::string_view parent)
{
    EditOutcome outcome = applyEdits(edits, parent);
    answer.notes.insert(answer.notes.end(), outcome.notes.begin(), outcome.notes.end());
    if (outcome.fault != AnswerFault::None)
        return refuse(answer, outcome.fault, std::move(outcome.explanation));
    finish(answer, std::move(outcome.source), parent);
}

}  // namespace warploom
