// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <QSignalSpy>

#include "WidgetTestSupport.h"
#include "session/ModelKeys.h"

using namespace warploom;

namespace {

constexpr const char* kPlanted = "sk-planted-0123456789abcdef";

Secret secretOf(const char* text) { return Secret(std::string(text)); }

/// What outlives the window in these tests.
struct Vault {
    std::map<QString, Secret> keys;
    bool works = true;
    int reads = 0;
};

/// A keyring that answers from the event loop, as real ones do.
class FakeStore : public KeyStore {
public:
    explicit FakeStore(Vault& vault)
        : m_vault(vault)
    {
    }

    void read(const QString& server, Answer<Secret> answer) override
    {
        ++m_vault.reads;
        later([this, server, answer] {
            if (!m_vault.works)
                answer(fail(ErrorCode::Unsupported, "no keyring service runs here"));
            else if (!m_vault.keys.contains(server))
                answer(fail(ErrorCode::NotFound, "none"));
            else
                answer(m_vault.keys[server]);
        });
    }
    void write(const QString& server, const Secret& key, Answer<void> answer) override
    {
        later([this, server, key, answer] {
            if (m_vault.works)
                m_vault.keys[server] = key;
            answer(m_vault.works ? Result<>() : fail(ErrorCode::Unsupported, "no keyring service runs here"));
        });
    }
    void remove(const QString& server, Answer<void> answer) override
    {
        later([this, server, answer] {
            if (m_vault.works)
                m_vault.keys.erase(server);
            answer(m_vault.works ? Result<>() : fail(ErrorCode::Unsupported, "no keyring service runs here"));
        });
    }

private:
    void later(const std::function<void()>& act) { QTimer::singleShot(0, &m_context, act); }

    Vault& m_vault;
    QObject m_context;
};

std::unique_ptr<KeyStore> storeOf(Vault& vault) { return std::make_unique<FakeStore>(vault); }

}  // namespace

class TestModelKeys : public QObject {
    Q_OBJECT

private slots:
    void init() { QSettings().clear(); }

    void withoutKeysTheKeyringIsNotAsked()
    {
        Vault vault;
        ModelKeys keys(storeOf(vault));
        bool isRead = false;
        keys.whenRead([&] { isRead = true; });
        QVERIFY(isRead);
        QCOMPARE(vault.reads, 0);
        QVERIFY(keys.keys().empty());
    }

    void keptKeysComeBack()
    {
        Vault vault;
        {
            ModelKeys keys(storeOf(vault));
            Result<> outcome = fail(ErrorCode::Internal, "not answered");
            keys.keep(QStringLiteral("openai"), secretOf(kPlanted), [&](Result<> kept) { outcome = kept; });
            QCOMPARE(keys.kept(QStringLiteral("openai")), ModelKeys::Kept::ThisSession);
            QTRY_VERIFY(outcome.has_value());
            QCOMPARE(keys.kept(QStringLiteral("openai")), ModelKeys::Kept::Keyring);
            keys.keepForSession(QStringLiteral("work"), secretOf("session-key-1"));
            QCOMPARE(keys.keys().size(), std::size_t{2});
        }
        settingsHoldNoKey();
        ModelKeys again(storeOf(vault));
        bool isRead = false;
        again.whenRead([&] { isRead = true; });
        QVERIFY(!isRead);
        QTRY_VERIFY(isRead);
        QCOMPARE(vault.reads, 1);
        QCOMPARE(again.kept(QStringLiteral("openai")), ModelKeys::Kept::Keyring);
        QCOMPARE(again.kept(QStringLiteral("work")), ModelKeys::Kept::Nowhere);
        QVERIFY(again.keys().at("openai").reveal() == kPlanted);
    }

    void forgottenKeysAreGone()
    {
        Vault vault;
        ModelKeys keys(storeOf(vault));
        bool isDone = false;
        keys.keep(QStringLiteral("openai"), secretOf(kPlanted), [&](const Result<>&) { isDone = true; });
        QTRY_VERIFY(isDone);
        QSignalSpy changed(&keys, &ModelKeys::changed);
        isDone = false;
        keys.forget(QStringLiteral("openai"), [&](const Result<>& forgotten) { isDone = forgotten.has_value(); });
        QVERIFY(keys.keys().empty());
        QTRY_VERIFY(isDone);
        QVERIFY(vault.keys.empty() && changed.count() >= 1);
        ModelKeys again(storeOf(vault));
        QCOMPARE(vault.reads, 0);
        // One of this session has nothing to do with the keyring.
        vault.works = false;
        again.keepForSession(QStringLiteral("work"), secretOf("session-key-1"));
        isDone = false;
        again.forget(QStringLiteral("work"), [&](const Result<>& forgotten) { isDone = forgotten.has_value(); });
        QVERIFY(isDone);
    }

    void withoutAServiceKeysLastForTheSession()
    {
        Vault vault;
        vault.works = false;
        ModelKeys keys(storeOf(vault));
        std::optional<Result<>> outcome;
        keys.keep(QStringLiteral("openai"), secretOf(kPlanted), [&](const Result<>& kept) { outcome = kept; });
        QTRY_VERIFY(outcome.has_value());
        QCOMPARE(outcome->error().code, ErrorCode::Unsupported);
        QCOMPARE(keys.kept(QStringLiteral("openai")), ModelKeys::Kept::ThisSession);
        QVERIFY(keys.keys().at("openai").reveal() == kPlanted);
        QVERIFY(!keys.problem().isEmpty());
        settingsHoldNoKey();
    }

    void aLockedKeyringIsAskedAgainNextTime()
    {
        Vault vault;
        QSettings().setValue(QStringLiteral("models/servers-with-keys"), QStringList{"openai", "work"});
        vault.keys[QStringLiteral("openai")] = secretOf(kPlanted);
        vault.works = false;
        {
            ModelKeys keys(storeOf(vault));
            bool isRead = false;
            keys.whenRead([&] { isRead = true; });
            QTRY_VERIFY(isRead);
            QCOMPARE(vault.reads, 1);  // not once a server
            QVERIFY(keys.keys().empty() && !keys.problem().isEmpty());
            keys.keepForSession(QStringLiteral("other"), secretOf("session-key-1"));
        }
        vault.works = true;
        ModelKeys keys(storeOf(vault));
        QTRY_COMPARE(keys.kept(QStringLiteral("openai")), ModelKeys::Kept::Keyring);
    }

    void answersAfterTheEndAreHarmless()
    {
        Vault vault;
        auto keys = std::make_unique<ModelKeys>(storeOf(vault));
        keys->keep(QStringLiteral("openai"), secretOf(kPlanted), [](const Result<>&) { QFAIL("nobody listens"); });
        keys.reset();
        QTest::qWait(20);
    }

private:
    static void settingsHoldNoKey()
    {
        QSettings settings;
        settings.sync();
        for (const QString& key : settings.allKeys())
            QVERIFY2(!settings.value(key).toString().contains("planted"), qPrintable(key));
        QFile file(settings.fileName());
        QVERIFY(!file.open(QIODevice::ReadOnly) || !file.readAll().contains("planted"));
    }
};

WARPLOOM_WIDGET_TEST_MAIN(TestModelKeys)
#include "tst_ModelKeys.moc"
