// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "measure/CandidateFault.h"
#include "measure/Judge.h"

namespace warploom {

Result<CounterReport> Judge::count(const CandidateSpec& candidate, const std::string& sizeName, CounterDevice& counters,
                                   CounterRequest request)
{
    CaseOrder order;
    order.size = sizeName;
    WARPLOOM_TRY(const CaseIdentity identity, identityOf(order));
    WARPLOOM_TRY(VerifyCase * verifyCase, caseFor(identity));
    auto ready = bound(candidate, *verifyCase, {});
    if (!ready) {
        CounterReport report;
        report.size = sizeName;
        report.fault = faultOfCandidate(ready.error());
        return report.fault ? Result<CounterReport>(std::move(report)) : fail(std::move(ready).error());
    }
    WARPLOOM_TRY(request.prepare, preparation(*verifyCase, ready->candidate->scratches()));
    request.reset = {ready->candidate->module()};
    request.steps = std::move(ready->steps);
    WARPLOOM_TRY(CounterReport report, counters.count(request));
    report.size = sizeName;
    return report;
}

}  // namespace warploom
