// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <atomic>
#include <future>
#include <mutex>
#include <set>

#include "WorkerTesting.h"
#include "workers/StartBackOff.h"
#include "workers/WorkerPool.h"

using namespace std::chrono_literals;

namespace warploom {

namespace {

using test::fakeWorker;

WorkerJob job(const std::string& method, nlohmann::json params = nlohmann::json::object())
{
    WorkerJob made;
    made.method = method;
    made.params = std::move(params);
    made.deadline = 20s;
    return made;
}

WorkerPoolOptions poolOf(int workers)
{
    WorkerPoolOptions options;
    options.workers = workers;
    options.handshakeDeadline = 10s;
    return options;
}

/// Gathers outcomes of jobs that run beside each other.
class Outcomes {
public:
    RpcCompletion next()
    {
        ++m_expected;
        return [this](Result<nlohmann::json> outcome) {
            const std::lock_guard lock(m_mutex);
            m_outcomes.push_back(std::move(outcome));
        };
    }
    [[nodiscard]] bool areComplete() const
    {
        const std::lock_guard lock(m_mutex);
        return m_outcomes.size() == m_expected;
    }
    std::vector<Result<nlohmann::json>> take()
    {
        const std::lock_guard lock(m_mutex);
        return std::exchange(m_outcomes, {});
    }

private:
    mutable std::mutex m_mutex;
    std::vector<Result<nlohmann::json>> m_outcomes;
    std::atomic<std::size_t> m_expected{0};
};

}  // namespace

class tst_WorkerPool : public QObject {
    Q_OBJECT

private slots:
    void cleanup();
    void runsJobsOnAllWorkers();
    void keepsTheOrder();
    void deadWorkersAreReplaced();
    void jobsAreBegunAgainOnlyWhenAsked();
    void timeoutsAreNotBegunAgain();
    void errorsOfTheWorkerKeepIt();
    void workersAreRecycled();
    void missingProgramFailsSoon();
    void crashingStartsFailSoon();
    void backOffGrows();
    void hopelessStartsAreNotRepeated();
    void waitingJobsAreCancelledAtOnce();
    void runningJobsAreCancelled();
    void stopIsPrompt();
    void stopWhileStarting();
    void completionsMaySubmit();
    void slowJobsDoNotHoldUpTheQueue();
    void reservesRestWhileNothingIsSlow();
    void greedyJobsAreNotBegunAgain();
};

void tst_WorkerPool::cleanup() { QTRY_VERIFY_WITH_TIMEOUT(test::hasNoChildren(), 5000); }

void tst_WorkerPool::runsJobsOnAllWorkers()
{
    Outcomes outcomes;
    WorkerPool pool(fakeWorker(), poolOf(3));
    QCOMPARE(pool.counters().starts, 0u);
    for (int i = 0; i < 3; ++i)
        pool.submit(job("wait", {{"ms", 1000}}), outcomes.next());
    QTRY_COMPARE(pool.busy(), 3);
    for (int i = 0; i < 30; ++i)
        pool.submit(job("echo", {{"n", i}}), outcomes.next());
    QVERIFY(pool.queued() > 0);
    QTRY_VERIFY_WITH_TIMEOUT(outcomes.areComplete(), 20'000);
    std::set<int> numbers;
    for (const auto& outcome : outcomes.take()) {
        QVERIFY_RESULT(outcome);
        if (outcome->contains("echo"))
            numbers.insert((*outcome)["echo"]["n"].get<int>());
    }
    QCOMPARE(numbers.size(), std::size_t(30));
    QCOMPARE(pool.counters().starts, 3u);
    QCOMPARE(pool.counters().completed, 33u);
    QCOMPARE(pool.counters().failed, 0u);
    QCOMPARE(pool.busy(), 0);
    QCOMPARE(pool.queued(), 0u);
}

void tst_WorkerPool::keepsTheOrder()
{
    Outcomes outcomes;
    WorkerPool pool(fakeWorker(), poolOf(1));
    for (int i = 0; i < 50; ++i)
        pool.submit(job("echo", {{"n", i}}), outcomes.next());
    QTRY_VERIFY_WITH_TIMEOUT(outcomes.areComplete(), 20'000);
    int expected = 0;
    for (const auto& outcome : outcomes.take()) {
        QCOMPARE((*outcome)["echo"]["n"].get<int>(), expected);
        ++expected;
        QCOMPARE((*outcome)["served"].get<int>(), expected);
    }
}

void tst_WorkerPool::deadWorkersAreReplaced()
{
    WorkerPool pool(fakeWorker(), poolOf(1));
    for (const char* how : {"crash", "exit", "garbage", "crash-in-frame"}) {
        const auto failed = pool.run(job("misbehave", {{"how", how}}));
        QVERIFY(!failed);
        QVERIFY(failed.error().code == ErrorCode::ProcessFailed || failed.error().code == ErrorCode::ProtocolViolation);
        const auto next = pool.run(job("echo"));
        QVERIFY_RESULT(next);
        QCOMPARE((*next)["served"].get<int>(), 1);
    }
    QCOMPARE(pool.counters().starts, 5u);
    QCOMPARE(pool.counters().deaths, 4u);
    QCOMPARE(pool.counters().failed, 4u);
}

void tst_WorkerPool::jobsAreBegunAgainOnlyWhenAsked()
{
    WorkerPool pool(fakeWorker(), poolOf(1));
    QVERIFY(!pool.run(job("misbehave", {{"how", "crash"}})));
    QCOMPARE(pool.counters().starts, 1u);
    WorkerJob persistent = job("misbehave", {{"how", "crash"}});
    persistent.retries = 2;
    QCOMPARE(pool.run(persistent).error().code, ErrorCode::ProcessFailed);
    QCOMPARE(pool.counters().starts, 4u);
    QCOMPARE(pool.counters().deaths, 4u);
    QCOMPARE(pool.counters().completed, 2u);
}

void tst_WorkerPool::timeoutsAreNotBegunAgain()
{
    WorkerPool pool(fakeWorker(), poolOf(1));
    WorkerJob hanging = job("misbehave", {{"how", "hang"}});
    hanging.deadline = 200ms;
    hanging.retries = 3;
    QVERIFY_RESULT(pool.run(job("echo")));  // so that the start is not measured
    QElapsedTimer timer;
    timer.start();
    QCOMPARE(pool.run(hanging).error().code, ErrorCode::Timeout);
    QVERIFY(timer.elapsed() < 1200);
    QVERIFY_RESULT(pool.run(job("echo")));
    QCOMPARE(pool.counters().timeouts, 1u);
    QCOMPARE(pool.counters().starts, 2u);
}

void tst_WorkerPool::errorsOfTheWorkerKeepIt()
{
    WorkerPool pool(fakeWorker(), poolOf(1));
    WorkerJob failing = job("fail");
    failing.retries = 3;
    QCOMPARE(pool.run(failing).error().code, ErrorCode::CompileFailed);
    QVERIFY_RESULT(pool.run(job("echo")));
    QCOMPARE(pool.counters().starts, 1u);
    QCOMPARE(pool.counters().deaths, 0u);
}

void tst_WorkerPool::workersAreRecycled()
{
    WorkerPoolOptions options = poolOf(1);
    options.recycleAfter = 3;
    WorkerPool pool(fakeWorker(), options);
    std::vector<int> served;
    for (int i = 0; i < 7; ++i) {
        const auto outcome = pool.run(job("echo"));
        QVERIFY_RESULT(outcome);
        served.push_back((*outcome)["served"].get<int>());
    }
    QCOMPARE(served, (std::vector<int>{1, 2, 3, 1, 2, 3, 1}));
    QCOMPARE(pool.counters().recycled, 2u);
    QCOMPARE(pool.counters().deaths, 0u);
}

void tst_WorkerPool::missingProgramFailsSoon()
{
    Outcomes outcomes;
    WorkerCommand command = fakeWorker();
    command.program = "/nowhere/warploom-worker";
    WorkerPool pool(command, poolOf(2));
    QElapsedTimer timer;
    timer.start();
    for (int i = 0; i < 500; ++i)
        pool.submit(job("echo"), outcomes.next());
    QTRY_VERIFY(outcomes.areComplete());
    QVERIFY(timer.elapsed() < 2000);
    for (const auto& outcome : outcomes.take())
        QCOMPARE(outcome.error().code, ErrorCode::NotFound);
    QCOMPARE(pool.counters().starts, 0u);
}

void tst_WorkerPool::crashingStartsFailSoon()
{
    Outcomes outcomes;
    WorkerPoolOptions options = poolOf(2);
    options.firstBackOff = 20ms;
    WorkerPool pool(fakeWorker({"--start", "crash"}), options);
    QElapsedTimer timer;
    timer.start();
    for (int i = 0; i < 50; ++i)
        pool.submit(job("echo"), outcomes.next());
    QTRY_VERIFY(outcomes.areComplete());
    QVERIFY(timer.elapsed() < 4000);
    for (const auto& outcome : outcomes.take()) {
        // Not ProcessFailed: no job had anything to do with it.
        QCOMPARE(outcome.error().code, ErrorCode::IoFailed);
        QVERIFY(outcome.error().message.starts_with("no worker can be started: "));
        QVERIFY(outcome.error().message.find("about to crash") != std::string::npos);
    }
}

void tst_WorkerPool::backOffGrows()
{
    using Clock = StartBackOff::Clock;
    const auto start = Clock::now();
    StartBackOff backOff(3, 100ms, 1s);
    const Error error{ErrorCode::ProcessFailed, "no"};
    QVERIFY(!backOff.refusal(start));
    QCOMPARE(backOff.failed(error, start).value(), 100ms);
    QCOMPARE(backOff.failed(error, start).value(), 200ms);
    QVERIFY(!backOff.refusal(start));
    QVERIFY(!backOff.failed(error, start));  // the third in a row: give up
    QCOMPARE(backOff.refusal(start + 399ms).value(), error);
    QVERIFY(!backOff.refusal(start + 400ms));  // one may try …
    QVERIFY(backOff.refusal(start + 400ms));  // … only one
    QVERIFY(!backOff.failed(error, start + 400ms));
    QVERIFY(backOff.refusal(start + 1199ms));
    for (int i = 0; i < 100; ++i)
        QVERIFY(!backOff.failed(error, start + 2s));
    QVERIFY(backOff.refusal(start + 2999ms));  // never longer than the longest
    QVERIFY(!backOff.refusal(start + 3s));
    backOff.succeeded();
    QVERIFY(!backOff.refusal(start + 3s));
    QCOMPARE(backOff.failed(error, start).value(), 100ms);
    // What several lanes learn at the same time is one failure.
    StartBackOff parallel(3, 100ms, 1s);
    QCOMPARE(parallel.failed(error, start + 10ms, start).value(), 100ms);
    QCOMPARE(parallel.failed(error, start + 20ms, start).value(), 90ms);
    QCOMPARE(parallel.failed(error, start + 200ms, start + 5ms).value(), 0ms);
    QCOMPARE(parallel.failed(error, start + 210ms, start + 110ms).value(), 200ms);
    QVERIFY(!parallel.failed(error, start + 420ms, start + 410ms));
    QVERIFY(!parallel.failed(error, start + 430ms, start + 300ms));
    QVERIFY(!parallel.refusal(start + 820ms));
}

void tst_WorkerPool::hopelessStartsAreNotRepeated()
{
    for (const ErrorCode code : {ErrorCode::NotFound, ErrorCode::VersionMismatch}) {
        StartBackOff backOff(3, 100ms, 1s);
        QVERIFY(!backOff.failed({code, "never"}, StartBackOff::Clock::now()));
        QCOMPARE(backOff.refusal(StartBackOff::Clock::now()).value().code, code);
    }
}

void tst_WorkerPool::waitingJobsAreCancelledAtOnce()
{
    Outcomes first;
    Outcomes second;
    WorkerPool pool(fakeWorker(), poolOf(1));
    std::stop_source stopFirst;
    std::stop_source stopSecond;
    WorkerJob running = job("wait", {{"ms", 20'000}});
    running.stopToken = stopFirst.get_token();
    pool.submit(running, first.next());
    QTRY_COMPARE(pool.busy(), 1);
    for (int i = 0; i < 5; ++i) {
        WorkerJob waiting = job("echo");
        waiting.stopToken = stopSecond.get_token();
        pool.submit(waiting, second.next());
    }
    QCOMPARE(pool.queued(), 5u);
    stopSecond.request_stop();
    QVERIFY(second.areComplete());  // on this very thread
    QCOMPARE(pool.queued(), 0u);
    WorkerJob late = job("echo");
    late.stopToken = stopSecond.get_token();
    pool.submit(late, second.next());
    QVERIFY(second.areComplete());
    for (const auto& outcome : second.take())
        QCOMPARE(outcome.error().code, ErrorCode::Cancelled);
    QVERIFY(!first.areComplete());
    stopFirst.request_stop();
    QTRY_VERIFY(first.areComplete());
    QCOMPARE(first.take().front().error().code, ErrorCode::Cancelled);
}

void tst_WorkerPool::runningJobsAreCancelled()
{
    WorkerPool pool(fakeWorker(), poolOf(1));
    for (const bool willing : {true, false}) {
        std::stop_source stop;
        WorkerJob running = willing ? job("wait", {{"ms", 20'000}}) : job("misbehave", {{"how", "hang"}});
        running.stopToken = stop.get_token();
        QElapsedTimer timer;
        running.onProgress = [&stop, &timer](const nlohmann::json&) {  // it has begun
            timer.start();
            stop.request_stop();
        };
        Outcomes outcomes;
        pool.submit(running, outcomes.next());
        QTRY_VERIFY(outcomes.areComplete());
        QVERIFY(timer.elapsed() < 1000);
        QCOMPARE(outcomes.take().front().error().code, ErrorCode::Cancelled);
    }
    QVERIFY_RESULT(pool.run(job("echo")));
    QCOMPARE(pool.counters().deaths, 1u);
    QCOMPARE(pool.counters().starts, 2u);
}

void tst_WorkerPool::stopIsPrompt()
{
    Outcomes outcomes;
    auto pool = std::make_unique<WorkerPool>(fakeWorker(), poolOf(2));
    pool->submit(job("misbehave", {{"how", "hang"}}), outcomes.next());
    pool->submit(job("wait", {{"ms", 20'000}}), outcomes.next());
    for (int i = 0; i < 20; ++i)
        pool->submit(job("echo"), outcomes.next());
    QTRY_COMPARE(pool->busy(), 2);
    QElapsedTimer timer;
    timer.start();
    pool->stop();
    pool->submit(job("echo"), outcomes.next());
    pool.reset();
    QVERIFY2(timer.elapsed() < 1000, std::to_string(timer.elapsed()).c_str());
    QVERIFY(outcomes.areComplete());
    for (const auto& outcome : outcomes.take())
        QCOMPARE(outcome.error().code, ErrorCode::Cancelled);
}

void tst_WorkerPool::stopWhileStarting()
{
    Outcomes outcomes;
    WorkerPoolOptions options = poolOf(2);
    options.handshakeDeadline = 60s;
    auto pool = std::make_unique<WorkerPool>(fakeWorker({"--start", "hang"}), options);
    pool->submit(job("echo"), outcomes.next());
    QTRY_VERIFY(!test::hasNoChildren());
    QElapsedTimer timer;
    timer.start();
    pool.reset();
    QVERIFY(timer.elapsed() < 1000);
    QVERIFY(outcomes.areComplete());
    QCOMPARE(outcomes.take().front().error().code, ErrorCode::Cancelled);
}

void tst_WorkerPool::completionsMaySubmit()
{
    WorkerPool pool(fakeWorker(), poolOf(1));
    std::promise<int> done;
    std::function<void(Result<nlohmann::json>)> next = [&](Result<nlohmann::json> outcome) {
        const int served = outcome ? (*outcome)["served"].get<int>() : -1;
        if (served < 0 || served == 10)
            return done.set_value(served);
        pool.submit(job("echo"), next);
    };
    pool.submit(job("echo"), next);
    QCOMPARE(done.get_future().get(), 10);
}

void tst_WorkerPool::slowJobsDoNotHoldUpTheQueue()
{
    Outcomes slow;
    WorkerPoolOptions options = poolOf(2);
    options.reserves = 2;
    options.slowAfter = 100ms;
    WorkerPool pool(fakeWorker(), options);
    for (int i = 0; i < 3; ++i) {
        WorkerJob hanging = job("misbehave", {{"how", "hang"}});
        hanging.deadline = 8s;
        pool.submit(hanging, slow.next());
    }
    QTRY_COMPARE(pool.busy(), 3);
    QElapsedTimer timer;
    timer.start();
    QVERIFY_RESULT(pool.run(job("echo")));
    QVERIFY_RESULT(pool.run(job("echo")));
    QVERIFY2(timer.elapsed() < 5000, std::to_string(timer.elapsed()).c_str());
    QVERIFY(!slow.areComplete());
    QTRY_VERIFY_WITH_TIMEOUT(slow.areComplete(), 12'000);
    for (const auto& outcome : slow.take())
        QCOMPARE(outcome.error().code, ErrorCode::Timeout);
    QCOMPARE(pool.counters().timeouts, 3u);
}

void tst_WorkerPool::reservesRestWhileNothingIsSlow()
{
    Outcomes outcomes;
    WorkerPoolOptions options = poolOf(1);
    options.reserves = 3;
    options.slowAfter = 30s;
    WorkerPool pool(fakeWorker(), options);
    for (int i = 0; i < 50; ++i)
        pool.submit(job("echo"), outcomes.next());
    QTRY_VERIFY_WITH_TIMEOUT(outcomes.areComplete(), 20'000);
    QCOMPARE(pool.counters().starts, 1u);
}

void tst_WorkerPool::greedyJobsAreNotBegunAgain()
{
    WorkerCommand command = fakeWorker();
    command.mostMemory = Bytes{std::uint64_t{400} << 20};
    WorkerPool pool(command, poolOf(1));
    WorkerJob greedy = job("misbehave", {{"how", "eat-memory"}});
    greedy.retries = 3;
    const auto outcome = pool.run(greedy);
    QCOMPARE(errorCodeName(outcome.error().code), errorCodeName(ErrorCode::OutOfMemory));
    QVERIFY2(outcome.error().message.find("it held more than 400 MiB of memory") != std::string::npos,
             outcome.error().message.c_str());
    QCOMPARE(pool.counters().starts, 1u);
    QVERIFY_RESULT(pool.run(job("echo")));
    // The worker that has served another job may have been filled up by that one.
    QCOMPARE(errorCodeName(pool.run(greedy).error().code), errorCodeName(ErrorCode::OutOfMemory));
    QCOMPARE(pool.counters().starts, 3u);
}

}  // namespace warploom

QTEST_APPLESS_MAIN(warploom::tst_WorkerPool)
#include "tst_WorkerPool.moc"
