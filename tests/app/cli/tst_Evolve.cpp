// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <csignal>
#include <set>

#include "CommandLine.h"

using namespace warploom::test;

class tst_Evolve : public QObject {
    Q_OBJECT

private:
    static bool hasRewriter() { return std::filesystem::exists(binaryFolder() / "warploom-rewriter"); }

    static QStringList evolve(const char* task, const char* evaluations)
    {
        return {"evolve",    kernelFolder(task), "--device",     "emulator", "--evaluations",
                evaluations, "--workspace",      "run.warploom", "--json"};
    }

private slots:
    void findsAFasterTranspose()
    {
        if (!hasRewriter())
            QSKIP("built without the rewriter");
        const TemporaryFolder folder;
        const auto outcome = runCli(folder.path(), evolve("transpose", "8"));
        QVERIFY2(outcome.exitCode == 0, outcome.errors.c_str());
        const auto json = outcome.json();
        QCOMPARE(json.value("evaluations", 0), 8);
        QVERIFY(json.value("modelled", false));
        QVERIFY2(json["best"].value("speedup", 0.0) > 1.3, json.dump().c_str());
        QVERIFY(json["best"].value("time_us", 0.0) < json["baseline"].value("time_us", 0.0));
        QVERIFY(std::filesystem::exists(folder.path() / "run.warploom"));

        const auto shown = runCli(folder.path(), {"show", "run.warploom", "--json"}).json();
        QCOMPARE(shown["evaluations"].size(), std::size_t{8});
        QVERIFY(shown["variants"].size() >= 2);
        QCOMPARE(shown["runs"][0].value("state", ""), std::string("finished"));
    }

    void aKilledRunIsTakenUpAgain()
    {
        if (!hasRewriter())
            QSKIP("built without the rewriter");
        const TemporaryFolder folder;
        QProcess process;
        process.setWorkingDirectory(QString::fromStdString(folder.path().string()));
        process.start(QString::fromStdString((binaryFolder() / "warploom-cli").string()), evolve("vector_add", "10"));
        QVERIFY(process.waitForStarted());
        std::size_t before = 0;
        QTRY_VERIFY_WITH_TIMEOUT(
            [&] {
                const auto shown = runCli(folder.path(), {"show", "run.warploom", "--json"});
                before = shown.exitCode == 0 ? shown.json()["evaluations"].size() : 0;
                return before >= 2;
            }(),
            40'000);
        process.kill();
        process.waitForFinished();

        const auto outcome = runCli(folder.path(), {"evolve", "--resume", "run.warploom", "--json"});
        QVERIFY2(outcome.exitCode == 0, outcome.errors.c_str());
        const auto shown = runCli(folder.path(), {"show", "run.warploom", "--json"}).json();
        QVERIFY(shown["evaluations"].size() >= before);
        QVERIFY(shown["evaluations"].size() <= 10);
        QCOMPARE(shown["runs"].size(), std::size_t{1});
        QCOMPARE(shown["runs"][0].value("state", ""), std::string("finished"));
        std::set<std::string> distinct;
        for (const auto& evaluation : shown["evaluations"])
            distinct.insert(evaluation["variant"].dump() + evaluation["configuration"].dump());
        QCOMPARE(distinct.size(), shown["evaluations"].size());
    }

    void anInterruptEndsCleanly()
    {
        const TemporaryFolder folder;
        QProcess process;
        process.setWorkingDirectory(QString::fromStdString(folder.path().string()));
        process.start(QString::fromStdString((binaryFolder() / "warploom-cli").string()), evolve("softmax", "200"));
        QVERIFY(process.waitForStarted());
        QTRY_VERIFY_WITH_TIMEOUT(std::filesystem::exists(folder.path() / "run.warploom"), 20'000);
        ::kill(static_cast<pid_t>(process.processId()), SIGINT);
        QVERIFY(process.waitForFinished(15'000));
        QCOMPARE(process.exitCode(), 4);
        const auto shown = runCli(folder.path(), {"show", "run.warploom", "--json"});
        QCOMPARE(shown.exitCode, 0);
    }
};

QTEST_GUILESS_MAIN(tst_Evolve)
#include "tst_Evolve.moc"
