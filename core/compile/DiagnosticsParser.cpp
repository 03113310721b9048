// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "compile/DiagnosticsParser.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "compile/LogText.h"

namespace warploom {

namespace {

using Severity = Diagnostic::Severity;

constexpr std::size_t kMostDiagnostics = 200;
constexpr std::size_t kMostRelated = 24;
constexpr std::string_view kNameMap = "__nv_name_map";
constexpr std::string_view kNamePragma = "#pragma nv_mangled_name ";

struct Headline {
    Diagnostic diagnostic;
    bool isNote = false;
};

struct SeverityWord {
    std::string_view word;
    Severity severity;
    bool isNote;
};

constexpr SeverityWord kSeverities[] = {
    {"catastrophic error", Severity::Error, false},
    {"internal error", Severity::Error, false},
    {"error", Severity::Error, false},
    {"warning", Severity::Warning, false},
    {"remark", Severity::Remark, false},
    {"note", Severity::Remark, true},
};

/// "error: text", "warning #177-D: text"; nothing for other text.
std::optional<Headline> severityAndMessage(std::string_view text)
{
    for (const SeverityWord& entry : kSeverities) {
        if (!text.starts_with(entry.word))
            continue;
        std::string_view rest = text.substr(entry.word.size());
        Headline headline;
        headline.diagnostic.severity = entry.severity;
        headline.isNote = entry.isNote;
        if (rest.starts_with(" #")) {
            const auto colon = rest.find(':');
            if (colon == std::string_view::npos)
                return std::nullopt;
            headline.diagnostic.code = rest.substr(2, colon - 2);
            rest = rest.substr(colon);
        }
        if (!rest.starts_with(": "))
            return std::nullopt;
        headline.diagnostic.message = rest.substr(2);
        return headline;
    }
    return std::nullopt;
}

/// "kernel.cu(12): error: text". The file's name may hold brackets itself, so every "): " is tried.
std::optional<Headline> placedHeadline(std::string_view line)
{
    for (auto close = line.find("): "); close != std::string_view::npos; close = line.find("): ", close + 1)) {
        const auto open = line.rfind('(', close);
        if (open == std::string_view::npos || open == 0)
            continue;
        const auto number = parseNumber<int>(line.substr(open + 1, close - open - 1));
        auto headline = severityAndMessage(line.substr(close + 3));
        if (!number || *number < 0 || !headline)
            continue;
        headline->diagnostic.place = {std::string(line.substr(0, open)), *number, 0};
        return headline;
    }
    return std::nullopt;
}

std::optional<Headline> frontEndHeadline(std::string_view line)
{
    if (line.empty() || std::isspace(static_cast<unsigned char>(line.front())) != 0)
        return std::nullopt;
    for (const std::string_view prefix : {"At end of source: ", "nvrtc: "}) {
        if (line.starts_with(prefix))
            return severityAndMessage(line.substr(prefix.size()));
    }
    return placedHeadline(line);
}

bool isFiller(std::string_view line)
{
    return line.starts_with("Remark: The warnings can be suppressed") || line.starts_with("Compilation terminated")
        || line.find(" detected in the compilation of ") != std::string_view::npos;
}

/// The compiler's advice names an option that is not to be had here; say what to write instead.
std::string inOwnWords(std::string message)
{
    if (message.find("-default-device") == std::string::npos)
        return message;
    if (message.find("is considered a host function") != std::string::npos)
        return "function has no execution space: write __device__ in front of it, host functions are not compiled here";
    if (message.find("is considered a host variable") != std::string::npos)
        return "variable has no memory space: write __device__ or __constant__ in front of it, or make it constexpr";
    return message;
}

class Parser {
public:
    CompilerLog parse(std::string_view log)
    {
        for (const std::string_view line : linesOf(log))
            take(line);
        endBlock();
        dropEchoes();
        return std::move(m_log);
    }

private:
    void take(std::string_view line)
    {
        if (auto headline = frontEndHeadline(line)) {
            endBlock();
            begin(std::move(*headline));
        } else if (line.starts_with("ptxas")) {
            endBlock();
            takePtxas(line);
        } else if (isFiller(line)) {
            endBlock();
        } else if (trimmed(line).empty()) {
            endBlock();
        } else if (m_current) {
            m_block.push_back(line);
        }
    }

    void begin(Headline headline)
    {
        headline.diagnostic.message = inOwnWords(std::move(headline.diagnostic.message));
        if (headline.isNote && !m_log.diagnostics.empty()) {
            const Diagnostic& note = headline.diagnostic;
            relate(m_log.diagnostics.size() - 1,
                   note.place.file == kNameMap
                       ? note.message
                       : fmt::format("{}:{}: {}", note.place.file, note.place.line, note.message));
            m_current = m_log.diagnostics.size() - 1;
            m_inNote = true;
            return;
        }
        m_inNote = false;
        if (m_log.diagnostics.size() >= kMostDiagnostics)
            return;
        m_current = m_log.diagnostics.size();
        m_log.diagnostics.push_back(std::move(headline.diagnostic));
    }

    void relate(std::size_t index, std::string text)
    {
        if (m_log.diagnostics[index].related.size() < kMostRelated)
            m_log.diagnostics[index].related.push_back(std::move(text));
    }

    /// The lines below a headline: continuations, the source line, the caret below it, and then context.
    void endBlock()
    {
        if (!m_current) {
            m_block.clear();
            return;
        }
        const auto caret =
            std::find_if(m_block.begin(), m_block.end(), [](std::string_view line) { return trimmed(line) == "^"; });
        const auto sourceLine = caret == m_block.end() || caret == m_block.begin() ? m_block.end() : caret - 1;
        for (auto line = m_block.begin(); line != m_block.end(); ++line) {
            if (line != caret && line != sourceLine)
                relate(*m_current, std::string(trimmed(*line)));
        }
        Diagnostic& diagnostic = m_log.diagnostics[*m_current];
        // The source line and its caret are indented by two spaces.
        if (caret != m_block.end() && !m_inNote && caret->find('^') >= 2)
            diagnostic.place.column = static_cast<int>(caret->find('^')) - 1;
        if (diagnostic.place.file == kNameMap)
            nameTheExpression(diagnostic, sourceLine == m_block.end() ? std::string_view() : *sourceLine);
        m_block.clear();
        m_current.reset();
    }

    static void nameTheExpression(Diagnostic& diagnostic, std::string_view sourceLine)
    {
        const auto pragma = sourceLine.find(kNamePragma);
        std::string_view name = pragma == std::string_view::npos
            ? std::string_view("?")
            : trimmed(sourceLine.substr(pragma + kNamePragma.size()));
        if (name.starts_with('&'))
            name.remove_prefix(1);
        diagnostic.place = {};
        diagnostic.message = diagnostic.message.starts_with("Name expression must form address")
            ? fmt::format("\"{}\" of the launch plan is not a __global__ function or __constant__ variable", name)
            : fmt::format("\"{}\" of the launch plan: {}", name, diagnostic.message);
    }

    void takePtxas(std::string_view line)
    {
        Severity severity = Severity::Error;
        // "ptxas error   : text", "ptxas application ptx input, line 28; error   : text"
        const auto colon = line.find(" : ");
        if (colon == std::string_view::npos)
            return;
        const std::string_view head = trimmed(line.substr(0, colon));
        const std::string_view message = trimmed(line.substr(colon + 3));
        if (head.ends_with("info")) {
            if (message.find("Potential Performance Loss") == std::string_view::npos)
                return;
            severity = Severity::Remark;
        } else if (head.ends_with("warning")) {
            severity = Severity::Warning;
        } else if (!head.ends_with("error") && !head.ends_with("fatal")) {
            return;
        }
        if (m_log.diagnostics.size() >= kMostDiagnostics)
            return;
        const auto lineWord = head.find(", line ");
        if (lineWord != std::string_view::npos) {
            const std::string_view digits = head.substr(lineWord + 7);
            if (const auto number = parseNumber<int>(digits.substr(0, digits.find(';'))); number && *number > 0)
                m_log.ptxComplaints.push_back({m_log.diagnostics.size(), *number});
        }
        m_log.diagnostics.push_back({severity, {}, {}, demangledText(message), {}});
    }

    /// Messages that only repeat that there was an error before them.
    void dropEchoes()
    {
        while (m_log.diagnostics.size() > 1
               && m_log.diagnostics.back().message.find("Ptx assembly aborted due to errors") != std::string::npos)
            drop(m_log.diagnostics.size() - 1);
        for (std::size_t i = m_log.diagnostics.size(); i-- > 0;) {
            if (m_log.diagnostics[i].message.find("Error in parsing name expression for lowered name lookup")
                != std::string::npos)
                drop(i);
        }
    }

    /// Complaints go on naming the diagnostics they belong to.
    void drop(std::size_t index)
    {
        m_log.diagnostics.erase(m_log.diagnostics.begin() + static_cast<std::ptrdiff_t>(index));
        std::erase_if(m_log.ptxComplaints,
                      [index](const PtxComplaint& complaint) { return complaint.diagnostic == index; });
        for (PtxComplaint& complaint : m_log.ptxComplaints)
            complaint.diagnostic -= complaint.diagnostic > index ? 1 : 0;
    }

    CompilerLog m_log;
    std::optional<std::size_t> m_current;
    bool m_inNote = false;
    std::vector<std::string_view> m_block;
};

}  // namespace

bool CompilerLog::hasErrors() const
{
    return std::any_of(diagnostics.begin(), diagnostics.end(),
                       [](const Diagnostic& diagnostic) { return diagnostic.severity == Severity::Error; });
}

CompilerLog parseCompilerLog(std::string_view log) { return Parser().parse(log); }

}  // namespace warploom
