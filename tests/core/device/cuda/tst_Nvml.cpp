// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include <csignal>

#include <QProcess>
#include <unistd.h>

#include "device/cuda/Nvml.h"

using namespace warploom;

class TestNvml : public QObject {
    Q_OBJECT

private slots:
    void missing();
    void snapshot();
    void unknownCard();
    void processes();
    void foreignProcessesAreNotOurDescendants();
    void reasonNames();
    void disturbance();
};

void TestNvml::missing()
{
    const auto nvml = Nvml::open({"/nowhere/libnvidia-ml.so.1"});
    QVERIFY(!nvml);
    QCOMPARE(nvml.error().code, ErrorCode::LibraryMissing);
    const auto other = Nvml::open({WARPLOOM_FAKE_CUDA_LIBRARY});
    QVERIFY(!other);
}

void TestNvml::snapshot()
{
    const auto nvml = Nvml::open({WARPLOOM_FAKE_NVML_LIBRARY});
    QVERIFY_RESULT(nvml);
    QCOMPARE(nvml->driverVersion().value(), std::string("580.159.04"));
    const auto sampler = NvmlSampler::open(*nvml, "GPU-known");
    QVERIFY_RESULT(sampler);
    const GpuSnapshot now = sampler->snapshot();
    QCOMPARE(now.smClockMhz.value(), 1980u);
    QCOMPARE(now.memoryClockMhz.value(), 2619u);
    QCOMPARE(now.powerWatts.value(), 699.5);
    QCOMPARE(now.throttleReasons.value(), std::uint64_t{4});
    QVERIFY(!now.temperatureCelsius);
    QVERIFY(!now.gpuBusyPercent);
    QVERIFY(!sampler->drivesDisplay());
}

void TestNvml::unknownCard()
{
    const auto nvml = Nvml::open({WARPLOOM_FAKE_NVML_LIBRARY});
    QVERIFY_RESULT(nvml);
    const auto sampler = NvmlSampler::open(*nvml, "GPU-unknown");
    QVERIFY(!sampler);
    QCOMPARE(sampler.error().code, ErrorCode::DeviceMissing);
}

void TestNvml::processes()
{
    const auto nvml = Nvml::open({WARPLOOM_FAKE_NVML_LIBRARY});
    QVERIFY_RESULT(nvml);
    const auto sampler = NvmlSampler::open(*nvml, "GPU-known");
    QVERIFY_RESULT(sampler);
    const auto ids = sampler->computeProcesses();
    QVERIFY_RESULT(ids);
    QCOMPARE(ids->size(), std::size_t{100});
    QCOMPARE(ids->back(), 1099u);
}

void TestNvml::foreignProcessesAreNotOurDescendants()
{
    const auto self = static_cast<std::uint32_t>(::getpid());
    const auto parent = static_cast<std::uint32_t>(::getppid());
    // A child with a child of its own, as a judge has runners.
    QProcess child;
    child.start("/bin/sh", {"-c", "sleep 20 & echo $!; wait"});
    QVERIFY(child.waitForReadyRead());
    const auto grandchild = child.readLine().trimmed().toUInt();
    const auto childId = static_cast<std::uint32_t>(child.processId());
    QVERIFY(grandchild > 0);
    using Ids = std::vector<std::uint32_t>;
    QCOMPARE(foreignProcesses({self, childId, grandchild}, self), Ids());
    QCOMPARE(foreignProcesses({self, childId, parent, grandchild, 1}, self), (Ids{parent, 1}));
    QCOMPARE(foreignProcesses({self, childId, grandchild}, childId), Ids{self});
    // Ids of another namespace: nothing is known.
    QCOMPARE(foreignProcesses({childId, parent}, self), Ids());
    QCOMPARE(foreignProcesses({}, self), Ids());
    QVERIFY(processText(self).starts_with("tst_Nvml ("));
    QCOMPARE(processText(0x7FFFFFFF), std::string("(2147483647)"));
    ::kill(static_cast<pid_t>(grandchild), SIGKILL);
    QVERIFY(child.waitForFinished());
}

void TestNvml::reasonNames()
{
    QVERIFY(throttleReasonNames(0).empty());
    const std::vector<std::string> expected{"power cap", "thermal slowdown (hardware)", "reason 0x1000"};
    QCOMPARE(throttleReasonNames(0x1044), expected);
}

void TestNvml::disturbance()
{
    GpuSnapshot before;
    before.smClockMhz = 1980;
    before.throttleReasons = 0;
    GpuSnapshot after = before;
    QVERIFY(!disturbed(before, after));
    after.smClockMhz = 1965;
    QVERIFY(!disturbed(before, after));
    after.smClockMhz = 1700;
    QVERIFY(disturbed(before, after));
    after = before;
    after.throttleReasons = 0x4;
    QVERIFY(disturbed(before, after));
    after.throttleReasons = 0x1;  // going idle between two rounds slows nothing down
    QVERIFY(!disturbed(before, after));
    QVERIFY(!disturbed({}, after));
}

QTEST_GUILESS_MAIN(TestNvml)
#include "tst_Nvml.moc"
