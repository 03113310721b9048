// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ModelServerFixture.h"

#include <set>
#include <thread>

using namespace warploom;
using namespace warploom::test;
using namespace std::chrono_literals;

/// Whole exchanges that go well, in both dialects.
class tst_ModelServer : public ModelServerFixture {
    Q_OBJECT

private slots:
    void initTestCase() { startServer(); }

    void goesWell_data()
    {
        QTest::addColumn<std::string>("name");
        QTest::addColumn<bool>("isCounted");
        for (const char* name : {"ok", "slow_start", "split_anywhere", "whole", "keeps_open"})
            QTest::newRow(name) << std::string(name) << true;
        QTest::newRow("no_usage") << std::string("no_usage") << false;
    }

    void goesWell()
    {
        QFETCH(std::string, name);
        QFETCH(bool, isCounted);
        for (const auto dialect : {ChatDialectName::OpenAi, ChatDialectName::Anthropic}) {
            const Asked asked = ask(settings(m_server.url(name), dialect));
            QVERIFY_RESULT(asked.answer);
            QCOMPARE(asked.answer->text, std::string(kText));
            QCOMPARE(asked.heard, std::string(kText));
            QCOMPARE(asked.answer->finish, ChatFinish::Stop);
            QCOMPARE(asked.answer->model, std::string("test-model-2"));
            QCOMPARE(asked.answer->usage.estimated, !isCounted);
            QCOMPARE(asked.answer->usage.promptTokens, isCounted ? 120 : 6);
            QCOMPARE(asked.answer->usage.answerTokens, isCounted ? 30 : 8);
            QCOMPARE(asked.answer->usage.cachedPromptTokens, isCounted && name != "whole" ? 100 : 0);
            QVERIFY(asked.answer->notes.empty());
            QVERIFY2(asked.took < 5s, std::to_string(asked.took.count()).c_str());
        }
    }

    void whatTheServerDoesNotCountIsEstimated()
    {
        for (const auto dialect : {ChatDialectName::OpenAi, ChatDialectName::Anthropic}) {
            const Asked asked = ask(settings(m_server.url("no_prompt_count"), dialect));
            QVERIFY_RESULT(asked.answer);
            QCOMPARE(asked.answer->text, std::string(kText));
            QVERIFY(asked.answer->usage.estimated);
            QCOMPARE(asked.answer->usage.promptTokens, 6);
            QCOMPARE(asked.answer->usage.cachedPromptTokens, 0);
            QCOMPARE(asked.answer->usage.answerTokens, 30);
        }
    }

    void textArrivesAsItIsWritten()
    {
        FakeTime time;
        ModelServer server(settings(m_server.url("many_at_once")), plantedKey, m_http, time.clock());
        std::set<qint64> times;
        QElapsedTimer timer;
        timer.start();
        const auto answer = server.chat(question(), [&](std::string_view) { times.insert(timer.elapsed() / 20); }, {});
        QVERIFY_RESULT(answer);
        QVERIFY2(times.size() >= 3, std::to_string(times.size()).c_str());
    }

    void otherEndings()
    {
        for (const auto dialect : {ChatDialectName::OpenAi, ChatDialectName::Anthropic}) {
            const Asked cut = ask(settings(m_server.url("cut_by_length"), dialect));
            QVERIFY_RESULT(cut.answer);
            QCOMPARE(cut.answer->finish, ChatFinish::Length);
            const Asked refused = ask(settings(m_server.url("refusal"), dialect));
            QVERIFY_RESULT(refused.answer);
            QCOMPARE(refused.answer->finish, ChatFinish::Refused);
        }
    }

    void callsTools()
    {
        for (const auto dialect : {ChatDialectName::OpenAi, ChatDialectName::Anthropic}) {
            const Asked asked = ask(settings(m_server.url("tools"), dialect));
            QVERIFY_RESULT(asked.answer);
            QCOMPARE(asked.answer->toolCalls.size(), std::size_t{2});
            QCOMPARE(asked.answer->toolCalls[0].name, std::string("propose"));
            QCOMPARE(asked.answer->toolCalls[0].arguments.dump(), std::string(R"({"move":"tile"})"));
            QCOMPARE(asked.answer->toolCalls[1].arguments, nlohmann::json(R"({"move": )"));
            QCOMPARE(asked.answer->finish, ChatFinish::Stop);
        }
    }

    void learnsWhatTheServerDoesNotTake()
    {
        FakeTime time;
        ModelServer server(settings(m_server.url("wants_completion_tokens")), plantedKey, m_http, time.clock());
        ChatRequest request = question();
        request.temperature = 0.5;
        const auto before = m_server.requestsAt("http").size();
        QVERIFY_RESULT(server.chat(request, {}, {}));
        QCOMPARE(m_server.requestsAt("http").size(), before + 3);
        QVERIFY_RESULT(server.chat(request, {}, {}));
        QCOMPARE(m_server.requestsAt("http").size(), before + 4);  // it is remembered
        QVERIFY(time.pauses().empty());
    }

    void wrongEncodingIsReplacedAndNoted()
    {
        for (const auto dialect : {ChatDialectName::OpenAi, ChatDialectName::Anthropic}) {
            const Asked asked = ask(settings(m_server.url("wrong_encoding"), dialect));
            QVERIFY_RESULT(asked.answer);
            QCOMPARE(asked.answer->text, std::string("gr\xEF\xBF\xBDn"));
            QCOMPARE(asked.answer->notes.size(), std::size_t{1});
            QCOMPARE(asked.answer->notes[0], std::string("what was no UTF-8 in the answer was replaced (1×)"));
        }
    }

    void eightAtOnce()
    {
        FakeTime time;
        ModelServer server(settings(m_server.url("many_at_once")), plantedKey, m_http, time.clock());
        std::vector<Result<ChatAnswer>> answers(8);
        QElapsedTimer timer;
        timer.start();
        QVERIFY_RESULT(server.chat(question(), {}, {}));
        const qint64 alone = timer.restart();
        {
            std::vector<std::jthread> threads;
            for (auto& answer : answers)
                threads.emplace_back([&] { answer = server.chat(question(), {}, {}); });
        }
        const qint64 took = timer.elapsed();
        for (const auto& answer : answers) {
            QVERIFY_RESULT(answer);
            QCOMPARE(answer->text, std::string(kText));
        }
        // They did not wait for each other: one after the other they would take eight times as long.
        QVERIFY2(took < 5 * alone, fmt::format("{} ms, one alone {} ms", took, alone).c_str());
    }

    void listsModels()
    {
        for (const auto dialect : {ChatDialectName::OpenAi, ChatDialectName::Anthropic}) {
            ModelServer server(settings(m_server.url("x"), dialect), plantedKey, m_http);
            const auto models = server.models({});
            QVERIFY_RESULT(models);
            QCOMPARE(*models, (std::vector<std::string>{"first", "second"}));
        }
    }
};

QTEST_APPLESS_MAIN(tst_ModelServer)
#include "tst_ModelServer.moc"
