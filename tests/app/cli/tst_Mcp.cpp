// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "McpProgram.h"

using namespace warploom::test;

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
