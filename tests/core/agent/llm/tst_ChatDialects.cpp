// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "agent/llm/ChatDialect.h"
#include "agent/llm/ServerRefusal.h"

using namespace warploom;
using namespace warploom::test;

Q_DECLARE_METATYPE(warploom::ChatDialectName)
Q_DECLARE_METATYPE(warploom::ErrorCode)

namespace {

/// JSON that is written with single quotes: moc loses its way among raw strings.
std::string quoted(std::string text)
{
    std::replace(text.begin(), text.end(), '\'', '"');
    return text;
}

ChatRequest exampleRequest()
{
    ChatRequest request;
    request.model = "m";
    request.messages = {
        {ChatRole::System, "be brief"}, {ChatRole::User, "hi"}, {ChatRole::Assistant, "yes?"}, {ChatRole::User, "go"}};
    request.tools = {{"propose", "a change", {{"type", "object"}}}};
    request.maxAnswerTokens = 100;
    request.temperature = 0.5;
    return request;
}

/// Decodes events that are given as their data.
Result<ChatAnswer> decode(ChatDialectName dialect, const std::vector<std::string>& events)
{
    const auto decoder = chatDialect(dialect).makeDecoder();
    for (const std::string& data : events)
        WARPLOOM_CHECK(decoder->takeEvent({{}, data}, [](std::string_view) { }));
    return decoder->take();
}

std::string openAiChunk(const std::string& delta)
{
    return quoted("{'model':'m','choices':[{'index':0,'delta':") + delta + "}]}";
}

}  // namespace

/// What is sent and how odd answers are read; whole exchanges are in tst_ModelServer.
class tst_ChatDialects : public QObject {
    Q_OBJECT

private slots:
    void findsTheAddress_data()
    {
        QTest::addColumn<ChatDialectName>("dialect");
        QTest::addColumn<std::string>("base");
        QTest::addColumn<std::string>("chat");
        const auto openAi = ChatDialectName::OpenAi;
        const auto anthropic = ChatDialectName::Anthropic;
        const auto add = [](ChatDialectName dialect, const std::string& base, const std::string& chat) {
            QTest::newRow((std::to_string(static_cast<int>(dialect)) + " " + base).c_str()) << dialect << base << chat;
        };
        add(openAi, "https://api.openai.com/v1", "https://api.openai.com:443/v1/chat/completions");
        add(openAi, "https://api.openai.com/v1/", "https://api.openai.com:443/v1/chat/completions");
        add(openAi, "http://localhost:11434", "http://localhost:11434/v1/chat/completions");
        add(openAi, "https://a.b/v1beta/openai", "https://a.b:443/v1beta/openai/chat/completions");
        add(openAi, "https://a.b/x/chat/completions", "https://a.b:443/x/chat/completions");
        add(openAi, "https://a.b/chat/completions", "https://a.b:443/chat/completions");
        add(openAi, "https://a.b/d?api-version=3", "https://a.b:443/d/chat/completions?api-version=3");
        add(openAi, "http://[::1]:8080/", "http://[::1]:8080/v1/chat/completions");
        add(anthropic, "https://api.anthropic.com", "https://api.anthropic.com:443/v1/messages");
        add(anthropic, "https://api.anthropic.com/v1/", "https://api.anthropic.com:443/v1/messages");
        add(anthropic, "https://a.b/proxy", "https://a.b:443/proxy/v1/messages");
        add(anthropic, "https://a.b/v1/messages", "https://a.b:443/v1/messages");
    }

    void findsTheAddress()
    {
        QFETCH(ChatDialectName, dialect);
        QFETCH(std::string, base);
        QFETCH(std::string, chat);
        const auto url = HttpUrl::parse(base);
        QVERIFY_RESULT(url);
        QCOMPARE(chatDialect(dialect).chatUrl(*url).toString(), chat);
        QVERIFY(chatDialect(dialect).modelsUrl(*url).path().ends_with("/models"));
    }

    void refusesAddresses_data()
    {
        QTest::addColumn<std::string>("text");
        QTest::addColumn<std::string>("says");
        QTest::newRow("nothing") << std::string() << std::string("no URL");
        QTest::newRow("a word") << std::string("localhost") << std::string("no URL");
        QTest::newRow("a file") << std::string("file:///etc/passwd") << std::string("only http and https");
        QTest::newRow("password") << std::string("https://me:hunter22@a.b/v1") << std::string("user name or password");
        QTest::newRow("blank") << std::string("https://a b/v1") << std::string("no URL");
        QTest::newRow("line break") << std::string("https://a.b/v1\r\nX: y") << std::string("no URL");
    }

    void refusesAddresses()
    {
        QFETCH(std::string, text);
        QFETCH(std::string, says);
        const auto url = HttpUrl::parse(text);
        QVERIFY(!url);
        QCOMPARE(url.error().code, ErrorCode::InvalidArgument);
        QVERIFY2(url.error().message.find(says) != std::string::npos, url.error().message.c_str());
        QVERIFY(url.error().message.find("hunter22") == std::string::npos);
    }

    void writesOpenAi()
    {
        const auto& dialect = chatDialect(ChatDialectName::OpenAi);
        const auto body = dialect.body(exampleRequest(), {});
        const auto expected = nlohmann::json::parse(quoted(
            "{'model':'m','stream':true,'stream_options':{'include_usage':true},"
            "'max_tokens':100,'temperature':0.5,'messages':[{'role':'system','content':'be brief'},"
            "{'role':'user','content':'hi'},{'role':'assistant','content':'yes?'},{'role':'user','content':'go'}],"
            "'tools':[{'type':'function','function':{'name':'propose','description':'a change',"
            "'parameters':{'type':'object'}}}]}"));
        QCOMPARE(body.dump(), expected.dump());
        const auto plain = dialect.body(exampleRequest(), {true, true, true, true, true});
        for (const char* name : {"max_tokens", "stream_options", "temperature", "tools"})
            QVERIFY2(!plain.contains(name), name);
        QCOMPARE(plain["max_completion_tokens"].get<int>(), 100);
        QCOMPARE(plain["stream"].get<bool>(), false);
    }

    void writesAnthropic()
    {
        const auto& dialect = chatDialect(ChatDialectName::Anthropic);
        const auto body = dialect.body(exampleRequest(), {});
        const auto expected = nlohmann::json::parse(quoted(
            "{'model':'m','stream':true,'max_tokens':100,'temperature':0.5,"
            "'system':'be brief','messages':[{'role':'user','content':'hi'},{'role':'assistant','content':'yes?'},"
            "{'role':'user','content':'go'}],"
            "'tools':[{'name':'propose','description':'a change','input_schema':{'type':'object'}}]}"));
        QCOMPARE(body.dump(), expected.dump());
        bool hasVersion = false;
        for (const HttpHeader& header : dialect.headers("k"))
            hasVersion = hasVersion || (header.name == "anthropic-version" && header.value == "2023-06-01");
        QVERIFY(hasVersion);
    }

    void withoutKeyNoneIsSent()
    {
        for (const auto name : {ChatDialectName::OpenAi, ChatDialectName::Anthropic}) {
            QCOMPARE(chatDialect(name).headers("k").size(), chatDialect(name).headers("").size() + 1);
        }
    }

    void learnsFromRefusals_data()
    {
        QTest::addColumn<std::string>("refusal");
        QTest::addColumn<int>("quirk");
        QTest::newRow("completion tokens") << std::string("Unsupported parameter: 'max_tokens' is not supported with "
                                                          "this model. Use 'max_completion_tokens' instead.")
                                           << 0;
        QTest::newRow("stream options") << std::string("Unrecognized request argument supplied: stream_options") << 1;
        QTest::newRow("stream") << std::string("Your organization must be verified to stream this model.") << 2;
        QTest::newRow("temperature") << std::string(
            "Unsupported value: 'temperature' does not support 0.5 with this model.")
                                     << 3;
        QTest::newRow("Ollama's tools") << std::string("registry.ollama.ai/library/gemma:2b does not support tools")
                                        << 4;
        QTest::newRow("llama.cpp's tools") << std::string("tools param requires --jinja flag") << 4;
        QTest::newRow("nothing helps") << std::string("prompt is too long") << -1;
    }

    void learnsFromRefusals()
    {
        QFETCH(std::string, refusal);
        QFETCH(int, quirk);
        const ChatQuirks learned = chatDialect(ChatDialectName::OpenAi).learn({}, refusal);
        const std::vector<bool> quirks{learned.noMaxTokens, learned.noStreamOptions, learned.noStream,
                                       learned.noTemperature, learned.noTools};
        for (int i = 0; i < 5; ++i)
            QCOMPARE(static_cast<bool>(quirks[static_cast<std::size_t>(i)]), i == quirk);
    }

    void keepsReasoningOutOfText()
    {
        const auto answer =
            decode(ChatDialectName::OpenAi,
                   {openAiChunk(quoted("{'reasoning_content':'hmm'}")), openAiChunk(quoted("{'reasoning':'so'}")),
                    openAiChunk(quoted("{'content':null}")), openAiChunk(quoted("{'content':'a'}")),
                    openAiChunk(quoted("{'content':[{'type':'thinking','thinking':[]},{'type':'text','text':'b'}]}"))});
        QVERIFY_RESULT(answer);
        QCOMPARE(answer->text, std::string("ab"));
    }

    void separatesToolCalls()
    {
        // Gemini: each whole, all with number 0; others: no numbers at all; Ollama: arguments as an object.
        const auto answer =
            decode(ChatDialectName::OpenAi,
                   {openAiChunk("{\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":"
                                "\"{\\\"x\\\":1}\"}}]}"),
                    openAiChunk("{\"tool_calls\":[{\"index\":0,\"id\":\"b\",\"function\":{\"name\":\"g\",\"arguments\":"
                                "\"{\\\"y\\\":2}\"}}]}"),
                    openAiChunk(quoted("{'tool_calls':[{'id':'c','function':{'name':'h','arguments':{'z':3}}}]}"))});
        QVERIFY_RESULT(answer);
        QCOMPARE(answer->toolCalls.size(), std::size_t{3});
        QCOMPARE(answer->toolCalls[0].arguments.dump(), std::string(quoted("{'x':1}")));
        QCOMPARE(answer->toolCalls[1].name, std::string("g"));
        QCOMPARE(answer->toolCalls[2].arguments.dump(), std::string(quoted("{'z':3}")));
    }

    void survivesStrangeTypes()
    {
        for (const std::string& data :
             {quoted("{'choices':3}"), quoted("{'choices':[null]}"),
              quoted("{'choices':[{'delta':[1]}],'usage':{'prompt_tokens':'x'}}"),
              quoted("{'choices':[{'delta':{'tool_calls':[4,{'index':-1},{'index':1e300,'"
                     "function':7}]},'finish_reason':5}]}"),
              quoted("{'type':'content_block_delta','index':'a','delta':null}"),
              quoted("{'type':'message_start','message':[]}"), quoted("{'type':7}"), std::string("{}")}) {
            QVERIFY_RESULT(decode(ChatDialectName::OpenAi, {data}));
            QVERIFY_RESULT(decode(ChatDialectName::Anthropic, {data}));
        }
        for (const auto dialect : {ChatDialectName::OpenAi, ChatDialectName::Anthropic}) {
            for (const std::string data : {"[]", "3", "", "{"})
                QCOMPARE(decode(dialect, {data}).error().code, ErrorCode::BadAnswer);
        }
    }

    void complaints_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<std::string>("body");
        QTest::addColumn<ErrorCode>("code");
        QTest::addColumn<std::string>("message");
        const auto add = [](const char* name, int status, const std::string& body, ErrorCode code,
                            const char* message) {
            QTest::newRow(name) << status << body << code << std::string(message);
        };
        add("OpenAI", 401,
            quoted("{'error':{'message':'Incorrect API key','type':'invalid_request_error','code':'invalid_api_key'}}"),
            ErrorCode::KeyRefused, "the server refuses the key: Incorrect API key");
        add("OpenAI's quota", 429,
            quoted("{'error':{'message':'over','type':'insufficient_quota','code':'insufficient_quota'}}"),
            ErrorCode::OutOfCredit, "the account's credit at the server is used up: over");
        add("Anthropic", 403, quoted("{'type':'error','error':{'type':'permission_error','message':'no'}}"),
            ErrorCode::KeyRefused, "the server refuses what was asked with this key (403): no");
        add("Ollama", 404, "{\"error\":\"model 'x' not found\"}", ErrorCode::NotFound,
            "the server knows no such model or path (404): model 'x' not found");
        add("Gemini", 400, quoted("[{'error':{'code':400,'message':'API key not valid','status':'INVALID_ARGUMENT'}}]"),
            ErrorCode::KeyRefused, "the server refuses the key: API key not valid");
        add("Anthropic's credit", 400,
            quoted(
                "{'type':'error','error':{'type':'invalid_request_error','message':'Your credit balance is too low'}}"),
            ErrorCode::OutOfCredit, "the account's credit at the server is used up: Your credit balance is too low");
        add("FastAPI", 422, quoted("{'detail':[{'loc':['body'],'msg':'field required'}]}"), ErrorCode::RequestRefused,
            "the server refuses the request (422): field required");
        add("a plain word", 502, "Bad\nGateway", ErrorCode::ServerFailed, "the server failed (502): Bad Gateway");
        add("HTML", 503, "\n<html>x</html>", ErrorCode::ServerFailed,
            "the server is overloaded (503), with a page of HTML");
        add("nothing", 500, "", ErrorCode::ServerFailed, "the server failed (500)");
        add("terminal sequences", 418, "{\"message\":\"a\\u001b[31mb\"}", ErrorCode::RequestRefused,
            "the server refuses the request (418): a [31mb");
    }

    void complaints()
    {
        QFETCH(int, status);
        QFETCH(std::string, body);
        QFETCH(ErrorCode, code);
        QFETCH(std::string, message);
        const Error error = refusalOf(status, readComplaint(body));
        QCOMPARE(error.message, message);
        QCOMPARE(error.code, code);
    }

    void asksToWait()
    {
        using namespace std::chrono_literals;
        QVERIFY(!retryAfterOf({429, {}}));
        QCOMPARE(retryAfterOf({429, {{"Retry-After", "7"}}}), std::optional(7000ms));
        QCOMPARE(retryAfterOf({429, {{"retry-after", "7"}, {"Retry-After-Ms", "350"}}}), std::optional(350ms));
    }

    void longComplaintsAreCut()
    {
        std::string longText;
        for (int i = 0; i < 400; ++i)
            longText += "ä";
        const std::string line = shortLine(longText, 101);
        QCOMPARE(line.size(), std::size_t{103});  // whole characters, and the ellipsis of three bytes
        QVERIFY(line.ends_with("ä…"));
    }
};

QTEST_APPLESS_MAIN(tst_ChatDialects)
#include "tst_ChatDialects.moc"
