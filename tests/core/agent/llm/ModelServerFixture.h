// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <netinet/in.h>
#include <sys/socket.h>

#include "FakeTime.h"
#include "TestModelServer.h"
#include "TestSupport.h"
#include "agent/llm/ModelServer.h"
#include "base/UniqueFd.h"

namespace warploom::test {

using namespace std::chrono_literals;

inline constexpr const char* kKey = "sk-planted-0123456789abcdefghij";
inline constexpr const char* kText = "Hello from the model: äöü ✓";

/// Connections are made, for the system makes them, and nobody reads what comes.
struct DeafListener {
    DeafListener()
        : socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(address);
        auto* const any = reinterpret_cast<sockaddr*>(&address);
        if (::bind(socket.get(), any, size) == 0 && ::listen(socket.get(), 8) == 0
            && ::getsockname(socket.get(), any, &size) == 0)
            port = ntohs(address.sin_port);
    }

    UniqueFd socket;
    int port = 0;
};

inline Result<Secret> plantedKey() { return Secret(std::string(kKey)); }

inline ChatRequest question()
{
    ChatRequest request;
    request.model = "test-model";
    request.messages = {{ChatRole::System, "You are brief."}, {ChatRole::User, "Say hello."}};
    request.maxAnswerTokens = 64;
    return request;
}

inline bool contains(const std::string& text, const std::string& what) { return text.find(what) != std::string::npos; }

/// Whole exchanges with a server of both dialects that misbehaves on demand (tests/support/model_server).
class ModelServerFixture : public QObject {
protected:
    struct Asked {
        Result<ChatAnswer> answer;
        std::string heard;  ///< what was streamed
        std::vector<std::chrono::milliseconds> pauses;
        std::chrono::milliseconds took{};
    };

    ModelServerSettings settings(const std::string& url, ChatDialectName dialect = ChatDialectName::OpenAi) const
    {
        ModelServerSettings settings;
        settings.dialect = dialect;
        settings.baseUrl = url;
        settings.proxy = "direct";  // whatever the machine of the test has set
        settings.deadlines = {5s, 5s, 5s, 20s};
        settings.retries.tries = 3;
        return settings;
    }

    Asked ask(const ModelServerSettings& settings, const ChatRequest& request = question(), std::stop_token stop = {})
    {
        return askWith(m_http, settings, request, stop);
    }

    static Asked askWith(const std::shared_ptr<HttpClient>& http, const ModelServerSettings& settings,
                         const ChatRequest& request = question(), std::stop_token stop = {})
    {
        FakeTime time;
        ModelServer server(settings, plantedKey, http, time.clock());
        Asked asked;
        QElapsedTimer timer;
        timer.start();
        asked.answer = server.chat(request, [&asked](std::string_view piece) { asked.heard += piece; }, stop);
        asked.took = std::chrono::milliseconds(timer.elapsed());
        asked.pauses = time.pauses();
        return asked;
    }

    void startServer()
    {
        const std::string fault = m_server.start();
        QVERIFY2(fault.empty(), fault.c_str());
    }

    TestModelServer m_server;
    DeafListener m_deaf;
    std::shared_ptr<HttpClient> m_http = std::make_shared<HttpClient>();
};

}  // namespace warploom::test
