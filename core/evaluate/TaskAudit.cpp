// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/TaskAudit.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "evaluate/HiddenCases.h"

namespace warploom {

namespace {

/// An output whose values all lie this close together can be guessed (after the filters of robust-kbench).
constexpr double kFlatRange = 0.01;
constexpr std::string_view kHalf = "half precision";

/// Over how many of the cases that count an answer passes.
struct Passes {
    std::map<std::string, std::size_t> times;
    std::size_t cases = 0;
};

Passes passesOf(const std::vector<AuditedCase>& cases, bool hiddenToo)
{
    Passes passes;
    for (const AuditedCase& audited : cases) {
        if ((audited.isHidden && !hiddenToo) || !audited.outcome.baseline.voidReason.empty())
            continue;
        ++passes.cases;
        for (const TrivialReport& trivial : audited.outcome.trivial)
            passes.times[trivial.name] += trivial.passes ? 1 : 0;
    }
    return passes;
}

void findTrivial(const std::vector<AuditedCase>& cases, std::vector<AuditFinding>& findings)
{
    const Passes all = passesOf(cases, true);
    const Passes known = passesOf(cases, false);
    for (const auto& [name, times] : all.times) {
        const auto visible = known.times.find(name);
        const bool passesKnown = visible != known.times.end() && known.cases > 0 && visible->second == known.cases;
        if (name == kHalf) {
            if (passesKnown)
                findings.push_back({"half-passes", false,
                                    "results rounded to half precision stay within the tolerance; only the comparison "
                                    "with the baseline's own error shows them"});
        } else if (all.cases > 0 && times == all.cases) {
            findings.push_back({"trivial-passes", true, fmt::format("'{}' passes every case", name)});
        } else if (passesKnown) {
            findings.push_back({"trivial-passes-known", false,
                                fmt::format("'{}' passes every known size; hidden cases alone find it", name)});
        }
    }
}

void findIgnoredInputs(const Task& task, const std::vector<AuditedCase>& cases, std::vector<AuditFinding>& findings)
{
    for (const TaskBuffer& buffer : task.buffers) {
        const auto matters = [&](const AuditedCase& audited) {
            const auto found = audited.outcome.sensitive.find(buffer.name);
            return found != audited.outcome.sensitive.end() && found->second;
        };
        if (buffer.isInput() && !cases.empty() && std::none_of(cases.begin(), cases.end(), matters))
            findings.push_back(
                {"input-ignored", true, fmt::format("other values of '{}' change no output", buffer.name)});
    }
}

void findFlatOutputs(const Task& task, const std::vector<AuditedCase>& cases, std::vector<AuditFinding>& findings)
{
    std::set<std::string> flat;
    std::set<std::string> varied;
    for (const AuditedCase& audited : cases) {
        for (const ComparisonReport& output : audited.outcome.baseline.comparisons) {
            const double range = output.mostExpected - output.leastExpected;
            const double scale = task.absoluteTolerance + task.relativeTolerance * std::abs(output.mostExpected);
            (output.elements > 1 && range <= std::max(kFlatRange * std::abs(output.meanExpected), 2 * scale) ? flat
                                                                                                             : varied)
                .insert(output.buffer);
        }
    }
    for (const std::string& buffer : flat) {
        if (!varied.contains(buffer))
            findings.push_back(
                {"flat-output", true, fmt::format("'{}' is nearly constant in every case: its mean will do", buffer)});
    }
}

void findGaps(const Task& task, const std::vector<AuditedCase>& cases, std::vector<AuditFinding>& findings)
{
    std::size_t voided = 0;
    std::size_t hidden = 0;
    for (const AuditedCase& audited : cases) {
        hidden += audited.isHidden ? 1 : 0;
        voided += audited.outcome.baseline.voidReason.empty() ? 0 : 1;
    }
    if (voided > 0)
        findings.push_back(
            {"void-cases", false,
             fmt::format("{} of {} cases are void: the baseline itself fails them", voided, cases.size())});
    if (hidden > 0 && voided == hidden)
        findings.push_back({"no-hidden-case", true, "no hidden case counts"});
    if (task.sizeDomains.empty())
        findings.push_back(
            {"no-domain", false, "[domain] names no sizes: hidden cases have the declared ones, with other values"});
    for (const TaskBuffer& buffer : task.buffers) {
        if (buffer.isInput() && !task.bufferDomains.contains(buffer.name))
            findings.push_back({"no-domain", false,
                                fmt::format("[domain] has no range for '{}': its fill's own is taken", buffer.name)});
    }
    if (task.workReads.text() == "0" && task.workFlops.text() == "0")
        findings.push_back({"no-work", false, "without [work] nothing is faster than physics"});
}

/// Every size that candidates are verified on.
std::vector<VerifyQuestion> knownQuestions(const Task& task, bool modelled)
{
    std::vector<VerifyQuestion> questions;
    for (const TaskSize* size : modelled ? task.emulatorSizes() : task.verifySizes()) {
        VerifyQuestion question;
        question.size = size->name;
        question.besideBaseline = true;
        questions.push_back(std::move(question));
    }
    return questions;
}

}  // namespace

bool TaskAudit::isCheatable() const
{
    return std::any_of(findings.begin(), findings.end(), [](const AuditFinding& finding) { return finding.isSerious; });
}

std::vector<AuditFinding> findingsOf(const Task& task, const std::vector<AuditedCase>& cases)
{
    std::vector<AuditFinding> findings;
    findTrivial(cases, findings);
    findIgnoredInputs(task, cases, findings);
    findFlatOutputs(task, cases, findings);
    findGaps(task, cases, findings);
    return findings;
}

Result<TaskAudit> auditTask(JudgeClient& judge, const Task& task, std::uint64_t seed, std::stop_token stop,
                            const std::function<void(std::size_t, std::size_t)>& progress)
{
    const bool modelled = judge.facts().modelled;
    auto questions = knownQuestions(task, modelled);
    const std::size_t known = questions.size();
    WARPLOOM_TRY(auto hidden, hiddenCases(task, seed, modelled));
    questions.insert(questions.end(), hidden.begin(), hidden.end());
    TaskAudit audit;
    for (std::size_t i = 0; i < questions.size(); ++i) {
        if (stop.stop_requested())
            return fail(ErrorCode::Cancelled, "the audit was cancelled");
        progress(i, questions.size());
        WARPLOOM_TRY(CaseAudit outcome, judge.audit(questions[i], stop));
        audit.cases.push_back({i >= known, std::move(outcome)});
    }
    audit.findings = findingsOf(task, audit.cases);
    return audit;
}

}  // namespace warploom
