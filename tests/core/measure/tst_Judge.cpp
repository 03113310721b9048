// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <set>

#include "JudgeBench.h"

using namespace warploom;
using namespace warploom::test;

namespace {

Fault crash()
{
    Fault fault;
    fault.verdict = Verdict::Crashed;
    fault.message = "the kernel trapped";
    fault.sticky = true;
    return fault;
}

/// Writes over the first buffer that the first launch of the steps is given: an input.
Result<> spoilInput(Device& device, const std::vector<DeviceStep>& steps)
{
    DeviceAddress input = 0;
    std::memcpy(&input, std::get<LaunchStep>(steps.front()).arguments.front().data(), sizeof input);
    return device.upload(input, std::vector(64, std::byte{0x55}));
}

/// Writes over the start of the third buffer that the first launch of the steps is given: its output.
Result<> spoilOutput(Device& device, const std::vector<DeviceStep>& steps)
{
    DeviceAddress output = 0;
    std::memcpy(&output, std::get<LaunchStep>(steps.front()).arguments.at(2).data(), sizeof output);
    return device.upload(output, std::vector(4, std::byte{0x55}));
}

/// A right kernel with that many GiB of scratch, told apart by its comment.
std::string withScratch(int gibibytes, const char* comment)
{
    return fmt::format("// {}\n// warploom: scratch big u8[{} << 30]\n"
                       "// warploom: launch add<<<ceil_div(n, 256), 256>>>(a, b, c, n)\n"
                       "extern \"C\" __global__ void add(const float* a, const float* b, float* c, int n)\n"
                       "{{\n    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i < n)\n"
                       "        c[i] = a[i] + b[i];\n}}\n",
                       comment, gibibytes);
}

}  // namespace

/// Whose fault it is when something goes wrong: the candidate's, its opponent's, nobody's or the judge's.
class tst_Judge : public QObject {
    Q_OBJECT

private slots:
    void rightCandidateIsOk()
    {
        JudgeBench bench;
        const auto report = bench.verify(bench.baseline);
        QVERIFY_RESULT(report);
        QCOMPARE(report->verdict, Verdict::Ok);
        QCOMPARE(report->checks.size(), std::size_t{6});
    }

    void wrongElementsAreToldApart()
    {
        JudgeBench bench;
        const auto report = bench.verify(bench.compiled(R"(
// warploom: launch off<<<ceil_div(n, 256), 256>>>(a, b, c, n)
extern "C" __global__ void off(const float* a, const float* b, float* c, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        c[i] = i == 20 ? (a[i] - a[i]) / (b[i] - b[i]) : i == 9 ? 1e30f : a[i] + b[i] + (i == 5 ? 1.0f : 0.0f);
}
)"));
        QVERIFY_RESULT(report);
        QCOMPARE(report->verdict, Verdict::Wrong);
        const ComparisonReport& output = report->comparisons.front();
        QCOMPARE(output.wrong, std::uint64_t{3});
        QCOMPARE(output.firstWrong, std::uint64_t{5});
        QVERIFY(std::abs(output.got - output.expected - 1) < 1e-5);
        // No number is further off than something that is none.
        QCOMPARE(output.worstIndex, std::uint64_t{20});
        QVERIFY(std::isnan(output.worstGot));
        QVERIFY(std::isfinite(output.worstExpected));
        QCOMPARE(output.histogram[15], std::uint64_t{1});
        QCOMPARE(output.histogram[14], std::uint64_t{1});
        QCOMPARE(report->notes.size(), std::size_t{1});
        QCOMPARE(report->notes.front().kind, std::string("first-nan"));
        QCOMPARE(report->notes.front().place.line, 7);
        const auto again = nlohmann::json(*report).get<CaseReport>();
        QVERIFY(std::isnan(again.comparisons.front().worstGot));
        QCOMPARE(again.comparisons.front().worstExpected, output.worstExpected);
        QCOMPARE(again.notes.front().message, report->notes.front().message);
    }

    void hiddenCaseIsJudgedBesideTheBaseline()
    {
        JudgeBench bench;
        for (const Distribution distribution : {Distribution::Declared, Distribution::Large, Distribution::Low,
                                                Distribution::Denormal, Distribution::Special, Distribution::OneHot}) {
            const CaseOrder order{"hidden", {{"n", 777}}, 5, distribution, false, true, 1};
            const auto report = bench.judge->verify(bench.baseline, order, {});
            QVERIFY_RESULT(report);
            QVERIFY2(report->verdict == Verdict::Ok, report->message.c_str());
            QCOMPARE(report->voidReason, std::string());
            QCOMPARE(report->distribution, std::string(distributionName(distribution)));
            QCOMPARE(report->sizes.at("n"), std::int64_t{777});
            QCOMPARE(report->comparisons.front().elements, std::uint64_t{777});
            QCOMPARE(report->baseline.size(), std::size_t{1});
            QCOMPARE(report->baseline.front().worstRatio, report->comparisons.front().worstRatio);
            QVERIFY(report->allowedRatio >= 1);
            QVERIFY(report->comparisons.front().expectedDeviation > 0);
        }
    }

    void caseThatTheBaselineFailsIsVoid()
    {
        JudgeBench bench;
        Task task = *bench.judge->task();
        task.revision = "with a baseline that forgets its tail";
        task.baselineSource = readFile(sourceFolder() / "tests/fixtures/faulty/skips_tail.cu");
        QVERIFY_RESULT(bench.judge->openTask(std::move(task)));
        const CaseOrder order{"hidden", {{"n", 777}}, 5, Distribution::Declared, false, true, 1};
        const int loads = bench.host->loads;
        const auto report = bench.judge->verify(bench.baseline, order, {});
        QVERIFY_RESULT(report);
        QVERIFY2(report->voidReason.find("the baseline fails") != std::string::npos, report->voidReason.c_str());
        QVERIFY(report->comparisons.empty());
        QCOMPARE(bench.host->loads, loads + 1);  // the baseline's alone
    }

    void auditKnowsWhatNeedsNoWork()
    {
        JudgeBench bench;
        const auto passing = [](const CaseAudit& audit) {
            std::set<std::string> names;
            for (const TrivialReport& trivial : audit.trivial) {
                if (trivial.passes)
                    names.insert(trivial.name);
            }
            return names;
        };
        CaseOrder order{"hidden", {{"n", 777}}, 5, Distribution::Declared, false, true, 1};
        const auto plain = bench.judge->audit(order, {});
        QVERIFY_RESULT(plain);
        QCOMPARE(plain->baseline.verdict, Verdict::Ok);
        QVERIFY(passing(*plain).empty());
        QVERIFY(plain->trivial.size() >= 7);
        QVERIFY(plain->sensitive.at("a") && plain->sensitive.at("b"));
        order.distribution = Distribution::Zeros;
        const auto zeros = bench.judge->audit(order, {});
        QVERIFY_RESULT(zeros);
        QVERIFY(passing(*zeros).contains("zeros") && passing(*zeros).contains("copy of a"));
        QVERIFY(!zeros->sensitive.at("a"));
        // The judge's own writing has not spoilt the case.
        order.distribution = Distribution::Declared;
        QCOMPARE(bench.judge->verify(bench.baseline, order, {})->verdict, Verdict::Ok);
    }

    void lostRunnerIsNobodysFaultOnce()
    {
        for (const ErrorCode code : {ErrorCode::ProcessFailed, ErrorCode::Timeout}) {
            JudgeBench bench;
            bench.host->loadErrors = {lostRunner(code)};
            const auto report = bench.verify(bench.baseline);
            QVERIFY_RESULT(report);
            QCOMPARE(report->verdict, Verdict::Ok);
            QCOMPARE(bench.host->loads, 2);
        }
    }

    void lostTwiceIsTheCandidates_data()
    {
        QTest::addColumn<int>("code");
        QTest::addColumn<int>("verdict");
        QTest::newRow("died") << static_cast<int>(ErrorCode::ProcessFailed) << static_cast<int>(Verdict::Crashed);
        QTest::newRow("hung") << static_cast<int>(ErrorCode::Timeout) << static_cast<int>(Verdict::Timeout);
    }
    void lostTwiceIsTheCandidates()
    {
        QFETCH(int, code);
        QFETCH(int, verdict);
        JudgeBench bench;
        bench.host->loadErrors = {lostRunner(static_cast<ErrorCode>(code)), lostRunner(static_cast<ErrorCode>(code))};
        const auto report = bench.verify(bench.baseline);
        QVERIFY_RESULT(report);
        QCOMPARE(static_cast<int>(report->verdict), verdict);
        QVERIFY(report->fault.has_value());
        const auto next = bench.verify(bench.baseline);
        QVERIFY_RESULT(next);
        QCOMPARE(next->verdict, Verdict::Ok);
    }

    void refusedCodeIsALaunchError()
    {
        JudgeBench bench;
        bench.host->loadErrors = {{ErrorCode::Unsupported, "the driver refuses it", {}, {}, {}}};
        const auto report = bench.verify(bench.baseline);
        QVERIFY_RESULT(report);
        QCOMPARE(report->verdict, Verdict::LaunchError);
    }

    void failedDeviceIsNoVerdict()
    {
        JudgeBench bench;
        bench.host->loadErrors = {{ErrorCode::DeviceFailed, "the card is lost", {}, {}, {}}};
        const auto report = bench.verify(bench.baseline);
        QVERIFY(!report);
        QCOMPARE(report.error().code, ErrorCode::DeviceFailed);
    }

    void cancellingIsNoVerdict()
    {
        JudgeBench bench;
        QVERIFY_RESULT(bench.verify(bench.baseline));
        std::stop_source source;
        source.request_stop();
        RunLimits limits;
        limits.stop = source.get_token();
        const auto report = bench.verify(bench.faulty("endless_loop"), limits);
        QVERIFY(!report && report.error().isCancelled());
    }

    void hugeScratchIsInvalidAtItsPlace()
    {
        JudgeBench bench;
        const auto report = bench.verify(bench.faulty("huge_scratch"));
        QVERIFY_RESULT(report);
        QCOMPARE(report->verdict, Verdict::Invalid);
        QCOMPARE(report->fault.value().place.line, 8);
        QVERIFY2(report->message.find("sums of 4398046511104 bytes does not fit") != std::string::npos,
                 report->message.c_str());
    }

    void memoryOfOthersDoesNotCount()
    {
        JudgeBench bench;
        for (const char* name : {"first", "second", "third"}) {
            // Each fits on the card alone, but no two of them.
            const auto report = bench.verify(bench.compiled(withScratch(45, name)));
            QVERIFY_RESULT(report);
            QCOMPARE(report->verdict, Verdict::NotEmulated);
        }
        const auto modelled = bench.judge->model(bench.compiled(withScratch(45, "fourth")), "ragged", {});
        QVERIFY_RESULT(modelled);
        QVERIFY(!modelled->fault);
        QVERIFY(modelled->modelled.time.count() > 0);
        const auto next = bench.verify(bench.baseline);
        QVERIFY_RESULT(next);
        QCOMPARE(next->verdict, Verdict::Ok);
    }

    void candidateAfterACrashIsUnharmed()
    {
        JudgeBench bench;
        bench.host->onRun = [&](const std::vector<DeviceStep>& steps) -> Result<RunOutcome> {
            WARPLOOM_CHECK(spoilInput(*bench.device, steps));
            bench.host->loseRunner();
            return RunOutcome{crash(), {}};
        };
        const auto crashed = bench.verify(bench.baseline);
        QVERIFY_RESULT(crashed);
        QCOMPARE(crashed->verdict, Verdict::Crashed);
        QCOMPARE(crashed->fault.value().message, std::string("the kernel trapped"));
        const auto next = bench.verify(bench.baseline);
        QVERIFY_RESULT(next);
        QVERIFY2(next->verdict == Verdict::Ok, next->message.c_str());
    }

    void modelledFaultsAreOutcomes_data()
    {
        QTest::addColumn<std::string>("file");
        QTest::addColumn<int>("verdict");
        const auto row = [](const char* file, Verdict verdict) {
            QTest::newRow(file) << std::string(file) << static_cast<int>(verdict);
        };
        row("writes_outside_at_time_size", Verdict::OutOfBounds);
        row("shared_memory_at_time_size", Verdict::LaunchError);
        row("too_many_registers", Verdict::LaunchError);
        row("huge_scratch_at_time_size", Verdict::Invalid);
        row("trap_at_time_size", Verdict::Crashed);
        row("endless_at_time_size", Verdict::Timeout);
    }
    void modelledFaultsAreOutcomes()
    {
        QFETCH(std::string, file);
        QFETCH(int, verdict);
        JudgeBench bench;
        RunLimits limits;
        limits.instructionBudget = 1'000'000;
        const auto report = bench.judge->model(bench.faulty(file), "large", limits);
        QVERIFY_RESULT(report);
        QVERIFY(report->fault.has_value());
        QVERIFY2(static_cast<int>(report->fault->verdict) == verdict, report->fault->message.c_str());
        QVERIFY(!report->fault->message.empty());
    }

    void timedFaultNamesItsMember()
    {
        for (const int faulty : {0, 1}) {  // the opponent comes first
            JudgeBench bench;
            bench.host->onTime = [faulty](const TimingRequest&, int call) -> Result<TimingOutcome> {
                return TimingOutcome{
                    call == faulty ? std::optional(crash()) : std::nullopt, Microseconds{1000}, true, {}};
            };
            const auto report = bench.time(bench.baseline);
            QVERIFY_RESULT(report);
            QCOMPARE(report->fault.value().verdict, Verdict::Crashed);
            QCOMPARE(report->faultyCandidate.has_value(), faulty == 1);
            QVERIFY(report->rounds.empty());
        }
    }

    void candidateThatCannotBeBoundIsNamed()
    {
        JudgeBench bench;
        const auto report = bench.time(bench.faulty("huge_scratch"));
        QVERIFY_RESULT(report);
        QCOMPARE(report->fault.value().verdict, Verdict::Invalid);
        QCOMPARE(report->faultyCandidate.value(), std::size_t{0});
    }

    void opponentThatFailsOnSpoiltInputsIsNotToBlame()
    {
        JudgeBench bench;
        bench.host->onTime = [&](const TimingRequest& request, int call) -> Result<TimingOutcome> {
            if (call == 1)
                WARPLOOM_CHECK(spoilInput(*bench.device, request.timed));
            return TimingOutcome{call == 2 ? std::optional(crash()) : std::nullopt, Microseconds{1000}, true, {}};
        };
        const auto report = bench.time(bench.baseline);
        QVERIFY_RESULT(report);
        QCOMPARE(report->fault.value().verdict, Verdict::Wrong);
        QCOMPARE(report->faultyCandidate.value(), std::size_t{0});
        const auto next = bench.verify(bench.baseline);
        QVERIFY_RESULT(next);
        QCOMPARE(next->verdict, Verdict::Ok);
    }

    void seriesBeginsAgainWhenTheRunnerWasLost()
    {
        JudgeBench bench;
        bench.host->onTime = [&](const TimingRequest&, int call) -> Result<TimingOutcome> {
            if (call == 3) {
                bench.host->loseRunner();
                return fail(lostRunner());
            }
            return TimingOutcome{std::nullopt, Microseconds{1000}, true, {}};
        };
        const auto report = bench.time(bench.baseline);
        QVERIFY_RESULT(report);
        QVERIFY(!report->fault);
        QCOMPARE(report->rounds.size(), std::size_t{4});
    }

    void ungatedTimesAreNoted()
    {
        JudgeBench bench;
        bench.host->onTime = [](const TimingRequest&, int call) -> Result<TimingOutcome> {
            return TimingOutcome{std::nullopt, Microseconds{1000}, call != 1, {}};
        };
        const auto report = bench.time(bench.baseline);
        QVERIFY_RESULT(report);
        QCOMPARE(report->notes,
                 std::vector<std::string>{"not gated: 1 of 9 times of candidate 1 may hold launch jitter"});
        QCOMPARE(report->rounds.size(), std::size_t{4});
        QVERIFY(!report->rounds.front().disturbed);
    }

    /// Only the fast side is worth several launches a time.
    void farSlowerSidesAreLaunchedOnce()
    {
        JudgeBench bench;
        bench.host->onTime = [](const TimingRequest&, int call) -> Result<TimingOutcome> {
            const int place = (call - 2) % 8;  // of a round: slow, three fast, three fast, slow
            const bool isSlow = call == 0 || (call >= 2 && (place == 0 || place == 7));
            return TimingOutcome{std::nullopt, Microseconds{isSlow ? 21000.0 : 800.0}, true, {}};
        };
        const auto report = bench.time(bench.baseline);
        QVERIFY_RESULT(report);
        QCOMPARE(report->launches, 3);
        QCOMPARE(bench.host->plans.size(), std::size_t{2 + 4 * 8});
        for (const RoundReport& round : report->rounds) {
            QCOMPARE(round.before.count(), 21000.0);
            QCOMPARE(round.candidates.front().count(), 800.0);
            QCOMPARE(round.again.front().count(), 800.0);
            QCOMPARE(round.after.count(), 21000.0);
        }
    }

    void eachSideIsTimedTwiceARound()
    {
        JudgeBench bench;
        const auto report = bench.time(bench.baseline);
        QVERIFY_RESULT(report);
        QCOMPARE(report->rounds.size(), std::size_t{4});
        QCOMPARE(report->rounds.front().candidates.size(), std::size_t{1});
        QCOMPARE(report->rounds.front().again.size(), std::size_t{1});
        QCOMPARE(report->copies, 0);
        QCOMPARE(bench.host->plans, std::vector<int>(2 + 4 * 4, 1));  // a launch each before, to know their times
    }

    void shortPlansAreTimedInBatches()
    {
        JudgeBench bench;
        bench.host->timedAs = Microseconds{20};
        const auto report = bench.time(bench.baseline);
        QVERIFY_RESULT(report);
        QVERIFY(!report->fault);
        QCOMPARE(report->copies, 7);  // 130 µs in all
        QCOMPARE(report->launches, 1);
        QVERIFY(report->cold);
        QCOMPARE(std::count(bench.host->plans.begin(), bench.host->plans.end(), 7), 2 + 4 * 4);
        // On every copy, after the first batch and the last.
        QVERIFY(report->outputsChecked >= 1 + 2 * 7);
        QCOMPARE(report->outputsWrong, std::uint64_t{0});
        QVERIFY(report->worstError < 1);
    }

    void plansThatCannotBeBatchedAreTimedOneByOne()
    {
        JudgeBench bench;
        bench.host->timedAs = Microseconds{20};
        bench.host->notBatched = "it remembers";
        const auto report = bench.time(bench.baseline);
        QVERIFY_RESULT(report);
        QVERIFY(!report->fault);
        QCOMPARE(report->copies, 0);
        QCOMPARE(report->launches, 5);
        QCOMPARE(report->notes, std::vector<std::string>{"timed launch by launch, not in a batch: it remembers"});
        QVERIFY(report->cold);
    }

    void wrongOnlyWhenTimedIsWrong_data()
    {
        QTest::addColumn<double>("time");
        QTest::addColumn<int>("from");  // launch of any member from which on outputs are spoilt
        QTest::newRow("first launch") << 1000.0 << 1;
        QTest::newRow("last launch") << 1000.0 << 16;
        QTest::newRow("in a batch") << 20.0 << 2;
    }
    void wrongOnlyWhenTimedIsWrong()
    {
        QFETCH(double, time);
        QFETCH(int, from);
        JudgeBench bench;
        QCOMPARE(bench.verify(bench.baseline)->verdict, Verdict::Ok);
        bench.host->onTime = [&](const TimingRequest& request, int call) -> Result<TimingOutcome> {
            if (call >= from)
                WARPLOOM_CHECK(spoilOutput(*bench.device, request.timed));
            return TimingOutcome{std::nullopt, Microseconds{time}, true, {}};
        };
        const auto report = bench.time(bench.compiled("// another\n" + bench.baseline.source));
        QVERIFY_RESULT(report);
        QVERIFY(report->fault.has_value());
        QCOMPARE(report->fault->verdict, Verdict::Wrong);
        QVERIFY2(report->fault->message.starts_with("right when verified, wrong when timed"),
                 report->fault->message.c_str());
        QCOMPARE(report->faultyCandidate.value(), std::size_t{0});
        QVERIFY(report->outputsWrong >= 1 && report->outputsChecked >= report->outputsWrong);
        QVERIFY(report->worstError > 1);
    }

    void inputsThatChangeUnderTimingAreFound()
    {
        JudgeBench bench;
        bench.host->onTime = [&](const TimingRequest& request, int call) -> Result<TimingOutcome> {
            if (call == 16)
                WARPLOOM_CHECK(spoilInput(*bench.device, request.timed));
            return TimingOutcome{std::nullopt, Microseconds{1000}, true, {}};
        };
        const auto report = bench.time(bench.baseline);
        QVERIFY_RESULT(report);
        QCOMPARE(report->fault.value().verdict, Verdict::Wrong);
        QCOMPARE(report->fault->message, std::string("changed its inputs while it was timed"));
    }

    void budgetEndsTheRounds()
    {
        JudgeBench bench;
        TimingOrder order;
        order.incumbent = bench.baseline;
        order.candidates = {bench.baseline};
        order.size = "emulator_ragged";
        order.rounds = 50;
        order.budget = Seconds(0);
        const auto report = bench.judge->time(order, [](int) { return true; });
        QVERIFY_RESULT(report);
        QCOMPARE(report->rounds.size(), std::size_t{2});
    }

    void movedClocksDisturbARound()
    {
        JudgeBench bench;
        bench.reading.clockMhz = 1980;
        int calls = 0;
        bench.host->onTime = [&](const TimingRequest&, int) -> Result<TimingOutcome> {
            if (++calls == 9)
                bench.reading.clockMhz = 1200;
            return TimingOutcome{std::nullopt, Microseconds{1000}, true, {}};
        };
        const auto report = bench.time(bench.baseline);
        QVERIFY_RESULT(report);
        QVERIFY(!report->rounds[0].disturbed && report->rounds[1].disturbed && !report->rounds[2].disturbed);
        QCOMPARE(report->card.clockMhz, 1200.0);
    }

    void otherUsersOfTheCardAreNoted()
    {
        JudgeBench bench;
        bench.reading.foreignProcesses = {"python3 (4711)", "blender (12)"};
        const auto report = bench.time(bench.baseline);
        QVERIFY_RESULT(report);
        QCOMPARE(report->notes,
                 std::vector<std::string>{"2 other processes used the card meanwhile: python3 (4711), blender (12)"});
    }
};

QTEST_APPLESS_MAIN(tst_Judge)
#include "tst_Judge.moc"
