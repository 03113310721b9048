// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "CommandLine.h"

using namespace warploom;
using namespace warploom::test;

class tst_PeaksCommand : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        if (runCli(m_folder.path(), {"devices", "--json"}).json().contains("compiler_failure"))
            QSKIP("no NVRTC");
    }

    void emulatorSaysThatItModels()
    {
        const auto text = runCli(m_folder.path(), {"peaks", "--device", "emulator"});
        QCOMPARE(text.exitCode, 0);
        for (const char* part : {"nothing is measured", "DRAM ", "f16 tensor cores", "modelled", "unknown"})
            QVERIFY2(text.output.find(part) != std::string::npos, part);
        QVERIFY2(text.output.find("theoretical") == std::string::npos, text.output.c_str());
        const auto json = runCli(m_folder.path(), {"peaks", "--device", "emulator", "--json"}).json();
        QVERIFY(!json.contains("measured"));
        const auto& dram = json.at("peaks").at("roofs").at("dram");
        QCOMPARE(dram.at("origin").get<std::string>(), std::string("modelled"));
        QCOMPARE(dram.at("per_second").get<double>(), json.at("device").at("dram_bytes_per_second").get<double>());
    }

    void againNeedsAWorkspace()
    {
        const auto outcome = runCli(m_folder.path(), {"peaks", "--device", "emulator", "--again"});
        QCOMPARE(outcome.exitCode, 2);
        QVERIFY2(outcome.errors.find("--workspace") != std::string::npos, outcome.errors.c_str());
    }

    void noSuchDevice()
    {
        const auto outcome = runCli(m_folder.path(), {"peaks", "--device", "cuda:77"});
        QCOMPARE(outcome.exitCode, 3);
        QVERIFY(!outcome.errors.empty() && outcome.output.empty());
    }

private:
    TemporaryFolder m_folder;
};

QTEST_GUILESS_MAIN(tst_PeaksCommand)
#include "tst_PeaksCommand.moc"
