// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <array>
#include <csignal>

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

/// Adds evaluations for ever and writes each sequence number to \p pipe once it is acknowledged.
int writeUntilKilled(const std::filesystem::path& path, int pipe)
{
    auto workspace = Workspace::open(path, Mode::Create);
    if (!workspace)
        return 1;
    const auto ids = test::addSample(*workspace);
    if (!ids)
        return 2;
    EvaluationRecord evaluation = test::sampleEvaluation(ids->variant, ids->environment, ids->run);
    evaluation.evidence["padding"] = std::string(3000, 'x');
    for (std::int64_t i = 0;; ++i) {
        evaluation.configuration["BLOCK"] = i;
        const auto added = workspace->addEvaluation(evaluation);
        if (!added)
            return 3;
        const EventSequence sequence = added->event.sequence;
        if (::write(pipe, &sequence, sizeof sequence) != sizeof sequence)
            return 4;
    }
}

std::vector<EventSequence> readAcknowledged(int pipe)
{
    std::vector<EventSequence> all;
    EventSequence sequence = 0;
    while (::read(pipe, &sequence, sizeof sequence) == sizeof sequence)
        all.push_back(sequence);
    return all;
}

/// Every event has its row, every row its event, and runs count what is there.
Result<std::string> describeHalfWritten(Workspace& workspace)
{
    WARPLOOM_TRY(const auto events, workspace.eventsSince(0, 1'000'000));
    WARPLOOM_TRY(const auto evaluations, workspace.evaluations({}));
    WARPLOOM_TRY(const auto runs, workspace.runs());
    std::size_t withRow = 0;
    EventSequence last = 0;
    for (const EventRecord& event : events) {
        if (event.sequence != ++last)
            return fmt::format("event {} is missing", last);
        if (event.type != eventType::kEvaluationAdded)
            continue;
        const auto id = event.data.at("id").get<EvaluationId>();
        if (!workspace.evaluation(id))
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
    void acknowledgedEventsSurviveKill();
    void killWhileItIsMadeLeavesNothingInTheWay();
    void lockIsFreeAfterKill();
};

void TestWorkspaceCrash::acknowledgedEventsSurviveKill()
{
    const test::TemporaryFolder folder;
    const auto path = folder.path() / "w.warploom";
    RandomStream random(20240229);
    EventSequence promised = 0;
    for (int round = 0; round < 20; ++round) {
        std::array<int, 2> pipe{};
        QVERIFY(::pipe2(pipe.data(), O_CLOEXEC) == 0);
        {
            test::ChildWriter child([&] { return writeUntilKilled(path, pipe[1]); });
            ::close(pipe[1]);
            // The first acknowledgement shows that it writes; then any moment will do.
            EventSequence first = 0;
            QVERIFY(::read(pipe[0], &first, sizeof first) == sizeof first);
            promised = std::max(promised, first);
            ::usleep(static_cast<useconds_t>(random.below(30'000)));
            child.kill();
        }
        for (const EventSequence sequence : readAcknowledged(pipe[0]))
            promised = std::max(promised, sequence);
        ::close(pipe[0]);

        auto workspace = Workspace::open(path, round % 2 == 0 ? Mode::ReadOnly : Mode::ReadWrite);
        QVERIFY_RESULT(workspace);
        QVERIFY(workspace->lastSequence().value() >= promised);
        const auto half = describeHalfWritten(*workspace);
        QVERIFY_RESULT(half);
        QCOMPARE(*half, std::string());
        QVERIFY(workspace->findDamage()->empty());
    }
    qInfo("%lld acknowledged events over 20 kills", static_cast<long long>(promised));
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
    test::ChildWriter child([&] { return writeUntilKilled(path, pipe[1]); });
    ::close(pipe[1]);
    EventSequence first = 0;
    QVERIFY(::read(pipe[0], &first, sizeof first) == sizeof first);

    const auto second = Workspace::open(path, Mode::ReadWrite);
    QVERIFY(!second && second.error().code == ErrorCode::Locked);
    QVERIFY(second.error().message.find("process ") != std::string::npos);
    auto reader = Workspace::open(path, Mode::ReadOnly);
    QVERIFY_RESULT(reader);
    const EventSequence seen = reader->lastSequence().value();
    QVERIFY(seen >= first);
    QTRY_VERIFY(reader->lastSequence().value() > seen);  // a reader sees what the writer adds

    child.kill();
    ::close(pipe[0]);
    QVERIFY(test::succeeded(Workspace::open(path, Mode::ReadWrite)));
}

QTEST_APPLESS_MAIN(TestWorkspaceCrash)
#include "tst_WorkspaceCrash.moc"
