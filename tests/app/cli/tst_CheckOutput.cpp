// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "CommandLine.h"

#include <algorithm>
#include <csignal>

using namespace warploom::test;

/// What `check` and `bench` say and how they exit, beside the verdicts themselves.
class tst_CheckOutput : public QObject {
    Q_OBJECT

private slots:
    void interruptIsNoVerdict_data()
    {
        QTest::addColumn<QString>("command");
        QTest::addColumn<QString>("file");
        QTest::newRow("check") << "check" << "endless_loop.cu";
        QTest::newRow("bench, verifying") << "bench" << "endless_loop.cu";
        QTest::newRow("bench, modelling") << "bench" << "endless_at_time_size.cu";
    }

    void interruptIsNoVerdict()
    {
        QFETCH(QString, command);
        QFETCH(QString, file);
        const TemporaryFolder folder;
        QProcess process;
        process.setWorkingDirectory(QString::fromStdString(folder.path().string()));
        process.start(QString::fromStdString((binaryFolder() / "warploom-cli").string()),
                      {command, kernelFolder("vector_add"), "--variant", fixture("faulty/" + file.toStdString()),
                       "--device", "emulator"});
        QVERIFY(process.waitForStarted());
        QVERIFY(!process.waitForFinished(600));
        ::kill(static_cast<pid_t>(process.processId()), SIGINT);
        QVERIFY(process.waitForFinished(20'000));
        QVERIFY(process.exitStatus() == QProcess::NormalExit);
        const QByteArray errors = process.readAllStandardError();
        QVERIFY2(process.exitCode() == 4, errors.constData());
        QVERIFY(!process.readAllStandardOutput().contains("timeout"));
    }

    void compileErrorIsSaidOnce()
    {
        const TemporaryFolder folder;
        const auto outcome = runCli(folder.path(),
                                    {"check", kernelFolder("vector_add"), "--variant",
                                     fixture("faulty/does_not_compile.cu"), "--device", "emulator"});
        QCOMPARE(outcome.exitCode, 1);
        const QByteArray output = QByteArray::fromStdString(outcome.output);
        QVERIFY2(output.contains(".cu:"), output.constData());
        QList<QByteArray> lines = output.trimmed().split('\n');
        const auto count = lines.size();
        std::sort(lines.begin(), lines.end());
        lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
        QVERIFY2(lines.size() == count, output.constData());
    }

    void refusedFlagHasItsLine()
    {
        const TemporaryFolder folder;
        const auto outcome = runCli(folder.path(),
                                    {"check", kernelFolder("vector_add"), "--variant",
                                     fixture("bad-directives/flag_not_allowed.cu"), "--device", "emulator"});
        QCOMPARE(outcome.exitCode, 1);
        QVERIFY2(outcome.output.find("flag_not_allowed.cu:7:20: compiler option is not allowed") != std::string::npos,
                 outcome.output.c_str());
        QCOMPARE(QByteArray::fromStdString(outcome.output).count("is not allowed"), 1);
    }

    void namesThatAreNoUtf8AreReplaced_data()
    {
        QTest::addColumn<QString>("command");
        QTest::newRow("check") << "check";
        QTest::newRow("bench") << "bench";
    }

    void namesThatAreNoUtf8AreReplaced()
    {
        QFETCH(QString, command);
        const TemporaryFolder folder;
        folder.write("caf\xE9.cu", "// warploom: launch k\xE9<<<1, 1>>>()\n");
        // Through a shell, which passes the bytes as they are.
        QProcess process;
        process.setWorkingDirectory(QString::fromStdString(folder.path().string()));
        process.start("/bin/sh",
                      {"-c",
                       QString("exec %1 %2 %3 --variant *.cu --device emulator --json")
                           .arg(QString::fromStdString((binaryFolder() / "warploom-cli").string()), command,
                                kernelFolder("vector_add"))});
        QVERIFY(process.waitForFinished(30'000));
        CommandOutcome outcome;
        outcome.output = process.readAllStandardOutput().toStdString();
        QCOMPARE(process.exitStatus(), QProcess::NormalExit);
        QCOMPARE(process.exitCode(), 1);
        const nlohmann::json json = command == "check" ? outcome.json() : outcome.json().at("variants").at(0);
        QCOMPARE(json.value("verdict", ""), std::string("compile-error"));
        QCOMPARE(json.value("variant", ""), std::string("caf\xEF\xBF\xBD.cu"));
    }

    void outputThatCannotBeWrittenIsAFailure_data()
    {
        QTest::addColumn<QString>("arguments");
        QTest::newRow("check") << "check";
        QTest::newRow("check, JSON") << "check --json";
        QTest::newRow("bench, JSON") << "bench --json";
    }

    void outputThatCannotBeWrittenIsAFailure()
    {
        QFETCH(QString, arguments);
        QProcess process;
        process.setStandardOutputFile("/dev/full");
        process.start(QString::fromStdString((binaryFolder() / "warploom-cli").string()),
                      arguments.split(' ') + QStringList{kernelFolder("vector_add"), "--device", "emulator"});
        QVERIFY(process.waitForFinished(30'000));
        const QByteArray errors = process.readAllStandardError();
        QVERIFY2(process.exitCode() == 3, errors.constData());
        QVERIFY2(errors.contains("cannot be written to stdout"), errors.constData());
    }
};

QTEST_GUILESS_MAIN(tst_CheckOutput)
#include "tst_CheckOutput.moc"
