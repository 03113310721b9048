// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <QProcess>
#include <QStandardPaths>

#include "WidgetTestSupport.h"
#include "session/KeyringKeys.h"

using namespace warploom;
using namespace warploom::test;

namespace {

constexpr const char* kPlanted = "sk-planted-0123456789abcdef";
constexpr int kAnswerMs = 25'000;

/// What a store answers, waited for.
template <typename T>
class Awaited {
public:
    KeyStore::Answer<T> sink()
    {
        return [this](Result<T> answer) { m_answer = std::move(answer); };
    }
    const Result<T>& get()
    {
        if (!QTest::qWaitFor([this] { return m_answer.has_value(); }, kAnswerMs))
            m_answer = fail(ErrorCode::Timeout, "the store never answered");
        return *m_answer;
    }

private:
    std::optional<Result<T>> m_answer;
};

/// A bus and a keyring of this test's own.
class TestKeyring {
public:
    explicit TestKeyring(const TemporaryFolder& home)
    {
        qputenv("XDG_DATA_HOME", (home.path() / "data").c_str());
        qputenv("XDG_RUNTIME_DIR", (home.path() / "run").c_str());
        std::filesystem::create_directories(home.path() / "run");
        std::filesystem::permissions(home.path() / "run", std::filesystem::perms::owner_all);
        m_bus.start(QStringLiteral("dbus-daemon"), {"--session", "--print-address", "--nofork"});
        if (!m_bus.waitForReadyRead(5'000))
            return;
        qputenv("DBUS_SESSION_BUS_ADDRESS", m_bus.readAllStandardOutput().trimmed());
        m_keyring.start(QStringLiteral("gnome-keyring-daemon"), {"--unlock", "--foreground", "--components=secrets"});
        m_keyring.write("a password of this test\n");
        m_keyring.closeWriteChannel();
        m_works = m_keyring.waitForStarted(5'000) && !m_keyring.waitForFinished(1'000);
    }
    ~TestKeyring()
    {
        for (QProcess* process : {&m_keyring, &m_bus}) {
            process->kill();
            process->waitForFinished(5'000);
        }
    }
    TestKeyring(const TestKeyring&) = delete;
    TestKeyring& operator=(const TestKeyring&) = delete;

    [[nodiscard]] bool works() const { return m_works; }

private:
    QProcess m_bus;
    QProcess m_keyring;
    bool m_works = false;
};

bool fileHolds(const std::filesystem::path& folder, const std::string& words)
{
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
        if (entry.is_regular_file() && readFile(entry.path()).find(words) != std::string::npos)
            return true;
    return false;
}

}  // namespace

class TestKeyringKeys : public QObject {
    Q_OBJECT

private slots:
    void init() { qputenv("HOME", m_home.path().c_str()); }

    /// First: the library keeps a bus that it has found.
    void withoutAServiceItSaysSo()
    {
        qputenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus");
        KeyringKeys keys(QStringLiteral("Warploom test"));
        Awaited<void> written;
        keys.write(QStringLiteral("openai"), Secret(std::string(kPlanted)), written.sink());
        QVERIFY(!written.get());
        QVERIFY2(written.get().error().code == ErrorCode::Unsupported
                     || written.get().error().code == ErrorCode::Timeout,
                 written.get().error().toString().c_str());
        QVERIFY(written.get().error().toString().find("planted") == std::string::npos);
        Awaited<Secret> read;
        keys.read(QStringLiteral("openai"), read.sink());
        QVERIFY(!read.get());
        QVERIFY(!fileHolds(m_home.path(), "planted"));
    }

    void keysAreKeptAndForgotten()
    {
        for (const char* program : {"dbus-daemon", "gnome-keyring-daemon"})
            if (QStandardPaths::findExecutable(QString::fromLatin1(program)).isEmpty())
                QSKIP("no keyring service is installed");
        // To the end of the program: GLib ends whoever loses its bus.
        m_keyring = std::make_unique<TestKeyring>(m_home);
        if (!m_keyring->works())
            QSKIP("no keyring service can be started here");
        KeyringKeys keys(QStringLiteral("Warploom test"));
        Awaited<Secret> none;
        keys.read(QStringLiteral("openai"), none.sink());
        QVERIFY(!none.get());
        QVERIFY2(none.get().error().isNotFound(), none.get().error().toString().c_str());
        Awaited<void> written;
        keys.write(QStringLiteral("openai"), Secret(std::string(kPlanted)), written.sink());
        QVERIFY_RESULT(written.get());
        Awaited<Secret> read;
        keys.read(QStringLiteral("openai"), read.sink());
        QVERIFY_RESULT(read.get());
        QVERIFY(read.get()->reveal() == kPlanted);
        Awaited<Secret> other;
        keys.read(QStringLiteral("anthropic"), other.sink());
        QVERIFY(!other.get());
        QVERIFY(!fileHolds(m_home.path(), kPlanted));
        Awaited<void> removed;
        keys.remove(QStringLiteral("openai"), removed.sink());
        QVERIFY_RESULT(removed.get());
        Awaited<void> again;
        keys.remove(QStringLiteral("openai"), again.sink());
        QVERIFY_RESULT(again.get());
    }

    void answersAfterTheEndAreHarmless()
    {
        auto keys = std::make_unique<KeyringKeys>(QStringLiteral("Warploom test"));
        keys->read(QStringLiteral("openai"), [](const Result<Secret>&) { QFAIL("nobody listens"); });
        keys.reset();
        QTest::qWait(100);
    }

private:
    TemporaryFolder m_home;
    std::unique_ptr<TestKeyring> m_keyring;
};

WARPLOOM_WIDGET_TEST_MAIN(TestKeyringKeys)
#include "tst_KeyringKeys.moc"
