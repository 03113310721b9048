// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "CommandLine.h"

using namespace warploom::test;

class tst_CommandLineErrors : public QObject {
    Q_OBJECT

private slots:
    void badInputIsUsage_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::newRow("no task") << QStringList{"check", "/nowhere"};
        QTest::newRow("broken task.toml") << QStringList{"check", fixture("bad-tasks/bad_syntax.toml")};
        QTest::newRow("unknown device") << QStringList{"check", kernelFolder("vector_add"), "--device", "tpu"};
        QTest::newRow("unknown option") << QStringList{"check", "--frobnicate"};
        QTest::newRow("no command") << QStringList{};
        QTest::newRow("missing variant") << QStringList{
            "check", kernelFolder("vector_add"), "--device", "emulator", "--variant", "/nowhere.cu"};
    }

    void badInputIsUsage()
    {
        QFETCH(QStringList, arguments);
        const TemporaryFolder folder;
        const auto outcome = runCli(folder.path(), arguments);
        QCOMPARE(outcome.exitCode, 2);
        QVERIFY(!outcome.errors.empty());
    }
};

QTEST_GUILESS_MAIN(tst_CommandLineErrors)
#include "tst_CommandLineErrors.moc"
