// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/example/WrittenExample.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "agent/answer/ParsedAnswer.h"
#include "agent/example/BuiltInAnswers.h"
#include "variant/SourceText.h"

namespace warploom {

namespace {

bool isSameText(const std::string& one, const std::string& other) { return sourceHash(one) == sourceHash(other); }

}  // namespace

Result<WrittenExample> WrittenExample::make(const std::string& task, const std::string& baseline,
                                            std::span<const WrittenAnswer> answers)
{
    WrittenExample example;
    example.m_sources.emplace(kAfterBaseline, baseline);
    for (const WrittenAnswer& answer : answers)
        if (answer.task == task)
            WARPLOOM_CHECK(example.add(answer));
    if (!example.m_answers.empty())
        return example;
    return fail(ErrorCode::NotFound,
                fmt::format("there is no written example for {}, only for {}", task,
                            fmt::join(exampleTasks(answers), " and ")));
}

Result<> WrittenExample::add(const WrittenAnswer& answer)
{
    const auto before = m_sources.find(answer.after);
    if (before == m_sources.end())
        return fail(
            ErrorCode::InvalidInput,
            fmt::format("the written answer {} comes after {}, which is none before it", answer.id, answer.after));
    if (answer.after == kAfterBaseline && sourceHash(before->second) != answer.baseline)
        return fail(ErrorCode::NotFound,
                    fmt::format("the written example for {} has no answer for this baseline: it was written for "
                                "another text",
                                answer.task));
    const ParsedAnswer parsed = parseAnswer(answer.text, before->second);
    if (parsed.fault != AnswerFault::None)
        return fail(ErrorCode::InvalidInput,
                    fmt::format("the written answer {} does not fit: {}", answer.id, parsed.explanation));
    m_sources.insert_or_assign(answer.id, parsed.source);
    m_answers.push_back(answer);
    return {};
}

const WrittenAnswer* WrittenExample::answerTo(const std::string& source, bool isRepair) const
{
    const auto found = std::ranges::find_if(m_answers, [&](const WrittenAnswer& answer) {
        return answer.repairs == isRepair && isSameText(m_sources.at(answer.after), source);
    });
    return found == m_answers.end() ? nullptr : &*found;
}

bool WrittenExample::knows(const std::string& source) const
{
    return std::ranges::any_of(m_sources, [&](const auto& known) { return isSameText(known.second, source); });
}

std::string WrittenExample::sourceMadeBy(const std::string& id) const
{
    const auto found = m_sources.find(id);
    return found == m_sources.end() ? std::string() : found->second;
}

Result<std::vector<WrittenAnswer>> builtInAnswers()
{
    std::vector<WrittenAnswer> answers;
    for (const BuiltInAnswer& file : builtInAnswerFiles()) {
        WARPLOOM_TRY(WrittenAnswer answer, parseWrittenAnswer(std::string(file.id), file.text, std::string(file.file)));
        answers.push_back(std::move(answer));
    }
    return answers;
}

std::vector<std::string> exampleTasks(std::span<const WrittenAnswer> answers)
{
    std::vector<std::string> tasks;
    for (const WrittenAnswer& answer : answers)
        if (std::ranges::find(tasks, answer.task) == tasks.end())
            tasks.push_back(answer.task);
    return tasks;
}

}  // namespace warploom
