// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "AgentRunFixture.h"

using namespace warploom;
using namespace warploom::test;

/// What ends while agents are being asked, and what they are asked to mend.
class tst_AgentStops : public AgentRunFixture {
    Q_OBJECT

private slots:
    void init() { openWorkspace(); }
    void cleanup() { closeWorkspace(); }

    void aStopDoesNotWaitForAnswers_data()
    {
        QTest::addColumn<bool>("byCommand");
        QTest::newRow("token") << false;
        QTest::newRow("command") << true;
    }
    void aStopDoesNotWaitForAnswers()
    {
        QFETCH(bool, byCommand);
        std::atomic<bool> isAsked{false};
        const auto think = [&](const AgentContext& context, std::stop_token stop) {
            isAsked = true;
            return hang(context, std::move(stop));
        };
        auto engine = Engine::start(*m_workspace, slowPlan(50), slowOnly(think), {}, {});
        QVERIFY_RESULT(engine);
        std::stop_source source;
        std::chrono::steady_clock::time_point stopped;
        std::jthread person([&] {
            while (!isAsked)
                std::this_thread::sleep_for(10ms);
            std::this_thread::sleep_for(300ms);
            stopped = std::chrono::steady_clock::now();
            if (!byCommand) {
                source.request_stop();
                return;
            }
            Command command;
            command.kind = Command::Kind::Stop;
            (*engine)->post(command);
        });
        const auto progress = (*engine)->run(source.get_token());
        const auto ended = std::chrono::steady_clock::now();
        person.join();
        QVERIFY_RESULT(progress);
        QCOMPARE(progress->endReason, std::string("stopped"));
        QVERIFY(ended - stopped < 1s);
        QCOMPARE(progress->agents[0].inFlight, std::int64_t{0});
    }

    void theBudgetOfEvaluationsDoesNotWaitForAnswers()
    {
        Script fast;
        fast.answer = steadyIdeas("script");
        std::vector<std::unique_ptr<Agent>> agents;
        agents.push_back(std::make_unique<ScriptedAgent>(fast));
        agents.push_back(std::make_unique<SlowAgent>("slow", hang));
        const RunOutcome outcome = runAgents(*m_workspace, slowPlan(12), std::move(agents));
        QVERIFY_RESULT(outcome.progress);
        QCOMPARE(outcome.progress->endReason, std::string("budget"));
        QVERIFY(eventsOf(outcome.events, eventType::kAgentFailed).empty());
    }

    void whatIsWrongIsMendedWithTheEvidence()
    {
        const auto asked = std::make_shared<Asked>();
        const auto think = [asked](const AgentContext& context, std::stop_token) -> Result<std::vector<Proposal>> {
            const std::size_t number = asked->add(context);
            if (!context.repair)
                return number == 0 ? oneIdea("bold", wrongSource())
                                   : Result<std::vector<Proposal>>(std::vector<Proposal>{});
            return context.repair->failure->verdict == Verdict::Wrong ? oneIdea("bold", brokenSource())
                                                                      : oneIdea("bold", vectorAddSource(903));
        };
        const RunOutcome outcome = runAgents(*m_workspace, slowPlan(50), slowOnly(think));
        QVERIFY_RESULT(outcome.progress);
        std::vector<AgentContext> repairs;
        for (const AgentContext& context : asked->copy())
            if (context.repair)
                repairs.push_back(context);
        QCOMPARE(repairs.size(), std::size_t{2});
        QCOMPARE(repairs[0].repair->variant.source, wrongSource());
        QVERIFY(!repairs[0].repair->failure->evidence.empty());
        QCOMPARE(repairs[0].repairsLeft, 1);
        QCOMPARE(repairs[1].repair->failure->verdict, Verdict::CompileError);
        QVERIFY(repairs[1].repair->failure->evidence.at("log").get<std::string>().find("undefined_thing")
                != std::string::npos);
        QCOMPARE(repairs[1].repairsLeft, 0);
        const auto variants = m_workspace->variants(1);
        QCOMPARE(variants->size(), std::size_t{4});
        for (std::size_t i = 1; i < 4; ++i) {
            QCOMPARE(variants->at(i).parents, std::vector<VariantId>{variants->front().id});
            QCOMPARE(variants->at(i).repairs, i == 1 ? 0 : variants->at(i - 1).id);
        }
        const AgentTally& tally = outcome.progress->agents[0];
        QCOMPARE(tally.repairsAsked, std::int64_t{2});
        QCOMPARE(tally.repaired, std::int64_t{1});
        QCOMPARE(tally.right, std::int64_t{1});
        QCOMPARE(tally.variants, std::int64_t{3});
    }

    void mendingHasAnEnd()
    {
        const auto asked = std::make_shared<Asked>();
        const auto think = [asked](const AgentContext& context, std::stop_token) -> Result<std::vector<Proposal>> {
            const std::size_t number = asked->add(context);
            if (!context.repair && number > 0)
                return std::vector<Proposal>{};
            std::string source = wrongSource();
            source += fmt::format("__device__ int unused_{0} = {0};\n", number);
            return oneIdea("bold", source);
        };
        RunPlan plan = slowPlan(50);
        plan.settings.repairs = 3;
        const RunOutcome outcome = runAgents(*m_workspace, plan, slowOnly(think));
        QVERIFY_RESULT(outcome.progress);
        QCOMPARE(outcome.progress->agents[0].repairsAsked, std::int64_t{3});
        QCOMPARE(outcome.progress->agents[0].repaired, std::int64_t{0});
        QCOMPARE(m_workspace->variants(1)->size(), std::size_t{5});
    }
};

QTEST_GUILESS_MAIN(tst_AgentStops)
#include "tst_AgentStops.moc"
