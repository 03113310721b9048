// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "measure/JudgeService.h"

#include "task/TaskLoader.h"

namespace warploom {

namespace {

RunLimits limitsFrom(const nlohmann::json& params, const RequestContext& context)
{
    RunLimits limits;
    limits.deadline = std::chrono::milliseconds(params.value("deadline_ms", std::int64_t{10'000}));
    limits.instructionBudget = params.value("instruction_budget", limits.instructionBudget);
    limits.stop = context.stopToken();
    return limits;
}

TimingOrder orderFrom(const nlohmann::json& params)
{
    TimingOrder order;
    order.incumbent = params.at("incumbent").get<CandidateSpec>();
    order.candidates = params.at("candidates").get<std::vector<CandidateSpec>>();
    order.size = params.at("size").get<std::string>();
    order.rounds = params.value("rounds", 8);
    if (params.contains("launches"))
        order.launches = params.at("launches").get<int>();
    if (params.contains("copies"))
        order.copies = params.at("copies").get<int>();
    order.budget = Seconds(params.value("budget_s", order.budget.count()));
    order.cold = params.value("cold", true);
    order.seed = params.value("seed", std::uint64_t{1});
    order.dataSeed = params.value("data_seed", std::uint64_t{1});
    order.deadline = std::chrono::milliseconds(params.value("deadline_ms", std::int64_t{10'000}));
    return order;
}

Result<CaseOrder> caseFrom(const nlohmann::json& params)
{
    CaseOrder order;
    order.size = params.at("size").get<std::string>();
    const auto values = params.value("sizes", std::map<std::string, std::int64_t>{});
    order.values = {values.begin(), values.end()};
    order.seed = params.value("seed", order.seed);
    const auto name = params.value("distribution", std::string("declared"));
    const auto distribution = distributionFromName(name);
    if (!distribution)
        return fail(ErrorCode::InvalidArgument, "no such distribution: " + name);
    order.distribution = *distribution;
    order.besideBaseline = params.value("beside_baseline", false);
    order.derived = params.value("derived", false);
    order.runs = params.value("runs", order.runs);
    return order;
}

/// While it lives, runs are reported as progress: {"running_ms": 10000}, and null at their end.
class RunReports {
public:
    RunReports(InProcessHost* host, const RequestContext& context)
        : m_host(host)
    {
        if (m_host == nullptr)
            return;
        m_host->watchRuns([&context](std::optional<std::chrono::milliseconds> deadline) {
            context.progress({{"running_ms", deadline ? nlohmann::json(deadline->count()) : nlohmann::json()}});
        });
    }
    ~RunReports()
    {
        if (m_host != nullptr)
            m_host->watchRuns({});
    }
    RunReports(const RunReports&) = delete;
    RunReports& operator=(const RunReports&) = delete;

private:
    InProcessHost* m_host;
};

}  // namespace

void addJudgeMethods(RpcServer& server, Judge& judge, InProcessHost* host)
{
    server.addMethod(
        "judge/openTask", [&judge](const nlohmann::json& params, RequestContext&) -> Result<nlohmann::json> {
            WARPLOOM_TRY(Task task, taskFromFiles(params.at("files").get<std::map<std::string, std::string>>()));
            WARPLOOM_CHECK(judge.openTask(std::move(task)));
            return nlohmann::json::object();
        });
    server.addMethod(
        "judge/verify",
        [&judge, host](const nlohmann::json& params, RequestContext& context) -> Result<nlohmann::json> {
            const RunReports reports(host, context);
            WARPLOOM_TRY(const CaseOrder order, caseFrom(params));
            WARPLOOM_TRY(const CaseReport report,
                         judge.verify(params.at("candidate").get<CandidateSpec>(), order, limitsFrom(params, context)));
            return nlohmann::json(report);
        });
    server.addMethod("judge/audit",
                     [&judge, host](const nlohmann::json& params, RequestContext& context) -> Result<nlohmann::json> {
                         const RunReports reports(host, context);
                         WARPLOOM_TRY(const CaseOrder order, caseFrom(params));
                         WARPLOOM_TRY(const CaseAudit audit, judge.audit(order, limitsFrom(params, context)));
                         return nlohmann::json(audit);
                     });
    server.addMethod("judge/time",
                     [&judge](const nlohmann::json& params, RequestContext& context) -> Result<nlohmann::json> {
                         const auto progress = [&context](int round) {
                             context.progress({{"round", round}});
                             return !context.isCancelled();
                         };
                         WARPLOOM_TRY(const TimingReport report, judge.time(orderFrom(params), progress));
                         if (context.isCancelled())
                             return fail(ErrorCode::Cancelled, "the series was cancelled");
                         return nlohmann::json(report);
                     });
    server.addMethod("judge/peaks", [&judge](const nlohmann::json&, RequestContext& context) -> Result<nlohmann::json> {
        const auto progress = [&context](const std::string& method) {
            context.progress({{"method", method}});
            return !context.isCancelled();
        };
        WARPLOOM_TRY(const DevicePeaks peaks, judge.peaks(progress));
        return nlohmann::json(peaks);
    });
    server.addMethod("judge/model",
                     [&judge](const nlohmann::json& params, RequestContext& context) -> Result<nlohmann::json> {
                         WARPLOOM_TRY(const ModelReport report,
                                      judge.model(params.at("candidate").get<CandidateSpec>(),
                                                  params.at("size").get<std::string>(), limitsFrom(params, context)));
                         return nlohmann::json(report);
                     });
}

}  // namespace warploom
