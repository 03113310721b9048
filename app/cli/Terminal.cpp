// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "Terminal.h"

#include <cmath>

#include <unistd.h>

#include <fmt/format.h>

namespace warploom {

namespace {

std::string threeDigits(double value)
{
    if (!std::isfinite(value))
        return fmt::format("{}", value);
    const int digits = value == 0 ? 0 : static_cast<int>(std::floor(std::log10(std::abs(value))));
    return fmt::format("{:.{}f}", value, std::max(0, 2 - digits));
}

}  // namespace

int exitCodeOf(const Error& error)
{
    switch (error.code) {
    case ErrorCode::Cancelled:
        return kInterrupted;
    case ErrorCode::InvalidInput:
    case ErrorCode::InvalidArgument:
    case ErrorCode::NotFound:
    case ErrorCode::CompileFailed:
    case ErrorCode::Corrupt:
        return kUsage;
    default:
        return kMachine;
    }
}

int complain(const Error& error)
{
    fmt::print(stderr, "{}.\n{}\n", error.toString(), remedy(error.code));
    return exitCodeOf(error);
}

ProgressLine::ProgressLine()
    : m_active(::isatty(STDERR_FILENO) == 1)
{
}

ProgressLine::~ProgressLine() { clear(); }

void ProgressLine::show(const std::string& text)
{
    if (!m_active)
        return;
    fmt::print(stderr, "\r\033[K{}", text);
    std::fflush(stderr);
    m_shown = true;
}

void ProgressLine::clear()
{
    if (m_shown)
        fmt::print(stderr, "\r\033[K");
    m_shown = false;
}

std::string timeText(double microseconds)
{
    if (microseconds < 1)
        return threeDigits(microseconds * 1000) + " ns";
    if (microseconds < 1000)
        return threeDigits(microseconds) + " µs";
    if (microseconds < 1e6)
        return threeDigits(microseconds / 1000) + " ms";
    return threeDigits(microseconds / 1e6) + " s";
}

std::string speedupText(const EvaluationRecord& evaluation)
{
    if (!evaluation.speedup)
        return "–";
    const Interval& speedup = *evaluation.speedup;
    if (evaluation.modelled)
        return threeDigits(speedup.estimate) + "× modelled";
    return fmt::format("{}× [{}, {}]", threeDigits(speedup.estimate), threeDigits(speedup.low),
                       threeDigits(speedup.high));
}

std::string measuredText(const EvaluationRecord& evaluation)
{
    if (!evaluation.time)
        return "not timed";
    const Interval& time = *evaluation.time;
    if (evaluation.modelled)
        return timeText(time.estimate) + ", modelled";
    return fmt::format("{} [{}, {}], {}, {} rounds", timeText(time.estimate), timeText(time.low), timeText(time.high),
                       evaluation.cold ? "cold" : "hot", evaluation.rounds);
}

std::string configurationLine(const Configuration& configuration)
{
    std::string line;
    for (const auto& [name, value] : configuration)
        line += fmt::format("{}{}={}", line.empty() ? "" : " ", name, value);
    return line;
}

}  // namespace warploom
