// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "AgentRunFixture.h"

using namespace warploom;
using namespace warploom::test;

/// Agents that take long beside the rest of a run.
class tst_AgentRuns : public AgentRunFixture {
    Q_OBJECT

private slots:
    void init() { openWorkspace(); }
    void cleanup() { closeWorkspace(); }

    void othersGoOnWhileOneThinks()
    {
        Script fast;
        fast.answer = steadyIdeas("script");
        std::stop_source enough;
        std::atomic<int> questions{0};
        std::atomic<int> evaluations{0};
        const auto think = [&](const AgentContext&, std::stop_token stop) -> Result<std::vector<Proposal>> {
            if (++questions > 2 && evaluations >= 20)
                enough.request_stop();
            for (int turn = 0; turn < 6000 && evaluations < 5; ++turn)
                if (!thinkFor(5ms, stop))
                    return fail(stoppedError());
            return oneIdea("thought", vectorAddSource(700 + questions));
        };
        const auto onEvent = [&](const EventRecord& event) {
            evaluations += event.type == eventType::kEvaluationAdded ? 1 : 0;
        };
        std::vector<std::unique_ptr<Agent>> agents;
        agents.push_back(std::make_unique<ScriptedAgent>(fast));
        agents.push_back(std::make_unique<SlowAgent>("slow", think));
        const RunOutcome outcome =
            runAgents(*m_workspace, slowPlan(5000), std::move(agents), {}, enough.get_token(), onEvent);
        QVERIFY_RESULT(outcome.progress);
        // What the fast one had evaluated before the slow one's first idea came.
        int before = 0;
        bool hasCome = false;
        for (const EventRecord& event : outcome.events) {
            const bool isVariant = event.type == eventType::kVariantAdded;
            hasCome = hasCome || (isVariant && event.data.value("agent", "") == "slow");
            before += !hasCome && event.type == eventType::kEvaluationAdded ? 1 : 0;
        }
        QVERIFY(hasCome);
        QVERIFY2(before >= 3, std::to_string(before).c_str());
        const VariantRecord made = variantOf("slow");
        QCOMPARE(made.asked, std::string("slow:one"));
        QCOMPARE(made.model, std::string("one"));
        QVERIFY(!made.mode.empty());
        QCOMPARE(m_workspace->variant(made.id)->asked, made.asked);
        EvaluationFilter filter;
        filter.variant = made.id;
        QCOMPARE(m_workspace->evaluations(filter)->front().verdict, Verdict::Ok);
        const auto& tallies = outcome.progress->agents;
        QCOMPARE(tallies.size(), std::size_t{2});
        QCOMPARE(tallies[0].key, std::string("script"));
        QVERIFY(tallies[0].variants >= 3 && tallies[0].right >= 3);
        QVERIFY(tallies[1].answered >= 1 && tallies[1].variants >= 1);
    }

    void aRunWaitsForTheAnswersItHasLeft()
    {
        const auto asked = std::make_shared<Asked>();
        const auto think = [asked](const AgentContext& context, std::stop_token stop) -> Result<std::vector<Proposal>> {
            const std::size_t number = asked->add(context);
            if (!thinkFor(300ms, stop))
                return fail(stoppedError());
            if (number >= 2)
                return std::vector<Proposal>{};
            return oneIdea("thought", vectorAddSource(700 + static_cast<int>(number)));
        };
        const RunOutcome outcome = runAgents(*m_workspace, slowPlan(50), slowOnly(think));
        QVERIFY_RESULT(outcome.progress);
        QCOMPARE(outcome.progress->endReason, std::string("nothing left to try"));
        QCOMPARE(m_workspace->evaluations({})->size(), std::size_t{3});
        QVERIFY(asked->copy().size() >= 4);
    }

    void failuresAreToldOnceAndEndNothing()
    {
        Script fast;
        fast.answer = steadyIdeas("script");
        std::atomic<int> questions{0};
        const auto think = [&](const AgentContext&, std::stop_token) -> Result<std::vector<Proposal>> {
            return fail(++questions == 1 ? ErrorCode::IoFailed : ErrorCode::ProtocolViolation, "no luck");
        };
        std::vector<std::unique_ptr<Agent>> agents;
        agents.push_back(std::make_unique<ScriptedAgent>(fast));
        agents.push_back(std::make_unique<SlowAgent>("slow", think));
        std::stop_source enough;
        std::atomic<int> evaluations{0};
        const auto begin = std::chrono::steady_clock::now();
        const auto onEvent = [&](const EventRecord& event) {
            evaluations += event.type == eventType::kEvaluationAdded ? 1 : 0;
            if (questions >= 3 && evaluations >= 5)
                enough.request_stop();
        };
        const RunOutcome outcome =
            runAgents(*m_workspace, slowPlan(5000), std::move(agents), {}, enough.get_token(), onEvent);
        QVERIFY_RESULT(outcome.progress);
        QCOMPARE(outcome.progress->endReason, std::string("stopped"));
        // After one second, two more, and four more.
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
        const int most = took < 3s ? 2 : 2 + static_cast<int>(std::log2((took.count() + 1) / 2));
        QVERIFY2(questions <= most, fmt::format("{} in {} s", questions.load(), took.count()).c_str());
        const auto told = eventsOf(outcome.events, eventType::kAgentFailed);
        QCOMPARE(told.size(), std::size_t{2});
        QCOMPARE(told[0].data.at("agent").get<std::string>(), std::string("slow:one"));
        QCOMPARE(told[0].data.at("code").get<std::string>(), std::string("io-failed"));
        QCOMPARE(told[0].data.at("permanent").get<bool>(), false);
        QCOMPARE(told[1].data.at("code").get<std::string>(), std::string("protocol-violation"));
        QCOMPARE(outcome.progress->agents[1].failed, std::int64_t{questions});
        QCOMPARE(outcome.progress->agents[1].note, std::string("no luck"));
    }

    void theOnlyAgentThatCanNeverAnswerEndsTheRun()
    {
        const auto think = [](const AgentContext&, std::stop_token) -> Result<std::vector<Proposal>> {
            return fail(ErrorCode::InvalidArgument, "there is no such model");
        };
        const RunOutcome outcome = runAgents(*m_workspace, slowPlan(50), slowOnly(think));
        QCOMPARE(outcome.progress.error().code, ErrorCode::InvalidArgument);
        QCOMPARE(outcome.progress.error().message, std::string("there is no such model"));
        QCOMPARE(eventsOf(outcome.events, eventType::kAgentFailed).size(), std::size_t{1});
        QCOMPARE(m_workspace->latestRun().value()->state, RunState::Interrupted);
    }

    void whoHangsIsGivenUp()
    {
        Script fast;
        fast.answer = steadyIdeas("script");
        std::vector<std::unique_ptr<Agent>> agents;
        agents.push_back(std::make_unique<ScriptedAgent>(fast));
        agents.push_back(std::make_unique<SlowAgent>("slow", hang));
        RunPlan plan = slowPlan(5000);
        plan.settings.answerDeadline = Seconds(0.3);
        std::stop_source enough;
        const auto onEvent = [&](const EventRecord& event) {
            if (event.type == eventType::kAgentFailed)
                enough.request_stop();
        };
        const RunOutcome outcome = runAgents(*m_workspace, plan, std::move(agents), {}, enough.get_token(), onEvent);
        QVERIFY_RESULT(outcome.progress);
        const auto told = eventsOf(outcome.events, eventType::kAgentFailed);
        QCOMPARE(told.size(), std::size_t{1});
        QCOMPARE(told[0].data.at("code").get<std::string>(), std::string("timeout"));
    }
};

QTEST_GUILESS_MAIN(tst_AgentRuns)
#include "tst_AgentRuns.moc"
