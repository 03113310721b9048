// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <mutex>
#include <set>
#include <thread>

#include "TestSupport.h"
#include "agent/llm/LocalServers.h"

using namespace warploom;

namespace {

/// Answers as if servers listened on some ports.
struct FakePorts {
    std::map<std::string, FetchedPage> pages;  ///< by address
    std::mutex mutex;
    std::set<std::string> asked;
    std::set<std::thread::id> threads;

    HttpFetch fetch()
    {
        return [this](const std::string& url, std::chrono::milliseconds, std::stop_token) -> Result<FetchedPage> {
            const std::lock_guard lock(mutex);
            asked.insert(url);
            threads.insert(std::this_thread::get_id());
            const auto page = pages.find(url);
            if (page == pages.end())
                return fail(ErrorCode::IoFailed, "connection refused");
            return page->second;
        };
    }
};

std::string urlOf(int port) { return "http://127.0.0.1:" + std::to_string(port) + "/v1/models"; }

}  // namespace

class TestLocalServers : public QObject {
    Q_OBJECT

private slots:
    void everyUsualPortIsAsked();
    void serversAndModelsAreFound();
    void ownersTellWhoItIs();
    void otherAnswersAreTold_data();
    void otherAnswersAreTold();
    void ownPortsCount();
    void portsAreAskedAtOnce();
};

void TestLocalServers::everyUsualPortIsAsked()
{
    FakePorts ports;
    const auto search = findLocalServers(ModelCatalogue::builtIn(), ports.fetch(), {});
    QVERIFY(search.found.empty() && search.refused.empty());
    QCOMPARE(search.tried, (std::vector<int>{1234, 8000, 8080, 11434}));
    QCOMPARE(ports.asked, (std::set<std::string>{urlOf(1234), urlOf(8000), urlOf(8080), urlOf(11434)}));
}

void TestLocalServers::serversAndModelsAreFound()
{
    FakePorts ports;
    ports.pages[urlOf(11434)] = {200, R"({"object":"list","data":[{"id":"qwen3-coder:30b","owned_by":"library"},
                                          {"id":"gpt-oss:20b"}, {"id":7}, "x"]})"};
    ports.pages[urlOf(8000)] = {200, R"({"data":[]})"};
    const auto search = findLocalServers(ModelCatalogue::builtIn(), ports.fetch(), {});
    QVERIFY(search.refused.empty());
    QCOMPARE(search.found.size(), std::size_t{2});
    QCOMPARE(search.found[0].server.name, std::string("vllm"));
    QVERIFY(search.found[0].models.empty());
    QCOMPARE(search.found[1].server.name, std::string("ollama"));
    QCOMPARE(search.found[1].server.url, std::string("http://127.0.0.1:11434/v1"));
    QCOMPARE(search.found[1].models, (std::vector<std::string>{"qwen3-coder:30b", "gpt-oss:20b"}));
}

void TestLocalServers::ownersTellWhoItIs()
{
    FakePorts ports;
    ports.pages[urlOf(8000)] = {200, R"({"data":[{"id":"tiny.gguf","owned_by":"llamacpp"}]})"};
    ports.pages[urlOf(8080)] = {200, R"({"data":[{"id":"x","owned_by":"somebody"}]})"};
    const auto search = findLocalServers(ModelCatalogue::builtIn(), ports.fetch(), {});
    QCOMPARE(search.found.size(), std::size_t{2});
    QCOMPARE(search.found[0].server.name, std::string("llamacpp"));
    QCOMPARE(search.found[0].server.url, std::string("http://127.0.0.1:8000/v1"));
    QCOMPARE(search.found[1].server.name, std::string("llamacpp"));
}

void TestLocalServers::otherAnswersAreTold_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("body");
    QTest::addColumn<QString>("told");
    QTest::newRow("key wanted") << 401 << "{}" << "wants a key";
    QTest::newRow("no such page") << 404 << "<html>" << "found 404";
    QTest::newRow("a web page") << 200 << "<html>" << "no list of models";
    QTest::newRow("nothing") << 200 << "" << "found nothing";
    QTest::newRow("other JSON") << 200 << "[1]" << "no list of models";
    QTest::newRow("data is no list") << 200 << R"({"data":{"id":"x"}})" << "no list of models";
    QTest::newRow("deep") << 200 << QString("[").repeated(100'000) << "no list of models";
}

void TestLocalServers::otherAnswersAreTold()
{
    QFETCH(int, status);
    QFETCH(QString, body);
    QFETCH(QString, told);
    FakePorts ports;
    ports.pages[urlOf(8080)] = {status, body.toStdString()};
    const auto search = findLocalServers(ModelCatalogue::builtIn(), ports.fetch(), {});
    QVERIFY(search.found.empty());
    QCOMPARE(search.refused.size(), std::size_t{1});
    QCOMPARE(search.refused.front().port, 8080);
    const QString words = QString::fromStdString(search.refused.front().why.toString());
    QVERIFY2(words.contains(told), qPrintable(words));
}

void TestLocalServers::ownPortsCount()
{
    ModelCatalogue catalogue = ModelCatalogue::builtIn();
    catalogue.add("format = 1\n[[server]]\nname = \"vllm\"\nports = [8000, 8001]\n", "own.toml");
    FakePorts ports;
    ports.pages[urlOf(8001)] = {200, R"({"data":[{"id":"big"}]})"};
    const auto search = findLocalServers(catalogue, ports.fetch(), {});
    QCOMPARE(search.found.size(), std::size_t{1});
    QCOMPARE(search.found[0].server.name, std::string("vllm"));
}

void TestLocalServers::portsAreAskedAtOnce()
{
    // Each waits until all four are there: one after the other would never end.
    std::mutex mutex;
    std::condition_variable changed;
    int waiting = 0;
    bool inTime = true;
    const HttpFetch fetch = [&](const std::string&, std::chrono::milliseconds, std::stop_token) -> Result<FetchedPage> {
        std::unique_lock lock(mutex);
        ++waiting;
        changed.notify_all();
        if (!changed.wait_for(lock, std::chrono::seconds(20), [&] { return waiting == 4; }))
            inTime = false;
        return fail(ErrorCode::IoFailed, "connection refused");
    };
    findLocalServers(ModelCatalogue::builtIn(), fetch, {});
    QVERIFY(inTime);
}

QTEST_APPLESS_MAIN(TestLocalServers)
#include "tst_LocalServers.moc"
