// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/answer/ParsedAnswer.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "agent/answer/AnswerBlocks.h"
#include "agent/answer/AnswerFields.h"
#include "agent/answer/AnswerSource.h"
#include "agent/answer/AnswerText.h"
#include "agent/answer/UnifiedDiff.h"
#include "agent/answer/WholeFile.h"
#include "base/Trim.h"

namespace warploom {

namespace {

/// Largest answer that is read.
constexpr std::size_t kLargestAnswer = std::size_t{8} << 20;
constexpr std::size_t kQuotedAnswer = 120;
constexpr std::string_view kExpected = "expected search/replace blocks (<<<<<<< SEARCH, =======, >>>>>>> REPLACE) or "
                                       "the whole file in one fence (```cuda)";

constexpr std::array<std::pair<AnswerFault, std::string_view>, 9> kFaultNames{{
    {AnswerFault::None, "none"},
    {AnswerFault::Empty, "empty"},
    {AnswerFault::Truncated, "truncated"},
    {AnswerFault::Refused, "refused"},
    {AnswerFault::OffFormat, "off-format"},
    {AnswerFault::EditNotFound, "edit-not-found"},
    {AnswerFault::EditAmbiguous, "edit-ambiguous"},
    {AnswerFault::Unchanged, "unchanged"},
    {AnswerFault::TooLarge, "too-large"},
}};

void setFault(ParsedAnswer& answer, AnswerFault fault, std::string explanation)
{
    answer.fault = fault;
    answer.explanation = std::move(explanation);
}

/// Whether prose without any source declines to answer.
bool declines(std::string_view text)
{
    const std::string beginning = lowered(text.substr(0, 300));
    static constexpr std::array<std::string_view, 13> kWords{
        "i can't",    "i cannot",   "i can’t",     "i won't",      "i will not", "i'm sorry",     "i’m sorry",
        "i am sorry", "i'm unable", "i am unable", "i'm not able", "as an ai",   "i must decline"};
    return std::any_of(kWords.begin(), kWords.end(),
                       [&](std::string_view words) { return beginning.find(words) != std::string::npos; });
}

/// The largest fence that holds a kernel or a directive; null where none does.
const AnswerFence* fileFence(const std::vector<AnswerFence>& fences)
{
    const AnswerFence* largest = nullptr;
    for (const AnswerFence& fence : fences)
        if ((hasKernel(fence.text) || hasDirective(fence.text))
            && (largest == nullptr || fence.text.size() > largest->text.size()))
            largest = &fence;
    return largest;
}

/// The edits of fences that are diffs.
std::vector<SourceEdit> diffEdits(const std::vector<AnswerFence>& fences)
{
    std::vector<SourceEdit> edits;
    for (const AnswerFence& fence : fences) {
        const bool isDiff = fence.language == "diff" || fence.language == "patch";
        if (!isDiff && !hasHunks(fence.text))
            continue;
        for (SourceEdit& edit : editsOfDiff(fence.text))
            edits.push_back(std::move(edit));
    }
    return edits;
}

/// A search for nothing, replaced by a whole file, is that file.
const SourceEdit* fileAsEdit(const std::vector<SourceEdit>& edits)
{
    const bool isFile = edits.size() == 1 && trimmed(edits.front().search).empty() && hasKernel(edits.front().replace);
    return isFile ? &edits.front() : nullptr;
}

class AnswerReader {
public:
    AnswerReader(std::string_view parent, bool isTruncated)
        : m_parent(parent)
        , m_isTruncated(isTruncated)
    {
    }

    ParsedAnswer run(std::string_view text)
    {
        const CleanAnswer clean = cleanAnswer(text);
        m_blocks = splitAnswer(clean.text, m_isTruncated);
        m_answer.notes = m_blocks.notes;
        if (trimmed(clean.text).empty())
            return empty(clean);
        readProposal();
        readSource(clean.text);
        return std::move(m_answer);
    }

private:
    ParsedAnswer empty(const CleanAnswer& clean)
    {
        if (clean.endsInReasoning || (m_isTruncated && clean.hadReasoning))
            setFault(m_answer, AnswerFault::Truncated,
                     "the answer ended within its reasoning, before the source began");
        else if (m_isTruncated)
            setFault(m_answer, AnswerFault::Truncated, "the answer was cut before its first word");
        else
            setFault(m_answer, AnswerFault::Empty,
                     fmt::format("{}; {}",
                                 clean.hadReasoning ? "the answer holds reasoning only" : "the answer is empty",
                                 kExpected));
        readProposal();
        return std::move(m_answer);
    }

    void readProposal()
    {
        AnswerFields fields = readFields(m_blocks.prose);
        // Some put all that is not code into a fence of its own.
        for (const AnswerFence& fence : m_blocks.fences)
            if (fields.move.empty() && fields.hypothesis.empty() && !hasKernel(fence.text))
                fields = readFields(linesOf(fence.text));
        m_answer.move = moveNameOf(fields.move);
        m_answer.title = titleOf(fields.title, m_answer.move);
        m_answer.hypothesis = hypothesisOf(fields.hypothesis);
        const auto gain = gainOf(fields.predicted);
        m_answer.predictedGain = gain.value_or(1);
        if (!gain && !fields.predicted.empty())
            m_answer.notes.push_back(
                fmt::format("the predicted effect is no number: {}", shortened(fields.predicted, kQuotedAnswer)));
    }

    static std::vector<std::string> linesOf(std::string_view text)
    {
        const auto lines = splitLines(text);
        return {lines.begin(), lines.end()};
    }

    void readSource(const std::string& text)
    {
        if (m_blocks.lastEditIsOpen)
            return setFault(m_answer, AnswerFault::Truncated,
                            "the last search/replace block has no end: >>>>>>> REPLACE is missing");
        if (const SourceEdit* file = fileAsEdit(m_blocks.edits))
            return takeFile(file->replace, true);
        if (!m_blocks.edits.empty())
            return applyBlocks(m_blocks.edits);
        // A file that is given whole says more than a diff beside it.
        const AnswerFence* file = fileFence(m_blocks.fences);
        const std::vector<SourceEdit> diff = diffEdits(m_blocks.fences);
        if (!diff.empty() && (file == nullptr || hasHunks(file->text) || file->language == "diff"))
            return applyBlocks(diff);
        if (file != nullptr)
            return takeFile(file->text, file->isClosed);
        readUnfenced(text);
    }

    void readUnfenced(const std::string& text)
    {
        if (const auto file = fileInProse(m_blocks.prose)) {
            m_answer.notes.emplace_back("the file stood in no fence");
            return takeFile(*file, !m_isTruncated && openBraces(*file) <= 0);
        }
        if (m_blocks.fences.empty() && hasHunks(text))
            return applyBlocks(editsOfDiff(text));
        const std::string beginning = shortened(text, kQuotedAnswer);
        if (m_isTruncated)
            setFault(m_answer, AnswerFault::Truncated,
                     fmt::format("the answer was cut before the source began; it starts: {}", beginning));
        else if (m_blocks.fences.empty() && declines(text))
            setFault(m_answer, AnswerFault::Refused, fmt::format("the model declined: {}", beginning));
        else if (m_blocks.fences.empty())
            setFault(m_answer, AnswerFault::OffFormat,
                     fmt::format("{}; the answer is prose: {}", kExpected, beginning));
        else
            setFault(m_answer, AnswerFault::OffFormat,
                     fmt::format("{}; the answer's {} hold neither a kernel (__global__) nor a directive", kExpected,
                                 m_blocks.fences.size() == 1 ? "one fence does" : "fences"));
    }

    void applyBlocks(const std::vector<SourceEdit>& edits)
    {
        if (m_isTruncated)
            return setFault(m_answer, AnswerFault::Truncated,
                            fmt::format("the answer was cut after {} edits: more may have followed", edits.size()));
        takeEdits(m_answer, edits, m_parent);
    }

    void takeFile(const std::string& source, bool isClosed)
    {
        if (!isClosed && (m_isTruncated || openBraces(source) > 0))
            return setFault(m_answer, AnswerFault::Truncated,
                            fmt::format("the file breaks off with {} braces open", std::max(openBraces(source), 0)));
        if (!isClosed)
            m_answer.notes.emplace_back("the last fence was not closed");
        if (m_isTruncated)
            m_answer.notes.emplace_back("the answer was cut behind the source");
        takeSource(m_answer, source, m_parent);
    }

    std::string_view m_parent;
    const bool m_isTruncated;
    AnswerBlocks m_blocks;
    ParsedAnswer m_answer;
};

}  // namespace

std::string_view answerFaultName(AnswerFault fault)
{
    for (const auto& [value, name] : kFaultNames)
        if (value == fault)
            return name;
    return "off-format";
}

std::optional<AnswerFault> answerFaultFromName(std::string_view name)
{
    for (const auto& [value, text] : kFaultNames)
        if (text == name)
            return value;
    return std::nullopt;
}

ParsedAnswer parseAnswer(std::string_view text, std::string_view parent, bool isTruncated)
{
    if (text.size() <= kLargestAnswer)
        return AnswerReader(parent, isTruncated).run(text);
    ParsedAnswer answer;
    answer.move = moveNameOf({});
    answer.title = titleOf({}, answer.move);
    setFault(answer, AnswerFault::TooLarge,
             fmt::format("the answer has {} bytes; {} are the most", text.size(), kLargestAnswer));
    return answer;
}

}  // namespace warploom
