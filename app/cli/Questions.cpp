// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "Questions.h"

#include <charconv>

#include <poll.h>
#include <unistd.h>

#include <fmt/format.h>

namespace warploom {

namespace {

constexpr int kPollMilliseconds = 100;

std::string_view trimmed(std::string_view text)
{
    const auto begin = text.find_first_not_of(" \t\r");
    return begin == std::string_view::npos ? std::string_view()
                                           : text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

Result<std::int64_t> wholeNumber(const std::string& text)
{
    std::int64_t value = 0;
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value);
    if (parsed.ec == std::errc{} && parsed.ptr == end)
        return value;
    return fail(Error{ErrorCode::InvalidArgument, "bad size", {}, "a whole number", fmt::format("'{}'", text)});
}

}  // namespace

bool isTerminal() { return ::isatty(STDIN_FILENO) == 1; }

Result<std::optional<std::string>> readLine(std::stop_token stop)
{
    std::string line;
    while (true) {
        if (stop.stop_requested())
            return fail(ErrorCode::Cancelled, "interrupted");
        pollfd wait{STDIN_FILENO, POLLIN, 0};
        if (::poll(&wait, 1, kPollMilliseconds) <= 0)
            continue;
        char c = 0;
        if (::read(STDIN_FILENO, &c, 1) != 1)
            return line.empty() ? std::nullopt : std::optional(line);
        if (c == '\n')
            return std::optional(line);
        line += c;
    }
}

Result<std::pair<std::string, std::string>> splitSetting(const std::string& text, std::string_view option)
{
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == text.size())
        return fail(Error{
            ErrorCode::InvalidArgument, fmt::format("bad {}", option), {}, "NAME=VALUE", fmt::format("'{}'", text)});
    return std::pair(std::string(trimmed(text.substr(0, equals))), std::string(trimmed(text.substr(equals + 1))));
}

std::vector<std::string> splitExtents(std::string_view text)
{
    std::vector<std::string> parts;
    int depth = 0;
    std::size_t begin = 0;
    for (std::size_t at = 0; at <= text.size(); ++at) {
        const char c = at < text.size() ? text[at] : ',';
        depth += c == '(' ? 1 : c == ')' ? -1 : 0;
        if (c != ',' || (depth > 0 && at < text.size()))
            continue;
        parts.emplace_back(trimmed(text.substr(begin, at - begin)));
        begin = at + 1;
    }
    return parts;
}

std::string questionText(const TaskQuestion& question)
{
    switch (question.kind) {
    case TaskQuestion::Kind::Role:
        return fmt::format("role of {} (in, out, inout)", question.subject);
    case TaskQuestion::Kind::Shape:
        return fmt::format("shape of {}", question.subject);
    case TaskQuestion::Kind::Size:
        return fmt::format("{} where it is timed", question.subject);
    case TaskQuestion::Kind::Scalar:
        return fmt::format("value of {}", question.subject);
    case TaskQuestion::Kind::Launch:
        return "launch";
    }
    return {};
}

std::string optionFor(const TaskQuestion& question)
{
    switch (question.kind) {
    case TaskQuestion::Kind::Role:
        return fmt::format("--role {}=in|out|inout", question.subject);
    case TaskQuestion::Kind::Shape:
        return fmt::format("--shape {}=EXPR,…", question.subject);
    case TaskQuestion::Kind::Size:
        return fmt::format("--size {}=VALUE", question.subject);
    case TaskQuestion::Kind::Scalar:
        return fmt::format("--scalar {}=VALUE", question.subject);
    case TaskQuestion::Kind::Launch:
        return "--launch \"<<<grid, block>>>\"";
    }
    return {};
}

Result<> answer(const TaskQuestion& question, const std::string& text, NewTaskAnswers& answers)
{
    switch (question.kind) {
    case TaskQuestion::Kind::Role:
        answers.roles[question.subject] = text;
        break;
    case TaskQuestion::Kind::Shape:
        answers.shapes[question.subject] = splitExtents(text);
        break;
    case TaskQuestion::Kind::Size: {
        WARPLOOM_TRY(answers.sizes[question.subject], wholeNumber(text));
        break;
    }
    case TaskQuestion::Kind::Scalar:
        answers.scalars[question.subject] = text;
        break;
    case TaskQuestion::Kind::Launch:
        answers.launches = {text};
        break;
    }
    return {};
}

}  // namespace warploom
