// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "CommandLine.h"

using namespace warploom::test;

class tst_CheckFaults : public QObject {
    Q_OBJECT

private slots:
    void faultsGetTheirVerdict_data()
    {
        QTest::addColumn<std::string>("file");
        QTest::addColumn<std::string>("task");
        QTest::addColumn<std::string>("verdict");
        const auto row = [](const char* file, const char* task, const char* verdict) {
            QTest::newRow(file) << std::string(file) << std::string(task) << std::string(verdict);
        };
        row("does_not_compile.cu", "vector_add", "compile-error");
        row("endless_loop.cu", "vector_add", "timeout");
        row("writes_past_end.cu", "vector_add", "out-of-bounds");
        row("reads_one_past_end.cu", "vector_add", "out-of-bounds");
        row("skips_tail.cu", "vector_add", "wrong");
        row("does_nothing.cu", "vector_add", "wrong");
        row("clobbers_input.cu", "vector_add", "wrong");
        row("block_too_large.cu", "vector_add", "launch-error");
        row("too_many_registers.cu", "vector_add", "launch-error");
        row("huge_scratch.cu", "vector_add", "invalid");
        row("trap.cu", "vector_add", "crashed");
        row("wrong_argument_count.cu", "vector_add", "invalid");
    }

    void faultsGetTheirVerdict()
    {
        QFETCH(std::string, file);
        QFETCH(std::string, task);
        QFETCH(std::string, verdict);
        const TemporaryFolder folder;
        const auto outcome = runCli(
            folder.path(),
            {"check", kernelFolder(task), "--variant", fixture("faulty/" + file), "--device", "emulator", "--json"});
        QVERIFY2(outcome.exitCode == 1, outcome.errors.c_str());
        QCOMPARE(outcome.json().value("verdict", ""), verdict);
        QVERIFY(!outcome.json().value("message", "").empty());
    }

    /// One bad candidate must not end the command: the right one behind them is still timed.
    void benchGoesOnAfterFaultsAtTheTimeSize()
    {
        const QList<QPair<const char*, const char*>> expected{
            {"writes_outside_at_time_size", "out-of-bounds"}, {"shared_memory_at_time_size", "launch-error"},
            {"huge_scratch_at_time_size", "invalid"},         {"trap_at_time_size", "crashed"},
            {"too_many_registers", "launch-error"},
        };
        QStringList arguments{"bench", kernelFolder("vector_add"), "--device", "emulator", "--json"};
        for (const auto& [file, verdict] : expected)
            arguments << "--variant" << fixture(std::string("faulty/") + file + ".cu");
        arguments << "--variant" << kernelFolder("vector_add") + "/baseline.cu";
        const TemporaryFolder folder;
        const auto outcome = runCli(folder.path(), arguments);
        QVERIFY2(outcome.exitCode == 1, outcome.errors.c_str());
        const nlohmann::json rows = outcome.json().at("variants");
        QCOMPARE(rows.size(), static_cast<std::size_t>(expected.size() + 1));
        for (int i = 0; i < expected.size(); ++i) {
            const nlohmann::json& row = rows.at(static_cast<std::size_t>(i));
            QCOMPARE(row.value("verdict", ""), std::string(expected[i].second));
            QVERIFY(!row.contains("time_us"));
            QVERIFY(row.at("evidence").contains("fault") || row.at("evidence").at("cases").back().contains("fault"));
        }
        QCOMPARE(rows.back().value("verdict", ""), std::string("ok"));
        QVERIFY(rows.back().contains("time_us"));
    }
};

QTEST_GUILESS_MAIN(tst_CheckFaults)
#include "tst_CheckFaults.moc"
