// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <csignal>

#include <fcntl.h>
#include <sys/resource.h>

#include "WorkerTesting.h"
#include "workers/WorkerPool.h"

using namespace std::chrono_literals;

namespace warploom {

namespace {

using test::fakeWorker;

constexpr auto kDeadline = 800ms;

CallOptions within(std::chrono::milliseconds deadline)
{
    CallOptions options = WorkerClient::defaultOptions();
    options.deadline = deadline;
    return options;
}

std::ptrdiff_t openDescriptors()
{
    const std::filesystem::directory_iterator own("/proc/self/fd");
    return std::distance(begin(own), end(own));
}

/// Leaves this process only so many descriptors while it lives.
class FewDescriptors {
public:
    explicit FewDescriptors(std::size_t left)
    {
        ::getrlimit(RLIMIT_NOFILE, &m_before);
        rlimit few = m_before;
        few.rlim_cur = 256;
        ::setrlimit(RLIMIT_NOFILE, &few);
        for (UniqueFd fd(open()); fd.isOpen(); fd = UniqueFd(open()))
            m_held.push_back(std::move(fd));
        m_held.resize(m_held.size() - std::min(left, m_held.size()));
    }
    ~FewDescriptors() { ::setrlimit(RLIMIT_NOFILE, &m_before); }
    FewDescriptors(const FewDescriptors&) = delete;
    FewDescriptors& operator=(const FewDescriptors&) = delete;

private:
    static int open() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

    rlimit m_before{};
    std::vector<UniqueFd> m_held;
};

}  // namespace

/// Whatever a worker does, its call ends in time, and nothing of it is left behind.
class tst_HostileWorkers : public QObject {
    Q_OBJECT

private slots:
    void cleanup() { QTRY_VERIFY_WITH_TIMEOUT(test::hasNoChildren(), 5000); }
    void callsEndInTime_data();
    void callsEndInTime();
    void stoppedWorkerTakesNothing();
    void nothingIsLeftBehind();
    void fewDescriptorsAreAnError();
    void poolSurvivesFewDescriptors();
};

void tst_HostileWorkers::callsEndInTime_data()
{
    QTest::addColumn<bool>("atDeadline");
    QTest::addColumn<ErrorCode>("code");
    const auto row = [](const char* how, bool atDeadline, ErrorCode code) { QTest::newRow(how) << atDeadline << code; };
    row("endless-headers", false, ErrorCode::ProtocolViolation);
    row("empty-frames", false, ErrorCode::ProtocolViolation);
    row("request-back", true, ErrorCode::Timeout);
    row("half-message", true, ErrorCode::Timeout);
    row("wrong-id", true, ErrorCode::Timeout);
    row("stopped", true, ErrorCode::Timeout);
    row("hang", true, ErrorCode::Timeout);
    row("close-input", true, ErrorCode::Timeout);
    row("close-answers", false, ErrorCode::ProcessFailed);
    row("escaped-grandchild-and-die", false, ErrorCode::ProcessFailed);
}

void tst_HostileWorkers::callsEndInTime()
{
    QFETCH(bool, atDeadline);
    QFETCH(ErrorCode, code);
    const std::string how = QTest::currentDataTag();
    const auto worker = WorkerClient::start(fakeWorker(), 10s);
    QVERIFY_RESULT(worker);
    QElapsedTimer timer;
    timer.start();
    const auto answer = (*worker)->call("misbehave", {{"how", how}}, within(atDeadline ? kDeadline : 20s));
    const auto elapsed = std::chrono::milliseconds(timer.elapsed());
    QVERIFY(!answer);
    // The thread that waits for requests keeps the pipe open until it wakes: sometimes it does, and the worker ends.
    const bool endsEarly = how == "close-input" && answer.error().code == ErrorCode::ProcessFailed;
    QVERIFY2(endsEarly || answer.error().code == code, answer.error().toString().c_str());
    QVERIFY2(elapsed < kDeadline + 1s, std::to_string(elapsed.count()).c_str());
    QVERIFY(!atDeadline || endsEarly || elapsed >= kDeadline);
    QVERIFY((*worker)->process()->waitFor(1s).has_value());
    // Nobody else can end what has left the group.
    const std::string log = (*worker)->process()->standardErrorTail();
    if (const auto at = log.rfind("grandchild "); at != std::string::npos)
        ::kill(std::stoi(log.substr(at + 11)), SIGKILL);
}

void tst_HostileWorkers::stoppedWorkerTakesNothing()
{
    const auto worker = WorkerClient::start(fakeWorker(), 10s);
    QVERIFY_RESULT(worker);
    ::kill((*worker)->pid(), SIGSTOP);
    // Far more than a pipe holds.
    const nlohmann::json params = {{"text", std::string(4'000'000, 'x')}};
    QElapsedTimer timer;
    timer.start();
    QCOMPARE((*worker)->call("echo", params, within(kDeadline)).error().code, ErrorCode::Timeout);
    QVERIFY2(timer.elapsed() < 2500, std::to_string(timer.elapsed()).c_str());
    QVERIFY((*worker)->process()->waitFor(1s).has_value());
}

void tst_HostileWorkers::nothingIsLeftBehind()
{
    QVERIFY_RESULT(WorkerClient::start(fakeWorker(), 10s));
    QTRY_VERIFY(test::hasNoChildren());
    const std::ptrdiff_t before = openDescriptors();
    for (const char* start : {"hang", "crash", "exit", "garbage", "close-output", "endless-headers"})
        QVERIFY(!WorkerClient::start(fakeWorker({"--start", start}), 300ms));
    for (const char* how : {"crash", "hang", "garbage", "half-message", "stopped", "close-input", "close-answers",
                            "grandchild-and-die", "flood-output"}) {
        const auto worker = WorkerClient::start(fakeWorker(), 10s);
        QVERIFY_RESULT(worker);
        QVERIFY(!(*worker)->call("misbehave", {{"how", how}}, within(300ms)));
    }
    QTRY_VERIFY(test::hasNoChildren());
    QTRY_COMPARE(openDescriptors(), before);
}

void tst_HostileWorkers::fewDescriptorsAreAnError()
{
    QVERIFY_RESULT(WorkerClient::start(fakeWorker(), 10s));
    QTRY_VERIFY(test::hasNoChildren());
    bool failed = false;
    bool worked = false;
    for (std::size_t left = 0; left < 24; ++left) {
        const FewDescriptors few(left);
        const auto worker = WorkerClient::start(fakeWorker(), 5s);
        if (!worker) {
            failed = true;
            QVERIFY2(worker.error().message.find("Too many open files") != std::string::npos,
                     worker.error().message.c_str());
            continue;
        }
        worked = true;
        QVERIFY_RESULT((*worker)->call("echo", nullptr, within(5s)));
    }
    QVERIFY(failed && worked);
}

void tst_HostileWorkers::poolSurvivesFewDescriptors()
{
    WorkerPoolOptions options;
    options.firstBackOff = 10ms;
    options.longestBackOff = 20ms;
    WorkerPool pool(fakeWorker(), options);
    WorkerJob job;
    job.method = "echo";
    job.retries = 2;
    {
        const FewDescriptors few(2);
        const auto outcome = pool.run(job);
        QCOMPARE(errorCodeName(outcome.error().code), errorCodeName(ErrorCode::IoFailed));
        QVERIFY2(outcome.error().message.find("Too many open files") != std::string::npos,
                 outcome.error().message.c_str());
    }
    QTest::qWait(50);
    QVERIFY_RESULT(pool.run(job));
}

}  // namespace warploom

QTEST_GUILESS_MAIN(warploom::tst_HostileWorkers)
#include "tst_HostileWorkers.moc"
