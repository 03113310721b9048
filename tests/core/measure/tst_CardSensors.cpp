// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include <unistd.h>

#include "measure/CardSensors.h"

using namespace warploom;

class tst_CardSensors : public QObject {
    Q_OBJECT

private slots:
    void cleanup() { qunsetenv("WARPLOOM_FAKE_NVML_PROCESSES"); }

    void countsWhoElseComputesOnTheCard()
    {
        const auto sensors = cardSensors("GPU-known", {WARPLOOM_FAKE_NVML_LIBRARY});
        qputenv("WARPLOOM_FAKE_NVML_PROCESSES", QByteArray::number(::getpid()));
        QCOMPARE(sensors().foreignProcesses, 0u);
        qputenv("WARPLOOM_FAKE_NVML_PROCESSES",
                QByteArray::number(::getpid()) + " 1 " + QByteArray::number(::getppid()));
        const SensorReading reading = sensors();
        QCOMPARE(reading.foreignProcesses, 2u);
        QCOMPARE(reading.clockMhz, 1980.0);
        QCOMPARE(reading.throttleReasons, std::uint64_t{4});
        QCOMPARE(reading.temperature, 0.0);
    }

    void emptyWithoutNvmlOrCard()
    {
        QCOMPARE(cardSensors("GPU-known", {"/nowhere/libnvidia-ml.so.1"})().clockMhz, 0.0);
        QCOMPARE(cardSensors("GPU-unknown", {WARPLOOM_FAKE_NVML_LIBRARY})().clockMhz, 0.0);
    }
};

QTEST_APPLESS_MAIN(tst_CardSensors)
#include "tst_CardSensors.moc"
