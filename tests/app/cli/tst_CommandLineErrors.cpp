// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "CommandLine.h"

using namespace warploom::test;

namespace {

QStringList evolveVectorAdd(const QStringList& more = {})
{
    return QStringList{"evolve", kernelFolder("vector_add"), "--evaluations", "1", "--workspace", "w.warploom"} + more;
}

bool isEmpty(const std::filesystem::path& folder) { return std::filesystem::is_empty(folder); }

}  // namespace

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
        QTest::newRow("nothing to evolve") << QStringList{"evolve"};
        QTest::newRow("evolve without a task") << QStringList{"evolve", "/nowhere"};
        QTest::newRow("evolve on an unknown device") << evolveVectorAdd({"--device", "tpu"});
        QTest::newRow("no workspace to resume") << QStringList{"evolve", "--resume", "missing.warploom"};
        QTest::newRow("seed of a resumed run") << QStringList{"evolve", "--resume", "w.warploom", "--seed", "3"};
        QTest::newRow("workspace of a resumed run")
            << QStringList{"evolve", "--resume", "w.warploom", "--workspace", "other.warploom"};
        QTest::newRow("no workspace to show") << QStringList{"show", "missing.warploom"};
    }

    void badInputIsUsage()
    {
        QFETCH(QStringList, arguments);
        const TemporaryFolder folder;
        const auto outcome = runCli(folder.path(), arguments);
        QCOMPARE(outcome.exitCode, 2);
        QVERIFY(!outcome.errors.empty());
        QVERIFY(isEmpty(folder.path()));
    }

    void errorsAreObjectsToo_data() { badInputIsUsage_data(); }

    void errorsAreObjectsToo()
    {
        QFETCH(QStringList, arguments);
        const TemporaryFolder folder;
        const auto outcome = runCli(folder.path(), arguments + QStringList{"--json"});
        QCOMPARE(outcome.exitCode, 2);
        const auto json = outcome.json();
        QVERIFY2(json.is_object() && json.contains("error"), outcome.output.c_str());
        for (const char* member : {"code", "message", "remedy"})
            QVERIFY2(!json["error"].value(member, "").empty(), outcome.output.c_str());
        for (const char* member : {"place", "expected", "found"})
            QVERIFY(json["error"].contains(member));
    }

    void missingProgramsAreTheMachines_data()
    {
        QTest::addColumn<QString>("worker");
        QTest::addColumn<QString>("rewriter");
        QTest::addColumn<QString>("said");
        QTest::newRow("neither") << QString() << QString() << QStringLiteral("warploom-");
        QTest::newRow("no rewriter") << QStringLiteral("real") << QString()
                                     << QStringLiteral("warploom-rewriter is missing");
        QTest::newRow("a rewriter that dies")
            << QStringLiteral("real") << QStringLiteral("#!/bin/sh\nexit 9\n") << QStringLiteral("9");
        QTest::newRow("no worker") << QString() << QStringLiteral("real")
                                   << QStringLiteral("warploom-worker is missing");
    }

    void missingProgramsAreTheMachines()
    {
        QFETCH(QString, worker);
        QFETCH(QString, rewriter);
        QFETCH(QString, said);
        const TemporaryFolder programs;
        for (const auto& [name, content] : {std::pair("warploom-worker", worker), {"warploom-rewriter", rewriter}}) {
            const auto path = programs.path() / name;
            if (content == "real")
                std::filesystem::create_symlink(binaryFolder() / name, path);
            else if (!content.isEmpty())
                std::filesystem::permissions(programs.write(name, content.toStdString()),
                                             std::filesystem::perms::owner_all);
        }
        if (rewriter == "real" && !std::filesystem::exists(programs.path() / "warploom-rewriter"))
            QSKIP("built without the rewriter");
        const TemporaryFolder folder;
        const auto outcome = runCliWith("WARPLOOM_BIN", programs.path(), folder.path(),
                                        evolveVectorAdd({"--device", "emulator", "--json"}));
        QVERIFY2(outcome.exitCode == 3, outcome.errors.c_str());
        QVERIFY2(outcome.errors.find(said.toStdString()) != std::string::npos, outcome.errors.c_str());
        QVERIFY(!outcome.json()["error"].value("message", "").empty());
        QVERIFY(isEmpty(folder.path()));
    }

    void devicesWithoutWorker()
    {
        const TemporaryFolder folder;
        const auto outcome = runCliWith("WARPLOOM_BIN", folder.path(), folder.path(), {"devices", "--json"});
        QCOMPARE(outcome.exitCode, 3);
        QCOMPARE(outcome.json()["error"].value("code", ""), std::string("library-missing"));
        QVERIFY(outcome.errors.find("WARPLOOM_BIN") != std::string::npos);
    }

    void aRuntimeFolderThatIsMissing()
    {
        const TemporaryFolder folder;
        const auto outcome =
            runCliWith("XDG_RUNTIME_DIR", "/nowhere", folder.path(), evolveVectorAdd({"--device", "emulator"}));
        QVERIFY2(outcome.exitCode == 3, outcome.errors.c_str());
        QVERIFY2(outcome.errors.find("/nowhere") != std::string::npos, outcome.errors.c_str());
        QVERIFY(isEmpty(folder.path()));
    }

    void aMissingDeviceLeavesNothing()
    {
        if (!std::filesystem::exists(binaryFolder() / "warploom-rewriter"))
            QSKIP("built without the rewriter");
        const TemporaryFolder folder;
        const auto outcome = runCli(folder.path(), evolveVectorAdd({"--device", "cuda:77", "--json"}));
        QVERIFY2(outcome.exitCode == 3, outcome.errors.c_str());
        const std::string remedy = outcome.json()["error"].value("remedy", "");
        QVERIFY2(remedy.find("driver") != std::string::npos && remedy.find("toolkit") == std::string::npos,
                 remedy.c_str());
        QVERIFY(isEmpty(folder.path()));
        // What was there before stays.
        folder.write("w.warploom", "");
        QVERIFY(runCli(folder.path(), evolveVectorAdd({"--device", "cuda:77"})).exitCode != 0);
        QVERIFY(std::filesystem::exists(folder.path() / "w.warploom"));
    }

    void aBaselineThatDoesNotCompileLeavesNothing()
    {
        if (!std::filesystem::exists(binaryFolder() / "warploom-rewriter"))
            QSKIP("built without the rewriter");
        const TemporaryFolder folder;
        const TemporaryFolder task;
        std::filesystem::copy(kernelFolder("vector_add").toStdString(), task.path());
        task.write("baseline.cu",
                   "// warploom: launch k<<<1, 32>>>(a, b, c, n)\nextern \"C\" __global__ void k(no_type x) {}\n");
        const auto outcome = runCli(folder.path(),
                                    {"evolve", QString::fromStdString(task.path().string()), "--device", "emulator",
                                     "--workspace", "w.warploom"});
        QVERIFY2(outcome.exitCode == 2, outcome.errors.c_str());
        QVERIFY2(outcome.errors.find("no_type") != std::string::npos, outcome.errors.c_str());
        QVERIFY(isEmpty(folder.path()));
    }

    void outputThatCannotBeWritten_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::newRow("json") << QStringList{"devices", "--json"};
        QTest::newRow("text") << QStringList{"devices"};
        QTest::newRow("help") << QStringList{"--help"};
        QTest::newRow("an error as json") << QStringList{"show", "missing.warploom", "--json"};
    }

    void outputThatCannotBeWritten()
    {
        QFETCH(QStringList, arguments);
        QProcess process;
        process.setStandardOutputFile("/dev/full");
        process.start(cliPath(), arguments);
        const auto outcome = outcomeOf(process);
        QCOMPARE(outcome.exitCode, 3);
        QVERIFY2(outcome.errors.find("cannot be written to stdout: No space left") != std::string::npos,
                 outcome.errors.c_str());
    }
};

QTEST_GUILESS_MAIN(tst_CommandLineErrors)
#include "tst_CommandLineErrors.moc"
