// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "CommandLine.h"

#include <algorithm>

using namespace warploom::test;

namespace {

const nlohmann::json* named(const nlohmann::json& list, const char* key, const std::string& name)
{
    const auto found =
        std::find_if(list.begin(), list.end(), [&](const auto& entry) { return entry.value(key, "") == name; });
    return found == list.end() ? nullptr : &*found;
}

CommandOutcome profile(const std::filesystem::path& folder, QStringList more)
{
    return runCli(folder, QStringList{"profile", kernelFolder("transpose"), "--device", "emulator"} + more, 100'000);
}

}  // namespace

/// `profile` on the emulator: what limits the baseline of transpose, and what a tile in shared memory changes.
class tst_Profile : public QObject {
    Q_OBJECT

private slots:
    void namesTheScatteredStores()
    {
        const TemporaryFolder folder;
        const auto outcome = profile(folder.path(), {"--json"});
        QVERIFY2(outcome.exitCode == 0, outcome.errors.c_str());
        const auto json = outcome.json();
        QCOMPARE(json.at("size").get<std::string>(), std::string("large"));
        const auto* finding = named(json.at("diagnosis").at("findings"), "rule", "uncoalesced-stores");
        QVERIFY2(finding != nullptr, json.at("diagnosis").dump().c_str());
        // y[…] = x[…] is line 16 of the baseline.
        QCOMPARE(finding->at("lines").at(0).get<int>(), 16);
        QCOMPARE(json.at("diagnosis").at("primary").get<std::string>(), std::string("uncoalesced"));
        const auto* sectors = named(json.at("figures"), "name", "store_sectors_per_request");
        QVERIFY(sectors != nullptr);
        QVERIFY(sectors->at("value").get<double>() > 31);
        QCOMPARE(sectors->at("origin").get<std::string>(), std::string("counted"));
        const auto* time = named(json.at("figures"), "name", "time");
        QVERIFY(time != nullptr);
        QCOMPARE(time->at("origin").get<std::string>(), std::string("modelled"));
        QVERIFY(!json.at("missing").empty());
        QVERIFY(!json.at("lines").empty());
    }

    void saysWhatATileChanges()
    {
        const TemporaryFolder folder;
        const auto outcome = profile(folder.path(),
                                     {"--variant", fixture("profile/transpose_tiled.cu"), "--against",
                                      kernelFolder("transpose") + "/baseline.cu", "--json", "--csv", "figures.csv"});
        QVERIFY2(outcome.exitCode == 0, outcome.errors.c_str());
        const auto json = outcome.json();
        const auto* time = named(json.at("comparison"), "name", "time");
        QVERIFY(time != nullptr);
        QVERIFY(time->at("ratio").get<double>() < 0.7);
        QVERIFY(&json.at("comparison").at(0) == time);
        const auto& changes = json.at("changes");
        const bool isGone = std::any_of(changes.begin(), changes.end(), [](const auto& change) {
            return change.at("change") == "gone" && change.at("finding").at("rule") == "uncoalesced-stores";
        });
        QVERIFY2(isGone, changes.dump().c_str());
        const std::string csv = readFile(folder.path() / "figures.csv");
        QVERIFY(csv.starts_with("kernel,name,unit,value,origin\n"));
        QVERIFY(csv.find("transpose_tiled,registers,,") != std::string::npos);
    }

    void readsAsText()
    {
        const TemporaryFolder folder;
        const auto outcome = profile(folder.path(), {"--lines"});
        QVERIFY2(outcome.exitCode == 0, outcome.errors.c_str());
        for (const char* part :
             {"What limits it", "modelled", "% of the modelled peak", "occupancy", "Figures",
              "Lines, counted on the emulator", "y[size_t(col)", "Missing", "\nPeaks\n  DRAM ", "measured peaks: "})
            QVERIFY2(outcome.output.find(part) != std::string::npos, part);
    }

    void refusesWithAReason_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<std::string>("complaint");
        QTest::newRow("size") << QStringList{"--size", "ragged"} << std::string("large");
        QTest::newRow("wrong kernel") << QStringList{"--variant", fixture("faulty/skips_tail.cu")}
                                      << std::string("skips_tail.cu");
        QTest::newRow("tier") << QStringList{"--tier", "Q"} << std::string("--tier");
        QTest::newRow("no such file") << QStringList{"--against", "nowhere.cu"} << std::string("nowhere.cu");
    }

    void refusesWithAReason()
    {
        QFETCH(QStringList, arguments);
        QFETCH(std::string, complaint);
        const TemporaryFolder folder;
        const auto outcome = profile(folder.path(), arguments);
        QVERIFY(outcome.exitCode == 1 || outcome.exitCode == 2 || outcome.exitCode == 3);
        QVERIFY2(outcome.errors.find(complaint) != std::string::npos, outcome.errors.c_str());
        QVERIFY(outcome.output.empty());
    }
};

QTEST_GUILESS_MAIN(tst_Profile)
#include "tst_Profile.moc"
