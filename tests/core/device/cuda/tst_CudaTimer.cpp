// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include <cstring>
#include <sstream>

#include "base/Files.h"
#include "device/cuda/CudaDevice.h"

using namespace warploom;
using namespace warploom::test;

namespace {

template <typename T>
ArgumentBytes argument(const T& value)
{
    ArgumentBytes bytes(sizeof value);
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
}

/// A device on the stand-in with one fixture loaded, and what the stand-in has been told to do.
class TimerBench {
public:
    explicit TimerBench(const std::string& fixture = "kernels")
    {
        qputenv("WARPLOOM_FAKE_CUDA_LOG", log().c_str());
        auto made = makeCudaDevice(0, WARPLOOM_FAKE_CUDA_LIBRARY);
        auto cubin = readTextFile(sourceFolder() / "tests/core/device/cuda/fixtures" / (fixture + ".cubin"));
        if (!made || !cubin)
            qFatal("no stand-in or no fixture");
        device = std::move(*made);
        CompileProduct product;
        product.architecture = "sm_90";
        product.cubin = std::move(*cubin);
        module = device->load(product).value();
    }
    [[nodiscard]] std::string log() const { return (folder.path() / "log").string(); }
    /// What was done since the last call, blanks between.
    std::string done()
    {
        std::istringstream lines(readFile(log()));
        std::filesystem::remove(log());
        std::string all;
        for (std::string line; std::getline(lines, line);)
            all += (all.empty() ? "" : " ") + line;
        return all;
    }
    DeviceBuffer buffer() { return device->allocate({Bytes{4096}, "x", true, false, {}}).value(); }
    [[nodiscard]] LaunchStep launch(const std::string& kernel, std::vector<ArgumentBytes> arguments) const
    {
        LaunchStep step;
        step.module = module;
        step.kernel = kernel;
        step.grid = {4, 1, 1};
        step.block = {256, 1, 1};
        step.arguments = std::move(arguments);
        return step;
    }
    [[nodiscard]] LaunchStep addOne(const DeviceBuffer& data) const
    {
        return launch("addOne", {argument(data.address), argument(1024)});
    }
    int first(const DeviceBuffer& data)
    {
        int value = 0;
        if (!device->download(data.address, std::as_writable_bytes(std::span(&value, 1))))
            return -1;
        return value;
    }

    TemporaryFolder folder;
    std::unique_ptr<CudaDevice> device;
    LoadedModule module;
};

}  // namespace

/// What the timer says about its own figures, on the stand-in for the driver.
class tst_CudaTimer : public QObject {
    Q_OBJECT

private slots:
    void cleanup()
    {
        qunsetenv("WARPLOOM_FAKE_CUDA");
        qunsetenv("WARPLOOM_FAKE_CUDA_LOG");
    }
    void nothingOutlivesALaunch_data();
    void nothingOutlivesALaunch();
    void plansOfABatchAreAllPrepared();
    void plansThatCouldRememberAreNotBatched();
    void whatNoGraphHoldsIsRefused();
    void ungatedTimesAreMarked_data();
    void ungatedTimesAreMarked();
};

void tst_CudaTimer::ungatedTimesAreMarked_data()
{
    QTest::addColumn<QByteArray>("mode");
    QTest::addColumn<bool>("gated");
    QTest::newRow("gate holds") << QByteArray() << true;
    QTest::newRow("gate gives up") << QByteArray("ungated") << false;
}

void tst_CudaTimer::ungatedTimesAreMarked()
{
    QFETCH(QByteArray, mode);
    QFETCH(bool, gated);
    qputenv("WARPLOOM_FAKE_CUDA", mode);
    const auto device = makeCudaDevice(0, WARPLOOM_FAKE_CUDA_LIBRARY);
    QVERIFY_RESULT(device);
    const auto buffer = (*device)->allocate({Bytes{4096}, "x", true, false, {}});
    QVERIFY_RESULT(buffer);
    TimingRequest request;
    request.timed = {ZeroStep{buffer->address, buffer->size, 3}};
    const auto outcome = (*device)->time(request);
    QVERIFY_RESULT(outcome);
    QVERIFY(!outcome->fault);
    QCOMPARE(outcome->gated, gated);
    QVERIFY(outcome->time.count() >= 0);
}

void tst_CudaTimer::nothingOutlivesALaunch_data()
{
    QTest::addColumn<bool>("shared");
    QTest::newRow("without shared memory") << false;
    QTest::newRow("with shared memory") << true;
}

void tst_CudaTimer::nothingOutlivesALaunch()
{
    QFETCH(bool, shared);
    TimerBench bench;
    const DeviceBuffer data = bench.buffer();
    TimingRequest request;
    request.prepare = {ZeroStep{data.address, data.size}};
    LaunchStep step = bench.addOne(data);
    step.dynamicShared = {shared ? 1024u : 0u};
    request.timed = {step};
    QVERIFY_RESULT(bench.device->time(request));  // sets up
    bench.done();
    const auto outcome = bench.device->time(request);
    QVERIFY_RESULT(outcome);
    QVERIFY(!outcome->fault);
    // All of an H100's shared memory is overwritten, twice as often as there are multiprocessors.
    const std::string scrub = shared ? "warploom_scrub:232448 " : "";
    const std::string kernel = shared ? "addOne:1024" : "addOne";
    QCOMPARE(bench.done(), "reset-l2 memset " + scrub + "warploom_gate warploom_evict event " + kernel + " event");
    request.lead = {ZeroStep{data.address, Bytes{64}}};
    request.cold = false;
    QVERIFY_RESULT(bench.device->time(request));
    QCOMPARE(bench.done(), "reset-l2 memset " + scrub + "warploom_gate memset event " + kernel + " event");
}

void tst_CudaTimer::plansOfABatchAreAllPrepared()
{
    TimerBench bench;
    TimingRequest request;
    request.plans = 3;
    std::vector<DeviceBuffer> buffers;
    for (int i = 0; i < request.plans; ++i) {
        buffers.push_back(bench.buffer());
        request.prepare.emplace_back(ZeroStep{buffers.back().address, buffers.back().size});
        request.timed.emplace_back(bench.addOne(buffers.back()));
    }
    QVERIFY_RESULT(bench.device->time(request));
    bench.done();
    const auto outcome = bench.device->time(request);
    QVERIFY_RESULT(outcome);
    QVERIFY(!outcome->fault);
    QCOMPARE(outcome->notBatched, std::string());
    QVERIFY(outcome->time.count() > 0);
    // One eviction before all, and one pair of events around all: each plan meets buffers that nothing has touched
    // since.
    QCOMPARE(bench.done(),
             std::string("reset-l2 memset memset memset warploom_evict event addOne addOne addOne event"));
    for (const DeviceBuffer& buffer : buffers)
        QCOMPARE(bench.first(buffer), 1);
}

void tst_CudaTimer::plansThatCouldRememberAreNotBatched()
{
    TimerBench bench("state");
    const DeviceBuffer data = bench.buffer();
    TimingRequest request;
    request.reset = {bench.module};
    request.timed = {bench.launch("remember", {argument(data.address)})};
    for (int i = 0; i < 3; ++i) {
        const auto single = bench.device->time(request);
        QVERIFY_RESULT(single);
        QVERIFY(!single->fault);
        QCOMPARE(bench.first(data), 7);  // the load image, each time
    }
    request.plans = 2;
    request.timed.push_back(request.timed.front());
    const auto batch = bench.device->time(request);
    QVERIFY_RESULT(batch);
    QVERIFY2(batch->notBatched.find("variables") != std::string::npos, batch->notBatched.c_str());
    QCOMPARE(bench.first(data), 7);
}

void tst_CudaTimer::whatNoGraphHoldsIsRefused()
{
    qputenv("WARPLOOM_FAKE_CUDA", "uncapturable");
    TimerBench bench;
    const DeviceBuffer data = bench.buffer();
    TimingRequest request;
    request.plans = 2;
    request.timed = {bench.addOne(data), bench.addOne(data)};
    const auto batch = bench.device->time(request);
    QVERIFY_RESULT(batch);
    QVERIFY(!batch->fault && !batch->notBatched.empty());
    request.plans = 1;
    const auto single = bench.device->time(request);
    QVERIFY_RESULT(single);
    QVERIFY(!single->fault && single->notBatched.empty());
}

QTEST_APPLESS_MAIN(tst_CudaTimer)
#include "tst_CudaTimer.moc"
