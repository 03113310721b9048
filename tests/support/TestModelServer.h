// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "TestSupport.h"

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include <poll.h>
#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "agent/llm/HttpClient.h"
#include "base/ProcessSpawner.h"

namespace warploom::test {

/// A server of support/model_server: it says in one line of JSON how it is reached, and ends with this.
class ServerScript {
public:
    /// Empty if it runs, else why not.
    std::string start(const std::string& python, const std::string& script, std::vector<std::string> arguments = {})
    {
        arguments.insert(arguments.begin(),
                         {"-B", (sourceFolder() / "tests" / "support" / "model_server" / script).string(),
                          m_folder.path().string()});
        auto child = ProcessSpawner::shared().spawn({python, std::move(arguments)});
        if (!child)
            return child.error().toString();
        m_child = *child;
        m_input = m_child->takeStandardInput();
        m_output = m_child->takeStandardOutput();
        m_said = nlohmann::json::parse(firstLine(), nullptr, false);
        return m_said.is_object() ? std::string() : script + " does not start: " + m_child->standardErrorTail();
    }

    [[nodiscard]] const nlohmann::json& said() const { return m_said; }
    [[nodiscard]] const TemporaryFolder& folder() const { return m_folder; }

private:
    [[nodiscard]] std::string firstLine() const
    {
        std::string line;
        char next = 0;
        pollfd readable{m_output.get(), POLLIN, 0};
        while (::poll(&readable, 1, 60'000) > 0 && ::read(m_output.get(), &next, 1) == 1 && next != '\n')
            line += next;
        return line;
    }

    TemporaryFolder m_folder;
    std::shared_ptr<ChildProcess> m_child;
    UniqueFd m_input;
    UniqueFd m_output;
    nlohmann::json m_said;
};

/// The model server of both dialects that misbehaves as the path says.
class TestModelServer {
public:
    /// Empty if it runs, else why not.
    std::string start() { return m_script.start("python3", "server.py"); }

    /// Where the case \p name is met, counted apart for each \p who.
    [[nodiscard]] std::string url(const std::string& name, const std::string& who = "all") const
    {
        return fmt::format("http://127.0.0.1:{}/{}/{}/v1", port("http"), name, who);
    }
    /// What the cases "kernel" and "kernel_for_a_key" answer from now on.
    void answerWith(const std::string& text) const { m_script.folder().write("answer.txt", text); }
    /// Of "https" (its certificate holds) or "expired".
    [[nodiscard]] std::string secureUrl(const std::string& listener, const std::string& name) const
    {
        return fmt::format("https://127.0.0.1:{}/{}/v1", port(listener), name);
    }
    /// Whether there was an openssl to make certificates with.
    [[nodiscard]] bool isSecure() const { return m_script.said().contains("https"); }
    [[nodiscard]] std::string authority() const { return m_script.said().value("authority", std::string()); }
    [[nodiscard]] int port(const std::string& listener) const { return m_script.said().value(listener, 0); }

    /// What the listener was asked, as it reports it: path, headers and body of each.
    [[nodiscard]] nlohmann::json requestsAt(const std::string& listener) const
    {
        HttpRequest request;
        request.url = fmt::format("http://127.0.0.1:{}/requests", port(listener));
        request.proxy = "direct";
        std::string body;
        HttpClient http;
        const auto head = http.send(request,
                                    [&body](const HttpHead&, std::string_view piece) -> Result<HttpClient::Reading> {
                                        body += piece;
                                        return HttpClient::Reading::GoOn;
                                    },
                                    {});
        return head ? nlohmann::json::parse(body, nullptr, false) : nlohmann::json();
    }

private:
    ServerScript m_script;
};

}  // namespace warploom::test
