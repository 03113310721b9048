// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstring>
#include <set>

#include <QtTest>

#include "TestSupport.h"
#include "compile/CachedCompiler.h"
#include "device/WatchedDevice.h"
#include "device/emulator/EmulatorDevice.h"
#include "measure/PeakBench.h"

namespace warploom {

std::string_view peakKernelSource();
std::string_view peakTensorKernelSource();
std::string_view peakWgmmaKernelSource();

}  // namespace warploom

using namespace warploom;
using Source = PeakMethod::Source;

namespace {

constexpr std::uint64_t kSmallMemory = 2 << 20;
constexpr double kNanosecondsOfRound = 3;

PeakMethod methodOf(const std::string& kernel, const std::string& architecture = "sm_90")
{
    for (const PeakMethod& method : peakMethods(architecture))
        if (method.kernel == kernel)
            return method;
    qFatal("no such kernel");
}

/// The number of rounds that a launch was given; peak_copy alone has no sink behind it.
std::uint32_t roundsOf(const LaunchStep& launch)
{
    const std::size_t back = launch.kernel == "peak_copy" ? 1 : 2;
    std::uint32_t rounds = 0;
    std::memcpy(&rounds, launch.arguments.at(launch.arguments.size() - back).data(), sizeof rounds);
    return rounds;
}

/// The emulator with a clock: a round of a block takes as long as this says, one launch in three twice as long.
class TickingDevice : public WatchedDevice {
public:
    explicit TickingDevice(Device& device)
        : WatchedDevice(
              device, [](const std::string&) { }, std::chrono::hours(1))
        , m_facts(device.facts())
    {
        m_facts.modelled = false;
        m_facts.uuid = "GPU-1";
        m_facts.driver = "580.1";
    }
    [[nodiscard]] const DeviceFacts& facts() const override { return m_facts; }
    Result<DeviceBuffer> allocate(const BufferRequest& request) override
    {
        sizes.push_back(request.size.value);
        if (request.size.value > mostMemory)
            return fail(ErrorCode::OutOfMemory, "too much");
        return WatchedDevice::allocate(request);
    }
    Result<LoadedModule> load(const CompileProduct& product) override
    {
        // The emulator has no tensor cores.
        return product.ptx.find("mma") == std::string::npos ? WatchedDevice::load(product)
                                                            : Result<LoadedModule>(LoadedModule{1u << 20});
    }
    void unload(LoadedModule module) override
    {
        if (module.id != 1u << 20)
            WatchedDevice::unload(module);
    }
    Result<TimingOutcome> time(const TimingRequest& request) override
    {
        TimingOutcome outcome;
        if (faultIn == std::get<LaunchStep>(request.timed.front()).kernel)
            outcome.fault = Fault{.verdict = Verdict::LaunchError, .message = "it fell over"};
        double nanoseconds = 0;
        for (const DeviceStep& step : request.timed) {
            const auto& launch = std::get<LaunchStep>(step);
            nanoseconds += kNanosecondsOfRound * launch.grid.x * roundsOf(launch);
        }
        longest = std::max(longest, Microseconds(nanoseconds / 1e3));
        outcome.time = Microseconds(nanoseconds / 1e3 * (++m_calls % 3 == 0 ? 2 : 1));
        return outcome;
    }

    std::string faultIn;  ///< kernel
    std::uint64_t mostMemory = kSmallMemory;
    std::vector<std::uint64_t> sizes;  ///< of everything that was asked for
    Microseconds longest{};

private:
    DeviceFacts m_facts;
    int m_calls = 0;
};

}  // namespace

class TestPeakBench : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void workIsWhatTheEmulatorCounts_data();
    void workIsWhatTheEmulatorCounts();
    void tensorWorkIsWhatThePtxHolds_data();
    void tensorWorkIsWhatThePtxHolds();
    void kernelsFitTheirGeometry_data();
    void kernelsFitTheirGeometry();
    void figuresAreWorkOverTheBestMedian();
    void everyMethodOfTheCardIsMeasured();
    void takesTheMemoryThereIs();
    void tooLittleMemoryIsSaid();
    void faultsEndIt();
    void emulatorIsNotMeasured();
    void cancelled();

private:
    CompileProduct compiled(std::string_view source, const std::string& architecture);

    std::optional<CachedCompiler> m_compiler;
    std::unique_ptr<Device> m_emulator;
};

void TestPeakBench::initTestCase()
{
    auto compiler = CachedCompiler::open();
    auto device = makeEmulatorDevice({"h100", 2});
    QVERIFY(compiler && device);
    m_compiler.emplace(std::move(*compiler));
    m_emulator = std::move(*device);
}

CompileProduct TestPeakBench::compiled(std::string_view source, const std::string& architecture)
{
    CompileRequest request;
    request.source = std::string(source);
    request.architecture = architecture;
    auto outcome = m_compiler->compile(request);
    if (!outcome || std::holds_alternative<CompileFailure>(*outcome))
        qFatal("%s", outcome ? std::get<CompileFailure>(*outcome).log.c_str() : outcome.error().toString().c_str());
    return std::get<CompileProduct>(*outcome);
}

void TestPeakBench::workIsWhatTheEmulatorCounts_data()
{
    QTest::addColumn<QString>("kernel");
    QTest::addColumn<int>("rounds");
    for (const char* kernel : {"peak_read", "peak_copy", "peak_l2", "peak_shared", "peak_fp32", "peak_fp64"})
        for (const int rounds : {1, 3, 8})
            QTest::addRow("%s, %d rounds", kernel, rounds) << kernel << rounds;
}

void TestPeakBench::workIsWhatTheEmulatorCounts()
{
    QFETCH(const QString, kernel);
    QFETCH(const int, rounds);
    const PeakMethod method = methodOf(kernel.toStdString());
    PeakBench::Settings settings;
    settings.mostMemory = {kSmallMemory};
    PeakBench bench(*m_emulator, *m_compiler, settings);
    constexpr std::uint32_t kBlocks = 3;
    const auto countsOf = [&](int of) {
        const std::vector<DeviceStep> steps{bench.launch(method, kBlocks, static_cast<std::uint32_t>(of)).value()};
        RunLimits limits;
        limits.checks = false;
        const RunOutcome outcome = m_emulator->run(steps, limits).value();
        if (outcome.fault)
            qFatal("%s", outcome.fault->message.c_str());
        return outcome.counters.at(0);
    };
    const LaunchCounters counts = countsOf(rounds);
    const LaunchCounters none = countsOf(0);
    const auto declared = static_cast<std::uint64_t>(method.workPerRound * kBlocks * rounds);
    switch (method.roof) {
    case PeakRoof::Fp32:
        QCOMPARE(counts.flops32, declared);
        QCOMPARE(counts.flops64, std::uint64_t{0});
        break;
    case PeakRoof::Fp64:
        QCOMPARE(counts.flops64, declared);
        QCOMPARE(counts.flops32, std::uint64_t{0});
        break;
    case PeakRoof::L1:
        // Without rounds it only fills the tile.
        QCOMPARE(128 * (counts.sharedWavefronts - none.sharedWavefronts), declared);
        QCOMPARE(counts.sharedBankConflicts, std::uint64_t{0});
        break;
    default:
        QCOMPARE(counts.globalLoadBytes + counts.globalStoreBytes, declared);
        QCOMPARE(32 * (counts.globalLoadSectors + counts.globalStoreSectors), declared);
        QCOMPARE(counts.sharedWavefronts, std::uint64_t{0});
    }
}

void TestPeakBench::tensorWorkIsWhatThePtxHolds_data()
{
    QTest::addColumn<QString>("kernel");
    QTest::addColumn<QString>("architecture");
    QTest::addColumn<QString>("instruction");
    QTest::addColumn<double>("operations");  // of one instruction
    QTest::addColumn<int>("threads");  // that carry it out together
    QTest::newRow("f16") << "peak_mma_f16" << "sm_80" << "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32"
                         << 2.0 * 16 * 8 * 16 << 32;
    QTest::newRow("tf32") << "peak_mma_tf32" << "sm_100" << "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32"
                          << 2.0 * 16 * 8 * 8 << 32;
    QTest::newRow("f64") << "peak_mma_f64" << "sm_80" << "mma.sync.aligned.m8n8k4.row.col.f64" << 2.0 * 8 * 8 * 4 << 32;
    QTest::newRow("f64, Hopper") << "peak_mma_f64" << "sm_90" << "mma.sync.aligned.m16n8k16.row.col.f64"
                                 << 2.0 * 16 * 8 * 16 << 32;
    QTest::newRow("f16, wgmma") << "peak_wgmma_f16" << "sm_90" << "wgmma.mma_async.sync.aligned.m64n256k16.f32.f16.f16"
                                << 2.0 * 64 * 256 * 16 << 128;
    QTest::newRow("tf32, wgmma") << "peak_wgmma_tf32" << "sm_90"
                                 << "wgmma.mma_async.sync.aligned.m64n256k8.f32.tf32.tf32" << 2.0 * 64 * 256 * 8 << 128;
}

void TestPeakBench::tensorWorkIsWhatThePtxHolds()
{
    QFETCH(const QString, kernel);
    QFETCH(const QString, architecture);
    QFETCH(const QString, instruction);
    QFETCH(const double, operations);
    QFETCH(const int, threads);
    const PeakMethod method = methodOf(kernel.toStdString(), architecture.toStdString());
    const bool isWgmma = method.source == Source::Wgmma;
    const CompileProduct product = compiled(isWgmma ? peakWgmmaKernelSource() : peakTensorKernelSource(),
                                            isWgmma ? "sm_90a" : architecture.toStdString());
    const auto steps = QString::fromStdString(product.ptx).count(instruction);
    QVERIFY(steps > 0);
    QCOMPARE(method.workPerRound, operations * static_cast<double>(steps) * kPeakThreads / threads);
}

void TestPeakBench::kernelsFitTheirGeometry_data()
{
    QTest::addColumn<QString>("architecture");
    for (const char* architecture : {"sm_75", "sm_80", "sm_86", "sm_90", "sm_100", "sm_120"})
        QTest::newRow(architecture) << architecture;
}

void TestPeakBench::kernelsFitTheirGeometry()
{
    QFETCH(const QString, architecture);
    const std::string target = architecture.toStdString();
    const auto methods = peakMethods(target);
    QVERIFY(methods.size() >= 6);
    for (const PeakMethod& method : methods) {
        const CompileProduct product = compiled(method.source == Source::Plain        ? peakKernelSource()
                                                    : method.source == Source::Tensor ? peakTensorKernelSource()
                                                                                      : peakWgmmaKernelSource(),
                                                method.source == Source::Wgmma ? "sm_90a" : target);
        const KernelResources* kernel = product.findKernel(method.kernel);
        QVERIFY2(kernel != nullptr, method.kernel);
        QCOMPARE(kernel->spillLoadBytes + kernel->spillStoreBytes, 0u);
        // All blocks of a multiprocessor are there at once.
        const std::uint32_t blocks = std::max(1u, method.blocksPerMultiprocessor);
        QVERIFY2(blocks * kPeakThreads * kernel->registers <= 65536, method.kernel);
    }
}

void TestPeakBench::figuresAreWorkOverTheBestMedian()
{
    TickingDevice device(*m_emulator);
    PeakBench::Settings settings;
    settings.mostMemory = {kSmallMemory};
    settings.launches = 5;
    settings.groups = 2;
    PeakBench bench(device, *m_compiler, settings);
    for (const char* kernel : {"peak_fp32", "peak_copy", "peak_l2"}) {
        device.longest = {};
        const PeakMethod method = methodOf(kernel);
        const auto figure = bench.measure(method);
        QVERIFY2(figure && figure->missing.empty(), kernel);
        // One launch in three is late: the median does not mind.
        const double expected = method.workPerRound / (kNanosecondsOfRound * 1e-9);
        QVERIFY2(std::abs(figure->perSecond / expected - 1) < 1e-9, kernel);
        QCOMPARE(figure->launches, 10);
        QVERIFY2(device.longest >= settings.least || method.blocksPerMultiprocessor == 0, kernel);
    }
}

void TestPeakBench::everyMethodOfTheCardIsMeasured()
{
    TickingDevice device(*m_emulator);
    PeakBench::Settings settings;
    settings.mostMemory = {kSmallMemory};
    PeakBench bench(device, *m_compiler, settings);
    std::vector<std::string> told;
    const auto peaks = bench.measureAll([&](const PeakMethod& method) {
        told.emplace_back(method.kernel);
        return true;
    });
    QVERIFY2(peaks, peaks ? "" : peaks.error().toString().c_str());
    QVERIFY(peaks->areOf(device.facts()));
    QCOMPARE(peaks->figures.size(), peakMethods("sm_90").size());
    QCOMPARE(told.size(), peaks->figures.size());
    std::set<PeakRoof> roofs;
    for (const PeakFigure& figure : peaks->figures) {
        QVERIFY2(figure.missing.empty() && figure.perSecond > 0, figure.missing.c_str());
        roofs.insert(figure.roof);
    }
    QCOMPARE(roofs.size(), kPeakRoofCount);
}

void TestPeakBench::takesTheMemoryThereIs()
{
    TickingDevice device(*m_emulator);
    device.mostMemory = 512 << 20;
    PeakBench bench(device, *m_compiler, {});
    QVERIFY(bench.launch(methodOf("peak_read"), 1, 1));
    QCOMPARE(device.sizes.front(), std::uint64_t{8} << 30);
    // And the sink after it.
    QCOMPARE(device.sizes.at(device.sizes.size() - 2), std::uint64_t{512} << 20);
}

void TestPeakBench::tooLittleMemoryIsSaid()
{
    TickingDevice device(*m_emulator);
    device.mostMemory = 1 << 20;
    PeakBench bench(device, *m_compiler, {});
    const auto figure = bench.measure(methodOf("peak_read"));
    QVERIFY(figure);
    QCOMPARE(figure->perSecond, 0.0);
    // Eight times the H100's L2.
    QVERIFY2(figure->missing.find("400 MiB of free memory are needed") != std::string::npos, figure->missing.c_str());
}

void TestPeakBench::faultsEndIt()
{
    TickingDevice device(*m_emulator);
    device.faultIn = "peak_l2";
    PeakBench::Settings settings;
    settings.mostMemory = {kSmallMemory};
    PeakBench bench(device, *m_compiler, settings);
    const auto peaks = bench.measureAll({});
    QVERIFY(!peaks);
    QCOMPARE(peaks.error().code, ErrorCode::DeviceFailed);
    QVERIFY(peaks.error().message.find("it fell over") != std::string::npos);
}

void TestPeakBench::emulatorIsNotMeasured()
{
    PeakBench bench(*m_emulator, *m_compiler, {});
    const auto peaks = bench.measureAll({});
    QVERIFY(!peaks);
    QCOMPARE(peaks.error().code, ErrorCode::Unsupported);
}

void TestPeakBench::cancelled()
{
    TickingDevice device(*m_emulator);
    PeakBench bench(device, *m_compiler, {});
    const auto peaks = bench.measureAll([](const PeakMethod&) { return false; });
    QVERIFY(!peaks);
    QVERIFY(peaks.error().isCancelled());
    QVERIFY(device.sizes.empty());
}

QTEST_APPLESS_MAIN(TestPeakBench)
#include "tst_PeakBench.moc"
