// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include <csignal>
#include <map>
#include <set>

#include <QProcess>

#include <nlohmann/json.hpp>

#include "base/Confinement.h"
#include "base/Landlock.h"
#include "base/Sanitizers.h"

using namespace warploom;
using namespace warploom::test;

namespace {

struct Outcome {
    ConfinementReport report;
    std::string said;
    QProcess::ExitStatus status = QProcess::NormalExit;
    int code = 0;  ///< or the signal
};

/// Lets a program of its own confine itself and do \p act.
Outcome run(const QStringList& arguments,
            const QProcessEnvironment& environment = QProcessEnvironment::systemEnvironment())
{
    QProcess process;
    process.setProcessEnvironment(environment);
    process.start(QString::fromStdString((binaryFolder() / "warploom-confined-program").string()), arguments);
    if (!process.waitForFinished(100000))
        qFatal("the confined program does not end");
    const auto lines = process.readAllStandardOutput().split('\n');
    Outcome outcome;
    outcome.report = nlohmann::json::parse(lines.value(0).toStdString()).get<ConfinementReport>();
    outcome.said = lines.value(1).toStdString();
    outcome.status = process.exitStatus();
    outcome.code = process.exitCode();
    return outcome;
}

#define SKIP_WITHOUT_LANDLOCK()                                                                                        \
    if (landlockVersion() == 0)                                                                                        \
    QSKIP("this kernel has no Landlock")

}  // namespace

/// What a confined process can no longer do, tried from inside one, and what it still can.
class TestConfinement : public QObject {
    Q_OBJECT

private slots:
    void report()
    {
        const auto outcome = run({"threads", "-", "-"});
        QCOMPARE(outcome.report.landlock, landlockVersion());
        QCOMPARE(outcome.report.files, landlockVersion() > 0);
        QVERIFY(outcome.report.systemCalls);
        QCOMPARE(outcome.report.isComplete(), landlockVersion() > 0);
        QCOMPARE(outcome.report.failures.empty(), landlockVersion() > 0);
        QCOMPARE(outcome.said, std::string("ok"));
    }

    void everythingIsRefused()
    {
        SKIP_WITHOUT_LANDLOCK();
        const TemporaryFolder folder;
        const auto secret = folder.write("secret", "a secret");
        const auto outcome =
            run({"try", QString::fromStdString(secret.string()), QString::fromStdString(folder.path().string())});
        const auto acts = nlohmann::json::parse(outcome.said);
        QVERIFY(acts.size() >= 24);
        for (const auto& act : acts) {
            // The C library's fork() is one that LeakSanitizer's needs do not let through either.
            QVERIFY2(act.at("refused").get<bool>(), act.dump().c_str());
        }
        QCOMPARE(readFile(secret), std::string("a secret"));
        QCOMPARE(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
    }

    /// The same acts by the same program: nothing of the table above is refused by the machine alone.
    void switchedOff()
    {
        const TemporaryFolder folder;
        const auto secret = folder.write("secret", "a secret");
        auto environment = QProcessEnvironment::systemEnvironment();
        environment.insert("WARPLOOM_CONFINE", "off");
        const auto outcome =
            run({"try", QString::fromStdString(secret.string()), QString::fromStdString(folder.path().string())},
                environment);
        QVERIFY(outcome.report.isSwitchedOff);
        QVERIFY(!outcome.report.isComplete());
        std::set<std::string> possible;
        for (const auto& act : nlohmann::json::parse(outcome.said)) {
            if (!act.at("refused").get<bool>())
                possible.insert(act.at("act").get<std::string>());
        }
        for (const char* act :
             {"read-file", "write-file", "list-folder", "make-file", "make-folder", "make-link", "rename-file",
              "change-mode", "cut-file", "socket-unix", "socket-internet", "fork", "start-program", "signal-parent"})
            QVERIFY2(possible.contains(act), act);
    }

    void whatIsAllowed()
    {
        SKIP_WITHOUT_LANDLOCK();
        const TemporaryFolder folder;
        const auto path = QString::fromStdString(folder.write("known/file", "text").string());
        const auto known = QString::fromStdString((folder.path() / "known").string());
        const std::string refused = "Permission denied";
        QCOMPARE(run({"read", path, "-"}).said, refused);
        QCOMPARE(run({"read", path, "-", "--readable", known}).said, std::string("ok"));
        QCOMPARE(run({"read", path, "-", "--readable", path}).said, std::string("ok"));
        QCOMPARE(run({"read", "/etc/passwd", "-", "--readable", known}).said, refused);
        QCOMPARE(run({"cache", known, "-", "--readable", known}).said, refused);
        QCOMPARE(run({"cache", known, "-", "--writable", known}).said, std::string("ok"));
        QCOMPARE(run({"cache", QString::fromStdString(folder.path().string()), "-", "--writable", known}).said,
                 refused);
        QCOMPARE(run({"read", path, "-", "--readable", "/nowhere/at/all"}).said, refused);
    }

    void symbolicLinksLeadNowhere()
    {
        SKIP_WITHOUT_LANDLOCK();
        const TemporaryFolder folder;
        const auto secret = folder.write("secret", "a secret");
        folder.write("known/file", "text");
        const auto link = folder.path() / "known" / "link";
        std::filesystem::create_symlink(secret, link);
        QCOMPARE(run({"read", QString::fromStdString(link.string()), "-", "--readable",
                      QString::fromStdString((folder.path() / "known").string())})
                     .said,
                 std::string("Permission denied"));
    }

    void devices()
    {
        SKIP_WITHOUT_LANDLOCK();
        QCOMPARE(run({"device", "/dev/full", "-"}).said, std::string("Permission denied"));
        QCOMPARE(run({"device", "/dev/full", "-", "--device", "/dev/full"}).said,
                 std::string("No space left on device"));
        QCOMPARE(run({"device", "/dev/null", "-"}).said, std::string("ok"));
    }

    /// The driver names its threads that way, and gives up where it may not.
    void ownThreadsCanBeNamed()
    {
        SKIP_WITHOUT_LANDLOCK();
        QCOMPARE(run({"name-thread", "-", "-", "--driver", "yes"}).said, std::string("Permission denied"));
        QCOMPARE(
            run({"name-thread", "-", "-", "--driver", "yes", "--readable", "/proc", "--writable", "/proc/self"}).said,
            std::string("ok"));
    }

    void someSocketsAndPrograms()
    {
        SKIP_WITHOUT_LANDLOCK();
        const TemporaryFolder folder;
        const auto path = QString::fromStdString(folder.path().string());
        const auto refusals = [&](const QStringList& options) {
            std::map<std::string, bool> refused;
            for (const auto& act : nlohmann::json::parse(run(QStringList{"try", path + "/none", path} + options).said))
                refused[act.at("act").get<std::string>()] = act.at("refused").get<bool>();
            return refused;
        };
        auto local = refusals({"--sockets", "local"});
        QVERIFY(!local.at("socket-unix"));
        QVERIFY(local.at("socket-internet"));
        QVERIFY(local.at("socket-netlink"));
        auto programs = refusals({"--programs", "yes", "--signals", "yes"});
        QVERIFY(!programs.at("fork"));
        QVERIFY(programs.at("start-program"));
        QVERIFY(!programs.at("signal-parent"));
        programs = refusals(
            {"--programs", "yes", "--executable", "/usr/bin", "--executable", "/lib64", "--executable", "/usr/lib"});
        QVERIFY(!programs.at("start-program"));
    }

    /// The one thread that starts children was there before; its children confine themselves.
    void judgesKeepRunners()
    {
        const QStringList asJudge{"--spawner", "yes", "--signals", "yes", "--driver", "yes"};
        QVERIFY(QString::fromStdString(run(QStringList{"keep-child", "-", "-"} + asJudge).said).startsWith("signal 9"));
        QVERIFY(!QString::fromStdString(run({"keep-child", "-", "-"}).said).startsWith("signal 9"));
        const TemporaryFolder folder;
        const auto path = QString::fromStdString(folder.path().string());
        for (const auto& act : nlohmann::json::parse(run(QStringList{"try", path, path} + asJudge).said)) {
            if (act.at("act") == "fork" || act.at("act") == "start-program")
                QVERIFY2(act.at("refused").get<bool>(), act.dump().c_str());
        }
    }

    void memoryEnds()
    {
        if (kIsSanitized)
            QSKIP("sanitizers reserve more addresses than any limit leaves");
        QCOMPARE(run({"allocate", "2000", "-"}).said, std::string("ok"));
        const auto outcome = run({"allocate", "2000", "-", "--memory", "1000"});
        QCOMPARE(outcome.said, std::string("Cannot allocate memory"));
        QCOMPARE(outcome.report.addressSpace->value, std::uint64_t{1000} << 20);
    }

    void filesEnd()
    {
        const TemporaryFolder folder;
        const auto path = QString::fromStdString((folder.path() / "file").string());
        const auto writable = QString::fromStdString(folder.path().string());
        QCOMPARE(run({"grow", path, "4096", "--writable", writable, "--file-size", "4096"}).said, std::string("ok"));
        QCOMPARE(run({"grow", path, "4097", "--writable", writable, "--file-size", "4096"}).said,
                 std::string("File too large"));
    }

    void processorTimeEnds()
    {
        const auto outcome = run({"spin", "0", "-"});
        QCOMPARE(outcome.status, QProcess::CrashExit);
        QCOMPARE(outcome.code, SIGXCPU);
    }

    void abortStillAborts()
    {
        const auto outcome = run({"abort", "-", "-"});
        QCOMPARE(outcome.status, QProcess::CrashExit);
        QCOMPARE(outcome.code, SIGABRT);
    }

    void environmentIsForgotten()
    {
        auto environment = QProcessEnvironment::systemEnvironment();
        environment.insert("SECRET_TOKEN", "hunter2");
        environment.insert("WARPLOOM_CACHE", "/kept");
        const QStringList arguments{"environment", "-", "-", "--readable", "/proc/self"};
        QCOMPARE(run(arguments, environment).said, std::string("/kept none forgotten"));
        environment.insert("WARPLOOM_CONFINE", "off");
        QCOMPARE(run(arguments, environment).said, std::string("/kept hunter2 remembered"));
    }

    void reportsTravel()
    {
        ConfinementReport report;
        report.landlock = 7;
        report.files = true;
        report.fileSize = Bytes{5};
        report.failures = {"seccomp cannot be used: no"};
        const auto again = nlohmann::json::parse(nlohmann::json(report).dump()).get<ConfinementReport>();
        QCOMPARE(nlohmann::json(again), nlohmann::json(report));
        QVERIFY(!again.addressSpace);
        QCOMPARE(again.fileSize->value, std::uint64_t{5});
        QVERIFY(!again.isComplete());
    }
};

QTEST_APPLESS_MAIN(TestConfinement)
#include "tst_Confinement.moc"
