// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "engine/NewTask.h"

namespace warploom {

/// The next line of stdin without its end; nothing at the end of input. Cancelled when \p stop is requested meanwhile.
Result<std::optional<std::string>> readLine(std::stop_token stop);
/// Whether somebody can be asked.
bool isTerminal();

/// "NAME=VALUE" in two; InvalidArgument names \p option.
Result<std::pair<std::string, std::string>> splitSetting(const std::string& text, std::string_view option);
/// "rows, min(a, b)" in two: commas in parentheses do not count.
std::vector<std::string> splitExtents(std::string_view text);

/// "shape of x", as a question names it.
std::string questionText(const TaskQuestion& question);
/// "--shape x=EXPR,…": what answers a question on the command line.
std::string optionFor(const TaskQuestion& question);
/// Puts an answer as a person types it into \p answers; InvalidArgument for one that has not even the form.
Result<> answer(const TaskQuestion& question, const std::string& text, NewTaskAnswers& answers);

}  // namespace warploom
