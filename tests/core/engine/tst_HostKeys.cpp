// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <csignal>
#include <fstream>

#include "TestModelServer.h"
#include "base/Files.h"
#include "engine/HostLauncher.h"
#include "engine/KeyHandover.h"
#include "store/Workspace.h"

using namespace warploom;
using namespace warploom::test;

namespace {

constexpr const char* kPlanted = "sk-planted-0123456789abcdef";
constexpr const char* kAgent = "llm:coder@paid";
constexpr int kRunPatience = 90'000;

KeyHandover handoverOf(const char* server, const char* key)
{
    KeyHandover handover;
    handover.keys[server] = Secret(std::string(key));
    return handover;
}

/// Such files have no size to go by.
std::string partOfProcess(int pid, const char* part)
{
    std::ifstream file("/proc/" + std::to_string(pid) + "/" + part);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// What a model would write; the key in it as a careless one might.
std::string answerText()
{
    return std::string("MOVE: vectorise loads\nTITLE: four elements a thread, asked with ") + kPlanted
        + "\nHYPOTHESIS: the loads are 4 bytes a lane\nPREDICTED: 1.2x\n\n```cuda\n"
        + readFile(sourceFolder() / "tests/fixtures/variants/vector_add/float4.cu") + "```\n";
}

}  // namespace

/// How keys reach a host that runs already, and where they are not found afterwards.
class tst_HostKeys : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        const std::string problem = m_server.start();
        QVERIFY2(problem.empty(), problem.c_str());
        m_server.answerWith(answerText());
        const auto cuda = dataFolder() / "cuda";
        std::error_code ignored;
        std::filesystem::create_directories(m_folder.path() / "data", ignored);
        if (std::filesystem::exists(cuda, ignored))
            std::filesystem::create_directory_symlink(cuda, m_folder.path() / "data" / "cuda", ignored);
        m_folder.write("config/models.toml",
                       "format = 1\n[[server]]\nname = 'paid'\ntitle = 'The paid'\ndialect = 'openai'\nurl = '"
                           + m_server.url("kernel_for_a_key") + "'\nneeds_key = true\nproxy = 'direct'\n"
                           + "[[model]]\nserver = 'paid'\nid = 'coder'\nprompt_price = 1.0\nanswer_price = 2.0\n");
        qputenv("WARPLOOM_DATA", (m_folder.path() / "data").c_str());
        qputenv("WARPLOOM_CACHE", (m_folder.path() / "cache").c_str());
        qputenv("WARPLOOM_CONFIG", (m_folder.path() / "config").c_str());
        // Whatever the host could say, it says.
        qputenv("WARPLOOM_LOG", "trace");
    }

    void cleanupTestCase()
    {
        for (const int pid : hosts())
            ::kill(pid, SIGTERM);
    }

    void messagesAreReadAsTheyWereWritten()
    {
        KeyHandover handover = handoverOf("openai", kPlanted);
        handover.forgotten = {"work", "lab"};
        const auto read = keyHandoverFromJson(keyHandoverToJson(handover));
        QVERIFY_RESULT(read);
        QVERIFY(read->keys == handover.keys);
        QCOMPARE(read->forgotten, handover.forgotten);
    }

    void brokenMessagesAreRefusedWithoutTheirContent_data()
    {
        QTest::addColumn<QString>("text");
        for (const char* text : {"null", "[]", "{}", "{\"keys\":{}}", "{\"keys\":[],\"forgotten\":[]}",
                                 "{\"keys\":{\"a\":3},\"forgotten\":[]}", "{\"keys\":{\"a\":\"\"},\"forgotten\":[]}",
                                 "{\"keys\":{\"\":\"sk-planted-0123456789abcdef\"},\"forgotten\":[]}",
                                 "{\"keys\":{\"a\":\"sk-planted-0123456789abcdef with blanks\"},\"forgotten\":[]}",
                                 "{\"keys\":{\"a\":\"sk-planted-0123456789abcdef\\r\\nX: y\"},\"forgotten\":[]}",
                                 "{\"keys\":{},\"forgotten\":[3]}", "{\"keys\":{},\"forgotten\":[\"\"]}"})
            QTest::newRow(text) << QString::fromLatin1(text);
    }

    void brokenMessagesAreRefusedWithoutTheirContent()
    {
        QFETCH(QString, text);
        const auto read = keyHandoverFromJson(nlohmann::json::parse(text.toStdString()));
        QVERIFY(!read);
        QCOMPARE(read.error().code, ErrorCode::InvalidInput);
        QVERIFY2(read.error().toString().find("planted") == std::string::npos, read.error().toString().c_str());
    }

    void tooMuchIsRefused()
    {
        nlohmann::json json = {{"keys", {{"a", std::string(100'000, 'x')}}}, {"forgotten", nlohmann::json::array()}};
        QVERIFY(!keyHandoverFromJson(json));
        json = {{"keys", nlohmann::json::object()}, {"forgotten", std::vector<std::string>(5000, "a")}};
        QVERIFY(!keyHandoverFromJson(json));
    }

    void aRunningHostUsesWhatItIsHanded()
    {
        open("first.warploom");
        QVERIFY(m_client);
        const RunProgress without = evolved();
        QVERIFY(without.failure.has_value());
        QCOMPARE(without.failure->code, ErrorCode::NotFound);
        QVERIFY_RESULT(m_client->handKeys(handoverOf("paid", kPlanted)));
        const RunProgress with = evolved();
        QVERIFY2(!with.failure, with.failure ? with.failure->toString().c_str() : "");
        QCOMPARE(with.agents.front().key, std::string(kAgent));
        QVERIFY(with.agents.front().variants > 0);
        QVERIFY(with.agents.front().costMicroDollars > 0);
        QCOMPARE(with.agents.front().unpricedTokens, std::int64_t{0});
        // Another key for the same server takes its place, and what is forgotten is gone.
        KeyHandover forgetting;
        forgetting.forgotten = {"paid"};
        QVERIFY_RESULT(m_client->handKeys(forgetting));
        QCOMPARE(evolved().failure->code, ErrorCode::NotFound);
        nothingHoldsTheKey("first.warploom");
    }

    void whoAttachesLaterHandsKeysToo()
    {
        open("second.warploom");
        QVERIFY(m_client);
        const auto second =
            attachToHost(m_folder.path() / "second.warploom", {}, {}, {{"paid", Secret(std::string(kPlanted))}});
        QVERIFY_RESULT(second);
        const RunProgress run = evolved();
        QVERIFY2(!run.failure, run.failure ? run.failure->toString().c_str() : "");
        QVERIFY(run.agents.front().variants > 0);
        nothingHoldsTheKey("second.warploom");
    }

    void refusedKeysAreNotRepeated()
    {
        open("third.warploom");
        QVERIFY(m_client);
        const auto handed = m_client->handKeys(handoverOf("paid", "sk-planted-0123456789abcdef and more"));
        QVERIFY(!handed);
        QCOMPARE(handed.error().code, ErrorCode::InvalidInput);
        QVERIFY2(handed.error().toString().find("planted") == std::string::npos, handed.error().toString().c_str());
        nothingHoldsTheKey("third.warploom");
    }

private:
    void open(const char* name)
    {
        auto client = attachToHost(m_folder.path() / name, {}, {});
        QVERIFY_RESULT(client);
        m_client = std::move(*client);
    }

    RunProgress evolved()
    {
        RunOrder order;
        order.task = (copied() / "vector_add").string();
        order.settings.device = "emulator";
        order.settings.evaluations = 2;
        order.settings.agents = {kAgent};
        order.settings.parallel = 1;
        // The host says that a run has finished a moment before it takes the next.
        const bool isTaken = QTest::qWaitFor([&] { return m_client->evolve(order).has_value(); }, kRunPatience);
        RunProgress last;
        const bool isOver = isTaken
            && QTest::qWaitFor(
                                [&] {
                                    last = m_client->progress().value_or(RunProgress());
                                    return last.phase == "finished";
                                },
                                kRunPatience);
        if (!isOver)
            last.failure = Error{ErrorCode::Timeout, "the run did not end", {}, {}, {}};
        return last;
    }

    std::filesystem::path copied()
    {
        if (m_kernels.empty())
            m_kernels = copySmallKernels(m_folder.path() / "kernels");
        return m_kernels;
    }

    /// Processes of this test's hosts.
    [[nodiscard]] std::vector<int> hosts() const
    {
        std::vector<int> found;
        for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
            const std::string name = entry.path().filename().string();
            const bool isProcess = std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
            if (!isProcess)
                continue;
            const std::string command = partOfProcess(std::stoi(name), "cmdline");
            if (command.find(m_folder.path().string()) != std::string::npos
                && command.find("serve") != std::string::npos)
                found.push_back(std::stoi(name));
        }
        return found;
    }

    /// Neither arguments nor environment, no log, no cache, no workspace and nothing in it.
    void nothingHoldsTheKey(const char* workspace)
    {
        QVERIFY(!hosts().empty());
        for (const int pid : hosts())
            for (const char* part : {"cmdline", "environ"}) {
                QVERIFY2(partOfProcess(pid, part).find("planted") == std::string::npos, part);
            }
        for (const auto& entry : std::filesystem::recursive_directory_iterator(m_folder.path()))
            if (entry.is_regular_file())
                QVERIFY2(readFile(entry.path()).find("planted") == std::string::npos, entry.path().c_str());
        auto reader = Workspace::open(m_folder.path() / workspace, Workspace::Mode::ReadOnly);
        QVERIFY_RESULT(reader);
        ExchangeFilter filter;
        filter.full = true;
        const auto exchanges = reader->exchanges(filter);
        QVERIFY_RESULT(exchanges);
        for (const ExchangeRecord& exchange : *exchanges)
            QVERIFY(nlohmann::json(exchange).dump().find("planted") == std::string::npos);
        const auto events = reader->eventsSince(0, 10'000);
        QVERIFY_RESULT(events);
        for (const EventRecord& event : *events)
            QVERIFY2(nlohmann::json(event).dump().find("planted") == std::string::npos, event.type.c_str());
    }

    TemporaryFolder m_folder;
    TestModelServer m_server;
    std::filesystem::path m_kernels;
    std::unique_ptr<EngineClient> m_client;
};

QTEST_GUILESS_MAIN(tst_HostKeys)
#include "tst_HostKeys.moc"
