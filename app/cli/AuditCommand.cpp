// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>
#include <cstdio>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "Commands.h"
#include "Terminal.h"
#include "engine/RunPlan.h"
#include "evaluate/EvaluationRig.h"
#include "evaluate/TaskAudit.h"
#include "task/TaskLoader.h"

namespace warploom {

namespace {

void put(const std::string& text) { static_cast<void>(std::fwrite(text.data(), 1, text.size(), stdout)); }

std::string caseText(const AuditedCase& audited)
{
    const CaseReport& baseline = audited.outcome.baseline;
    double worst = 0;
    for (const ComparisonReport& comparison : baseline.comparisons)
        worst = std::max(worst, comparison.worstRatio);
    std::vector<std::string> passing;
    for (const TrivialReport& trivial : audited.outcome.trivial) {
        if (trivial.passes)
            passing.push_back(trivial.name);
    }
    const std::string error = baseline.voidReason.empty() ? fmt::format("{:.3g}", worst) : "void";
    return fmt::format("{:<8} {:<36} {:<12} {:>9}  {}\n", audited.isHidden ? "hidden" : "known", baseline.size,
                       baseline.distribution, error,
                       baseline.voidReason.empty() ? fmt::format("{}", fmt::join(passing, ", ")) : baseline.voidReason);
}

nlohmann::json auditJson(const TaskAudit& audit, const EvaluationRig& rig)
{
    auto cases = nlohmann::json::array();
    for (const AuditedCase& audited : audit.cases) {
        nlohmann::json row = audited.outcome;
        row["hidden"] = audited.isHidden;
        cases.push_back(std::move(row));
    }
    auto findings = nlohmann::json::array();
    for (const AuditFinding& finding : audit.findings)
        findings.push_back({{"code", finding.code}, {"serious", finding.isSerious}, {"message", finding.message}});
    return {{"task", rig.task().name},
            {"device", rig.facts().id},
            {"cheatable", audit.isCheatable()},
            {"findings", std::move(findings)},
            {"cases", std::move(cases)}};
}

}  // namespace

int runAudit(const AuditOptions& options, const Interrupt& interrupt)
{
    const auto task = loadTask(options.task);
    if (!task)
        return complain(task.error());
    const auto device = deviceForRun(options.device);
    if (!device)
        return complain(device.error());
    const auto rig = EvaluationRig::start(*task, *device, interrupt.token());
    if (!rig)
        return complain(asMachineError(rig.error()));
    ProgressLine line;
    const auto progress = [&line](std::size_t done, std::size_t all) {
        line.show(fmt::format("case {} of {}", done + 1, all));
    };
    const auto audit = auditTask((*rig)->judge(), *task, options.seed, interrupt.token(), progress);
    line.clear();
    if (!audit)
        return complain(audit.error());
    const int code = audit->isCheatable() ? kVerdict : kFine;
    if (options.json)
        return printJson(auditJson(*audit, **rig), code);
    put(fmt::format("{:<8} {:<36} {:<12} {:>9}  {}\n", "case", "size", "inputs", "baseline", "passes without work"));
    for (const AuditedCase& audited : audit->cases)
        put(caseText(audited));
    put("(baseline: its largest error, in tolerances)\n");
    for (const AuditFinding& finding : audit->findings)
        put(fmt::format("{} {}\n", finding.isSerious ? "cheatable:" : "note:", finding.message));
    if (audit->findings.empty())
        put("nothing found: answers that need no work fail, and every input matters\n");
    return finishOutput(code);
}

}  // namespace warploom
