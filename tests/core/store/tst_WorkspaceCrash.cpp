// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <array>
#include <csignal>
#include <functional>
#include <set>

#include <fcntl.h>

#include <fmt/format.h>

#include "ChildWriter.h"
#include "SampleRecords.h"
#include "TestSupport.h"
#include "base/Random.h"
#include "store/Database.h"

using namespace warploom;
using Mode = Workspace::Mode;

namespace {

/// What a writer tells its parent once a change is acknowledged.
struct Acknowledged {
    EventSequence sequence = 0;
    std::uint64_t content = 0;  ///< hash of the event
};

std::uint64_t hashOf(const EventRecord& event) { return std::hash<std::string>{}(nlohmann::json(event).dump()); }

/// Makes changes of every kind for ever and writes each one to \p pipe once it is acknowledged.
int writeUntilKilled(const std::filesystem::path& path, int pipe, std::uint64_t seed)
{
    auto workspace = Workspace::open(path, Mode::Create);
    if (!workspace)
        return 1;
    const auto ids = test::addSample(*workspace);
    if (!ids)
        return 2;
    const auto tell = [pipe](const Result<Committed>& committed) {
        const Acknowledged message =
            committed ? Acknowledged{committed->event.sequence, hashOf(committed->event)} : Acknowledged{};
        return committed && ::write(pipe, &message, sizeof message) == sizeof message;
    };
    RandomStream random(seed);
    EvaluationRecord evaluation = test::sampleEvaluation(ids->variant, ids->environment, ids->run);
    VariantRecord variant = test::sampleVariant(ids->task);
    variant.run = ids->run;
    for (std::int64_t i = 0;; ++i) {
        evaluation.configuration["BLOCK"] = i;
        evaluation.evidence["padding"] = std::string(random.below(9000), 'x');
        variant.normalisedHash = fmt::format("{}-{}", seed, i);
        bool told = false;
        switch (random.below(5)) {
        case 0:
            told = tell(workspace->addVariant(variant));
            break;
        case 1:
            told = tell(workspace->setFavoured(ids->variant, i % 2 == 0));
            break;
        case 2: {
            // Two in one: both are acknowledged, or neither.
            std::array<Result<Committed>, 2> both;
            const auto stored = workspace->atomically([&]() -> Result<> {
                both[0] = workspace->appendEvent("first of two", ids->run, i);
                both[1] = workspace->appendEvent("second of two", ids->run, i);
                return {};
            });
            told = stored && tell(both[0]) && tell(both[1]);
            break;
        }
        default:
            told = tell(workspace->addEvaluation(evaluation));
            break;
        }
        if (!told)
            return 3;
    }
}

std::vector<Acknowledged> readAcknowledged(int pipe)
{
    std::vector<Acknowledged> all;
    Acknowledged one;
    while (::read(pipe, &one, sizeof one) == sizeof one)
        all.push_back(one);
    return all;
}

/// Numbers without gaps, every event with its row, every row with its event, pairs whole, runs that count what is
/// there; empty when all holds.
Result<std::string> describeHalfWritten(Workspace& workspace)
{
    WARPLOOM_TRY(const auto events, workspace.eventsSince(0, 1'000'000));
    WARPLOOM_TRY(const auto evaluations, workspace.evaluations({}));
    WARPLOOM_TRY(const auto all, workspace.variants(1));
    WARPLOOM_TRY(const auto runs, workspace.runs());
    std::size_t withRow = 0;
    std::set<VariantId> variants;
    for (const VariantRecord& variant : all)
        variants.insert(variant.id);
    std::set<EvaluationId> stored;
    for (const EvaluationRecord& evaluation : evaluations)
        stored.insert(evaluation.id);
    std::set<EvaluationId> seen;
    EventSequence last = 0;
    for (const EventRecord& event : events) {
        if (event.sequence != ++last)
            return fmt::format("event {} is missing", last);
        if (event.type == "second of two" && events[static_cast<std::size_t>(last) - 2].type != "first of two")
            return fmt::format("event {} has lost its first half", last);
        if (event.type == "first of two"
            && (event.sequence == EventSequence(events.size())
                || events[static_cast<std::size_t>(last)].type != "second of two"))
            return fmt::format("event {} has lost its second half", last);
        if (event.type == eventType::kVariantAdded && !variants.contains(event.data.at("id").get<VariantId>()))
            return fmt::format("event {} has no variant", last);
        if (event.type != eventType::kEvaluationAdded)
            continue;
        const auto id = event.data.at("id").get<EvaluationId>();
        if (!seen.insert(id).second)
            return fmt::format("evaluation {} has two events", id);
        if (!stored.contains(id))
            return fmt::format("evaluation {} has an event but no row", id);
        ++withRow;
    }
    std::int64_t counted = 0;
    for (const RunRecord& run : runs)
        counted += run.evaluations;
    if (withRow != evaluations.size() || counted != static_cast<std::int64_t>(withRow))
        return fmt::format("{} events, {} rows, {} counted", withRow, evaluations.size(), counted);
    return std::string();
}

}  // namespace

class TestWorkspaceCrash : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { test::keepTemporaryFilesInMemory(); }
    void acknowledgedEventsSurviveKill_data();
    void acknowledgedEventsSurviveKill();
    void killWhileItIsMadeLeavesNothingInTheWay();
    void lockIsFreeAfterKill();
};

void TestWorkspaceCrash::acknowledgedEventsSurviveKill_data()
{
    QTest::addColumn<QByteArray>("journal");
    QTest::newRow("write-ahead log") << QByteArray();
    QTest::newRow("rollback journal") << QByteArray("rollback");
    QTest::newRow("changing") << QByteArray("changing");
}

void TestWorkspaceCrash::acknowledgedEventsSurviveKill()
{
    QFETCH(QByteArray, journal);
    const int rounds = journal.isEmpty() ? 50 : 20;
    const test::TemporaryFolder folder;
    const auto path = folder.path() / "w.warploom";
    RandomStream random(20240229);
    std::vector<Acknowledged> promised;
    for (int round = 0; round < rounds; ++round) {
        qputenv("WARPLOOM_JOURNAL",
                journal == "rollback" || (journal == "changing" && round % 2 == 1) ? "rollback" : "");
        std::array<int, 2> pipe{};
        QVERIFY(::pipe2(pipe.data(), O_CLOEXEC) == 0);
        {
            const std::uint64_t seed = random.next();
            test::ChildWriter child([&] { return writeUntilKilled(path, pipe[1], seed); });
            ::close(pipe[1]);
            // The first acknowledgement shows that it writes; then any moment will do.
            Acknowledged first;
            QVERIFY(::read(pipe[0], &first, sizeof first) == sizeof first);
            promised.push_back(first);
            ::usleep(static_cast<useconds_t>(random.below(15'000)));
            child.kill();
        }
        const auto more = readAcknowledged(pipe[0]);
        promised.insert(promised.end(), more.begin(), more.end());
        ::close(pipe[0]);

        // Half of the time a reader sees it first, which may write nothing.
        auto workspace = Workspace::open(path, round % 2 == 0 ? Mode::ReadOnly : Mode::ReadWrite);
        QVERIFY_RESULT(workspace);
        QVERIFY(workspace->lastSequence().value() >= promised.back().sequence);
        const auto half = describeHalfWritten(*workspace);
        QVERIFY_RESULT(half);
        QCOMPARE(*half, std::string());
        QVERIFY(workspace->findDamageQuickly()->empty());
    }
    auto workspace = Workspace::open(path, Mode::ReadWrite);
    QVERIFY_RESULT(workspace);
    const auto events = workspace->eventsSince(0, 1'000'000);
    for (const Acknowledged& one : promised)
        QCOMPARE(hashOf(events->at(static_cast<std::size_t>(one.sequence) - 1)), one.content);
    QVERIFY(workspace->findDamage()->empty());
    QVERIFY(test::succeeded(test::addSample(*workspace)));
    qunsetenv("WARPLOOM_JOURNAL");
    qInfo("%zu acknowledged events over %d kills", promised.size(), rounds);
}

void TestWorkspaceCrash::killWhileItIsMadeLeavesNothingInTheWay()
{
    const test::TemporaryFolder folder;
    RandomStream random(7);
    for (int round = 0; round < 20; ++round) {
        const auto path = folder.path() / fmt::format("{}.warploom", round);
        {
            test::ChildWriter child([&] {
                auto workspace = Workspace::open(path, Mode::Create);
                ::pause();
                return workspace ? 0 : 1;
            });
            ::usleep(static_cast<useconds_t>(random.below(20'000)));
            child.kill();
        }
        auto workspace = Workspace::open(path, Mode::Create);
        QVERIFY_RESULT(workspace);
        QVERIFY(test::succeeded(test::addSample(*workspace)));
    }
}

void TestWorkspaceCrash::lockIsFreeAfterKill()
{
    const test::TemporaryFolder folder;
    const auto path = folder.path() / "w.warploom";
    std::array<int, 2> pipe{};
    QVERIFY(::pipe2(pipe.data(), O_CLOEXEC) == 0);
    test::ChildWriter child([&] { return writeUntilKilled(path, pipe[1], 1); });
    ::close(pipe[1]);
    Acknowledged first;
    QVERIFY(::read(pipe[0], &first, sizeof first) == sizeof first);

    const auto second = Workspace::open(path, Mode::ReadWrite);
    QVERIFY(!second && second.error().code == ErrorCode::Locked);
    QVERIFY(second.error().message.find("process ") != std::string::npos);
    auto reader = Workspace::open(path, Mode::ReadOnly);
    QVERIFY_RESULT(reader);
    const EventSequence seen = reader->lastSequence().value();
    QVERIFY(seen >= first.sequence);
    QTRY_VERIFY(reader->lastSequence().value() > seen);  // a reader sees what the writer adds

    child.kill();
    ::close(pipe[0]);
    QVERIFY(test::succeeded(Workspace::open(path, Mode::ReadWrite)));
}

QTEST_APPLESS_MAIN(TestWorkspaceCrash)
#include "tst_WorkspaceCrash.moc"
