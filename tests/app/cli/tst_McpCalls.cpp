// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "McpProgram.h"

using namespace warploom::test;

class tst_McpCalls : public QObject {
    Q_OBJECT

private slots:
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
        const auto submitted = program.call("submit", {{"source", variantText("float4.cu")}});
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
};

QTEST_GUILESS_MAIN(tst_McpCalls)
#include "tst_McpCalls.moc"
