// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include <QProcess>

#include "device/cuda/CudaProbe.h"

using namespace warploom;

/// Every check of warploom-cuda-smoke, on the real card and on the stand-in for the driver.
class TestCudaDevice : public QObject {
    Q_OBJECT

private slots:
    void card_data() { listChecks(true); }
    void card();
    void standIn_data() { listChecks(false); }
    void standIn();
    void smokeTellsThatThereIsNoGpu();

private:
    static void listChecks(bool real);
    static QByteArray run(const QStringList& arguments, int& code);
    static QString fixtures()
    {
        return QString::fromStdString(test::sourceFolder() / "tests/core/device/cuda/fixtures");
    }
};

QByteArray TestCudaDevice::run(const QStringList& arguments, int& code)
{
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(WARPLOOM_SMOKE, arguments);
    if (!process.waitForFinished(180'000)) {
        process.kill();
        process.waitForFinished();
    }
    code = process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1;
    return process.readAll();
}

void TestCudaDevice::listChecks(bool real)
{
    QTest::addColumn<QString>("name");
    int code = 0;
    for (const QByteArray& line : run({"--list"}, code).trimmed().split('\n')) {
        const QList<QByteArray> fields = line.split('\t');
        if (fields.size() == 3 && (real || fields[1] == "any"))
            QTest::newRow(fields[0].constData()) << QString(fields[0]);
    }
}

void TestCudaDevice::card()
{
    QFETCH(QString, name);
    const auto probe = probeCudaDevices();
    if (!probe)
        QSKIP(probe.error().message.c_str());
    if (!probe->devices.front().architecture.starts_with("sm_9"))
        QSKIP("the fixtures are compiled for sm_90");
    int code = 0;
    const QByteArray output = run({"--child", name, "--fixtures", fixtures()}, code);
    QVERIFY2(code == 0, output.constData());
    qInfo("%s", output.trimmed().constData());
}

void TestCudaDevice::standIn()
{
    QFETCH(QString, name);
    int code = 0;
    const QByteArray output =
        run({"--child", name, "--fixtures", fixtures(), "--simulated", "--driver", WARPLOOM_FAKE_CUDA_LIBRARY}, code);
    QVERIFY2(code == 0, output.constData());
}

void TestCudaDevice::smokeTellsThatThereIsNoGpu()
{
    int code = 0;
    const QByteArray output =
        run({"--driver", "/nowhere/libcuda.so.1", "--only", "endless", "--fixtures", fixtures()}, code);
    QCOMPARE(code, 3);
    QVERIFY2(output.contains("no NVIDIA driver"), output.constData());
}

QTEST_APPLESS_MAIN(TestCudaDevice)
#include "tst_CudaDevice.moc"
