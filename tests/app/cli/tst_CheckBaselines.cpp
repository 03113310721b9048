// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "CommandLine.h"

using namespace warploom::test;

class tst_CheckBaselines : public QObject {
    Q_OBJECT

private slots:
    void baselinesAreRight_data()
    {
        QTest::addColumn<std::string>("task");
        for (const auto& entry : std::filesystem::directory_iterator(sourceFolder() / "kernels")) {
            const std::string task = entry.path().filename().string();
            QTest::newRow(task.c_str()) << task;
        }
    }

    void baselinesAreRight()
    {
        QFETCH(std::string, task);
        const TemporaryFolder folder;
        const auto outcome = runCli(folder.path(), {"check", kernelFolder(task), "--device", "emulator", "--json"});
        QVERIFY2(outcome.exitCode == 0, outcome.errors.c_str());
        const auto json = outcome.json();
        QCOMPARE(json.value("verdict", ""), std::string("ok"));
        QCOMPARE(json.value("trust", -1), 4);
        QCOMPARE(json.value("device", ""), std::string("emulator"));
        QVERIFY(json.value("modelled", false));
        QVERIFY(json.contains("message"));
    }
};

QTEST_GUILESS_MAIN(tst_CheckBaselines)
#include "tst_CheckBaselines.moc"
