// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "measure/CandidateFault.h"
#include "measure/Judge.h"

namespace warploom {

Result<std::optional<Fault>> Judge::bindCounted(const CandidateSpec& candidate, const std::string& sizeName,
                                                CountedWork& work)
{
    CaseOrder order;
    order.size = sizeName;
    WARPLOOM_TRY(const CaseIdentity identity, identityOf(order));
    WARPLOOM_TRY(VerifyCase * verifyCase, caseFor(identity));
    auto ready = bound(candidate, *verifyCase, {});
    if (!ready) {
        auto fault = faultOfCandidate(ready.error());
        return fault ? Result<std::optional<Fault>>(std::move(fault)) : fail(std::move(ready).error());
    }
    WARPLOOM_TRY(work.prepare, preparation(*verifyCase, ready->candidate->scratches()));
    work.reset = {ready->candidate->module()};
    work.steps = std::move(ready->steps);
    return std::optional<Fault>();
}

Result<CounterReport> Judge::count(const CandidateSpec& candidate, const std::string& sizeName, CounterDevice& counters,
                                   CounterRequest request)
{
    CounterReport report;
    WARPLOOM_TRY(report.fault, bindCounted(candidate, sizeName, request));
    if (!report.fault) {
        WARPLOOM_TRY(report, counters.count(request));
    }
    report.size = sizeName;
    return report;
}

Result<InstructionReport> Judge::countInstructions(const CandidateSpec& candidate, const std::string& sizeName,
                                                   CounterDevice& counters, InstructionRequest request)
{
    InstructionReport report;
    WARPLOOM_TRY(report.fault, bindCounted(candidate, sizeName, request));
    if (!report.fault) {
        WARPLOOM_TRY(report, counters.countInstructions(request));
    }
    report.figure = request.figure;
    report.size = sizeName;
    return report;
}

}  // namespace warploom
