// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include <csignal>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include "device/cuda/GpuLock.h"

using namespace warploom;

class TestGpuLock : public QObject {
    Q_OBJECT

private slots:
    void init();
    void cleanup();
    void excludesAnotherProcess();
    void releasedByKill();
    void otherGpuIsFree();
    void waits();
    void givesUp();
    void cancelled();
    void badUuid_data();
    void badUuid();

private:
    /// A child that holds the lock until it is killed; returns once it has it.
    static pid_t startHolder();
    static void kill(pid_t child);

    std::unique_ptr<test::TemporaryFolder> m_folder;
};

static const std::string kUuid = "GPU-0123-abcd";

void TestGpuLock::init()
{
    m_folder = std::make_unique<test::TemporaryFolder>();
    qputenv("XDG_RUNTIME_DIR", m_folder->path().c_str());
}

void TestGpuLock::cleanup() { m_folder.reset(); }

pid_t TestGpuLock::startHolder()
{
    int ready[2] = {-1, -1};
    if (::pipe(ready) != 0)
        qFatal("no pipe");
    const pid_t child = ::fork();
    if (child == 0) {
        const auto lock = GpuLock::tryLock(kUuid);
        const char answer = lock ? 'y' : 'n';
        if (::write(ready[1], &answer, 1) == 1)
            ::pause();
        ::_exit(0);
    }
    char answer = 0;
    if (::read(ready[0], &answer, 1) != 1 || answer != 'y')
        qFatal("the child did not get the lock");
    ::close(ready[0]);
    ::close(ready[1]);
    return child;
}

void TestGpuLock::kill(pid_t child)
{
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
}

void TestGpuLock::excludesAnotherProcess()
{
    const pid_t child = startHolder();
    const auto lock = GpuLock::tryLock(kUuid);
    kill(child);
    QVERIFY(!lock);
    QCOMPARE(lock.error().code, ErrorCode::Locked);
    QCOMPARE(lock.error().message, "process " + std::to_string(child) + " uses the GPU " + kUuid);
}

void TestGpuLock::releasedByKill()
{
    kill(startHolder());
    const auto lock = GpuLock::tryLock(kUuid);
    QVERIFY_RESULT(lock);
    const auto second = GpuLock::tryLock(kUuid);
    QVERIFY(!second);
    QCOMPARE(second.error().code, ErrorCode::Locked);
}

void TestGpuLock::otherGpuIsFree()
{
    const auto lock = GpuLock::tryLock(kUuid);
    QVERIFY_RESULT(lock);
    QVERIFY_RESULT(GpuLock::tryLock("GPU-another"));
}

void TestGpuLock::waits()
{
    auto lock = GpuLock::tryLock(kUuid);
    QVERIFY_RESULT(lock);
    std::jthread holder([held = std::move(*lock)]() mutable {
        std::this_thread::sleep_for(std::chrono::milliseconds(60));
        const GpuLock ends = std::move(held);
    });
    const auto begin = std::chrono::steady_clock::now();
    const auto second = GpuLock::lock(kUuid, std::chrono::seconds(20), {});
    QVERIFY_RESULT(second);
    QVERIFY(std::chrono::steady_clock::now() - begin > std::chrono::milliseconds(30));
}

void TestGpuLock::givesUp()
{
    const auto lock = GpuLock::tryLock(kUuid);
    QVERIFY_RESULT(lock);
    const auto second = GpuLock::lock(kUuid, std::chrono::milliseconds(40), {});
    QVERIFY(!second);
    QCOMPARE(second.error().code, ErrorCode::Locked);
}

void TestGpuLock::cancelled()
{
    const auto lock = GpuLock::tryLock(kUuid);
    QVERIFY_RESULT(lock);
    std::stop_source source;
    source.request_stop();
    const auto second = GpuLock::lock(kUuid, std::chrono::seconds(20), source.get_token());
    QVERIFY(!second);
    QVERIFY(second.error().isCancelled());
}

void TestGpuLock::badUuid_data()
{
    QTest::addColumn<QString>("uuid");
    QTest::newRow("empty") << "";
    QTest::newRow("path") << "../../etc/passwd";
    QTest::newRow("long") << QString(200, 'a');
}

void TestGpuLock::badUuid()
{
    QFETCH(QString, uuid);
    const auto lock = GpuLock::tryLock(uuid.toStdString());
    QVERIFY(!lock);
    QCOMPARE(lock.error().code, ErrorCode::InvalidArgument);
}

QTEST_APPLESS_MAIN(TestGpuLock)
#include "tst_GpuLock.moc"
