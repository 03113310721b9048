// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include "device/cuda/ArchitecturePeaks.h"
#include "device/cuda/CudaDevice.h"
#include "device/cuda/CudaProbe.h"

using namespace warploom;

class TestCudaStart : public QObject {
    Q_OBJECT

private slots:
    void cleanup() { qunsetenv("WARPLOOM_FAKE_CUDA"); }
    void missingDriver();
    void oldDriver();
    void libraryThatIsNoDriver();
    void noGpu();
    void noSuchOrdinal();
    void probe();
    void peaks();
};

void TestCudaStart::missingDriver()
{
    const auto device = makeCudaDevice(0, "/nowhere/libcuda.so.1");
    QVERIFY(!device);
    QCOMPARE(device.error().code, ErrorCode::LibraryMissing);
    QVERIFY(device.error().message.ends_with("not found: no NVIDIA driver"));
    QVERIFY(!remedy(device.error().code).empty());
}

void TestCudaStart::oldDriver()
{
    qputenv("WARPLOOM_FAKE_CUDA", "old");
    const auto device = makeCudaDevice(0, WARPLOOM_FAKE_CUDA_LIBRARY);
    QVERIFY(!device);
    QCOMPARE(device.error().code, ErrorCode::VersionMismatch);
    QCOMPARE(device.error().toString(),
             std::string("the NVIDIA driver is too old: expected CUDA 12.0 or newer (driver "
                         "525), found CUDA 11.8"));
}

void TestCudaStart::libraryThatIsNoDriver()
{
    const auto device = makeCudaDevice(0, WARPLOOM_FAKE_NVML_LIBRARY);
    QVERIFY(!device);
    QVERIFY(device.error().message.find("cuDriverGetVersion") != std::string::npos);
}

void TestCudaStart::noGpu()
{
    qputenv("WARPLOOM_FAKE_CUDA", "none");
    const auto device = makeCudaDevice(0, WARPLOOM_FAKE_CUDA_LIBRARY);
    QVERIFY(!device);
    QCOMPARE(device.error().code, ErrorCode::DeviceMissing);
}

void TestCudaStart::noSuchOrdinal()
{
    for (const int ordinal : {-1, 1, 1000}) {
        const auto device = makeCudaDevice(ordinal, WARPLOOM_FAKE_CUDA_LIBRARY);
        QVERIFY(!device);
        QCOMPARE(device.error().code, ErrorCode::DeviceMissing);
    }
}

void TestCudaStart::probe()
{
    const auto found = probeCudaDevices();
    if (!found) {
        QVERIFY(found.error().code == ErrorCode::LibraryMissing || found.error().code == ErrorCode::DeviceMissing
                || found.error().code == ErrorCode::VersionMismatch);
        return;
    }
    QVERIFY(!found->devices.empty());
    QVERIFY(found->cudaVersion >= 12000);
    QCOMPARE(found->devices.front().id, std::string("cuda:0"));
}

void TestCudaStart::peaks()
{
    // H100 SXM: 132 multiprocessors at 1.83 GHz in NVIDIA's own 66.9 TFLOP/s f32 and 989 TFLOP/s f16.
    const double clocks = 132 * 1.83e9;
    QVERIFY(std::abs(clocks * peaksOf(9, 0).fp32 - 61.8e12) < 0.5e12);
    QVERIFY(std::abs(clocks * peaksOf(9, 0).tensorF16 - 989e12) < 2e12);
    // RTX 4090: 128 multiprocessors at 2.52 GHz, 82.6 TFLOP/s.
    QVERIFY(std::abs(128 * 2.52e9 * peaksOf(8, 9).fp32 - 82.6e12) < 0.2e12);
    QCOMPARE(peaksOf(99, 9).fp32, 0);
    QCOMPARE(architectureName(12, 0), std::string("sm_120"));
    // H100 SXM: 2619 MHz, 5120 bits, 3.35 TB/s.
    QVERIFY(std::abs(dramBytesPerSecond(2'619'000, 5120) - 3.352e12) < 0.001e12);
}

QTEST_APPLESS_MAIN(TestCudaStart)
#include "tst_CudaStart.moc"
