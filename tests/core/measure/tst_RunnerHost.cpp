// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include <csignal>
#include <cstring>
#include <fstream>
#include <functional>
#include <thread>

#include "base/Files.h"
#include "measure/RunnerHost.h"
#include "workers/WorkerLocations.h"

using namespace warploom;
using namespace warploom::test;
using std::chrono::milliseconds;

namespace {

template <typename T>
ArgumentBytes argument(const T& value)
{
    ArgumentBytes bytes(sizeof value);
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
}

bool hasEnded(int pid)
{
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    const auto end = text.rfind(')');
    return end == std::string::npos || end + 2 >= text.size() || text[end + 2] == 'Z';
}

/// A judge's device and its runners, each a worker process on the stand-in for the driver.
class RunnerBench {
public:
    RunnerBench()
    {
        auto made = makeCudaDevice(0, WARPLOOM_FAKE_CUDA_LIBRARY);
        auto cubin = readTextFile(sourceFolder() / "tests/core/device/cuda/fixtures/kernels.cubin");
        if (!made || !cubin)
            qFatal("no stand-in or no fixture");
        device = std::move(*made);
        product.architecture = "sm_90";
        product.cubin = std::move(*cubin);
        // Workers open the driver by its own name.
        std::filesystem::create_symlink(WARPLOOM_FAKE_CUDA_LIBRARY, folder.path() / "libcuda.so.1");
        settings.command.kind = "runner";
        settings.command.environment = {{"LD_LIBRARY_PATH", folder.path().string()}};
        settings.firstPause = milliseconds(20);
        settings.grace = milliseconds(300);
        settings.dying = milliseconds(5000);
    }

    /// Runners of a script: \p before runs first, and knows how often it has been started ($count, from 1).
    Result<> start(const std::string& before = {})
    {
        const std::string worker = locateProgram("warploom-worker").value().string();
        const std::string starts = (folder.path() / "starts").string();
        settings.command.program = "/bin/sh";
        settings.command.arguments = {
            "-c",
            fmt::format("echo >> {0}; count=$(wc -l < {0}); {1}\nexec {2} runner cuda:0", starts, before, worker)};
        WARPLOOM_TRY(host, RunnerHost::start(*device, settings));
        return {};
    }
    [[nodiscard]] int starts() const
    {
        const std::string lines = readFile(folder.path() / "starts");
        return static_cast<int>(std::count(lines.begin(), lines.end(), '\n'));
    }
    bool waitForStarts(int wanted) const
    {
        return QTest::qWaitFor([&] { return starts() >= wanted; }, 10'000);
    }

    Result<DeviceBuffer> buffer(int value)
    {
        const BufferRequest request{Bytes{1024 * sizeof(int)}, "x", true, true, {}};
        WARPLOOM_TRY(const DeviceBuffer made, device->allocate(request));
        const std::vector<int> values(1024, value);
        WARPLOOM_CHECK(device->upload(made.address, std::as_bytes(std::span(values))));
        return made;
    }

    /// One kernel over a buffer of the judge, from loading to its end, as a candidate would run. \p meanwhile is called
    /// 100 ms after the kernel began.
    Result<RunOutcome> run(const std::string& kernel, const DeviceBuffer& buffer,
                           milliseconds deadline = milliseconds(5000), const std::function<void()>& meanwhile = {},
                           std::stop_token stop = {})
    {
        WARPLOOM_TRY(const DeviceAddress address, host->attach(buffer, {buffer.size, "x", true, true, {}}));
        WARPLOOM_TRY(const LoadedModule module, host->load(product));
        LaunchStep launch;
        launch.module = module;
        launch.kernel = kernel;
        launch.grid = {4, 1, 1};
        launch.block = {256, 1, 1};
        if (kernel == "addOne")
            launch.arguments = {argument(address), argument(1024)};
        if (kernel == "spin")
            launch.arguments = {argument(address)};
        RunLimits limits;
        limits.deadline = deadline;
        limits.stop = std::move(stop);
        std::jthread other;
        if (meanwhile)
            other = std::jthread([&meanwhile] {
                std::this_thread::sleep_for(milliseconds(100));
                meanwhile();
            });
        return host->run({launch}, limits);
    }

    /// What the next candidate meets.
    Result<> addOneWorks()
    {
        WARPLOOM_TRY(const DeviceBuffer data, buffer(41));
        WARPLOOM_TRY(const RunOutcome outcome, run("addOne", data));
        if (outcome.fault)
            return fail(ErrorCode::Internal, outcome.fault->message);
        std::vector<int> values(1024);
        WARPLOOM_CHECK(device->download(data.address, std::as_writable_bytes(std::span(values))));
        device->release(data);
        if (values != std::vector<int>(1024, 42))
            return fail(ErrorCode::Internal, "the runner did not write to the judge's memory");
        return {};
    }

    TemporaryFolder folder;
    std::unique_ptr<CudaDevice> device;
    CompileProduct product;
    RunnerSettings settings;
    std::unique_ptr<RunnerHost> host;
};

}  // namespace

/// Runners that crash, hang, vanish and do not start: the next candidate never notices.
class tst_RunnerHost : public QObject {
    Q_OBJECT

private slots:
    void runsOnTheJudgesMemory()
    {
        RunnerBench bench;
        QVERIFY_RESULT(bench.start());
        QVERIFY_RESULT(bench.addOneWorks());
        QVERIFY_RESULT(bench.addOneWorks());
        QCOMPARE(bench.host->generation(), std::uint64_t{1});
        QVERIFY(bench.waitForStarts(2));  // the spare
    }

    void spareTakesOverAfterACrash()
    {
        RunnerBench bench;
        QVERIFY_RESULT(bench.start());
        const int first = bench.host->runnerPid();
        const auto data = bench.buffer(0);
        QVERIFY_RESULT(data);
        const auto outcome = bench.run("crash", *data);
        QVERIFY_RESULT(outcome);
        QCOMPARE(outcome->fault.value().verdict, Verdict::Crashed);
        QCOMPARE(bench.host->generation(), std::uint64_t{2});
        QVERIFY(bench.host->runnerPid() != first);
        QVERIFY(hasEnded(first));
        QVERIFY_RESULT(bench.addOneWorks());
        QVERIFY(bench.waitForStarts(3));
    }

    void endlessKernelIsEndedByTheRunner()
    {
        RunnerBench bench;
        QVERIFY_RESULT(bench.start());
        const auto data = bench.buffer(0);
        const auto outcome = bench.run("spin", *data, milliseconds(100));
        QVERIFY_RESULT(outcome);
        QCOMPARE(outcome->fault.value().verdict, Verdict::Timeout);
        QVERIFY_RESULT(bench.addOneWorks());
    }

    void hungRunnerIsKilledWithItsGroup()
    {
        RunnerBench bench;
        const std::string pidFile = (bench.folder.path() / "child").string();
        QVERIFY_RESULT(bench.start(fmt::format("[ $count = 1 ] && {{ sleep 60 & echo $! > {}; }}", pidFile)));
        const int first = bench.host->runnerPid();
        const int child = std::stoi(readFile(pidFile));
        const auto data = bench.buffer(0);
        // The runner cannot watch its own deadline any more.
        const auto outcome = bench.run("spin", *data, milliseconds(400), [first] { ::kill(first, SIGSTOP); });
        QVERIFY_RESULT(outcome);
        QCOMPARE(outcome->fault.value().verdict, Verdict::Timeout);
        QVERIFY(outcome->fault->message.find("was killed") != std::string::npos);
        QCOMPARE(bench.host->generation(), std::uint64_t{2});
        QVERIFY(hasEnded(first));
        QVERIFY(QTest::qWaitFor([child] { return hasEnded(child); }, 2000));
        QVERIFY_RESULT(bench.addOneWorks());
        QCOMPARE(bench.host->generation(), std::uint64_t{2});
    }

    /// Whoever killed it: the judge asks a second runner before it blames the candidate.
    void runnerThatDiesWhileItRunsIsALoss()
    {
        RunnerBench bench;
        QVERIFY_RESULT(bench.start());
        const int first = bench.host->runnerPid();
        const auto data = bench.buffer(0);
        const auto outcome = bench.run("spin", *data, milliseconds(5000), [first] { ::kill(first, SIGKILL); });
        QVERIFY(!outcome);
        QCOMPARE(outcome.error().code, ErrorCode::ProcessFailed);
        QVERIFY2(outcome.error().message.find("signal 9") != std::string::npos, outcome.error().message.c_str());
        QCOMPARE(bench.host->generation(), std::uint64_t{2});
        QVERIFY_RESULT(bench.addOneWorks());
    }

    void runnerThatDiesIdleIsNobodysFault()
    {
        RunnerBench bench;
        QVERIFY_RESULT(bench.start());
        const int first = bench.host->runnerPid();
        ::kill(first, SIGKILL);
        QVERIFY(QTest::qWaitFor([first] { return hasEnded(first); }, 2000));
        const auto lost = bench.addOneWorks();
        QVERIFY(!lost);
        QCOMPARE(lost.error().code, ErrorCode::ProcessFailed);
        QCOMPARE(bench.host->generation(), std::uint64_t{2});
        QVERIFY_RESULT(bench.addOneWorks());
    }

    void cancelledRunIsAnErrorAndLeavesACleanRunner()
    {
        RunnerBench bench;
        QVERIFY_RESULT(bench.start());
        const auto data = bench.buffer(0);
        std::stop_source source;
        const auto outcome =
            bench.run("spin", *data, milliseconds(5000), [&source] { source.request_stop(); }, source.get_token());
        QVERIFY(!outcome && outcome.error().isCancelled());
        QVERIFY_RESULT(bench.addOneWorks());
    }

    void spareThatFailsToStartIsTriedAgain()
    {
        RunnerBench bench;
        // The second and third start fail: those of the spare.
        QVERIFY_RESULT(bench.start("[ $count = 2 -o $count = 3 ] && exit 1"));
        QVERIFY(bench.waitForStarts(4));
        const auto data = bench.buffer(0);
        QVERIFY_RESULT(bench.run("crash", *data));
        QVERIFY_RESULT(bench.addOneWorks());
        QVERIFY(bench.waitForStarts(5));
    }

    void spareThatDiesStandingByIsPassedOver()
    {
        RunnerBench bench;
        const std::string pidFile = (bench.folder.path() / "spare").string();
        QVERIFY_RESULT(bench.start(fmt::format("[ $count = 2 ] && echo $$ > {}", pidFile)));
        QVERIFY(bench.waitForStarts(2));
        const auto data = bench.buffer(0);
        // Long enough for the spare to introduce itself.
        QVERIFY_RESULT(bench.run("addOne", *data));
        QTest::qWait(700);
        ::kill(std::stoi(readFile(pidFile)), SIGKILL);
        QTest::qWait(100);
        QVERIFY_RESULT(bench.run("crash", *data));
        QVERIFY_RESULT(bench.addOneWorks());
    }

    void withoutRunnersTheDeviceHasFailed()
    {
        RunnerBench bench;
        const std::filesystem::path broken = bench.folder.path() / "broken";
        QVERIFY_RESULT(bench.start(fmt::format("[ -e {} ] && exit 1", broken.string())));
        QVERIFY(bench.waitForStarts(2));
        QTest::qWait(500);
        bench.folder.write("broken", "");
        const auto data = bench.buffer(0);
        // The first crash takes the spare, the second finds none, and its verdict stands all the same.
        for (int i = 0; i < 2; ++i) {
            const auto outcome = bench.run("crash", *data);
            QVERIFY_RESULT(outcome);
            QCOMPARE(outcome->fault.value().verdict, Verdict::Crashed);
        }
        const auto none = bench.addOneWorks();
        QVERIFY(!none);
        QCOMPARE(none.error().code, ErrorCode::DeviceFailed);
        std::filesystem::remove(broken);
        QVERIFY(!bench.addOneWorks());  // gone since the last call: nobody's fault
        QVERIFY_RESULT(bench.addOneWorks());
    }
};

QTEST_GUILESS_MAIN(tst_RunnerHost)
#include "tst_RunnerHost.moc"
