// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <csignal>
#include <functional>

#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "CommandLine.h"

using namespace warploom::test;
namespace fs = std::filesystem;

namespace {

/// Starts warploom-cli with something changed in the child.
CommandOutcome runCliAfter(const std::function<void()>& change, const fs::path& folder, const QStringList& arguments)
{
    QProcess process;
    process.setWorkingDirectory(QString::fromStdString(folder.string()));
    process.setChildProcessModifier(change);
    process.start(cliPath(), arguments);
    return outcomeOf(process);
}

QStringList evolve(const char* evaluations, const char* workspace = "run.warploom")
{
    return {"evolve",    smallVectorAdd(), "--device", "emulator", "--evaluations",
            evaluations, "--workspace",    workspace,  "--json"};
}

nlohmann::json shown(const fs::path& folder, const char* workspace = "run.warploom")
{
    return runCli(folder, {"show", workspace, "--json"}).json();
}

bool says(const CommandOutcome& outcome, const std::string& part)
{
    if (outcome.errors.find(part) != std::string::npos)
        return true;
    qWarning("'%s' is not in: %s", part.c_str(), outcome.errors.c_str());
    return false;
}

/// Everything that \p before has is in \p after as it was.
bool contains(const nlohmann::json& after, const nlohmann::json& before)
{
    for (const auto& row : before) {
        if (std::find(after.begin(), after.end(), row) == after.end())
            return false;
    }
    return true;
}

/// Starts warploom-cli and waits until the file is hosted.
bool startHost(QProcess& process, const fs::path& folder, const QStringList& arguments)
{
    process.setWorkingDirectory(QString::fromStdString(folder.string()));
    process.start(cliPath(), arguments);
    return QTest::qWaitFor([&] { return fs::exists(folder / "run.warploom-lock"); }, 20'000)
        && QTest::qWaitFor([&] { return !shown(folder).is_discarded(); }, 20'000);
}

void stop(QProcess& process)
{
    process.terminate();
    if (!process.waitForFinished(20'000))
        process.kill();
}

}  // namespace

class tst_WorkspaceSurvives : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        if (!fs::exists(binaryFolder() / "warploom-rewriter"))
            QSKIP("built without the rewriter");
    }
    void fullDiskEndsARunThatGoesOnLater_data();
    void fullDiskEndsARunThatGoesOnLater();
    void secondHostHasTheFirstCarryOut();
    void secondHostWatchesWhatGoesOn();
    void readOnlyFileIsShown();
    void damagedFileIsSalvaged();
    void whatIsNoWorkspaceIsNamed();
};

void tst_WorkspaceSurvives::fullDiskEndsARunThatGoesOnLater_data()
{
    QTest::addColumn<bool>("isMounted");
    QTest::newRow("small file system") << true;
    QTest::newRow("limit of a file's size") << false;
}

void tst_WorkspaceSurvives::fullDiskEndsARunThatGoesOnLater()
{
    QFETCH(bool, isMounted);
    constexpr rlim_t kLimit = 720'000;
    const TemporaryFolder folder;
    const fs::path disk = folder.path() / "disk";
    fs::create_directory(disk);
    if (isMounted && ::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=1080k") != 0)
        QSKIP("only root mounts a small file system; the limit of a file's size stands in for it");
    const auto unmount = qScopeGuard([&] {
        if (isMounted)
            ::umount2(disk.c_str(), MNT_DETACH);
    });
    const auto full = runCliAfter(
        [isMounted] {
            const struct rlimit limit{kLimit, RLIM_INFINITY};
            if (!isMounted)
                ::setrlimit(RLIMIT_FSIZE, &limit);
        },
        disk, evolve("16"));
    QCOMPARE(full.exitCode, 3);
    QCOMPARE(full.json()["error"].value("code", ""), std::string("disk-full"));
    QVERIFY(says(full, "Free some space"));
    QVERIFY(says(full, "warploom-cli evolve --resume run.warploom"));
    const auto before = shown(disk);
    QVERIFY2(before["evaluations"].size() >= 3 && before["evaluations"].size() < 16, before.dump().c_str());
    QCOMPARE(before["runs"][0].value("state", ""), std::string("interrupted"));

    if (isMounted)
        QVERIFY(::mount(nullptr, disk.c_str(), nullptr, MS_REMOUNT, "size=50m") == 0);
    const auto resumed = runCli(disk, {"evolve", "--resume", "run.warploom", "--evaluations", "16", "--json"});
    QVERIFY2(resumed.exitCode == 0, resumed.errors.c_str());
    QCOMPARE(resumed.json().value("evaluations", 0), 16);
    QVERIFY(contains(shown(disk)["evaluations"], before["evaluations"]));
}

void tst_WorkspaceSurvives::secondHostHasTheFirstCarryOut()
{
    const TemporaryFolder folder;
    QProcess host;
    QVERIFY(startHost(host, folder.path(), {"serve", "run.warploom"}));
    const auto ordered = runCli(folder.path(), evolve("3"));
    QVERIFY2(ordered.exitCode == 0, ordered.errors.c_str());
    QVERIFY(says(ordered, QString("is in use by process %1 on ").arg(host.processId()).toStdString()));
    QVERIFY(says(ordered, "carried out there"));
    QCOMPARE(ordered.json().value("evaluations", 0), 3);
    QCOMPARE(shown(folder.path())["evaluations"].size(), std::size_t{3});
    // Only one can be the host.
    const auto second = runCli(folder.path(), {"serve", "run.warploom"});
    QCOMPARE(second.exitCode, 3);
    QVERIFY(says(second, QString("is in use by process %1 on ").arg(host.processId()).toStdString()));
    stop(host);
    QVERIFY(!fs::exists(folder.path() / "run.warploom-lock"));
}

void tst_WorkspaceSurvives::secondHostWatchesWhatGoesOn()
{
    const TemporaryFolder folder;
    QProcess host;
    QVERIFY(startHost(host, folder.path(), evolve("12")));
    const auto going = [&] { return !shown(folder.path())["evaluations"].empty(); };
    QVERIFY(QTest::qWaitFor(going, 30'000));
    const auto other = runCli(folder.path(), evolve("3"));
    QCOMPARE(other.exitCode, 3);
    QVERIFY(says(other, "a run of vector_add is going on"));
    const auto watched = runCli(folder.path(), {"evolve", "--resume", "run.warploom", "--json"});
    QVERIFY2(watched.exitCode == 0, watched.errors.c_str());
    QVERIFY(says(watched, "its run is shown here"));
    const auto own = outcomeOf(host);
    QVERIFY2(own.exitCode == 0, own.errors.c_str());
    QCOMPARE(watched.json()["evaluations"], own.json()["evaluations"]);
    QCOMPARE(watched.json()["best"], own.json()["best"]);
}

void tst_WorkspaceSurvives::readOnlyFileIsShown()
{
    const TemporaryFolder folder;
    QVERIFY(runCli(folder.path(), evolve("2")).exitCode == 0);
    const fs::path path = folder.path() / "run.warploom";
    const auto before = readFile(path);
    fs::permissions(folder.path(), fs::perms::owner_all | fs::perms::group_all | fs::perms::others_all);
    ::chmod(path.c_str(), 0444);
    const auto becomeNobody = [] {
        if (::geteuid() == 0 && (::setresgid(65534, 65534, 65534) != 0 || ::setresuid(65534, 65534, 65534) != 0))
            ::_exit(99);
    };
    const auto show = runCliAfter(becomeNobody, folder.path(), {"show", "run.warploom", "--json"});
    if (show.exitCode == -1 || show.exitCode == 99)
        QSKIP("the programs cannot be run by another user here");
    QVERIFY2(show.exitCode == 0, show.errors.c_str());
    QCOMPARE(show.json()["evaluations"].size(), std::size_t{2});
    QVERIFY(show.json()["notes"][0].get<std::string>().find("may only be read") != std::string::npos);
    const auto evolving = runCliAfter(becomeNobody, folder.path(), evolve("2"));
    QCOMPARE(evolving.exitCode, 3);
    QCOMPARE(evolving.json()["error"].value("code", ""), std::string("read-only"));
    QVERIFY(says(evolving, "cannot write run.warploom"));
    QVERIFY(says(evolving, "change the permissions"));
    QVERIFY(readFile(path) == before);
}

void tst_WorkspaceSurvives::damagedFileIsSalvaged()
{
    const TemporaryFolder folder;
    QVERIFY(runCli(folder.path(), evolve("6")).exitCode == 0);
    const auto before = shown(folder.path());
    std::string damaged = readFile(folder.path() / "run.warploom");
    // The page with the text of a variant.
    const std::size_t page = damaged.find("__global__ void") / 4096;
    damaged.replace(page * 4096, 8, 8, '\0');
    folder.write("run.warploom", damaged);
    const auto refused = runCli(folder.path(), evolve("2"));
    QCOMPARE(refused.exitCode, 2);
    QVERIFY(says(refused, "run.warploom is damaged"));
    QVERIFY(says(refused, "warploom-cli salvage"));
    QVERIFY(readFile(folder.path() / "run.warploom") == damaged);

    const auto salvaged = runCli(folder.path(), {"salvage", "run.warploom", "saved.warploom", "--json"});
    QVERIFY2(salvaged.exitCode == 0 || salvaged.exitCode == 1, salvaged.errors.c_str());
    QCOMPARE(salvaged.exitCode == 0, salvaged.json().value("complete", false));
    const auto after = shown(folder.path(), "saved.warploom");
    QCOMPARE(after["evaluations"].size(), std::size_t{6});
    QCOMPARE(after["variants"].size(), before["variants"].size());
    const auto again = runCli(folder.path(), {"salvage", "run.warploom", "saved.warploom"});
    QCOMPARE(again.exitCode, 2);
    QVERIFY(says(again, "exists already"));
}

void tst_WorkspaceSurvives::whatIsNoWorkspaceIsNamed()
{
    const TemporaryFolder folder;
    folder.write("empty.warploom", "");
    folder.write("text.warploom", "hello, world: this is a letter and no database\n");
    for (const char* name : {"empty.warploom", "text.warploom"}) {
        const auto outcome = runCli(folder.path(), {"show", name, "--json"});
        QCOMPARE(outcome.exitCode, 2);
        QCOMPARE(outcome.json()["error"].value("code", ""), std::string("not-a-workspace"));
        QVERIFY(says(outcome, name));
        QVERIFY(says(outcome, "Choose a .warploom file"));
    }
    const auto missing = runCli(folder.path(), {"salvage", "none.warploom", "new.warploom"});
    QCOMPARE(missing.exitCode, 2);
    QVERIFY(says(missing, "there is no file none.warploom"));
}

QTEST_GUILESS_MAIN(tst_WorkspaceSurvives)
#include "tst_WorkspaceSurvives.moc"
