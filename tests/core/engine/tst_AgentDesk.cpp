// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <atomic>

#include "SlowAgents.h"
#include "TestSupport.h"
#include "engine/AgentDesk.h"

using namespace warploom;
using namespace warploom::test;

namespace {

using namespace std::chrono_literals;

AgentQuestion questionFor(VariantId parent)
{
    AgentQuestion question;
    question.agent = "slow:one";
    question.expansion.parents = {parent};
    question.context.parent.id = parent;
    return question;
}

AgentDesk::Settings quickSettings()
{
    AgentDesk::Settings settings;
    settings.parallel = 2;
    settings.deadline = 10s;
    settings.firstPause = 80ms;
    settings.longestPause = 200ms;
    settings.patience = 3;
    return settings;
}

/// A desk whose mailbox this thread empties.
struct Desk {
    explicit Desk(AgentDesk::Settings settings = quickSettings())
        : desk(mailbox, settings,
               {[this](AgentAnswer answer) { answers.push_back(std::move(answer)); },
                [this](std::int64_t number, ExchangeRecord request) {
                    requests.emplace_back(number, std::move(request));
                },
                [this](std::int64_t number, ExchangeRecord outcome) {
                    outcomes.emplace_back(number, std::move(outcome));
                }})
    {
    }

    bool answered(std::size_t count)
    {
        const auto end = std::chrono::steady_clock::now() + 20s;
        while (answers.size() < count && std::chrono::steady_clock::now() < end) {
            desk.keepDeadlines();
            mailbox.runAll(10ms);
        }
        return answers.size() == count;
    }

    Mailbox mailbox;
    std::vector<AgentAnswer> answers;
    std::vector<std::pair<std::int64_t, ExchangeRecord>> requests;
    std::vector<std::pair<std::int64_t, ExchangeRecord>> outcomes;
    AgentDesk desk;
};

}  // namespace

class tst_AgentDesk : public QObject {
    Q_OBJECT

private slots:
    void severalAreAskedAtOnce()
    {
        std::atomic<int> now{0};
        std::atomic<int> most{0};
        SlowAgent agent("slow", [&](const AgentContext& context, std::stop_token stop) {
            most = std::max(most.load(), ++now);
            // The first is answered last.
            thinkFor(context.parent.id == 1 ? 300ms : 50ms, stop);
            --now;
            return oneIdea("move-" + std::to_string(context.parent.id), "x");
        });
        Desk desk;
        desk.desk.ask(agent, questionFor(1));
        QVERIFY(desk.desk.canAsk("slow:one"));
        desk.desk.ask(agent, questionFor(2));
        QVERIFY(!desk.desk.canAsk("slow:one"));
        QVERIFY(desk.desk.canAsk("another"));
        QVERIFY(desk.desk.isWorthWaitingFor("slow:one"));
        QCOMPARE(desk.desk.inFlight(), 2);
        QVERIFY(desk.answered(2));
        QCOMPARE(most.load(), 2);
        QCOMPARE(desk.answers[0].question.context.parent.id, VariantId{2});
        QCOMPARE(desk.answers[1].proposals->front().move, std::string("move-1"));
        QVERIFY(desk.answers[1].took > Seconds(0.25));
        QCOMPARE(desk.desk.inFlight(), 0);
        QVERIFY(!desk.desk.isWorthWaitingFor("slow:one"));
    }

    void aPersonsTimeDoesNotCount()
    {
        AgentDesk::Settings settings = quickSettings();
        settings.deadline = 150ms;
        std::atomic<bool> isDecided{false};
        Mailbox mailbox;
        std::vector<AgentAnswer> answers;
        AgentDesk::Sinks sinks;
        sinks.answered = [&](AgentAnswer answer) { answers.push_back(std::move(answer)); };
        sinks.approve = [&](const AgentRequest&, std::stop_token stop) {
            while (!isDecided && thinkFor(5ms, stop)) { }
            return !stop.stop_requested();
        };
        AgentDesk desk(mailbox, settings, sinks);
        SlowAgent agent("slow", [](const AgentContext& context, std::stop_token stop) {
            const bool isSent = context.exchanges.approve({}, stop);
            context.exchanges.arrived(7, 120);
            return oneIdea(isSent ? "sent" : "kept", "x");
        });
        desk.ask(agent, questionFor(1));
        const auto end = std::chrono::steady_clock::now() + 400ms;
        while (std::chrono::steady_clock::now() < end) {
            desk.keepDeadlines();
            mailbox.runAll(10ms);
        }
        QVERIFY(answers.empty());
        isDecided = true;
        for (int turn = 0; turn < 1000 && answers.empty(); ++turn) {
            desk.keepDeadlines();
            mailbox.runAll(10ms);
        }
        QCOMPARE(answers.size(), std::size_t{1});
        QVERIFY_RESULT(answers[0].proposals);
        QCOMPARE(answers[0].proposals->front().move, std::string("sent"));
        QCOMPARE(desk.arrived(7), std::int64_t{120});
        QCOMPARE(desk.arrived(8), std::int64_t{0});
    }

    void whoFailsIsLeftAloneForLonger()
    {
        SlowAgent agent("slow", [](const AgentContext&, std::stop_token) -> Result<std::vector<Proposal>> {
            return fail(ErrorCode::IoFailed, "no connection");
        });
        SlowAgent thinking("slow", [](const AgentContext&, std::stop_token stop) {
            thinkFor(200ms, stop);
            return oneIdea("late", "x");
        });
        Desk desk;
        std::vector<std::chrono::milliseconds> pauses;
        for (int i = 0; i < 3; ++i) {
            desk.desk.ask(agent, questionFor(1));
            QVERIFY(desk.answered(static_cast<std::size_t>(i) + 1));
            const auto begin = std::chrono::steady_clock::now();
            // The third failure is the last that is worth waiting after.
            QCOMPARE(desk.desk.isWorthWaitingFor("slow:one"), i < 2);
            QTRY_VERIFY_WITH_TIMEOUT(desk.desk.canAsk("slow:one"), 5'000);
            pauses.push_back(
                std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin));
        }
        QVERIFY(pauses[0] >= 60ms);
        QVERIFY(pauses[1] >= 140ms);
        QVERIFY(pauses[2] >= 180ms);
        // While one finds out whether it is over, no second one does.
        desk.desk.ask(thinking, questionFor(1));
        QVERIFY(!desk.desk.canAsk("slow:one"));
        QVERIFY(desk.answered(4));
        desk.desk.ask(thinking, questionFor(1));
        QVERIFY(desk.desk.canAsk("slow:one"));
    }

    void whoIsDismissedStaysAway()
    {
        Desk desk;
        QVERIFY(desk.desk.canAsk("slow:one"));
        desk.desk.dismiss("slow:one");
        QVERIFY(!desk.desk.canAsk("slow:one"));
        QVERIFY(!desk.desk.isWorthWaitingFor("slow:one"));
    }

    void deadlinesAreKept()
    {
        auto settings = quickSettings();
        settings.deadline = 150ms;
        SlowAgent agent("slow", hang);
        Desk desk(settings);
        const auto begin = std::chrono::steady_clock::now();
        desk.desk.ask(agent, questionFor(1));
        QVERIFY(desk.answered(1));
        QVERIFY(std::chrono::steady_clock::now() - begin < 1s);
        QCOMPARE(desk.answers[0].proposals.error().code, ErrorCode::Timeout);
        QCOMPARE(desk.answers[0].proposals.error().message, std::string("no answer within 0.15 s"));
        QVERIFY(!desk.desk.canAsk("slow:one"));
    }

    void cancellingDropsAnswersAndKeepsExchanges()
    {
        SlowAgent agent("slow", [](const AgentContext& context, std::stop_token stop) -> Result<std::vector<Proposal>> {
            ExchangeRecord record;
            record.agent = "slow:one";
            const auto number = context.exchanges.started(record);
            thinkFor(10min, stop);
            record.errorCode = "cancelled";
            context.exchanges.finished(number, record);
            return fail(stoppedError());
        });
        Desk desk;
        desk.desk.ask(agent, questionFor(1));
        desk.desk.ask(agent, questionFor(2));
        const auto begin = std::chrono::steady_clock::now();
        desk.desk.cancel();
        QVERIFY(std::chrono::steady_clock::now() - begin < 1s);
        QCOMPARE(desk.desk.inFlight(), 0);
        QVERIFY(!desk.desk.canAsk("slow:one"));
        desk.mailbox.runAll(0ms);
        QVERIFY(desk.answers.empty());
        QCOMPARE(desk.requests.size(), std::size_t{2});
        QCOMPARE(desk.outcomes.size(), std::size_t{2});
        QVERIFY(desk.requests[0].first != desk.requests[1].first);
        QCOMPARE(desk.outcomes[0].second.errorCode, std::string("cancelled"));
    }

    void exchangesComeBeforeTheAnswerThatNamesThem()
    {
        SlowAgent agent("slow", [](const AgentContext& context, std::stop_token) -> Result<std::vector<Proposal>> {
            ExchangeRecord record;
            record.model = "one";
            Proposal proposal;
            proposal.exchange = context.exchanges.started(record);
            record.answer = "yes";
            context.exchanges.finished(proposal.exchange, record);
            return std::vector<Proposal>{proposal};
        });
        Desk desk;
        desk.desk.ask(agent, questionFor(1));
        QVERIFY(desk.answered(1));
        QCOMPARE(desk.requests.size(), std::size_t{1});
        QCOMPARE(desk.outcomes.size(), std::size_t{1});
        QCOMPARE(desk.outcomes[0].second.answer, std::string("yes"));
        QCOMPARE(desk.answers[0].proposals->front().exchange, desk.requests[0].first);
    }

    void anAgentThatThrowsHasFailed()
    {
        SlowAgent agent("slow", [](const AgentContext&, std::stop_token) -> Result<std::vector<Proposal>> {
            throw std::runtime_error("out of ideas");
        });
        Desk desk;
        desk.desk.ask(agent, questionFor(1));
        QVERIFY(desk.answered(1));
        QCOMPARE(desk.answers[0].proposals.error().code, ErrorCode::Internal);
        QVERIFY(desk.answers[0].proposals.error().message.find("out of ideas") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(tst_AgentDesk)
#include "tst_AgentDesk.moc"
