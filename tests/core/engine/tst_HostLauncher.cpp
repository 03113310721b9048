// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"
#include "base/Files.h"
#include "engine/HostLauncher.h"

using namespace warploom;
using namespace warploom::test;

namespace {

constexpr const char* kPlanted = "sk-planted-0123456789abcdef";

/// Stands in for warploom-cli: writes down what it was started with.
constexpr const char* kFakeHost = R"(#!/bin/sh
cd "$(dirname "$0")" tr '\0' ' '
    < / proc / $$ / cmdline > arguments tr '\0' '\n' < / proc / $$ / environ > environment ls / proc / $$ / fd
    > descriptors if["$5" = --key - fd];
then cat<&"$6"> keys; fi
echo done > finished
)";

}  // namespace

/// How keys reach the host that a window starts.
class TestHostLauncher : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        m_folder = std::make_unique<TemporaryFolder>();
        const auto program = m_folder->write("warploom-cli", kFakeHost);
        std::filesystem::permissions(program, std::filesystem::perms::owner_all);
        qputenv("WARPLOOM_BIN", m_folder->path().c_str());
        qputenv("WARPLOOM_CACHE", (m_folder->path() / "cache").c_str());
    }

    void keysGoThroughAPipe()
    {
        std::map<std::string, Secret> keys;
        keys["openai"] = Secret(std::string(kPlanted));
        keys["work"] = Secret(std::string("another-key-of-work"));
        QVERIFY_RESULT(launchHost(m_folder->path() / "a.warploom", keys));
        waitForHost();
        QCOMPARE(textOf("keys"), std::string("openai=") + kPlanted + "\nwork=another-key-of-work\n");
        QVERIFY(textOf("arguments").find("serve ") != std::string::npos);
        QVERIFY(textOf("arguments").find("--key-fd 3") != std::string::npos);
        for (const char* where : {"arguments", "environment"})
            QVERIFY2(textOf(where).find("planted") == std::string::npos, where);
        nothingElseHoldsTheKey();
    }

    void withoutKeysThereIsNoPipe()
    {
        QVERIFY_RESULT(launchHost(m_folder->path() / "a.warploom"));
        waitForHost();
        QVERIFY(textOf("arguments").find("--key-fd") == std::string::npos);
        QVERIFY(!std::filesystem::exists(m_folder->path() / "keys"));
    }

    void tooManyAreRefused()
    {
        std::map<std::string, Secret> keys;
        keys["openai"] = Secret(std::string(40'000, 'x'));
        const auto launched = launchHost(m_folder->path() / "a.warploom", keys);
        QVERIFY(!launched);
        QCOMPARE(launched.error().code, ErrorCode::InvalidArgument);
    }

private:
    [[nodiscard]] std::string textOf(const char* name) const
    {
        return readTextFile(m_folder->path() / name).value_or(std::string());
    }

    void waitForHost() { QTRY_VERIFY_WITH_TIMEOUT(std::filesystem::exists(m_folder->path() / "finished"), 20'000); }

    /// Logs and caches that the start left behind.
    void nothingElseHoldsTheKey()
    {
        for (const auto& entry : std::filesystem::recursive_directory_iterator(m_folder->path())) {
            if (!entry.is_regular_file() || entry.path().filename() == "keys")
                continue;
            const auto text = readTextFile(entry.path());
            QVERIFY_RESULT(text);
            QVERIFY2(text->find("planted") == std::string::npos, entry.path().c_str());
        }
    }

    std::unique_ptr<TemporaryFolder> m_folder;
};

QTEST_GUILESS_MAIN(TestHostLauncher)
#include "tst_HostLauncher.moc"
