// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include <cstring>

#include "device/cuda/CudaDevice.h"

using namespace warploom;

/// What the timer says about its own figures, on the stand-in for the driver.
class tst_CudaTimer : public QObject {
    Q_OBJECT

private slots:
    void cleanup() { qunsetenv("WARPLOOM_FAKE_CUDA"); }
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

QTEST_APPLESS_MAIN(tst_CudaTimer)
#include "tst_CudaTimer.moc"
