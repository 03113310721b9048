// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ContextSupport.h"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "agent/command/CommandAgent.h"
#include "agent/command/CommandAnswer.h"
#include "agent/command/CommandRun.h"
#include "agent/prompt/Prompt.h"
#include "variant/Directives.h"

using namespace warploom;
using namespace warploom::test;
using namespace std::chrono_literals;

namespace {

CommandSettings shell(const std::string& script)
{
    CommandSettings settings;
    settings.command = {"sh", "-c", script};
    settings.deadline = 20s;
    return settings;
}

std::string example(const char* name) { return sourceFolder() / "resources" / "agent" / "examples" / name; }

bool hasProgram(const char* name)
{
    return std::system(("command -v " + std::string(name) + " >/dev/null 2>&1").c_str()) == 0;
}

bool isAlive(int pid)
{
    const auto stat = "/proc/" + std::to_string(pid) + "/stat";
    QFile file(QString::fromStdString(stat));
    if (!file.open(QIODevice::ReadOnly))
        return false;
    const QByteArray text = file.readAll();
    return text.mid(text.lastIndexOf(')') + 2, 1) != "Z";
}

}  // namespace

class tst_CommandAgent : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        ::setenv("OPENAI_API_KEY", "planted-key-1", 1);
        ::setenv("MY_SETTING", "sk-planted-key-2", 1);
        ::setenv("SOME_PROXY", "http://user:planted-key-3@proxy.example:8080", 1);
        ::setenv("HARMLESS", "kept", 1);
    }

    void pythonExample()
    {
        if (!hasProgram("python3"))
            QSKIP("no python3");
        CommandSettings settings;
        settings.command = {example("restrict.py")};
        CommandAgent agent(settings);
        const AgentContext context = m_contexts.make(MemoryMode::Refine);
        const auto proposals = agent.propose(context, {});
        QVERIFY_RESULT(proposals);
        QCOMPARE(proposals->size(), std::size_t{1});
        const Proposal& proposal = proposals->front();
        QCOMPARE(proposal.agent, std::string("command"));
        QCOMPARE(proposal.move, std::string("restrict-pointers"));
        QCOMPARE(proposal.predictedGain, 1.05);
        QCOMPARE(proposal.source,
                 replacedIn(context.parent.source, "const float* x, float* y,",
                            "const float* __restrict__ x, float* __restrict__ y,"));
        // Asked again with its own result, it has nothing more to say.
        AgentContext again = context;
        again.parent.source = proposal.source;
        const auto none = agent.propose(again, {});
        QVERIFY_RESULT(none);
        QVERIFY(none->empty());
    }

    void shellExample()
    {
        if (!hasProgram("jq"))
            QSKIP("no jq");
        CommandSettings settings;
        settings.command = {example("wider_blocks.sh")};
        CommandAgent agent(settings);
        const AgentContext context = m_contexts.make(MemoryMode::Refine);
        const auto proposals = agent.propose(context, {});
        QVERIFY_RESULT(proposals);
        QCOMPARE(proposals->size(), std::size_t{1});
        const auto directives = parseDirectives(proposals->front().source, "kernel.cu");
        QVERIFY_RESULT(directives);
        QCOMPARE(directives->tunables.size(), std::size_t{1});
        QCOMPARE(directives->tunables.front().values, (std::vector<std::int64_t>{256, 128, 512}));
        AgentContext again = context;
        again.parent.source = proposals->front().source;
        const auto none = agent.propose(again, {});
        QVERIFY_RESULT(none);
        QVERIFY(none->empty());
    }

    /// The program gets the whole context, however long, and need not read it.
    void questions()
    {
        AgentContext context = m_contexts.make(MemoryMode::Refine);
        context.parent.source += "//" + std::string(3 << 20, 'x') + "\n";
        const auto counted = runCommand({{"wc", "-c"}, 20s, kMiB}, std::string(3 << 20, 'y'), {});
        QVERIFY_RESULT(counted);
        QCOMPARE(std::stoi(*counted), 3 << 20);
        CommandAgent deaf(shell("echo '{\"proposals\": []}'"));
        const auto none = deaf.propose(context, {});
        QVERIFY_RESULT(none);
        QVERIFY(none->empty());
    }

    void marksWhatItIsFor()
    {
        AgentContext context = m_contexts.make(MemoryMode::Combine);
        const std::string answer = R"({"proposals": [{"edits": [{"search": "float sum", "replace": "double sum"}]}]})";
        CommandAgent agent(shell("cat >/dev/null; echo '" + answer + "'"));
        auto proposals = agent.propose(context, {});
        QVERIFY_RESULT(proposals);
        QCOMPARE(proposals->front().partner, VariantId{9});
        QCOMPARE(proposals->front().move, std::string("unnamed"));
        context = m_contexts.make(MemoryMode::Refine);
        context.repair = context.failures.back();
        proposals = agent.propose(context, {});
        QVERIFY_RESULT(proposals);
        QCOMPARE(proposals->front().repairs, VariantId{11});
        QCOMPARE(proposals->front().source, replacedIn(context.repair->variant.source, "float sum", "double sum"));
    }

    void misbehaviour_data()
    {
        QTest::addColumn<std::string>("script");
        QTest::addColumn<int>("code");
        QTest::addColumn<std::string>("says");
        const auto row = [](const char* name, const std::string& script, ErrorCode code, const std::string& says) {
            QTest::newRow(name) << script << static_cast<int>(code) << says;
        };
        row("fails", "echo broken pipe of dreams >&2; exit 3", ErrorCode::ProcessFailed,
            "sh ended with exit code 3; its last words: broken pipe of dreams");
        row("dies", "kill -SEGV $$", ErrorCode::ProcessFailed, "signal 11");
        row("answers and fails", "echo '{\"proposals\": []}'; exit 1", ErrorCode::ProcessFailed, "exit code 1");
        row("silent", "true", ErrorCode::InvalidInput, "empty: the answer is empty");
        row("prose", "echo I have no idea", ErrorCode::InvalidInput, "off-format");
        row("rubbish", "head -c 100000 /dev/urandom | tr -d '{'", ErrorCode::InvalidInput, "cannot be used");
        row("cut JSON", "echo '{\"proposals\": ['", ErrorCode::InvalidInput, "");
        row("other JSON", "echo '{\"answer\": 42}'", ErrorCode::InvalidInput, "'proposals' is no list");
        row("wrong types", "echo '{\"proposals\": [{\"source\": 5}]}'", ErrorCode::InvalidInput, "'source' is no text");
        row("deep JSON", "echo '{\"proposals\":'; head -c 100000 /dev/zero | tr '\\0' '['", ErrorCode::InvalidInput,
            "");
        row("neither", "echo '{\"proposals\": [{\"move\": \"x\"}]}'", ErrorCode::InvalidInput, "neither 'source' nor");
        row("100 MB", "head -c 100000000 /dev/zero", ErrorCode::ProcessFailed, "wrote more than 16 MiB");
    }

    void misbehaviour()
    {
        QFETCH(std::string, script);
        QFETCH(int, code);
        QFETCH(std::string, says);
        CommandAgent agent(shell(script));
        const auto proposals = agent.propose(m_contexts.make(MemoryMode::Refine), {});
        QVERIFY(!proposals);
        QCOMPARE(std::string(errorCodeName(proposals.error().code)),
                 std::string(errorCodeName(static_cast<ErrorCode>(code))));
        const std::string text = proposals.error().toString();
        QVERIFY2(text.find(says) != std::string::npos, text.c_str());
        // The next question finds it as ever.
        const auto again =
            CommandAgent(shell("echo '{\"proposals\": []}'")).propose(m_contexts.make(MemoryMode::Refine), {});
        QVERIFY_RESULT(again);
    }

    /// One bad proposal does not cost the others.
    void faultsAreHeardOf()
    {
        CommandSettings settings =
            shell(R"(echo '{"proposals": [{"edits": [{"search": "nowhere", "replace": "x"}], "move": "lost"},)"
                  R"( {"edits": [{"search": "float sum", "replace": "double sum"}], "predicted_gain": "30 %"}]}')");
        std::vector<ParsedAnswer> faults;
        settings.onFault = [&](const ParsedAnswer& answer) { faults.push_back(answer); };
        const auto proposals = CommandAgent(settings).propose(m_contexts.make(MemoryMode::Refine), {});
        QVERIFY_RESULT(proposals);
        QCOMPARE(proposals->size(), std::size_t{1});
        QCOMPARE(proposals->front().predictedGain, 1.3);
        QCOMPARE(faults.size(), std::size_t{1});
        QVERIFY(faults.front().fault == AnswerFault::EditNotFound);
        QCOMPARE(faults.front().move, std::string("lost"));
    }

    /// Killed with everything it has started.
    void hangs()
    {
        const TemporaryFolder folder;
        const auto pidFile = folder.path() / "pid";
        CommandSettings settings = shell("sleep 300 & echo $! > " + pidFile.string() + "; wait");
        settings.deadline = 700ms;
        const auto begin = std::chrono::steady_clock::now();
        const auto proposals = CommandAgent(settings).propose(m_contexts.make(MemoryMode::Refine), {});
        QVERIFY(!proposals);
        QVERIFY(proposals.error().code == ErrorCode::Timeout);
        QVERIFY2(std::chrono::steady_clock::now() - begin < 5s, "late");
        const int pid = std::stoi(readFile(pidFile));
        QTRY_VERIFY(!isAlive(pid));
    }

    void stops()
    {
        std::stop_source source;
        CommandAgent agent(shell("sleep 300"));
        std::thread stopper([&source] {
            std::this_thread::sleep_for(300ms);
            source.request_stop();
        });
        const auto begin = std::chrono::steady_clock::now();
        const auto proposals = agent.propose(m_contexts.make(MemoryMode::Refine), source.get_token());
        const auto taken = std::chrono::steady_clock::now() - begin;
        stopper.join();
        QVERIFY(!proposals);
        QVERIFY(proposals.error().isCancelled());
        QVERIFY2(taken < 1300ms, std::to_string(std::chrono::duration<double>(taken).count()).c_str());
    }

    /// Somebody that it leaves behind in another session does not hold the answer up.
    void leavesSomebodyBehind()
    {
        if (!hasProgram("setsid"))
            QSKIP("no setsid");
        const auto begin = std::chrono::steady_clock::now();
        const auto proposals = CommandAgent(shell("setsid sleep 8 & echo '{\"proposals\": []}'"))
                                   .propose(m_contexts.make(MemoryMode::Refine), {});
        QVERIFY_RESULT(proposals);
        QVERIFY2(std::chrono::steady_clock::now() - begin < 6s, "late");
    }

    void noKeysAreInherited()
    {
        const auto environment = runCommand({{"env"}, 20s, kMiB}, "", {});
        QVERIFY_RESULT(environment);
        QVERIFY2(environment->find("planted-key") == std::string::npos, environment->c_str());
        QVERIFY(environment->find("HARMLESS=kept") != std::string::npos);
        QVERIFY(environment->find("PATH=") != std::string::npos);
    }

    void secrets_data()
    {
        QTest::addColumn<std::string>("name");
        QTest::addColumn<std::string>("value");
        QTest::addColumn<bool>("isSecret");
        const auto row = [](const char* name, const char* value, bool isSecret) {
            QTest::newRow(name) << std::string(name) << std::string(value) << isSecret;
        };
        for (const char* name : {"OPENAI_API_KEY", "ANTHROPIC_API_KEY", "HF_TOKEN", "github_token", "DB_PASSWORD",
                                 "PGPASSWORD", "AWS_SECRET_ACCESS_KEY", "GOOGLE_APPLICATION_CREDENTIALS",
                                 "GPG_PASSPHRASE", "NPM_AUTH", "OPENAIKEY", "API_KEYS"})
            row(name, "x", true);
        for (const char* value : {"sk-abc", "ghp_abc", "hf_abc", "AKIA123", "https://me:word@example.org/"})
            QTest::newRow(value) << std::string("X") << std::string(value) << true;
        for (const char* name : {"PATH", "HOME", "LANG", "XDG_RUNTIME_DIR", "CUDA_VISIBLE_DEVICES", "KEYBOARD",
                                 "TOKENIZERS_PARALLELISM", "XAUTHORITY"})
            row(name, "/usr/bin:/bin", false);
        QTest::newRow("address") << std::string("http_proxy") << std::string("http://proxy.example:3128/a@b:c")
                                 << false;
    }

    void secrets()
    {
        QFETCH(std::string, name);
        QFETCH(std::string, value);
        QFETCH(bool, isSecret);
        QCOMPARE(looksLikeSecret(name, value), isSecret);
    }

    void missingProgram()
    {
        CommandSettings settings;
        QVERIFY(CommandAgent(settings).start({}).error().code == ErrorCode::InvalidArgument);
        settings.command = {"warploom-no-such-program"};
        const auto started = CommandAgent(settings).start({});
        QVERIFY(!started);
        QVERIFY(started.error().code == ErrorCode::LibraryMissing);
        settings.command = {"/etc/passwd"};
        QVERIFY(CommandAgent(settings).start({}).error().code == ErrorCode::LibraryMissing);
    }

    void splitsCommands()
    {
        const auto words = splitCommand("  a 'b c' \"d \\\" e\" f\\ g '' h'i'\"j\"");
        QVERIFY_RESULT(words);
        QCOMPARE(*words, (std::vector<std::string>{"a", "b c", "d \" e", "f g", "", "hij"}));
        for (const char* text : {"", "  ", "''", "a 'b", "a \"b"})
            QVERIFY2(!splitCommand(text), text);
    }

    void questionsAndAnswersAreReported()
    {
        std::vector<ExchangeRecord> requests;
        std::vector<ExchangeRecord> outcomes;
        AgentContext context = m_contexts.make(MemoryMode::Refine);
        context.exchanges.started = [&requests](const ExchangeRecord& request) {
            requests.push_back(request);
            return std::int64_t{41} + static_cast<std::int64_t>(requests.size());
        };
        context.exchanges.finished = [&outcomes](std::int64_t, const ExchangeRecord& outcome) {
            outcomes.push_back(outcome);
        };
        CommandSettings settings = shell("cat > /dev/null; echo nothing useful");
        settings.key = "command:mine";
        CommandAgent faulty(settings);
        QVERIFY(faulty.takesLong());
        QVERIFY(!faulty.propose(context, {}));
        settings.command = {"sh", "-c", "cat > /dev/null; exit 3"};
        CommandAgent failing(settings);
        QVERIFY(!failing.propose(context, {}));
        QCOMPARE(requests.size(), std::size_t{2});
        QCOMPARE(requests[0].agent, std::string("command:mine"));
        QCOMPARE(requests[0].parent, context.parent.id);
        QVERIFY(requests[0].messages.front().text.find("\"parent\"") != std::string::npos);
        QCOMPARE(outcomes.size(), std::size_t{2});
        QCOMPARE(outcomes[0].answer, std::string("nothing useful\n"));
        QCOMPARE(outcomes[0].fault, std::string("off-format"));
        QVERIFY(outcomes[0].errorCode.empty());
        QCOMPARE(outcomes[1].errorCode, std::string("process-failed"));
    }

    void answersInJson()
    {
        const std::string parent = m_contexts.task().baselineSource;
        const nlohmann::json whole{
            {"proposals", {{{"source", replacedIn(parent, "float sum", "double sum")}, {"predicted_gain", 0.0}}}}};
        const auto answers = parseCommandAnswer(whole.dump(2), parent);
        QVERIFY_RESULT(answers);
        QVERIFY2(answers->front().fault == AnswerFault::None, answers->front().explanation.c_str());
        QCOMPARE(answers->front().predictedGain, 1.0);
        QVERIFY(!answers->front().notes.empty());
        nlohmann::json many{{"proposals", nlohmann::json::array()}};
        for (int i = 0; i < 65; ++i)
            many["proposals"].push_back(whole["proposals"][0]);
        QVERIFY(!parseCommandAnswer(many.dump(), parent));
    }

private:
    ContextSource m_contexts;
};

QTEST_GUILESS_MAIN(tst_CommandAgent)
#include "tst_CommandAgent.moc"
