// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include <future>

#include "device/WatchedDevice.h"

using namespace warploom;
using namespace std::chrono_literals;

namespace {

/// Whose calls take as long as they are told to.
class SlowDevice : public Device {
public:
    std::chrono::milliseconds delay{0};

    [[nodiscard]] const DeviceFacts& facts() const override { return m_facts; }
    Result<DeviceBuffer> allocate(const BufferRequest& request) override
    {
        std::this_thread::sleep_for(delay);
        return DeviceBuffer{256, request.size, 1};
    }
    void release(const DeviceBuffer&) override { }
    Result<std::optional<std::string>> brokenCanary(const DeviceBuffer&) override { return std::nullopt; }
    Result<> upload(DeviceAddress, std::span<const std::byte>) override { return {}; }
    Result<> download(DeviceAddress, std::span<std::byte>) override { return {}; }
    Result<LoadedModule> load(const CompileProduct&) override { return LoadedModule{7}; }
    void unload(LoadedModule) override { }
    Result<SymbolPlace> symbol(LoadedModule, const std::string&) override { return SymbolPlace{}; }
    Result<> resetGlobals(LoadedModule) override { return {}; }
    Result<RunOutcome> run(std::span<const DeviceStep>, const RunLimits&) override
    {
        std::this_thread::sleep_for(delay);
        return RunOutcome{};
    }
    Result<TimingOutcome> time(const TimingRequest&) override { return TimingOutcome{}; }
    Result<ModelOutcome> model(std::span<const DeviceStep>, const CompileProduct&, const RunLimits&) override
    {
        return ModelOutcome{};
    }

private:
    DeviceFacts m_facts;
};

}  // namespace

class TestWatchedDevice : public QObject {
    Q_OBJECT

private slots:
    void passesCallsOn();
    void namesTheCallThatHangs();
    void runsHaveTheirOwnDeadline();
};

void TestWatchedDevice::passesCallsOn()
{
    SlowDevice slow;
    std::atomic<int> overdue{0};
    WatchedDevice device(slow, [&](const std::string&) { ++overdue; }, 50ms);
    QCOMPARE(device.allocate({Bytes{12}, "x"})->size.value, std::uint64_t{12});
    QCOMPARE(device.load({})->id, std::uint64_t{7});
    QVERIFY_RESULT(device.run({}, {}));
    // Between two calls nothing is overdue, however long that is.
    std::this_thread::sleep_for(500ms);
    QVERIFY_RESULT(device.resetGlobals({}));
    QCOMPARE(overdue.load(), 0);
}

void TestWatchedDevice::namesTheCallThatHangs()
{
    SlowDevice slow;
    std::promise<std::string> told;
    auto overdue = told.get_future();
    slow.delay = 3s;
    WatchedDevice device(slow, [&](const std::string& call) { told.set_value(call); }, 50ms);
    QElapsedTimer timer;
    timer.start();
    std::optional<qint64> noticed;
    std::jthread listener([&] {
        if (overdue.wait_for(10s) == std::future_status::ready)
            noticed = timer.elapsed();
    });
    QVERIFY_RESULT(device.allocate({Bytes{12}, "x"}));
    listener.join();
    QVERIFY2(noticed && *noticed < 3000, "noticed only after the call had returned");
    QCOMPARE(overdue.get(), std::string("allocate"));
}

void TestWatchedDevice::runsHaveTheirOwnDeadline()
{
    SlowDevice slow;
    std::atomic<int> overdue{0};
    WatchedDevice device(slow, [&](const std::string&) { ++overdue; }, 50ms);
    RunLimits limits;
    limits.deadline = 10s;
    slow.delay = 700ms;
    QVERIFY_RESULT(device.run({}, limits));
    QCOMPARE(overdue.load(), 0);
    limits.deadline = 100ms;
    slow.delay = WatchedDevice::kRunGrace + 800ms;
    QVERIFY_RESULT(device.run({}, limits));
    QCOMPARE(overdue.load(), 1);
}

QTEST_APPLESS_MAIN(TestWatchedDevice)
#include "tst_WatchedDevice.moc"
