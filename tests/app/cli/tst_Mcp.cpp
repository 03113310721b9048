// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "CommandLine.h"

using namespace warploom::test;

namespace {

/// warploom-cli mcp, spoken to over its pipes.
class McpProgram {
public:
    McpProgram(const std::filesystem::path& folder, const QStringList& arguments)
    {
        m_process.setWorkingDirectory(QString::fromStdString(folder.string()));
        m_process.start(cliPath(), QStringList{"mcp"} + arguments);
        m_process.waitForStarted();
    }
    ~McpProgram()
    {
        if (m_process.state() != QProcess::NotRunning) {
            m_process.kill();
            m_process.waitForFinished();
        }
    }

    void write(const QByteArray& line)
    {
        m_process.write(line + "\n");
        m_process.waitForBytesWritten(1'000);
    }

    void ask(const nlohmann::json& id, const char* method, const nlohmann::json& params = nlohmann::json::object())
    {
        write(QByteArray::fromStdString(
            nlohmann::json{{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", params}}.dump()));
    }

    /// Everything that comes until the answer to \p id; null after the time.
    nlohmann::json answer(const nlohmann::json& id, int timeoutMs = 60'000)
    {
        nlohmann::json found;
        (void)QTest::qWaitFor(
            [&] {
                read();
                for (const auto& message : heard) {
                    if (message.contains("id") && message.at("id") == id)
                        found = message;
                }
                return !found.is_null() || m_process.state() == QProcess::NotRunning;
            },
            timeoutMs);
        return found;
    }

    nlohmann::json call(const char* tool, const nlohmann::json& arguments = nlohmann::json::object())
    {
        const int id = ++m_lastId;
        ask(id, "tools/call", {{"name", tool}, {"arguments", arguments}});
        return answer(id).value("result", nlohmann::json::object());
    }

    void initialize()
    {
        ask("init", "initialize",
            {{"protocolVersion", "2025-11-25"},
             {"capabilities", nlohmann::json::object()},
             {"clientInfo", {{"name", "tester"}, {"version", "1"}}}});
        answer("init");
        write(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
    }

    /// Closes its stdin; its exit code.
    int end()
    {
        m_process.closeWriteChannel();
        if (!m_process.waitForFinished(10'000))
            return -1;
        read();
        return m_process.exitStatus() == QProcess::NormalExit ? m_process.exitCode() : -1;
    }

    [[nodiscard]] bool hasOnlySpokenJson() const { return m_strays.isEmpty(); }
    std::vector<nlohmann::json> heard;

private:
    void read()
    {
        while (m_process.canReadLine() || m_process.waitForReadyRead(5)) {
            if (!m_process.canReadLine())
                continue;
            const QByteArray line = m_process.readLine();
            auto json = nlohmann::json::parse(line.toStdString(), nullptr, false);
            if (json.is_object())
                heard.push_back(std::move(json));
            else
                m_strays += line;
        }
    }

    QProcess m_process;
    QByteArray m_strays;
    int m_lastId = 100;
};

/// A host that ends with the test.
struct Host {
    explicit Host(const std::filesystem::path& workspace)
    {
        process.start(cliPath(), {"serve", QString::fromStdString(workspace.string())});
        process.waitForStarted();
        process.setReadChannel(QProcess::StandardError);
        (void)QTest::qWaitFor(
            [&] {
                process.waitForReadyRead(20);
                return process.canReadLine();
            },
            20'000);
    }
    ~Host()
    {
        process.terminate();
        if (!process.waitForFinished(20'000))
            process.kill();
    }
    QProcess process;
};

std::string textOf(const nlohmann::json& result)
{
    const auto content = result.value("content", nlohmann::json::array());
    return content.empty() ? std::string() : content.at(0).value("text", "");
}

nlohmann::json valueOf(const nlohmann::json& result)
{
    return result.value("structuredContent", nlohmann::json::object());
}

std::string variantText(const char* name)
{
    return readFile(sourceFolder() / "tests/fixtures/variants/vector_add" / name);
}
std::string faultyText(const char* name) { return readFile(sourceFolder() / "tests/fixtures/faulty" / name); }

bool hasRewriter() { return std::filesystem::exists(binaryFolder() / "warploom-rewriter"); }

}  // namespace

class tst_Mcp : public QObject {
    Q_OBJECT

private:
    static void evaluates(McpProgram& program)
    {
        const auto task = program.call("task");
        QCOMPARE(valueOf(task).value("name", ""), std::string("vector_add"));
        QVERIFY(textOf(task).find("// warploom: launch") != std::string::npos);
        // What is right stays with the judge.
        const std::string reference = readFile(sourceFolder() / "kernels/vector_add/reference.cu");
        const std::string line = reference.substr(reference.find("extern"), 60);
        QVERIFY(task.dump().find(line) == std::string::npos);
        QVERIFY(valueOf(task).at("baseline").get<std::string>().find("vector_add") != std::string::npos);

        const auto broken = program.call("check", {{"source", faultyText("does_not_compile.cu")}});
        QCOMPARE(broken.value("isError", true), false);
        QCOMPARE(valueOf(broken).value("verdict", ""), std::string("compile-error"));
        QVERIFY(valueOf(broken).at("diagnostics").at(0).value("line", 0) > 0);
        const auto wrong = program.call("check", {{"source", faultyText("skips_tail.cu")}});
        QCOMPARE(valueOf(wrong).value("verdict", ""), std::string("wrong"));
        QVERIFY2(!valueOf(wrong).contains("time_us"), wrong.dump().c_str());
        const auto outside = program.call("check", {{"source", faultyText("reads_far_outside.cu")}});
        QCOMPARE(valueOf(outside).value("verdict", ""), std::string("out-of-bounds"));

        const auto bench = program.call("bench", {{"source", variantText("float4.cu")}});
        QCOMPARE(valueOf(bench).value("verdict", ""), std::string("ok"));
        const auto speedup = valueOf(bench).at("speedup_over_baseline");
        QVERIFY(speedup.value("estimate", 0.0) > 1);
        QCOMPARE(speedup.value("kind", ""), std::string("modelled"));
        QVERIFY(textOf(bench).find("not measured") != std::string::npos);
    }

    static void grows(McpProgram& program)
    {
        QCOMPARE(program.call("best").value("isError", false), true);
        QCOMPARE(valueOf(program.call("lineage")).value("total", 1), 0);
        const auto submitted = program.call("submit",
                                            {{"source", variantText("float4.cu")},
                                             {"move", "vectorise"},
                                             {"title", "16-byte loads"},
                                             {"hypothesis", "a quarter of the requests"},
                                             {"predicted_gain", 1.1}});
        QVERIFY2(!submitted.value("isError", true), submitted.dump().c_str());
        QCOMPARE(valueOf(submitted).value("status", ""), std::string("evaluated"));
        QCOMPARE(valueOf(submitted).at("evaluation").value("verdict", ""), std::string("ok"));
        QCOMPARE(valueOf(submitted).value("is_best", false), true);
        QVERIFY(valueOf(submitted).value("gain_over_parent", 0.0) > 1);
        const auto id = valueOf(submitted).value("variant", 0);

        const auto again = program.call("submit", {{"source", "// the same\n" + variantText("float4.cu")}});
        QCOMPARE(valueOf(again).value("status", ""), std::string("duplicate"));
        QCOMPARE(valueOf(again).value("variant", 0), id);
        const auto bad = program.call("submit", {{"source", faultyText("skips_tail.cu")}, {"parent", id}});
        QCOMPARE(valueOf(bad).at("evaluation").value("verdict", ""), std::string("wrong"));
        const auto orphan = program.call("submit", {{"source", variantText("grid_stride.cu")}, {"parent", 999}});
        QCOMPARE(orphan.value("isError", false), true);
        QVERIFY(textOf(orphan).find("999") != std::string::npos);

        const auto lineage = valueOf(program.call("lineage", {{"limit", 2}}));
        QCOMPARE(lineage.value("total", 0), 3);
        QCOMPARE(lineage.value("next_offset", 0), 2);
        QCOMPARE(lineage.value("best", 0), id);
        QCOMPARE(lineage.at("variants").at(1).value("agent", ""), std::string("mcp:tester"));
        QCOMPARE(lineage.at("variants").at(1).value("move", ""), std::string("vectorise"));
        QCOMPARE(valueOf(program.call("lineage", {{"status", "failed"}})).value("total", 0), 1);
        QCOMPARE(valueOf(program.call("lineage", {{"under", id}})).value("total", 0), 2);
        const auto best = valueOf(program.call("best"));
        QCOMPARE(best.value("id", 0), id);
        QCOMPARE(best.value("source", ""), variantText("float4.cu"));
        QCOMPARE(valueOf(program.call("variant", {{"id", id}})).value("hypothesis", ""),
                 std::string("a quarter of the requests"));
    }

    static void explains(McpProgram& program)
    {
        const auto diagnosis = program.call("diagnose");
        QVERIFY2(valueOf(diagnosis).contains("findings"), diagnosis.dump().c_str());
        QVERIFY(valueOf(diagnosis).value("variant", 0) > 0);
        const auto profile = valueOf(program.call("profile", {{"source", variantText("grid_stride.cu")}}));
        QVERIFY(!profile.at("figures").empty());
        QVERIFY(!profile.at("lines").at(0).value("source", "").empty());
        QCOMPARE(program.call("profile", {{"size", "nowhere"}}).value("isError", false), true);
        const auto pages = program.call("knowledge", {{"query", "bank conflicts"}, {"limit", 2}});
        QVERIFY(textOf(pages).find("bank-conflicts") != std::string::npos);
        QVERIFY(!valueOf(pages).at("pages").at(0).at("sources").empty());
        QCOMPARE(program.call("knowledge").value("isError", false), true);
    }

private slots:
    void offersAWorkspace()
    {
        if (!hasRewriter())
            QSKIP("built without the rewriter");
        const TemporaryFolder folder;
        const Host host(folder.path() / "run.warploom");
        McpProgram program(folder.path(), {smallVectorAdd(), "--workspace", "run.warploom", "--device", "emulator"});
        program.initialize();
        program.ask("list", "tools/list");
        const auto tools = program.answer("list").at("result").at("tools");
        QCOMPARE(tools.size(), std::size_t{10});
        for (const auto& tool : tools) {
            QCOMPARE(tool.at("inputSchema").value("type", ""), std::string("object"));
            QVERIFY(tool.value("description", "").size() > 40);
        }
        evaluates(program);
        grows(program);
        explains(program);
        program.ask("read", "resources/read", {{"uri", "warploom://best.cu"}});
        QCOMPARE(program.answer("read").at("result").at("contents").at(0).value("text", ""), variantText("float4.cu"));
        // Hidden cases are nobody's business.
        for (const auto& message : program.heard) {
            QVERIFY(message.dump().find("distribution") == std::string::npos);
            QVERIFY(message.dump().find("\"hidden\"") == std::string::npos);
        }
        QCOMPARE(program.end(), 0);
        QVERIFY(program.hasOnlySpokenJson());
    }

    void callsRunBesideEachOther()
    {
        const TemporaryFolder folder;
        const Host host(folder.path() / "run.warploom");
        McpProgram program(folder.path(), {smallVectorAdd(), "--workspace", "run.warploom", "--device", "emulator"});
        program.initialize();
        const nlohmann::json source{{"source", variantText("float4.cu")}};
        program.ask(1, "tools/call", {{"name", "bench"}, {"arguments", source}, {"_meta", {{"progressToken", "t"}}}});
        program.ask(2, "tools/call", {{"name", "check"}, {"arguments", source}});
        program.ask(3, "tools/call", {{"name", "bench"}, {"arguments", source}});
        program.ask(4, "ping");
        // The short one does not wait for the long ones.
        QVERIFY(program.answer(4, 2'000).contains("result"));
        // Nor does an end wait: nothing more is heard of what was cancelled.
        program.write(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":3}})");
        program.ask(5, "ping");
        QVERIFY(program.answer(5, 1'000).contains("result"));
        QCOMPARE(program.answer(1).at("result").at("structuredContent").value("verdict", ""), std::string("ok"));
        QCOMPARE(program.answer(2).at("result").at("structuredContent").value("verdict", ""), std::string("ok"));
        QVERIFY(program.answer(3, 300).is_null());
        int steps = 0;
        for (const auto& message : program.heard) {
            if (message.value("method", "") == "notifications/progress") {
                QCOMPARE(message.at("params").value("progressToken", ""), std::string("t"));
                QCOMPARE(message.at("params").value("progress", 0), ++steps);
            }
        }
        QVERIFY(steps > 0);
        // With a call under way, too.
        program.ask(6, "tools/call", {{"name", "bench"}, {"arguments", source}});
        QCOMPARE(program.end(), 0);
    }

    void joinsARunThatIsGoingOn()
    {
        if (!hasRewriter())
            QSKIP("built without the rewriter");
        const TemporaryFolder folder;
        QProcess run;
        run.setWorkingDirectory(QString::fromStdString(folder.path().string()));
        run.start(cliPath(),
                  {"evolve", smallVectorAdd(), "--device", "emulator", "--evaluations", "400", "--workspace",
                   "run.warploom"});
        QVERIFY(run.waitForStarted());
        const auto hasRun = [&folder] {
            const auto shown = runCli(folder.path(), {"show", "run.warploom", "--json"}).json();
            return shown.is_object() && !shown.value("evaluations", nlohmann::json::array()).empty();
        };
        QVERIFY(QTest::qWaitFor(hasRun, 40'000));
        McpProgram program(folder.path(), {"run.warploom"});
        program.initialize();
        const auto submitted = program.call("submit", {{"source", variantText("work_queue.cu")}});
        QVERIFY2(!submitted.value("isError", true), submitted.dump().c_str());
        const auto runs = runCli(folder.path(), {"show", "run.warploom", "--json"}).json().at("runs");
        QCOMPARE(runs.size(), std::size_t{1});
        QCOMPARE(program.end(), 0);
        run.terminate();
        QVERIFY(run.waitForFinished(30'000));
    }

    void hostileLinesDoNoHarm()
    {
        const TemporaryFolder folder;
        McpProgram program(folder.path(), {smallVectorAdd(), "--workspace", "run.warploom", "--device", "emulator"});
        for (const QByteArray& line : {QByteArray("{"), QByteArray("[[[]]]"), QByteArray("\xff\xfe\x00\x01", 4),
                                       QByteArray(200'000, '['), QByteArray("{\"jsonrpc\":\"2.0\",\"id\":1}"),
                                       QByteArray(40'000'000, 'x'), QByteArray("Content-Length: 10"), QByteArray("")})
            program.write(line);
        program.initialize();
        for (const char* tool : {"check", "bench", "profile", "diagnose", "submit", "lineage", "variant"}) {
            const auto result = program.call(tool, {{"nonsense", 1}});
            QVERIFY2(result.value("isError", false), tool);
            QVERIFY(textOf(result).find("nonsense") != std::string::npos);
        }
        QCOMPARE(program.call("check", {{"source", 7}}).value("isError", false), true);
        QCOMPARE(program.call("check", {{"source", "x"}, {"variant", 1}}).value("isError", false), true);
        QCOMPARE(program.call("lineage", {{"limit", 1'000'000}}).value("isError", false), true);
        QCOMPARE(program.call("variant", {{"id", 5}}).value("isError", false), true);
        const auto unknown =
            program.call("check", {{"source", variantText("float4.cu")}, {"configuration", {{"Q", 1}}}});
        QVERIFY(textOf(unknown).find("tunable") != std::string::npos);
        QCOMPARE(program.end(), 0);
        QVERIFY(program.hasOnlySpokenJson());
        // None of this needed a host, or made a workspace.
        QVERIFY(!std::filesystem::exists(folder.path() / "run.warploom"));
    }

    void saysWhatItCannotServe()
    {
        const TemporaryFolder folder;
        auto outcome = runCli(folder.path(), {"mcp"});
        QCOMPARE(outcome.exitCode, 2);
        QVERIFY(outcome.output.empty());
        QVERIFY2(outcome.errors.find("which workspace is not clear") != std::string::npos, outcome.errors.c_str());
        outcome = runCli(folder.path(), {"mcp", "none.warploom"});
        QCOMPARE(outcome.exitCode, 2);
        folder.write("rubbish.warploom", std::string(5000, 'x'));
        outcome = runCli(folder.path(), {"mcp"});
        QVERIFY(outcome.exitCode != 0 && outcome.output.empty());
        outcome = runCli(folder.path(), {"mcp", "nowhere"});
        QCOMPARE(outcome.exitCode, 2);
    }
};

QTEST_GUILESS_MAIN(tst_Mcp)
#include "tst_Mcp.moc"
