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

    void namesWhoElseComputesOnTheCard()
    {
        qputenv("WARPLOOM_FAKE_NVML_PROCESSES", QByteArray::number(::getpid()));
        QVERIFY(cardSensors("GPU-known", {WARPLOOM_FAKE_NVML_LIBRARY})().foreignProcesses.empty());
        qputenv("WARPLOOM_FAKE_NVML_PROCESSES",
                QByteArray::number(::getpid()) + " 1 " + QByteArray::number(::getppid()));
        const SensorReading reading = cardSensors("GPU-known", {WARPLOOM_FAKE_NVML_LIBRARY})();
        QCOMPARE(reading.foreignProcesses.size(), std::size_t{2});
        QVERIFY(reading.foreignProcesses.front().ends_with("(1)"));
        QCOMPARE(reading.clockMhz, 1980.0);
        QCOMPARE(reading.memoryClockMhz, 2619.0);
        QCOMPARE(reading.powerWatts, 699.5);
        QCOMPARE(reading.throttleReasons, std::uint64_t{4});
        QCOMPARE(reading.temperature, 0.0);
        const CardState state = cardStateOf(reading);
        QCOMPARE(state.throttling, std::vector<std::string>{"power cap"});
        QCOMPARE(state.foreign, reading.foreignProcesses);
    }

    void disturbanceIsAMovedClockOrAReason()
    {
        SensorReading before;
        before.clockMhz = 1980;
        before.memoryClockMhz = 2619;
        SensorReading after = before;
        QVERIFY(!isDisturbed(before, after));
        after.clockMhz = 1950;
        after.powerWatts = 700;
        QVERIFY(!isDisturbed(before, after));
        after.clockMhz = 1800;
        QVERIFY(isDisturbed(before, after));
        after = before;
        after.memoryClockMhz = 2000;
        QVERIFY(isDisturbed(before, after));
        after = before;
        after.throttleReasons = 4;
        QVERIFY(isDisturbed(before, after));
        QVERIFY(!isDisturbed({}, {}));
    }

    void emptyWithoutNvmlOrCard()
    {
        QCOMPARE(cardSensors("GPU-known", {"/nowhere/libnvidia-ml.so.1"})().clockMhz, 0.0);
        QCOMPARE(cardSensors("GPU-unknown", {WARPLOOM_FAKE_NVML_LIBRARY})().clockMhz, 0.0);
    }
};

QTEST_APPLESS_MAIN(tst_CardSensors)
#include "tst_CardSensors.moc"
