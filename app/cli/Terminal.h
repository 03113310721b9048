// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/Result.h"
#include "base/Statistics.h"
#include "protocol/Records.h"

namespace warploom {

/// Exit codes of warploom-cli.
enum ExitCode { kFine = 0, kVerdict = 1, kUsage = 2, kMachine = 3, kInterrupted = 4 };

int exitCodeOf(const Error& error);
/// What the person can do about it, in one sentence.
std::string remedyFor(const Error& error);
/// From now on every complaint is an object on stdout too: {"error": {code, message, place, expected, found, remedy}}.
void useJsonOutput();
/// Prints the error and its remedy to stderr and returns the exit code.
int complain(const Error& error);
/// Only the object, where useJsonOutput() wants one, for what has been said in words already.
int complainInJson(const Error& error);

/// One line on stdout; bytes that are no UTF-8 become U+FFFD. Returns \p code, or kMachine with a complaint where
/// stdout takes no more.
int printJson(const nlohmann::json& json, int code = kFine);
/// The same check for whatever was printed: the last thing that main does.
int finishOutput(int code);

/// \p text with its control characters shown ("␛") instead of sent, line ends and tabs aside: titles, answers and
/// sources come from models and strangers, and a terminal obeys what is in them.
std::string printable(std::string_view text);

/// Prints to stdout what may hold such text.
template <typename... Arguments>
void say(fmt::format_string<Arguments...> format, Arguments&&... arguments)
{
    fmt::print("{}", printable(fmt::format(format, std::forward<Arguments>(arguments)...)));
}

/// At most \p columns characters of one line of UTF-8, the last one an ellipsis where something is missing.
std::string cutToWidth(const std::string& text, std::size_t columns);

/// A line that is written over again on a terminal, cut to its width, and nothing where stderr is piped.
class ProgressLine {
public:
    ProgressLine();
    ~ProgressLine();
    void show(const std::string& text);
    void clear();

private:
    bool m_active;
    bool m_shown = false;
};

/// "12.3 µs", "4.56 ms": three significant digits.
std::string timeText(double microseconds);
/// "6.31× [6.27, 6.36]"; "6.31× modelled" where it is no measurement.
std::string speedupText(const EvaluationRecord& evaluation);
/// "1.23 ms [1.22, 1.24], cold, 16 rounds", or "1.23 ms, modelled".
std::string measuredText(const EvaluationRecord& evaluation);
/// "noise 0.12 % between equal kernels", of the session that timed it; empty where that is not known.
std::string noiseText(const EvaluationRecord& evaluation);
std::string configurationLine(const Configuration& configuration);

}  // namespace warploom
