// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "CommandLine.h"

#include "base/Landlock.h"

using namespace warploom;
using namespace warploom::test;

/// `devices` says what confines the workers, and does not hide what does not.
class TestDevices : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        const auto outcome = runCli(m_folder.path(), {"devices", "--json"});
        if (outcome.json().contains("compiler_failure"))
            QSKIP("no NVRTC");
    }

    void confined()
    {
        const auto outcome = runCli(m_folder.path(), {"devices", "--json"});
        QCOMPARE(outcome.exitCode, 0);
        const auto confinement = outcome.json().at("confinement");
        for (const char* kind : {"compile", "emulator", "gpu"}) {
            const auto& report = confinement.at(kind);
            QCOMPARE(report.at("switched_off").get<bool>(), false);
            QCOMPARE(report.at("landlock").get<int>(), landlockVersion());
            QCOMPARE(report.at("files").get<bool>(), landlockVersion() > 0);
            QCOMPARE(report.at("system_calls").get<bool>(), true);
            QCOMPARE(report.at("expected").get<bool>(), std::string(kind) == "gpu");
        }
        QVERIFY(confinement.contains("rewriter"));
        const auto text = runCli(m_folder.path(), {"devices"}).output;
        QVERIFY2(text.find("\nconfined\n  compile ") != std::string::npos, text.c_str());
        QCOMPARE(text.find("Landlock " + std::to_string(landlockVersion())) != std::string::npos,
                 landlockVersion() > 0);
        QCOMPARE(text.find("files NOT") != std::string::npos, landlockVersion() == 0);
    }

    void switchedOff()
    {
        const auto outcome = runCliWith("WARPLOOM_CONFINE", "off", m_folder.path(), {"devices", "--json"});
        QCOMPARE(outcome.exitCode, 0);
        const auto confinement = outcome.json().at("confinement");
        for (const char* kind : {"compile", "emulator", "gpu"}) {
            const auto& report = confinement.at(kind);
            QCOMPARE(report.at("switched_off").get<bool>(), true);
            QCOMPARE(report.at("files").get<bool>() || report.at("system_calls").get<bool>(), false);
        }
        const auto text = runCliWith("WARPLOOM_CONFINE", "off", m_folder.path(), {"devices"}).output;
        QVERIFY2(text.find("switched off by WARPLOOM_CONFINE=off") != std::string::npos, text.c_str());
    }

private:
    TemporaryFolder m_folder;
};

QTEST_APPLESS_MAIN(TestDevices)
#include "tst_Devices.moc"
