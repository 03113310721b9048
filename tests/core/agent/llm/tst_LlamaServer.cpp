// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestModelServer.h"
#include "TestSupport.h"

#include <atomic>
#include <cstdlib>
#include <thread>

#include "agent/llm/ModelServer.h"

using namespace warploom;
using namespace warploom::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* kLlamaKey = "sk-llama-0123456789abcdef";

}  // namespace

/// llama.cpp's own server with a model of random weights: what it says is noise, how it says it is what is tested.
/// WARPLOOM_LLAMA_PYTHON names a Python that has the packages xllamacpp and gguf.
class tst_LlamaServer : public QObject {
    Q_OBJECT

private:
    ModelServer server(ChatDialectName dialect, const char* key = kLlamaKey) const
    {
        ModelServerSettings settings;
        settings.dialect = dialect;
        settings.baseUrl = m_address;
        settings.proxy = "direct";
        settings.deadlines = {5s, 60s, 60s, 120s};
        return ModelServer(settings, [key] { return Result<Secret>(Secret(key)); }, m_http);
    }

    ChatRequest question(std::int64_t tokens) const
    {
        ChatRequest request;
        request.model = m_model;
        request.messages = {{ChatRole::System, "You make kernels fast."}, {ChatRole::User, "What of this loop?"}};
        request.maxAnswerTokens = tokens;
        return request;
    }

    ServerScript m_script;
    std::string m_address;
    std::string m_model;
    std::shared_ptr<HttpClient> m_http = std::make_shared<HttpClient>();

private slots:
    void initTestCase()
    {
        const char* const python = std::getenv("WARPLOOM_LLAMA_PYTHON");
        if (!python)
            QSKIP("WARPLOOM_LLAMA_PYTHON names no Python with xllamacpp and gguf");
        const std::string fault = m_script.start(python, "llama_server.py", {kLlamaKey});
        QVERIFY2(fault.empty(), fault.c_str());
        m_address = m_script.said().value("address", "");
        m_model = m_script.said().value("model", "");
        qInfo("llama.cpp at %s", m_script.said().dump().c_str());
    }

    void answers_data()
    {
        QTest::addColumn<bool>("isAnthropic");
        QTest::newRow("chat completions") << false;
        QTest::newRow("messages") << true;
    }

    void answers()
    {
        QFETCH(bool, isAnthropic);
        ModelServer asked = server(isAnthropic ? ChatDialectName::Anthropic : ChatDialectName::OpenAi);
        std::string heard;
        int pieces = 0;
        const auto answer = asked.chat(question(24),
                                       [&](std::string_view piece) {
                                           heard += piece;
                                           ++pieces;
                                       },
                                       {});
        QVERIFY_RESULT(answer);
        qInfo("%s: %lld prompt (%lld cached), %lld answer tokens, %d pieces", answer->model.c_str(),
              static_cast<long long>(answer->usage.promptTokens),
              static_cast<long long>(answer->usage.cachedPromptTokens),
              static_cast<long long>(answer->usage.answerTokens), pieces);
        // Where the first token is a part of a character, this server leaves out the event that names model and prompt.
        const bool isWhole = !isAnthropic || !answer->model.empty();
        QCOMPARE(answer->model, isWhole ? m_model : std::string());
        QCOMPARE(heard, answer->text);
        QVERIFY(!answer->text.empty());
        QCOMPARE(answer->usage.estimated, !isWhole);
        QVERIFY(answer->usage.promptTokens > (isWhole ? 20 : 5));
        QVERIFY(answer->usage.answerTokens > 0 && answer->usage.answerTokens <= 24);
        QCOMPARE(answer->finish, answer->usage.answerTokens == 24 ? ChatFinish::Length : ChatFinish::Stop);
    }

    void refusesAWrongKey()
    {
        for (const auto dialect : {ChatDialectName::OpenAi, ChatDialectName::Anthropic}) {
            const auto answer = server(dialect, "sk-wrong-0123456789").chat(question(4), {}, {});
            QVERIFY(!answer);
            QCOMPARE(answer.error().code, ErrorCode::KeyRefused);
            qInfo("%s", answer.error().message.c_str());
        }
    }

    void refusesAPromptThatIsTooLong()
    {
        ChatRequest longRequest = question(4);
        for (int i = 0; i < 4000; ++i)
            longRequest.messages.back().text += "0123456789 ";
        const auto answer = server(ChatDialectName::OpenAi).chat(longRequest, {}, {});
        QVERIFY(!answer);
        QCOMPARE(answer.error().code, ErrorCode::RequestRefused);
        qInfo("%s", answer.error().message.c_str());
    }

    void callsATool()
    {
        ChatRequest request = question(200);
        request.tools = {{"propose", "Proposes a change.",
                          nlohmann::json::parse("{\"type\":\"object\",\"properties\":{\"move\":{\"type\":\"string\"}},"
                                                "\"required\":[\"move\"]}")}};
        // Random weights call no tool of their own accord; that the server takes the request is what can be seen.
        const auto answer = server(ChatDialectName::OpenAi).chat(request, {}, {});
        QVERIFY_RESULT(answer);
        QVERIFY(!answer->text.empty() || !answer->toolCalls.empty());
    }

    void severalAtOnce()
    {
        ModelServer asked = server(ChatDialectName::OpenAi);
        std::vector<Result<ChatAnswer>> answers(8);
        {
            std::vector<std::jthread> threads;
            for (auto& answer : answers)
                threads.emplace_back([&] { answer = asked.chat(question(16), {}, {}); });
        }
        for (const auto& answer : answers) {
            QVERIFY_RESULT(answer);
            QVERIFY(answer->usage.answerTokens > 0);
        }
    }

    void cancelsInMidAnswer()
    {
        ModelServer asked = server(ChatDialectName::OpenAi);
        std::stop_source source;
        std::atomic<qint64> stoppedAt = 0;
        QElapsedTimer timer;
        timer.start();
        const auto answer = asked.chat(
            question(3000),
            [&](std::string_view) {
                if (!source.stop_requested())
                    stoppedAt = timer.elapsed();
                source.request_stop();
            },
            source.get_token());
        const qint64 late = timer.elapsed() - stoppedAt;
        QVERIFY(!answer);
        QVERIFY(answer.error().isCancelled());
        QVERIFY2(late < 200, std::to_string(late).c_str());
        QVERIFY_RESULT(asked.chat(question(4), {}, {}));
    }

    void listsModels()
    {
        const auto models = server(ChatDialectName::OpenAi).models({});
        QVERIFY_RESULT(models);
        QCOMPARE(*models, std::vector<std::string>{m_model});
    }
};

QTEST_APPLESS_MAIN(tst_LlamaServer)
#include "tst_LlamaServer.moc"
