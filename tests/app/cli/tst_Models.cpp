// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "CommandLine.h"

#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/UniqueFd.h"

using namespace warploom;
using namespace warploom::test;

namespace {

constexpr const char* kPlanted = "sk-planted-0123456789abcdef";

constexpr const char* kOwnFile = "format = 1\n"
                                 "[[server]]\n"
                                 "name = 'work'\n"
                                 "url = 'https://models.example/v1'\n"
                                 "[[model]]\n"
                                 "server = 'work'\n"
                                 "id = 'big'\n"
                                 "[[model]]\n"
                                 "server = 'work'\n"
                                 "id = 'bad'\n"
                                 "prompt_price = 'dear'\n";
constexpr const char* kModelList = R"({"object":"list","data":[{"id":"tiny-coder","owned_by":"library"}]})";

/// Answers one request with a list of models.
class FakeModelServer {
public:
    FakeModelServer()
        : m_listening(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        if (::bind(m_listening.get(), generic, size) != 0 || ::listen(m_listening.get(), 4) != 0
            || ::getsockname(m_listening.get(), generic, &size) != 0)
            qFatal("no port");
        m_port = ntohs(address.sin_port);
        m_thread = std::jthread([this] { answerOne(); });
    }
    ~FakeModelServer() { ::shutdown(m_listening.get(), SHUT_RDWR); }
    FakeModelServer(const FakeModelServer&) = delete;
    FakeModelServer& operator=(const FakeModelServer&) = delete;

    [[nodiscard]] int port() const { return m_port; }
    [[nodiscard]] const std::string& heard() const { return m_heard; }
    void finish() { m_thread.join(); }

private:
    void answerOne()
    {
        const UniqueFd peer(::accept(m_listening.get(), nullptr, nullptr));
        if (!peer.isOpen())
            return;
        char buffer[4096];
        while (m_heard.find("\r\n\r\n") == std::string::npos) {
            const ssize_t got = ::read(peer.get(), buffer, sizeof buffer);
            if (got <= 0)
                return;
            m_heard.append(buffer, static_cast<std::size_t>(got));
        }
        const std::string body = kModelList;
        const std::string answer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
            + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
        if (::send(peer.get(), answer.data(), answer.size(), MSG_NOSIGNAL) < 0)
            m_heard.clear();
    }

    UniqueFd m_listening;
    int m_port = 0;
    std::string m_heard;
    std::jthread m_thread;
};

nlohmann::json serverIn(const nlohmann::json& json, const std::string& name)
{
    for (const nlohmann::json& server : json.at("servers"))
        if (server.at("name") == name)
            return server;
    return {};
}

}  // namespace

class TestModels : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        m_folder = std::make_unique<TemporaryFolder>();
        qputenv("WARPLOOM_CONFIG", m_folder->path().c_str());
        for (const char* variable : {"OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "OPENROUTER_API_KEY"})
            qunsetenv(variable);
    }

    void listsServersModelsAndPrices()
    {
        const auto outcome = runCli(m_folder->path(), {"models"});
        QVERIFY2(outcome.exitCode == 0, outcome.errors.c_str());
        for (const char* words : {"openai      OpenAI, https://api.openai.com/v1",
                                  "no key: looked in the environment variable OPENAI_API_KEY",
                                  "$5.00 in, $30.00 out, $0.50 cached, as of 2026-07-02", "ollama", "needs no key"})
            QVERIFY2(outcome.output.find(words) != std::string::npos, words);
        const auto json = runCli(m_folder->path(), {"models", "--json"}).json();
        QVERIFY(json.at("problems").empty() && !json.contains("search"));
        const auto openai = serverIn(json, "openai");
        QVERIFY(openai.at("needs_key") == true && openai.at("has_key") == false);
        const auto& price = openai.at("models").at(0).at("price");
        QVERIFY(price.at("prompt_micros") == 2'000'000 && price.at("source").get<std::string>().starts_with("https"));
    }

    void keysAreToldOfAndNeverShown()
    {
        qputenv("OPENAI_API_KEY", kPlanted);
        QProcess process;
        process.setWorkingDirectory(QString::fromStdString(m_folder->path().string()));
        process.start(
            "/bin/sh",
            {"-c", QString("\"$0\" models --json --key-fd 5 5<<END\nanthropic=%1\nEND\n").arg(kPlanted), cliPath()});
        const auto outcome = outcomeOf(process);
        QVERIFY2(outcome.exitCode == 0, outcome.errors.c_str());
        QVERIFY(serverIn(outcome.json(), "openai").at("has_key") == true);
        QCOMPARE(serverIn(outcome.json(), "openai").at("key_from").get<std::string>(),
                 std::string("the environment variable OPENAI_API_KEY"));
        QVERIFY(serverIn(outcome.json(), "anthropic").at("has_key") == true);
        QVERIFY(serverIn(outcome.json(), "gemini").at("has_key") == false);
        const auto text = runCli(m_folder->path(), {"models"});
        for (const std::string& words : {outcome.output, outcome.errors, text.output, text.errors})
            QVERIFY2(words.find("planted") == std::string::npos, words.c_str());
        qunsetenv("OPENAI_API_KEY");
    }

    void badKeyDescriptorsAreRefused()
    {
        for (const char* fd : {"1", "77"}) {
            const auto outcome = runCli(m_folder->path(), {"models", "--key-fd", fd});
            QVERIFY2(outcome.exitCode == 2 || outcome.exitCode == 3, outcome.errors.c_str());
            QVERIFY(outcome.output.empty());
        }
    }

    void ownFileCountsAndItsFaultsAreTold()
    {
        m_folder->write("models.toml", kOwnFile);
        const auto outcome = runCli(m_folder->path(), {"models"});
        QCOMPARE(outcome.exitCode, 2);
        QVERIFY2(outcome.output.find("big                        price unknown") != std::string::npos,
                 outcome.output.c_str());
        QVERIFY2(outcome.errors.find("models.toml:11:16: 'prompt_price' has the wrong type: expected a number, found "
                                     "\"dear\"")
                     != std::string::npos,
                 outcome.errors.c_str());
        const auto json = runCli(m_folder->path(), {"models", "--json"}).json();
        QCOMPARE(json.at("problems").size(), std::size_t{1});
        QVERIFY(serverIn(json, "work").at("models").at(0).at("price").at("prompt_micros").is_null());
    }

    void localServersAreFound()
    {
        FakeModelServer server;
        std::string own =
            "format = 1\n[[server]]\nname = \"ollama\"\nports = [" + std::to_string(server.port()) + "]\n";
        for (const char* other : {"llamacpp", "vllm", "lmstudio"})
            own += std::string("[[server]]\nname = \"") + other + "\"\nports = []\n";
        m_folder->write("models.toml", own);
        qputenv("OPENAI_API_KEY", kPlanted);
        qputenv("http_proxy", "http://127.0.0.1:1");
        const auto outcome = runCli(m_folder->path(), {"models", "--find", "--json"});
        qunsetenv("http_proxy");
        qunsetenv("OPENAI_API_KEY");
        server.finish();
        QVERIFY2(outcome.exitCode == 0, outcome.errors.c_str());
        const auto search = outcome.json().at("search");
        QCOMPARE(search.at("tried").size(), std::size_t{1});
        QVERIFY2(search.at("found").size() == 1, search.dump().c_str());
        QCOMPARE(search.at("found").at(0).at("server").get<std::string>(), std::string("ollama"));
        QCOMPARE(search.at("found").at(0).at("models").at(0).get<std::string>(), std::string("tiny-coder"));
        QVERIFY(server.heard().starts_with("GET /v1/models HTTP/1.1\r\n"));
        QVERIFY(server.heard().find("planted") == std::string::npos);
        // It has gone: said plainly.
        const auto gone = runCli(m_folder->path(), {"models", "--find"});
        QVERIFY2(gone.output.find("No model server answers there.") != std::string::npos, gone.output.c_str());
    }

private:
    std::unique_ptr<TemporaryFolder> m_folder;
};

QTEST_GUILESS_MAIN(TestModels)
#include "tst_Models.moc"
