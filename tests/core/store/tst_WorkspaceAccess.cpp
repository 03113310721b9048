// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <array>
#include <atomic>
#include <csignal>
#include <set>
#include <thread>

#include <fcntl.h>
#include <sys/resource.h>

#include <fmt/format.h>

#include "ChildWriter.h"
#include "TestSupport.h"
#include "WorkspaceFiles.h"
#include "store/Salvage.h"
#include "store/WorkspaceLock.h"

using namespace warploom;
using Mode = Workspace::Mode;
namespace fs = std::filesystem;
using test::codeOfOpening;
using test::makeFilled;

namespace {

constexpr unsigned long kNfs = 0x6969;
constexpr unsigned long kFuse = 0x65735546;

/// Leaves a workspace as a process does that is killed: one evaluation is in the journal only.
bool makeWithJournal(const fs::path& path)
{
    if (!test::succeeded(makeFilled(path, 3)))
        return false;
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0)
        return false;
    test::ChildWriter child([&] {
        auto workspace = Workspace::open(path, Mode::ReadWrite);
        const bool added = workspace && workspace->addEvaluation(test::sampleEvaluation(1, 1, 1)).has_value();
        static_cast<void>(!::write(pipe[1], added ? "y" : "n", 1));
        ::pause();
        return 0;
    });
    char answer = 0;
    const bool told = ::read(pipe[0], &answer, 1) == 1 && answer == 'y';
    child.kill();
    ::close(pipe[0]);
    ::close(pipe[1]);
    return told;
}

std::set<std::string> entriesOf(const fs::path& folder)
{
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder))
        names.insert(entry.path().filename().string());
    return names;
}

/// Runs \p body as somebody who owns nothing, and expects 0 of it.
int asNobody(const std::function<int()>& body)
{
    test::ChildWriter child([&] {
        test::becomeNobody();
        return body();
    });
    return child.wait();
}

MountedFileSystem mounted(unsigned long magic, const char* options) { return {fileSystemKind(magic), options}; }

}  // namespace

class TestWorkspaceAccess : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { test::keepTemporaryFilesInMemory(); }
    void readOnlyFileIsShownWholeAndNotWritten();
    void journalBesideAReadOnlyFileCounts_data();
    void journalBesideAReadOnlyFileCounts();
    void withoutRoomForACopyTheJournalIsMissedAndSaidSo();
    void liveWriterIsSeenFromAReadOnlyFolder();
    void rollbackJournalServesReadersAndWriter();
    void writeAheadFileOnANetworkIsTakenOver();
    void leftLockFilesAreTakenOver();
    void lockOfAnotherMachineIsRespectedWhereNobodyCanTell();
    void lockWithoutANameIsSomebodysWhereNamesDecide();
    void lockThatMayNotBeReadIsHeld();
    void lockFollowsTheWorkspacesMode();
    void journalBesideTheTargetOfALinkIsRead();
};

void TestWorkspaceAccess::readOnlyFileIsShownWholeAndNotWritten()
{
    const test::TemporaryFolder folder;
    const auto path = folder.path() / "w.warploom";
    QVERIFY(test::succeeded(makeFilled(path, 3)));
    fs::permissions(folder.path(), fs::perms::all);
    ::chmod(path.c_str(), 0444);
    const std::string before = test::readFile(path);
    const int code = asNobody([&] {
        const auto writer = Workspace::open(path, Mode::ReadWrite);
        if (writer || writer.error().code != ErrorCode::ReadOnly
            || writer.error().message.find(path.string()) == std::string::npos)
            return 1;
        auto reader = Workspace::open(path, Mode::ReadOnly);
        if (!reader || !reader->status().immutable || reader->status().recovered || reader->status().ignoresJournal)
            return 2;
        if (reader->evaluations({.full = true})->size() != 3 || reader->lastSequence().value() != 7)
            return 3;
        const auto refused = reader->setFavoured(1, true);
        return !refused && refused.error().code == ErrorCode::ReadOnly ? 0 : 4;
    });
    QCOMPARE(code, 0);
    QVERIFY(test::readFile(path) == before);
    QCOMPARE(entriesOf(folder.path()), std::set<std::string>{"w.warploom"});
}

void TestWorkspaceAccess::journalBesideAReadOnlyFileCounts_data()
{
    QTest::addColumn<bool>("isFolderReadOnly");
    QTest::newRow("file") << false;
    QTest::newRow("file and folder") << true;
}

void TestWorkspaceAccess::journalBesideAReadOnlyFileCounts()
{
    QFETCH(bool, isFolderReadOnly);
    const test::TemporaryFolder folder;
    const auto inner = folder.path() / "inner";
    fs::create_directory(inner);
    fs::permissions(folder.path(), fs::perms::all);
    const auto path = inner / "w.warploom";
    QVERIFY(makeWithJournal(path));
    for (const char* suffix : {"", "-wal", "-shm"})
        ::chmod((path.string() + suffix).c_str(), 0444);
    ::chmod(inner.c_str(), isFolderReadOnly ? 0555 : 0777);
    const std::string before = test::readFile(path);
    const std::string journal = test::readFile(path.string() + "-wal");
    QVERIFY(!journal.empty());
    const auto entries = entriesOf(inner);
    const int code = asNobody([&] {
        auto reader = Workspace::open(path, Mode::ReadOnly);
        if (!reader || !reader->status().immutable || !reader->status().recovered || reader->status().ignoresJournal)
            return 1;
        if (reader->evaluations({})->size() != 4 || !reader->findDamage()->empty())
            return 2;
        const auto refused = reader->appendEvent("note", 0, {});
        return !refused && refused.error().code == ErrorCode::ReadOnly ? 0 : 3;
    });
    ::chmod(inner.c_str(), 0755);
    QCOMPARE(code, 0);
    QVERIFY(test::readFile(path) == before);
    QVERIFY(test::readFile(path.string() + "-wal") == journal);
    QCOMPARE(entriesOf(inner), entries);
}

void TestWorkspaceAccess::withoutRoomForACopyTheJournalIsMissedAndSaidSo()
{
    const test::TemporaryFolder folder;
    fs::permissions(folder.path(), fs::perms::all);
    const auto path = folder.path() / "w.warploom";
    QVERIFY(makeWithJournal(path));
    for (const char* suffix : {"", "-wal", "-shm"})
        ::chmod((path.string() + suffix).c_str(), 0444);
    const int code = asNobody([&] {
        ::setenv("TMPDIR", "/nowhere/at/all", 1);
        auto reader = Workspace::open(path, Mode::ReadOnly);
        if (!reader || !reader->status().ignoresJournal || reader->status().recovered)
            return 1;
        return reader->evaluations({})->size() == 3 ? 0 : 2;
    });
    QCOMPARE(code, 0);
}

void TestWorkspaceAccess::liveWriterIsSeenFromAReadOnlyFolder()
{
    const test::TemporaryFolder folder;
    fs::permissions(folder.path(), fs::perms::all);
    const auto inner = folder.path() / "inner";
    fs::create_directory(inner);
    const auto path = inner / "w.warploom";
    QVERIFY(test::succeeded(makeFilled(path, 3)));
    auto writer = Workspace::open(path, Mode::ReadWrite);
    QVERIFY_RESULT(writer);
    QVERIFY(test::succeeded(writer->addEvaluation(test::sampleEvaluation(1, 1, 1))));
    for (const auto& name : entriesOf(inner))
        ::chmod((inner / name).c_str(), 0444);
    ::chmod(inner.c_str(), 0555);
    const int code = asNobody([&] {
        auto reader = Workspace::open(path, Mode::ReadOnly);
        if (!reader || !reader->status().hasWriter)
            return 1;
        return reader->evaluations({})->size() == 4 ? 0 : 2;
    });
    ::chmod(inner.c_str(), 0755);
    QCOMPARE(code, 0);
    QVERIFY(test::succeeded(writer->appendEvent("note", 0, "still writable")));
}

/// What a network file system gets: readers and the writer wait for each other, and nobody fails.
void TestWorkspaceAccess::rollbackJournalServesReadersAndWriter()
{
    qputenv("WARPLOOM_JOURNAL", "rollback");
    const test::TemporaryFolder folder;
    const auto path = folder.path() / "w.warploom";
    QVERIFY(test::succeeded(makeFilled(path, 3)));
    auto writer = Workspace::open(path, Mode::ReadWrite);
    QVERIFY_RESULT(writer);
    std::atomic<int> reads{0};
    std::atomic<int> failures{0};
    std::jthread reading([&](std::stop_token stop) {
        while (!stop.stop_requested()) {
            auto reader = Workspace::open(path, Mode::ReadOnly);
            const auto events = reader ? reader->eventsSince(0) : fail(reader.error());
            const auto rows = reader ? reader->evaluations({.full = true}) : fail(reader.error());
            if (!events || !rows || !reader->status().hasWriter || rows->size() < 3)
                ++failures;
            ++reads;
        }
    });
    for (int i = 0; i < 200; ++i)
        QVERIFY(test::succeeded(writer->addEvaluation(test::sampleEvaluation(1, 1, 1))));
    QTRY_VERIFY(reads > 5);
    reading = {};
    QCOMPARE(failures.load(), 0);
    QVERIFY(!fs::exists(path.string() + "-wal"));
    QVERIFY(!fs::exists(path.string() + "-shm"));
    writer = fail(ErrorCode::Cancelled, "closed");
    qunsetenv("WARPLOOM_JOURNAL");
    QCOMPARE(Workspace::open(path, Mode::ReadWrite)->evaluations({})->size(), std::size_t{203});
}

/// A file that was copied to a network with its journal.
void TestWorkspaceAccess::writeAheadFileOnANetworkIsTakenOver()
{
    const test::TemporaryFolder folder;
    const auto path = folder.path() / "w.warploom";
    QVERIFY(makeWithJournal(path));
    fs::remove(path.string() + "-shm");
    qputenv("WARPLOOM_JOURNAL", "rollback");
    {
        auto reader = Workspace::open(path, Mode::ReadOnly);
        QVERIFY_RESULT(reader);
        QVERIFY(reader->status().immutable && reader->status().recovered);
        QCOMPARE(reader->evaluations({})->size(), std::size_t{4});
        QVERIFY(!fs::exists(path.string() + "-shm"));
    }
    auto writer = Workspace::open(path, Mode::ReadWrite);
    QVERIFY_RESULT(writer);
    QVERIFY(test::succeeded(writer->appendEvent("note", 0, {})));
    QVERIFY(!fs::exists(path.string() + "-wal") && !fs::exists(path.string() + "-shm"));
    auto reader = Workspace::open(path, Mode::ReadOnly);
    QVERIFY_RESULT(reader);
    QVERIFY(!reader->status().immutable);
    QCOMPARE(reader->lastSequence(), writer->lastSequence());
    qunsetenv("WARPLOOM_JOURNAL");
}

void TestWorkspaceAccess::leftLockFilesAreTakenOver()
{
    const test::TemporaryFolder folder;
    const auto path = folder.path() / "w.warploom";
    QVERIFY(test::succeeded(makeFilled(path, 1)));
    // On a file system of this machine alone the kernel knows who holds what, whatever the file says.
    for (const char* text : {"process 1 on this-machine", "process 4711 on another-machine", "", "nonsense\n\x01"}) {
        const auto lock = folder.write("w.warploom-lock", text);
        QVERIFY(!WorkspaceLock::isHeld(path));
        {
            const auto workspace = Workspace::open(path, Mode::ReadWrite);
            QVERIFY_RESULT(workspace);
            QVERIFY(WorkspaceLock::isHeld(path));
            QVERIFY(test::readFile(lock).starts_with(fmt::format("process {} on ", ::getpid())));
        }
        QVERIFY(!fs::exists(lock));
    }
}

void TestWorkspaceAccess::lockOfAnotherMachineIsRespectedWhereNobodyCanTell()
{
    const test::TemporaryFolder folder;
    const auto path = folder.path() / "w.warploom";
    const auto lockFile = folder.write("w.warploom-lock", "process 4711 on another-machine");
    const auto sshfs = mounted(kFuse, "rw,user_id=1000");
    {
        const auto refused = WorkspaceLock::acquire(path, sshfs);
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, ErrorCode::LockedElsewhere);
        for (const std::string& part : {std::string("process 4711 on another-machine"), lockFile.string()})
            QVERIFY2(refused.error().message.find(part) != std::string::npos, refused.error().message.c_str());
        QVERIFY(remedy(refused.error().code).find("delete the lock file") != std::string::npos);
        QCOMPARE(test::readFile(lockFile), std::string("process 4711 on another-machine"));
    }
    // Where its lock would be seen, the other machine has none.
    QVERIFY(test::succeeded(WorkspaceLock::acquire(path, mounted(kNfs, "rw,local_lock=none"))));
    QVERIFY(!fs::exists(lockFile));
    folder.write("w.warploom-lock", "process 4711 on another-machine");
    QVERIFY(!WorkspaceLock::acquire(path, mounted(kNfs, "rw,nolock,local_lock=all")));
    // As the remedy says.
    fs::remove(lockFile);
    const auto own = WorkspaceLock::acquire(path, sshfs);
    QVERIFY_RESULT(own);
    // This machine's own dead are known to be dead.
    const std::string text = test::readFile(lockFile);
    folder.write("other.warploom-lock", "process 1" + text.substr(text.find(" on ")));
    QVERIFY(test::succeeded(WorkspaceLock::acquire(folder.path() / "other.warploom", sshfs)));
}

void TestWorkspaceAccess::lockWithoutANameIsSomebodysWhereNamesDecide()
{
    const test::TemporaryFolder folder;
    const auto path = folder.path() / "w.warploom";
    const auto sshfs = mounted(kFuse, "rw,user_id=1000");
    const auto lockFile = folder.write("w.warploom-lock", "");
    QCOMPARE(WorkspaceLock::acquire(path, sshfs).error().code, ErrorCode::LockedElsewhere);
    fs::remove(lockFile);
    // A name that cannot be written is no lock, and leaves none.
    test::ChildWriter child([&] {
        ::signal(SIGXFSZ, SIG_IGN);
        const struct rlimit nothing{0, RLIM_INFINITY};
        ::setrlimit(RLIMIT_FSIZE, &nothing);
        const auto lock = WorkspaceLock::acquire(path, sshfs);
        return !lock && lock.error().code == ErrorCode::DiskFull ? 0 : 1;
    });
    QCOMPARE(child.wait(), 0);
    QVERIFY(!fs::exists(lockFile));
    {
        const auto own = WorkspaceLock::acquire(path, sshfs);
        QVERIFY_RESULT(own);
        // Somebody deleted it and made one of their own, which stays.
        fs::remove(lockFile);
        folder.write("w.warploom-lock", "process 4711 on another-machine");
    }
    QVERIFY(fs::exists(lockFile));
}

void TestWorkspaceAccess::lockThatMayNotBeReadIsHeld()
{
    const test::TemporaryFolder folder;
    fs::permissions(folder.path(), fs::perms::all);
    const auto path = folder.path() / "w.warploom";
    QVERIFY(test::succeeded(makeFilled(path, 1)));
    ::chmod(folder.write("w.warploom-lock", "").c_str(), 0);
    const int code = asNobody([&] {
        if (!WorkspaceLock::isHeld(path))
            return 1;
        const auto lock = WorkspaceLock::acquire(path);
        return !lock && lock.error().code == ErrorCode::Locked ? 0 : 2;
    });
    QCOMPARE(code, 0);
}

void TestWorkspaceAccess::lockFollowsTheWorkspacesMode()
{
    const test::TemporaryFolder folder;
    const auto path = folder.path() / "w.warploom";
    QVERIFY(test::succeeded(makeFilled(path, 1)));
    ::chmod(path.c_str(), 0660);
    const auto writer = Workspace::open(path, Mode::ReadWrite);
    QVERIFY_RESULT(writer);
    struct stat status{};
    QVERIFY(::stat((path.string() + "-lock").c_str(), &status) == 0);
    QCOMPARE(status.st_mode & 0777, static_cast<mode_t>(0660));
}

void TestWorkspaceAccess::journalBesideTheTargetOfALinkIsRead()
{
    const test::TemporaryFolder folder;
    const auto path = folder.path() / "w.warploom";
    QVERIFY(makeWithJournal(path));
    fs::create_directory(folder.path() / "links");
    fs::create_symlink("../w.warploom", folder.path() / "links" / "first");
    const auto link = folder.path() / "links" / "second";
    fs::create_symlink("first", link);
    {
        // As on a network, where nothing is made beside the file.
        qputenv("WARPLOOM_JOURNAL", "rollback");
        auto reader = Workspace::open(link, Mode::ReadOnly);
        qunsetenv("WARPLOOM_JOURNAL");
        QVERIFY_RESULT(reader);
        QVERIFY(reader->status().recovered && !reader->status().ignoresJournal);
        QCOMPARE(reader->evaluations({})->size(), std::size_t{4});
    }
    const auto report = salvage(link, folder.path() / "saved.warploom");
    QVERIFY_RESULT(report);
    QCOMPARE(Workspace::open(folder.path() / "saved.warploom", Mode::ReadOnly)->evaluations({})->size(),
             std::size_t{4});
    auto writer = Workspace::open(link, Mode::ReadWrite);
    QVERIFY_RESULT(writer);
    QVERIFY(fs::exists(path.string() + "-lock"));
    QCOMPARE(writer->evaluations({})->size(), std::size_t{4});
}

QTEST_APPLESS_MAIN(TestWorkspaceAccess)
#include "tst_WorkspaceAccess.moc"
