// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <array>
#include <csignal>
#include <set>
#include <thread>

#include <pty.h>

#include "CommandLine.h"

using namespace warploom::test;

class tst_Evolve : public QObject {
    Q_OBJECT

private:
    static bool hasRewriter() { return std::filesystem::exists(binaryFolder() / "warploom-rewriter"); }

    static std::set<std::string> entriesOf(const std::filesystem::path& folder)
    {
        std::set<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(folder))
            names.insert(entry.path().filename().string());
        return names;
    }

    static QStringList evolve(const QString& task, const char* evaluations)
    {
        return {"evolve",    task,          "--device",     "emulator", "--evaluations",
                evaluations, "--workspace", "run.warploom", "--json"};
    }

private slots:
    void findsAFasterTranspose()
    {
        if (!hasRewriter())
            QSKIP("built without the rewriter");
        const TemporaryFolder folder;
        const auto outcome = runCli(folder.path(), evolve(kernelFolder("transpose"), "8"));
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
        QCOMPARE(shown["best"]["variant"], json["best"]["id"]);
        QCOMPARE(shown["best"]["configuration"], json["best"]["configuration"]);
        // Reading leaves nothing behind.
        QCOMPARE(entriesOf(folder.path()), std::set<std::string>{"run.warploom"});

        const auto over = runCli(folder.path(), {"evolve", "--resume", "run.warploom", "--json"});
        QCOMPARE(over.exitCode, 2);
        QVERIFY2(over.errors.find("nothing to resume") != std::string::npos, over.errors.c_str());
        QVERIFY2(over.errors.find("evolve TASK --workspace") != std::string::npos, over.errors.c_str());
        QCOMPARE(over.json()["error"].value("code", ""), std::string("not-found"));
    }

    void aKilledRunIsTakenUpAgain()
    {
        if (!hasRewriter())
            QSKIP("built without the rewriter");
        const TemporaryFolder folder;
        QProcess process;
        process.setWorkingDirectory(QString::fromStdString(folder.path().string()));
        process.start(QString::fromStdString((binaryFolder() / "warploom-cli").string()),
                      evolve(smallVectorAdd(), "10"));
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
        const auto gone = runCli(folder.path(), {"show", "run.warploom", "--json"}).json();
        QCOMPARE(gone["runs"][0].value("state", ""), std::string("interrupted"));
        QVERIFY(gone["runs"][0].value("host_gone", false));
        QVERIFY(runCli(folder.path(), {"show", "run.warploom"}).output.find("interrupted (its host is gone)")
                != std::string::npos);

        // Another task's run is nothing to resume.
        const auto other = runCli(folder.path(), {"evolve", kernelFolder("softmax"), "--resume", "run.warploom"});
        QCOMPARE(other.exitCode, 2);
        QVERIFY2(other.errors.find("of the task 'softmax'") != std::string::npos, other.errors.c_str());

        const auto outcome = runCli(
            folder.path(), {"evolve", smallVectorAdd(), "--resume", "run.warploom", "--evaluations", "11", "--json"});
        QVERIFY2(outcome.exitCode == 0, outcome.errors.c_str());
        const auto shown = runCli(folder.path(), {"show", "run.warploom", "--json"}).json();
        QVERIFY(shown["evaluations"].size() >= before);
        QCOMPARE(shown["evaluations"].size(), std::size_t{11});
        QCOMPARE(shown["runs"][0]["settings"].value("evaluations", 0), 11);
        QCOMPARE(shown["runs"].size(), std::size_t{1});
        QCOMPARE(shown["runs"][0].value("state", ""), std::string("finished"));
        std::set<std::string> distinct;
        for (const auto& evaluation : shown["evaluations"])
            distinct.insert(evaluation["variant"].dump() + evaluation["configuration"].dump());
        QCOMPARE(distinct.size(), shown["evaluations"].size());
    }

    void bytesThatAreNoText()
    {
        if (!hasRewriter())
            QSKIP("built without the rewriter");
        const TemporaryFolder folder;
        QProcess process;
        process.setWorkingDirectory(QString::fromStdString(folder.path().string()));
        // A path in Latin-1, which QProcess would not pass on as it is.
        process.start("/bin/sh",
                      {"-c",
                       "\"$0\" evolve \"$1\" --device emulator --evaluations 1 --json "
                       "--workspace \"$(printf 'caf\\351.warploom')\" && exec \"$0\" show --json caf*.warploom",
                       cliPath(), smallVectorAdd()});
        const auto outcome = outcomeOf(process);
        QVERIFY2(outcome.exitCode == 0, outcome.errors.c_str());
        QVERIFY2(outcome.output.find("caf\xef\xbf\xbd.warploom") != std::string::npos, outcome.output.c_str());
        QCOMPARE(outcome.json()["evaluations"].size(), std::size_t{1});
    }

    void theProgressLineKeepsToTheTerminal()
    {
        if (!hasRewriter())
            QSKIP("built without the rewriter");
        const TemporaryFolder folder;
        int terminal = -1;
        int end = -1;
        winsize size{24, 40, 0, 0};
        QCOMPARE(::openpty(&terminal, &end, nullptr, nullptr, &size), 0);
        QProcess process;
        process.setWorkingDirectory(QString::fromStdString(folder.path().string()));
        process.setChildProcessModifier([end] { ::dup2(end, STDERR_FILENO); });
        process.start(cliPath(), evolve(smallVectorAdd(), "2"));
        QVERIFY(process.waitForStarted());
        ::close(end);
        QByteArray drawn;
        std::thread reader([&drawn, terminal] {
            std::array<char, 4096> piece{};
            for (ssize_t got = 0; (got = ::read(terminal, piece.data(), piece.size())) > 0;)
                drawn.append(piece.data(), static_cast<qsizetype>(got));
        });
        QVERIFY(process.waitForFinished(40'000));
        reader.join();
        ::close(terminal);
        QVERIFY(drawn.contains("vector_add"));
        bool wasCut = false;
        for (const QString& line : QString::fromUtf8(drawn).split("\r\033[K")) {
            QVERIFY2(line.size() < 40, qPrintable(line));
            wasCut = wasCut || line.endsWith(QChar(0x2026));
        }
        QVERIFY(wasCut);
    }

    void anInterruptEndsCleanly()
    {
        if (!hasRewriter())
            QSKIP("built without the rewriter");
        const TemporaryFolder folder;
        QProcess process;
        process.setWorkingDirectory(QString::fromStdString(folder.path().string()));
        process.start(QString::fromStdString((binaryFolder() / "warploom-cli").string()),
                      evolve(kernelFolder("softmax"), "200"));
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
