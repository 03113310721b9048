// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "Terminal.h"

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>

#include <sys/ioctl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "protocol/BoundedJson.h"
#include "protocol/RpcMessage.h"

namespace warploom {

namespace {

constexpr std::size_t kUsualColumns = 80;

bool g_wantsJson = false;

bool isContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0u) == 0x80u; }

std::size_t terminalColumns()
{
    winsize size{};
    return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kUsualColumns;
}

void putLine(const nlohmann::json& json)
{
    const std::string line = writeJson(json) + "\n";
    static_cast<void>(std::fwrite(line.data(), 1, line.size(), stdout));
}

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
    case ErrorCode::NotAWorkspace:
    case ErrorCode::TooNew:
        return kUsage;
    default:
        return kMachine;
    }
}

std::string remedyFor(const Error& error)
{
    const bool isMissing = error.code == ErrorCode::LibraryMissing;
    if (isMissing && error.message.find("libcuda") != std::string::npos)
        return "Install NVIDIA's driver and check it with nvidia-smi, or use --device emulator.";
    if (isMissing && error.message.find("the program ") != std::string::npos)
        return "Install Warploom again, or let WARPLOOM_BIN name the folder of all its programs.";
    if (error.isNotFound() && error.message.starts_with("nothing to resume"))
        return "Start a new run in the same file: warploom-cli evolve TASK --workspace FILE.";
    return std::string(remedy(error.code));
}

void useJsonOutput() { g_wantsJson = true; }

int complain(const Error& error)
{
    fmt::print(stderr, "{}.\n{}\n", printable(error.toString()), remedyFor(error));
    return complainInJson(error);
}

int complainInJson(const Error& error)
{
    if (g_wantsJson) {
        nlohmann::json json = errorToJson(error);
        json["remedy"] = remedyFor(error);
        putLine({{"error", std::move(json)}});
    }
    return exitCodeOf(error);
}

int printJson(const nlohmann::json& json, int code)
{
    putLine(json);
    return finishOutput(code);
}

int finishOutput(int code)
{
    errno = 0;
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0)
        return code;
    const int number = errno;
    std::clearerr(stdout);  // it has been said
    fmt::print(stderr, "The results cannot be written to stdout: {}.\n{}\n",
               number == 0 ? "a write failed" : std::strerror(number),
               remedy(number == ENOSPC ? ErrorCode::DiskFull : ErrorCode::IoFailed));
    return kMachine;
}

std::string printable(std::string_view text)
{
    std::string shown;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto byte = static_cast<unsigned char>(text[at]);
        const auto next = at + 1 < text.size() ? static_cast<unsigned char>(text[at + 1]) : 0;
        if (byte == 0xC2 && next >= 0x80 && next < 0xA0) {
            shown += "\xEF\xBF\xBD";  // one of the second set, U+0080 to U+009F: some terminals obey these, too
            ++at;
        } else if ((byte >= 0x20 && byte != 0x7F) || byte == '\n' || byte == '\t') {
            shown += text[at];
        } else {
            // Unicode has pictures of them.
            shown += "\xE2\x90";
            shown += static_cast<char>(byte == 0x7F ? 0xA1 : 0x80 + byte);
        }
    }
    return shown;
}

std::string cutToWidth(const std::string& text, std::size_t columns)
{
    std::size_t width = 0;
    std::size_t cut = 0;  // where the last column that may be filled begins
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (isContinuation(text[at]))
            continue;
        if (++width == columns)
            cut = at;
        if (width > columns)
            return text.substr(0, cut) + "…";
    }
    return text;
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
    // The last column stays free: some terminals go on to the next line when it is filled.
    fmt::print(stderr, "\r\033[K{}", cutToWidth(printable(text), terminalColumns() - 1));
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

std::string noiseText(const EvaluationRecord& evaluation)
{
    const double floor = evaluation.evidence.value("noise_floor", 0.0);
    return evaluation.modelled || !(floor > 0) ? std::string()
                                               : fmt::format("noise {:.2f} % between equal kernels", 100 * floor);
}

std::string configurationLine(const Configuration& configuration)
{
    std::string line;
    for (const auto& [name, value] : configuration)
        line += fmt::format("{}{}={}", line.empty() ? "" : " ", name, value);
    return line;
}

}  // namespace warploom
