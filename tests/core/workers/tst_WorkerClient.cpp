// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <atomic>
#include <csignal>
#include <future>
#include <thread>

#include "WorkerTesting.h"

using namespace std::chrono_literals;

namespace warploom {

namespace {

using test::fakeWorker;

CallOptions within(std::chrono::milliseconds deadline)
{
    CallOptions options = WorkerClient::defaultOptions();
    options.deadline = deadline;
    return options;
}

/// "grandchild 123" in the worker's log.
int grandchildOf(const ChildProcess& child)
{
    const std::string log = child.standardErrorTail();
    const std::string word = "grandchild ";
    const auto position = log.rfind(word);
    return position == std::string::npos ? 0 : std::stoi(log.substr(position + word.size()));
}

}  // namespace

class tst_WorkerClient : public QObject {
    Q_OBJECT

private slots:
    void cleanup();
    void answers();
    void reportsProgress();
    void missingProgram();
    void programThatIsNoWorker();
    void badStarts_data();
    void badStarts();
    void startIsCancelled();
    void badCalls_data();
    void badCalls();
    void memoryStaysBounded_data();
    void memoryStaysBounded();
    void hungWorkerIsKilledAtTheDeadline();
    void deathFailsEveryOpenCall();
    void cancelledCallKeepsAWillingWorker();
    void cancelledCallKillsAStubbornWorker();
    void grandchildrenDieWithTheWorker_data();
    void grandchildrenDieWithTheWorker();
    void escapedGrandchildDoesNotDelayTheVerdict();
    void slowExitDoesNotBlock();
    void stopFailsOpenCalls();
    void whatLibrariesPrintDoesNoHarm();
    void workerLeavesWhenItsHostDoes();
};

void tst_WorkerClient::cleanup() { QTRY_VERIFY_WITH_TIMEOUT(test::hasNoChildren(), 5000); }

void tst_WorkerClient::answers()
{
    const auto worker = WorkerClient::start(fakeWorker(), 10s);
    QVERIFY_RESULT(worker);
    QCOMPARE((*worker)->identity().kind, std::string("fake"));
    QVERIFY((*worker)->isAlive());
    const auto answer = (*worker)->call("echo", {{"text", "warp"}});
    QVERIFY_RESULT(answer);
    QCOMPARE((*answer)["echo"]["text"], nlohmann::json("warp"));
    QCOMPARE((*answer)["pid"], nlohmann::json((*worker)->pid()));
    const auto failed = (*worker)->call("fail", nullptr);
    QCOMPARE(failed.error(), (Error{ErrorCode::CompileFailed, "no good", {"k.cu", 3, 7}, "a ;", "a }"}));
    QVERIFY((*worker)->isAlive());
    QCOMPARE((*worker)->counters().calls, 2u);
    QCOMPARE((*worker)->counters().failures, 1u);
}

void tst_WorkerClient::reportsProgress()
{
    const auto worker = WorkerClient::start(fakeWorker(), 10s);
    QVERIFY_RESULT(worker);
    int last = 0;
    CallOptions options = within(10s);
    options.onProgress = [&last](const nlohmann::json& value) { last = value.at("step").get<int>(); };
    QVERIFY_RESULT((*worker)->call("count", {{"steps", 100}}, options));
    QCOMPARE(last, 100);
}

void tst_WorkerClient::missingProgram()
{
    WorkerCommand command = fakeWorker();
    command.program = "/nowhere/warploom-worker";
    const auto worker = WorkerClient::start(command, 10s);
    QVERIFY(!worker);
    QCOMPARE(worker.error().code, ErrorCode::NotFound);
    const auto location = locateProgram("warploom-no-such-worker");
    QVERIFY(!location);
    QCOMPARE(location.error().code, ErrorCode::NotFound);
    QCOMPARE(location.error().place.file + "/", test::binaryFolder().string() + "/");
}

void tst_WorkerClient::programThatIsNoWorker()
{
    WorkerCommand command;
    command.kind = "fake";
    command.program = "cat";  // answers with what it was asked
    const auto echo = WorkerClient::start(command, 5s);
    QVERIFY(!echo);
    QVERIFY2(echo.error().code == ErrorCode::Unsupported, echo.error().toString().c_str());
    command.program = "sh";
    command.arguments = {"-c", "echo 'ssh: connect to host nowhere port 22' >&2; exit 255"};
    const auto launcher = WorkerClient::start(command, 5s);
    QVERIFY(!launcher);
    QCOMPARE(launcher.error().code, ErrorCode::ProcessFailed);
    QVERIFY2(launcher.error().message.find("exit code 255; its last words: ssh: connect to host nowhere port 22")
                 != std::string::npos,
             launcher.error().message.c_str());
}

void tst_WorkerClient::badStarts_data()
{
    QTest::addColumn<std::vector<std::string>>("arguments");
    QTest::addColumn<ErrorCode>("code");
    QTest::addColumn<std::string>("words");
    using Arguments = std::vector<std::string>;
    QTest::newRow("never introduces itself")
        << Arguments{"--start", "hang"} << ErrorCode::Timeout << std::string("did not introduce itself within 700 ms");
    QTest::newRow("another protocol") << Arguments{"--protocol", "99"} << ErrorCode::VersionMismatch
                                      << std::string("protocol 99");
    QTest::newRow("another kind") << Arguments{"--kind", "other"} << ErrorCode::ProtocolViolation
                                  << std::string("found other");
    QTest::newRow("crash") << Arguments{"--start", "crash"} << ErrorCode::ProcessFailed
                           << std::string("signal 11 (Segmentation fault); its last words: about to crash");
    QTest::newRow("exit") << Arguments{"--start", "exit"} << ErrorCode::ProcessFailed << std::string("exit code 7");
    QTest::newRow("garbage") << Arguments{"--start", "garbage"} << ErrorCode::ProtocolViolation
                             << std::string("Segmentation fault (core dumped)");
    QTest::newRow("bad JSON") << Arguments{"--start", "bad-json"} << ErrorCode::ProtocolViolation
                              << std::string("no valid JSON");
    QTest::newRow("flood") << Arguments{"--start", "flood-output"} << ErrorCode::ProtocolViolation
                           << std::string("xxxx");
    QTest::newRow("closed output") << Arguments{"--start", "close-output"} << ErrorCode::ProcessFailed
                                   << std::string("was killed: the connection was closed");
}

void tst_WorkerClient::badStarts()
{
    QFETCH(std::vector<std::string>, arguments);
    QFETCH(ErrorCode, code);
    QFETCH(std::string, words);
    QElapsedTimer timer;
    timer.start();
    const auto deadline = code == ErrorCode::Timeout ? 700ms : 10s;
    const auto worker = WorkerClient::start(fakeWorker(arguments), deadline);
    QVERIFY(!worker);
    QCOMPARE(errorCodeName(worker.error().code), errorCodeName(code));
    QVERIFY2(worker.error().toString().find(words) != std::string::npos, worker.error().toString().c_str());
    QVERIFY(timer.elapsed() < std::chrono::milliseconds(deadline).count() + 1000);
}

void tst_WorkerClient::startIsCancelled()
{
    std::stop_source stop;
    std::promise<ErrorCode> code;
    std::thread starter([&] {
        const auto worker = WorkerClient::start(fakeWorker({"--start", "hang"}), 60s, stop.get_token());
        code.set_value(worker ? ErrorCode::Internal : worker.error().code);
    });
    QTRY_VERIFY(!test::hasNoChildren());
    QElapsedTimer timer;
    timer.start();
    stop.request_stop();
    QCOMPARE(code.get_future().get(), ErrorCode::Cancelled);
    QVERIFY(timer.elapsed() < 1000);
    starter.join();
}

void tst_WorkerClient::badCalls_data()
{
    QTest::addColumn<std::string>("how");
    QTest::addColumn<ErrorCode>("code");
    QTest::addColumn<std::string>("words");
    QTest::newRow("crash") << std::string("crash") << ErrorCode::ProcessFailed
                           << std::string("ended with signal 11 (Segmentation fault); its last words: about to crash");
    QTest::newRow("crash in a frame") << std::string("crash-in-frame") << ErrorCode::ProcessFailed
                                      << std::string("ended with signal 11");
    QTest::newRow("exit") << std::string("exit") << ErrorCode::ProcessFailed << std::string("ended with exit code 7");
    QTest::newRow("garbage") << std::string("garbage") << ErrorCode::ProtocolViolation
                             << std::string("Segmentation fault (core dumped)");
    QTest::newRow("bad JSON") << std::string("bad-json") << ErrorCode::ProtocolViolation
                              << std::string("no valid JSON");
    QTest::newRow("deep JSON") << std::string("deep-json") << ErrorCode::ProtocolViolation
                               << std::string("nested too deep");
    QTest::newRow("huge frame") << std::string("huge-frame") << ErrorCode::ProtocolViolation
                                << std::string("too large");
    QTest::newRow("flood") << std::string("flood-output") << ErrorCode::ProtocolViolation << std::string("xxxx");
    QTest::newRow("die beside a grandchild")
        << std::string("grandchild-and-die") << ErrorCode::ProcessFailed << std::string("ended with exit code 5");
}

void tst_WorkerClient::badCalls()
{
    QFETCH(std::string, how);
    QFETCH(ErrorCode, code);
    QFETCH(std::string, words);
    const auto worker = WorkerClient::start(fakeWorker(), 10s);
    QVERIFY_RESULT(worker);
    QElapsedTimer timer;
    timer.start();
    const auto answer = (*worker)->call("misbehave", {{"how", how}}, within(30s));
    QVERIFY(!answer);
    QVERIFY(timer.elapsed() < 2000);  // at once, not at the deadline
    QCOMPARE(errorCodeName(answer.error().code), errorCodeName(code));
    QVERIFY2(answer.error().toString().find(words) != std::string::npos, answer.error().toString().c_str());
    QVERIFY(!(*worker)->isAlive());
    QCOMPARE((*worker)->call("echo", nullptr).error().code, code);
    QVERIFY((*worker)->process()->waitFor(1s).has_value());
}

void tst_WorkerClient::memoryStaysBounded_data()
{
    QTest::addColumn<std::string>("how");
    QTest::newRow("200 MB of stdout") << std::string("flood-output");
    QTest::newRow("200 MB of frames") << std::string("flood-frames");
    QTest::newRow("200 MB of stderr") << std::string("flood-errors");
}

void tst_WorkerClient::memoryStaysBounded()
{
    QFETCH(std::string, how);
    const auto worker = WorkerClient::start(fakeWorker(), 10s);
    QVERIFY_RESULT(worker);
    const long before = test::memoryOf("VmRSS");
    test::resetPeakMemory();
    // Parsing 200 MB takes 10 s under AddressSanitizer, five times that on a loaded machine.
    const auto answer = (*worker)->call("misbehave", {{"how", how}}, within(150s));
    const long grown = test::memoryOf("VmHWM") - before;
#ifdef __SANITIZE_ADDRESS__
    // AddressSanitizer keeps up to 256 MiB of freed memory in quarantine.
    constexpr long kBoundKiB = (50 + 384) * 1024;
#else
    constexpr long kBoundKiB = 50 * 1024;
#endif
    QVERIFY2(grown < kBoundKiB, std::to_string(grown).c_str());
    if (how != "flood-output")
        QVERIFY_RESULT(answer);
    if (how == "flood-errors") {
        QVERIFY_RESULT((*worker)->call("echo", nullptr));
        QTRY_COMPARE((*worker)->process()->standardErrorTail().size(), std::size_t(16 * 1024));
    }
}

void tst_WorkerClient::hungWorkerIsKilledAtTheDeadline()
{
    const auto worker = WorkerClient::start(fakeWorker(), 10s);
    QVERIFY_RESULT(worker);
    QElapsedTimer timer;
    timer.start();
    const auto answer = (*worker)->call("misbehave", {{"how", "hang"}}, within(300ms));
    QCOMPARE(answer.error().code, ErrorCode::Timeout);
    QVERIFY(timer.elapsed() >= 300);
    QCOMPARE((*worker)->process()->waitFor(1s).value(), (ExitStatus{0, SIGKILL}));
    QVERIFY(timer.elapsed() < 1300);
    QVERIFY(!(*worker)->isAlive());
}

void tst_WorkerClient::deathFailsEveryOpenCall()
{
    const auto worker = WorkerClient::start(fakeWorker(), 10s);
    QVERIFY_RESULT(worker);
    std::vector<std::promise<Result<nlohmann::json>>> outcomes(5);
    for (auto& outcome : outcomes) {
        (*worker)->callAsync("wait", {{"ms", 20'000}}, within(30s),
                             [&outcome](Result<nlohmann::json> result) { outcome.set_value(std::move(result)); });
    }
    (*worker)->kill();
    for (auto& outcome : outcomes) {
        const auto answer = outcome.get_future().get();
        QCOMPARE(answer.error().code, ErrorCode::ProcessFailed);
        QVERIFY(answer.error().message.find("signal 9") != std::string::npos);
    }
    QCOMPARE((*worker)->counters().failures, 5u);
}

void tst_WorkerClient::cancelledCallKeepsAWillingWorker()
{
    const auto worker = WorkerClient::start(fakeWorker(), 10s);
    QVERIFY_RESULT(worker);
    std::stop_source stop;
    CallOptions options = within(30s);
    options.cancelGrace = 10s;
    options.stopToken = stop.get_token();
    options.onProgress = [&stop](const nlohmann::json&) { stop.request_stop(); };  // it has begun
    QElapsedTimer timer;
    timer.start();
    QCOMPARE((*worker)->call("wait", {{"ms", 20'000}}, options).error().code, ErrorCode::Cancelled);
    QVERIFY(timer.elapsed() < 2000);
    QVERIFY_RESULT((*worker)->call("echo", nullptr));
}

void tst_WorkerClient::cancelledCallKillsAStubbornWorker()
{
    const auto worker = WorkerClient::start(fakeWorker(), 10s);
    QVERIFY_RESULT(worker);
    std::stop_source stop;
    CallOptions options = within(30s);
    options.cancelGrace = 100ms;
    options.stopToken = stop.get_token();
    options.onProgress = [&stop](const nlohmann::json&) { stop.request_stop(); };  // it has begun
    QElapsedTimer timer;
    timer.start();
    QCOMPARE((*worker)->call("misbehave", {{"how", "hang"}}, options).error().code, ErrorCode::Cancelled);
    QVERIFY(timer.elapsed() < 1100);
    QVERIFY((*worker)->process()->waitFor(1s).has_value());
}

void tst_WorkerClient::grandchildrenDieWithTheWorker_data()
{
    QTest::addColumn<bool>("orderly");
    QTest::newRow("stopped") << true;
    QTest::newRow("killed") << false;
}

void tst_WorkerClient::grandchildrenDieWithTheWorker()
{
    QFETCH(bool, orderly);
    const auto worker = WorkerClient::start(fakeWorker(), 10s);
    QVERIFY_RESULT(worker);
    QVERIFY_RESULT((*worker)->call("misbehave", {{"how", "grandchild"}}));
    QTRY_VERIFY(grandchildOf(*(*worker)->process()) > 0);
    const int grandchild = grandchildOf(*(*worker)->process());
    QVERIFY(!test::hasEnded(grandchild));
    if (orderly)
        (*worker)->stop(2s);
    else
        (*worker)->kill();
    QTRY_VERIFY(test::hasEnded(grandchild));
}

void tst_WorkerClient::escapedGrandchildDoesNotDelayTheVerdict()
{
    const auto worker = WorkerClient::start(fakeWorker(), 10s);
    QVERIFY_RESULT(worker);
    QElapsedTimer timer;
    timer.start();
    const auto answer = (*worker)->call("misbehave", {{"how", "escaped-grandchild-and-die"}}, within(30s));
    const auto elapsed = timer.elapsed();
    const int grandchild = grandchildOf(*(*worker)->process());
    QVERIFY(grandchild > 0);
    ::kill(grandchild, SIGKILL);  // nobody else can: it has left the group
    QCOMPARE(answer.error().code, ErrorCode::ProcessFailed);
    QVERIFY2(elapsed < 1000, std::to_string(elapsed).c_str());
}

void tst_WorkerClient::slowExitDoesNotBlock()
{
    auto worker = WorkerClient::start(fakeWorker({"--exit-slowly"}), 10s);
    QVERIFY_RESULT(worker);
    const auto process = (*worker)->process();
    QElapsedTimer timer;
    timer.start();
    (*worker)->stop(200ms);
    worker->reset();
    QVERIFY(timer.elapsed() < 150);
    QCOMPARE(process->waitFor(2s).value(), (ExitStatus{0, SIGKILL}));
    QVERIFY(timer.elapsed() >= 200);
}

void tst_WorkerClient::stopFailsOpenCalls()
{
    auto worker = WorkerClient::start(fakeWorker(), 10s);
    QVERIFY_RESULT(worker);
    const auto process = (*worker)->process();
    std::promise<Result<nlohmann::json>> outcome;
    (*worker)->callAsync("wait", {{"ms", 20'000}}, within(30s),
                         [&outcome](Result<nlohmann::json> result) { outcome.set_value(std::move(result)); });
    worker->reset();
    QCOMPARE(outcome.get_future().get().error().code, ErrorCode::Cancelled);
    QVERIFY(process->waitFor(2s).value().isSuccess());  // it saw the end of its stdin and left by itself
}

void tst_WorkerClient::whatLibrariesPrintDoesNoHarm()
{
    const auto worker = WorkerClient::start(fakeWorker(), 10s);
    QVERIFY_RESULT(worker);
    QVERIFY_RESULT((*worker)->call("misbehave", {{"how", "print"}}));
    QTRY_COMPARE((*worker)->process()->lastErrorLine(), std::string("a library prints to stdout"));
    QVERIFY_RESULT((*worker)->call("echo", nullptr));
}

/// As over ssh, where no signal arrives when the host dies: the end of stdin must be enough, even for a method that
/// hangs.
void tst_WorkerClient::workerLeavesWhenItsHostDoes()
{
    ProcessRequest request;
    request.program = fakeWorker().program;
    const auto child = ProcessSpawner::shared().spawn(request);
    QVERIFY_RESULT(child);
    RpcPeer peer({(*child)->takeStandardOutput(), (*child)->takeStandardInput()}, {});
    peer.start();
    PeerIdentity own;
    own.kind = "test";
    QVERIFY_RESULT(shakeHands(peer, own, "fake", 10s));
    std::promise<void> begun;
    CallOptions options;
    options.onProgress = [&begun](const nlohmann::json&) { begun.set_value(); };
    peer.callAsync("misbehave", {{"how", "hang"}}, options, [](const Result<nlohmann::json>&) { });
    begun.get_future().wait();
    QElapsedTimer timer;
    timer.start();
    peer.close({ErrorCode::Cancelled, "gone"});
    QCOMPARE((*child)->waitFor(5s).value().signal, 0);
    QVERIFY(timer.elapsed() < 2000);
}

}  // namespace warploom

QTEST_APPLESS_MAIN(warploom::tst_WorkerClient)
#include "tst_WorkerClient.moc"
