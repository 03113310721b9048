// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <array>
#include <csignal>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <fmt/format.h>

#include "ChildWriter.h"
#include "SampleRecords.h"
#include "TestSupport.h"
#include "WorkspaceFiles.h"
#include "base/Files.h"
#include "base/Random.h"
#include "store/Database.h"
#include "store/Schema.h"

using namespace warploom;
using Mode = Workspace::Mode;
namespace fs = std::filesystem;
using test::codeOfOpening;
using test::makeFilled;
using test::runSql;

namespace {

Result<std::string> schemaText(const fs::path& path)
{
    WARPLOOM_TRY(const auto database, Database::open(path, Database::Access::ReadOnly));
    WARPLOOM_TRY(const auto statements,
                 database->texts("SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY type, name"));
    return fmt::format("{}", fmt::join(statements, "\n"));
}

/// Adds evaluations until one fails; then checks that the workspace is whole and goes on once \p makeRoom was called.
int fillUntilItFails(const fs::path& path, const std::function<void()>& makeRoom)
{
    auto workspace = Workspace::open(path, Mode::ReadWrite);
    if (!workspace)
        return 10;
    EvaluationRecord evaluation = test::sampleEvaluation(1, 1, 1);
    evaluation.evidence["padding"] = std::string(20'000, 'x');
    EventSequence last = workspace->lastSequence().value();
    for (int i = 0; i < 10'000; ++i) {
        const auto added = workspace->addEvaluation(evaluation);
        if (added) {
            last = added->event.sequence;
            continue;
        }
        if (added.error().code != ErrorCode::DiskFull) {
            qWarning("%s", added.error().toString().c_str());
            return 11;
        }
        if (workspace->lastSequence().value_or(0) != last)
            return 12;
        makeRoom();
        evaluation.evidence = nlohmann::json::object();
        const auto again = workspace->addEvaluation(evaluation);
        if (!again || again->event.sequence != last + 1)
            return 13;
        return workspace->findDamage().value_or(std::vector<std::string>{"unreadable"}).empty() ? 0 : 14;
    }
    return 15;
}

}  // namespace

class TestWorkspaceFile : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { test::keepTemporaryFilesInMemory(); }
    void whatIsNoWorkspaceIsRefused();
    void secondWriterIsRefused();
    void readingLeavesNothingBehind();
    void readersInItsProcessCostTheWriterNoLock();
    void version1IsMigrated();
    void migrationNeedsItsBackup();
    void version1IsReadWithoutChangingIt();
    void newerVersionsAreReadWhereTheyAllowIt();
    void readOnlyFolderIsReadAsItLies();
    void networkFileSystemsGetNoWriteAheadLog();
    void fullDiskLosesNothing();
    void fileSizeLimitLosesNothing();
    void flippedBytesNeverCrash();
    void truncatedFilesNeverCrash();
    void schemaOfStrangersCannotAct();
};

void TestWorkspaceFile::whatIsNoWorkspaceIsRefused()
{
    const test::TemporaryFolder folder;
    QCOMPARE(codeOfOpening(folder.path() / "none.warploom", Mode::ReadWrite), ErrorCode::NotFound);
    QCOMPARE(codeOfOpening(folder.path() / "none.warploom", Mode::ReadOnly), ErrorCode::NotFound);
    QCOMPARE(codeOfOpening(folder.path() / "none" / "w.warploom", Mode::Create), ErrorCode::NotFound);
    QCOMPARE(codeOfOpening(folder.path(), Mode::Create), ErrorCode::InvalidInput);
    const auto empty = folder.write("empty.warploom", "");
    QCOMPARE(codeOfOpening(empty, Mode::ReadWrite), ErrorCode::NotAWorkspace);
    QCOMPARE(codeOfOpening(empty, Mode::ReadOnly), ErrorCode::NotAWorkspace);
    const auto text = folder.write("text.warploom", std::string(5000, 'a'));
    for (const Mode mode : {Mode::ReadOnly, Mode::ReadWrite, Mode::Create})
        QCOMPARE(codeOfOpening(text, mode), ErrorCode::NotAWorkspace);
    QCOMPARE(test::readFile(text), std::string(5000, 'a'));
    const auto foreign = folder.path() / "foreign.db";
    QVERIFY(test::succeeded(runSql(foreign, "CREATE TABLE places (url TEXT); PRAGMA user_version = 1")));
    const std::string before = test::readFile(foreign);
    for (const Mode mode : {Mode::ReadOnly, Mode::ReadWrite, Mode::Create})
        QCOMPARE(codeOfOpening(foreign, mode), ErrorCode::NotAWorkspace);
    QVERIFY(test::readFile(foreign) == before);
    QVERIFY(test::succeeded(Workspace::open(empty, Mode::Create)));
    for (const auto& entry : fs::directory_iterator(folder.path()))
        QVERIFY2(!entry.path().string().ends_with("-lock"), entry.path().c_str());
}

void TestWorkspaceFile::secondWriterIsRefused()
{
    const test::TemporaryFolder folder;
    const auto path = folder.path() / "with # and ? and % and ü.warploom";
    auto first = Workspace::open(path, Mode::Create);
    QVERIFY_RESULT(first);
    QVERIFY(fs::exists(path));
    QCOMPARE(codeOfOpening(path, Mode::ReadWrite), ErrorCode::Locked);
    fs::create_symlink(path, folder.path() / "link.warploom");
    QCOMPARE(codeOfOpening(folder.path() / "link.warploom", Mode::Create), ErrorCode::Locked);
    {
        auto reader = Workspace::open(path, Mode::ReadOnly);
        QVERIFY_RESULT(reader);
        QCOMPARE(reader->identity(), first->identity());
        QVERIFY(test::succeeded(test::addSample(*first)));
        QCOMPARE(reader->lastSequence().value(), 4);
    }
    QCOMPARE(codeOfOpening(path, Mode::ReadWrite), ErrorCode::Locked);  // a reader that closes must not free the lock
    Workspace moved = std::move(*first);
    QCOMPARE(codeOfOpening(path, Mode::ReadWrite), ErrorCode::Locked);
    auto other = Workspace::open(folder.path() / "other.warploom", Mode::Create);
    QVERIFY_RESULT(other);
    moved = std::move(*other);
    QVERIFY(test::succeeded(Workspace::open(path, Mode::ReadWrite)));
}

void TestWorkspaceFile::readingLeavesNothingBehind()
{
    const test::TemporaryFolder folder;
    const fs::path path = folder.path() / "w.warploom";
    QVERIFY(test::succeeded(makeFilled(path, 3)));
    const auto entries = [&] { return std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()); };
    QCOMPARE(entries(), 1);
    {
        auto first = Workspace::open(path, Mode::ReadOnly);
        QVERIFY_RESULT(first);
        QVERIFY(!first->status().hasWriter);
        auto second = Workspace::open(path, Mode::ReadOnly);
        QVERIFY_RESULT(second);
        first = std::move(*second);
        QCOMPARE(first->evaluations({})->size(), std::size_t{3});
    }
    QCOMPARE(entries(), 1);
    // A writer's journal is its own.
    auto writer = Workspace::open(path, Mode::ReadWrite);
    QVERIFY_RESULT(writer);
    QVERIFY(Workspace::open(path, Mode::ReadOnly)->status().hasWriter);
    QVERIFY(fs::exists(path.string() + "-wal"));
    QVERIFY(test::succeeded(writer->appendEvent("note", 0, "still writable")));
    QCOMPARE(Workspace::open(path, Mode::ReadOnly)->lastSequence(), writer->lastSequence());
}

/// Closing a descriptor of the file drops every POSIX lock of the process: whoever came next would take the journal
/// away.
void TestWorkspaceFile::readersInItsProcessCostTheWriterNoLock()
{
    const test::TemporaryFolder folder;
    const fs::path path = folder.path() / "w.warploom";
    QVERIFY(test::succeeded(makeFilled(path, 3)));
    // Opened once, there is no abandoned run left: the next writer writes nothing by itself.
    const EventSequence last = Workspace::open(path, Mode::ReadWrite)->lastSequence().value();
    std::array<int, 2> go{};
    std::array<int, 2> answers{};
    QVERIFY(::pipe2(go.data(), O_CLOEXEC) == 0 && ::pipe2(answers.data(), O_CLOEXEC) == 0);
    // Forked first: SQLite's own notes of the writer must not come along.
    test::ChildWriter child([&] {
        ::alarm(60);
        char turn = 0;
        if (::read(go[0], &turn, 1) != 1)
            return 1;
        if (!Workspace::open(path, Mode::ReadOnly) || codeOfOpening(path, Mode::ReadWrite) != ErrorCode::Locked)
            return 2;
        if (::write(answers[1], "y", 1) != 1 || ::read(go[0], &turn, 1) != 1)
            return 3;
        auto reader = Workspace::open(path, Mode::ReadOnly);
        return reader && reader->lastSequence().value_or(0) == last + 1 ? 0 : 4;
    });
    ::close(answers[1]);
    auto writer = Workspace::open(path, Mode::ReadWrite);
    QVERIFY_RESULT(writer);
    QVERIFY(test::succeeded(Workspace::open(path, Mode::ReadOnly)));
    {
        const auto first = Workspace::open(path, Mode::ReadOnly);
        QVERIFY(test::succeeded(Workspace::open(path, Mode::ReadOnly)));
    }
    char answer = 0;
    QVERIFY(::write(go[1], "1", 1) == 1 && ::read(answers[0], &answer, 1) == 1);
    QVERIFY(fs::exists(path.string() + "-wal"));
    QVERIFY(test::succeeded(writer->appendEvent("note", 0, "acknowledged")));
    QCOMPARE(Workspace::open(path, Mode::ReadOnly)->lastSequence().value(), last + 1);
    QVERIFY(::write(go[1], "2", 1) == 1);
    QCOMPARE(child.wait(), 0);
    for (const int fd : {go[0], go[1], answers[0]})
        ::close(fd);
}

void TestWorkspaceFile::version1IsMigrated()
{
    const test::TemporaryFolder folder;
    const auto path = folder.path() / "old.warploom";
    const auto sql = test::readFile(test::sourceFolder() / "tests/core/store/fixtures/version1.sql");
    QVERIFY(test::succeeded(runSql(path, sql)));
    const std::string oldSchema = schemaText(path).value();
    {
        auto workspace = Workspace::open(path, Mode::ReadWrite);
        QVERIFY_RESULT(workspace);
        QCOMPARE(workspace->status().schemaVersion, 1);
        QVERIFY(workspace->status().migrated);
        QCOMPARE(workspace->status().backup, folder.path() / "old.schema-1.warploom");
        QCOMPARE(workspace->identity(), std::string("00112233445566778899aabbccddeeff"));
        QCOMPARE(workspace->bestEvaluation(1).value()->time->estimate, 100.0);
        QCOMPARE(workspace->run(1)->seed, ~std::uint64_t{0});
        QVERIFY(test::succeeded(workspace->recordExperience({"tile", "latency", "H100", 1, 1, 1, 0.1}, 1)));
        QCOMPARE(workspace->lastSequence().value(), 2);
    }
    // As it was, and still a workspace.
    QCOMPARE(schemaText(folder.path() / "old.schema-1.warploom").value(), oldSchema);
    QCOMPARE(Workspace::open(folder.path() / "old.schema-1.warploom", Mode::ReadOnly)->lastSequence().value(), 1);
    auto again = Workspace::open(path, Mode::ReadWrite);
    QVERIFY_RESULT(again);
    QVERIFY(!again->status().migrated && again->status().backup.empty());
    QCOMPARE(again->experience("H100")->size(), std::size_t{1});

    const auto fresh = folder.path() / "fresh.warploom";
    QVERIFY(test::succeeded(Workspace::open(fresh, Mode::Create)));
    const auto squeezed = [](const std::string& text) { return QString::fromStdString(text).simplified(); };
    QCOMPARE(squeezed(schemaText(path).value()), squeezed(schemaText(fresh).value()));
}

void TestWorkspaceFile::migrationNeedsItsBackup()
{
    const test::TemporaryFolder folder;
    const auto path = folder.path() / "old.warploom";
    const auto sql = test::readFile(test::sourceFolder() / "tests/core/store/fixtures/version1.sql");
    QVERIFY(test::succeeded(runSql(path, sql)));
    // What stands there already is somebody's.
    folder.write("old.schema-1.warploom", "mine");
    test::ChildWriter child([&] {
        ::signal(SIGXFSZ, SIG_IGN);
        const struct rlimit limit{20'000, RLIM_INFINITY};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        return codeOfOpening(path, Mode::ReadWrite) == ErrorCode::DiskFull ? 0 : 1;
    });
    QCOMPARE(child.wait(), 0);
    QCOMPARE(Workspace::open(path, Mode::ReadOnly)->status().schemaVersion, 1);
    QVERIFY(!fs::exists(folder.path() / "old.schema-1.2.warploom"));
    const auto workspace = Workspace::open(path, Mode::ReadWrite);
    QVERIFY_RESULT(workspace);
    QCOMPARE(workspace->status().backup, folder.path() / "old.schema-1.2.warploom");
    QCOMPARE(test::readFile(folder.path() / "old.schema-1.warploom"), std::string("mine"));
}

void TestWorkspaceFile::version1IsReadWithoutChangingIt()
{
    const test::TemporaryFolder folder;
    const auto path = folder.path() / "old.warploom";
    const auto sql = test::readFile(test::sourceFolder() / "tests/core/store/fixtures/version1.sql");
    QVERIFY(test::succeeded(runSql(path, sql)));
    const std::string before = test::readFile(path);
    auto workspace = Workspace::open(path, Mode::ReadOnly);
    QVERIFY_RESULT(workspace);
    QVERIFY(workspace->status().migrated && workspace->status().readOnly);
    QVERIFY(workspace->experience("")->empty());
    QCOMPARE(workspace->variants(1)->size(), std::size_t{1});
    const auto refused = workspace->setFavoured(1, true);
    QVERIFY(!refused && refused.error().code == ErrorCode::ReadOnly);
    QVERIFY(test::readFile(path) == before);
}

void TestWorkspaceFile::newerVersionsAreReadWhereTheyAllowIt()
{
    const test::TemporaryFolder folder;
    const auto path = folder.path() / "new.warploom";
    QVERIFY(test::succeeded(makeFilled(path, 3)));
    const int newer = currentSchemaVersion() + 1;
    QVERIFY(test::succeeded(
        runSql(path, fmt::format("ALTER TABLE runs ADD COLUMN mood TEXT; PRAGMA user_version = {}", newer))));
    const std::string before = test::readFile(path);
    const auto forWriting = Workspace::open(path, Mode::ReadWrite);
    QVERIFY(!forWriting && forWriting.error().code == ErrorCode::TooNew);
    const std::string& message = forWriting.error().message;
    QVERIFY(message.find(fmt::format("version {}, this build knows {}", newer, newer - 1)) != std::string::npos);
    QVERIFY(test::readFile(path) == before);
    {
        auto reader = Workspace::open(path, Mode::ReadOnly);
        QVERIFY_RESULT(reader);
        QCOMPARE(reader->status().schemaVersion, newer);
        QCOMPARE(reader->evaluations({})->size(), std::size_t{3});
    }
    QVERIFY(
        test::succeeded(runSql(path, fmt::format("UPDATE meta SET value = '{}' WHERE key = 'readable_since'", newer))));
    QCOMPARE(codeOfOpening(path, Mode::ReadOnly), ErrorCode::TooNew);
    QCOMPARE(codeOfOpening(path, Mode::Create), ErrorCode::TooNew);
}

void TestWorkspaceFile::readOnlyFolderIsReadAsItLies()
{
    const test::TemporaryFolder folder;
    const auto inner = folder.path() / "inner";
    fs::create_directory(inner);
    const auto path = inner / "w.warploom";
    QVERIFY(test::succeeded(makeFilled(path, 3)));
    fs::permissions(folder.path(), fs::perms::all);
    ::chmod(path.c_str(), 0444);
    ::chmod(inner.c_str(), 0555);
    test::ChildWriter child([&] {
        test::becomeNobody();
        if (codeOfOpening(path, Mode::ReadWrite) != ErrorCode::ReadOnly)
            return 1;
        if (codeOfOpening(inner / "new.warploom", Mode::Create) != ErrorCode::ReadOnly)
            return 2;
        auto reader = Workspace::open(path, Mode::ReadOnly);
        if (!reader)
            return 3;
        if (!reader->status().immutable || reader->status().ignoresJournal)
            return 4;
        return reader->evaluations({}).value().size() == 3 ? 0 : 5;
    });
    QCOMPARE(child.wait(), 0);
    ::chmod(inner.c_str(), 0755);
}

void TestWorkspaceFile::networkFileSystemsGetNoWriteAheadLog()
{
    QVERIFY(Database::journalFor("/proc/w.warploom") == Database::Journal::Rollback);
    QVERIFY(Database::journalFor("/nowhere/at/all/w.warploom") == Database::Journal::Rollback);
    const test::TemporaryFolder folder;
    const auto path = folder.path() / "w.warploom";
    QVERIFY(test::succeeded(makeFilled(path, 3)));
    auto opened = Database::open(path, Database::Access::ReadWrite);
    QVERIFY_RESULT(opened);
    Database& database = **opened;
    QVERIFY(test::succeeded(database.useJournal(Database::Journal::Rollback)));
    QCOMPARE(database.texts("PRAGMA journal_mode")->front(), std::string("delete"));
    QVERIFY(test::succeeded(database.run("UPDATE runs SET device = ?1", "cuda:9")));
    auto reader = Workspace::open(path, Mode::ReadOnly);
    QVERIFY_RESULT(reader);
    QCOMPARE(reader->run(1)->device, std::string("cuda:9"));
    reader = fail(ErrorCode::Cancelled, "closed");
    QVERIFY(test::succeeded(database.useJournal(Database::Journal::WriteAhead)));
    QCOMPARE(database.texts("PRAGMA journal_mode")->front(), std::string("wal"));
}

void TestWorkspaceFile::fullDiskLosesNothing()
{
    const test::TemporaryFolder folder;
    const auto disk = folder.path() / "disk";
    fs::create_directory(disk);
    if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=2m") != 0)
        QSKIP("a small file system can be mounted by root only; fileSizeLimitLosesNothing covers the rest");
    const auto path = disk / "w.warploom";
    int ended = -1;
    const bool ready = test::succeeded(makeFilled(path, 1))
        && test::succeeded(writeFileAtomically(disk / "ballast", std::string(200'000, 'x')));
    if (ready) {
        test::ChildWriter child([&] { return fillUntilItFails(path, [&] { fs::remove(disk / "ballast"); }); });
        ended = child.wait();
    }
    ::umount2(disk.c_str(), MNT_DETACH);
    QVERIFY(ready);
    QCOMPARE(ended, 0);
}

void TestWorkspaceFile::fileSizeLimitLosesNothing()
{
    const test::TemporaryFolder folder;
    const auto path = folder.path() / "w.warploom";
    QVERIFY(test::succeeded(makeFilled(path, 1)));
    test::ChildWriter child([&] {
        const auto limit = [](rlim_t bytes) {
            const struct rlimit value{bytes, RLIM_INFINITY};
            ::setrlimit(RLIMIT_FSIZE, &value);
        };
        ::signal(SIGXFSZ, SIG_IGN);
        limit(600'000);
        return fillUntilItFails(path, [&] { limit(RLIM_INFINITY); });
    });
    QCOMPARE(child.wait(), 0);
}

namespace {

/// Whatever the file says now: errors are fine, crashes and endless loops are not.
int readEverything(const fs::path& path)
{
    for (const Mode mode : {Mode::ReadOnly, Mode::ReadWrite}) {
        auto workspace = Workspace::open(path, mode);
        if (!workspace)
            continue;
        static_cast<void>(workspace->findDamage());
        static_cast<void>(workspace->tasks());
        static_cast<void>(workspace->environments());
        static_cast<void>(workspace->runs());
        static_cast<void>(workspace->variants(1));
        static_cast<void>(workspace->children(1));
        static_cast<void>(workspace->evaluations({.full = true}));
        static_cast<void>(workspace->bestEvaluation(1));
        static_cast<void>(workspace->verdictCounts(0));
        static_cast<void>(workspace->eventsSince(0));
        static_cast<void>(workspace->experience(""));
        if (mode == Mode::ReadWrite)
            static_cast<void>(workspace->addEvaluation(test::sampleEvaluation(1, 1, 1)));
    }
    return 0;
}

}  // namespace

void TestWorkspaceFile::flippedBytesNeverCrash()
{
    const test::TemporaryFolder folder;
    const auto path = folder.path() / "w.warploom";
    QVERIFY(test::succeeded(makeFilled(path, 60)));
    const std::string sound = test::readFile(path);
    RandomStream random(99);
    int refused = 0;
    for (int round = 0; round < 60; ++round) {
        std::string damaged = sound;
        // Page headers and the schema are where a flip hurts most.
        for (int i = 0; i < 20; ++i) {
            const std::size_t page = random.below(damaged.size() / 4096) * 4096;
            const std::size_t offset = random.chance(0.5) ? random.below(120) : random.below(4096);
            damaged[page + offset] = static_cast<char>(random.below(256));
        }
        const auto copy = folder.write("damaged.warploom", damaged);
        test::ChildWriter child([&] { return readEverything(copy); });
        QCOMPARE(child.wait(), 0);
        folder.write("damaged.warploom", damaged);
        auto workspace = Workspace::open(copy, Mode::ReadOnly);
        refused += !workspace || !workspace->evaluations({.full = true})
                || !workspace->findDamage().value_or(std::vector<std::string>{"unreadable"}).empty()
            ? 1
            : 0;
    }
    QVERIFY2(refused > 30, qPrintable(QString::number(refused)));
}

void TestWorkspaceFile::truncatedFilesNeverCrash()
{
    const test::TemporaryFolder folder;
    const auto path = folder.path() / "w.warploom";
    QVERIFY(test::succeeded(makeFilled(path, 60)));
    const std::string sound = test::readFile(path);
    for (const std::size_t size : {std::size_t{1}, std::size_t{50}, std::size_t{4096}, std::size_t{5000},
                                   sound.size() / 2, sound.size() - 4096}) {
        const auto copy = folder.write("cut.warploom", sound.substr(0, size));
        test::ChildWriter child([&] { return readEverything(copy); });
        QCOMPARE(child.wait(), 0);
        folder.write("cut.warploom", sound.substr(0, size));
        auto workspace = Workspace::open(copy, Mode::ReadOnly);
        if (workspace)
            QVERIFY(!workspace->findDamage()->empty());
        else
            QCOMPARE(workspace.error().code, size < 16 ? ErrorCode::NotAWorkspace : ErrorCode::Corrupt);
    }
}

void TestWorkspaceFile::schemaOfStrangersCannotAct()
{
    const test::TemporaryFolder folder;
    const auto path = folder.path() / "w.warploom";
    QVERIFY(test::succeeded(makeFilled(path, 1)));
    QVERIFY(
        test::succeeded(runSql(path, "CREATE TRIGGER wipe AFTER INSERT ON events BEGIN DELETE FROM evaluations; END")));
    auto workspace = Workspace::open(path, Mode::ReadWrite);
    QVERIFY_RESULT(workspace);
    QVERIFY(test::succeeded(workspace->appendEvent("note", 0, {})));
    QCOMPARE(workspace->evaluations({})->size(), std::size_t{1});
}

QTEST_APPLESS_MAIN(TestWorkspaceFile)
#include "tst_WorkspaceFile.moc"
