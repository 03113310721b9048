// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"
#include "analysis/Capabilities.h"

using namespace warploom;

namespace {

/// What a card of which everything can be read leaves.
Observation observedOnCard()
{
    Observation observation;
    observation.facts.id = "cuda:1";
    observation.facts.name = "NVIDIA H100";
    observation.facts.architecture = "sm_90";
    observation.facts.driver = "580.159.04";
    observation.time = Microseconds(12);
    ObservedLaunch launch;
    launch.resources = KernelResources{};
    launch.mix = InstructionMix{"k", true, {}};
    launch.counts = LaunchCounters{};
    launch.counts->lines[4].warpInstructions = 32;
    launch.metrics["dram__bytes_read.sum"] = 1e9;
    observation.launches = {launch};
    return observation;
}

std::vector<CapabilityState> statesOf(const Observation& observation, const std::vector<std::string>& missing,
                                      bool hasStalls = false)
{
    return capabilitiesOf({observation, missing, hasStalls, false, {"/opt/w/bin/warploom-worker", "/opt/w/fetch.sh"}});
}

const CapabilityState& at(const std::vector<CapabilityState>& states, Capability capability)
{
    return states.at(static_cast<std::size_t>(capability));
}

QString commandsOf(const std::vector<Remedy>& remedies)
{
    QStringList commands;
    for (const Remedy& remedy : remedies)
        commands << QString::fromStdString(remedy.command);
    return commands.join(QLatin1Char('\n'));
}

/// The words that a worker answers with, as Cupti.cpp makes them.
std::string refusal(const char* result, int code)
{
    return "cannot switch the counters on: " + std::string(result) + " (" + std::to_string(code) + "): advice";
}

}  // namespace

class tst_Capabilities : public QObject {
    Q_OBJECT

private slots:
    void everythingIsThere()
    {
        const auto states = statesOf(observedOnCard(), {}, true);
        QCOMPARE(states.size(), 9u);
        for (const CapabilityState& state : states) {
            QVERIFY2(state.isThere, state.title.c_str());
            QVERIFY2(state.remedies.empty(), state.title.c_str());
        }
        QCOMPARE(at(states, Capability::Time).detail, std::string("Measured"));
        QCOMPARE(at(states, Capability::Compile).detail, std::string("For sm_90"));
    }

    void theEmulatorIsNoCard()
    {
        Observation observation = observedOnCard();
        observation.facts.modelled = true;
        observation.launches[0].metrics.clear();
        const auto states = statesOf(observation, {"counters of a card: there is none here, the emulator's are exact"});
        QVERIFY(at(states, Capability::Time).isThere);
        QCOMPARE(at(states, Capability::Time).detail, std::string("Modelled, never measured"));
        for (const auto capability : {Capability::CardCounters, Capability::StallsByLine}) {
            QVERIFY(!at(states, capability).isThere);
            QCOMPARE(commandsOf(at(states, capability).remedies), QStringLiteral("warploom-cli devices"));
        }
        QVERIFY(at(states, Capability::ExactLineCounts).isThere);
        QVERIFY(at(states, Capability::EmulatorCounts).isThere);
    }

    void obstaclesAreTold_data()
    {
        QTest::addColumn<QString>("message");
        QTest::addColumn<int>("obstacle");
        QTest::addColumn<QString>("command");
        const auto row = [](const char* name, const std::string& message, CounterObstacle obstacle,
                            const char* command) {
            QTest::newRow(name) << QString::fromStdString(message) << static_cast<int>(obstacle)
                                << QString::fromLatin1(command);
        };
        using Obstacle = CounterObstacle;
        row("35", refusal("CUPTI_ERROR_INSUFFICIENT_PRIVILEGES", 35), Obstacle::Privileges,
            "sudo setcap cap_perfmon+ep \"/opt/w/bin/warploom-worker\"");
        row("40", refusal("CUPTI_ERROR_VIRTUALIZED_DEVICE_INSUFFICIENT_PRIVILEGES", 40), Obstacle::VirtualMachine, "");
        row("39", refusal("CUPTI_ERROR_MULTIPLE_SUBSCRIBERS_NOT_SUPPORTED", 39), Obstacle::OtherProfiler,
            "env -u CUDA_INJECTION64_PATH");
        row("26", refusal("CUPTI_ERROR_HARDWARE_BUSY", 26), Obstacle::CountersHeld, "dcgmi profile --pause");
        row("41", refusal("CUPTI_ERROR_CONFIDENTIAL_COMPUTING_NOT_SUPPORTED", 41), Obstacle::Confidential,
            "nvidia-smi conf-compute -f");
        row("43", refusal("CUPTI_ERROR_MIG_DEVICE_NOT_SUPPORTED", 43), Obstacle::Mig, "sudo nvidia-smi -i 1 -mig 0");
        row("45", refusal("CUPTI_ERROR_WSL_DEVICE_NOT_SUPPORTED", 45), Obstacle::Wsl, "");
        row("no library", "no library could be opened (libcupti.so.13: cannot open shared object file)",
            Obstacle::NoLibrary, "/opt/w/fetch.sh");
        row("old library", "libcupti.so.12 has no cuptiRangeProfilerEnable: CUPTI of CUDA 12.6 or newer is needed",
            Obstacle::OldLibrary, "/opt/w/fetch.sh");
        row("no headers", "this build was made without CUPTI's headers", Obstacle::NoHeaders, "/opt/w/fetch.sh");
        row("virtual", "this card's counters cannot be read: its being a virtual GPU is in the way",
            Obstacle::VirtualMachine, "");
        row("WSL itself", "this card's counters cannot be read: WSL is in the way", Obstacle::Wsl, "");
        row("unknown", "the card is on fire", Obstacle::Unknown, "");
    }

    void obstaclesAreTold()
    {
        QFETCH(const QString, message);
        QFETCH(const int, obstacle);
        QFETCH(const QString, command);
        QCOMPARE(static_cast<int>(counterObstacleOf(message.toStdString())), obstacle);
        Observation observation = observedOnCard();
        observation.launches[0].metrics.clear();
        const auto states = statesOf(observation, {"counters of the card: " + message.toStdString()});
        const CapabilityState& counters = at(states, Capability::CardCounters);
        QVERIFY(!counters.isThere);
        // In the worker's own words, from a capital on.
        QCOMPARE(QString::fromStdString(counters.detail).toLower(), message.toLower());
        const QString commands = commandsOf(counters.remedies);
        QVERIFY2(command.isEmpty() ? commands.isEmpty() : commands.startsWith(command), qPrintable(commands));
        QCOMPARE(counters.remedies.empty(), obstacle == static_cast<int>(CounterObstacle::Unknown));
        // What stalls need is what counters need.
        QCOMPARE(at(states, Capability::StallsByLine).remedies.size(), counters.remedies.size());
        // The rest still works.
        for (const auto there : {Capability::Time, Capability::StaticFigures, Capability::EmulatorCounts})
            QVERIFY(at(states, there).isThere);
    }

    void oldDriversHaveNoCapability()
    {
        DeviceFacts facts;
        facts.id = "cuda:0";
        facts.driver = "550.54.15";
        const QString commands = commandsOf(remediesOf(CounterObstacle::Privileges, facts, {}));
        QVERIFY2(!commands.contains(QStringLiteral("setcap")), qPrintable(commands));
        QVERIFY(commands.contains(QStringLiteral("NVreg_RestrictProfilingToAdminUsers=0")));
        QVERIFY(commands.contains(QStringLiteral("--cap-add=PERFMON")));
    }

    void sassNamesItsCommand()
    {
        Observation observation = observedOnCard();
        observation.launches[0].mix->isSass = false;
        const auto states = statesOf(observation,
                                     {"SASS, instructions are counted in PTX: SASS needs NVIDIA's nvdisasm, which was "
                                      "not found; this fetches it: /opt/w/fetch-nvdisasm.sh"});
        const CapabilityState& sass = at(states, Capability::Sass);
        QVERIFY(!sass.isThere);
        QCOMPARE(sass.detail, std::string("SASS needs NVIDIA's nvdisasm, which was not found"));
        QCOMPARE(commandsOf(sass.remedies), QStringLiteral("/opt/w/fetch-nvdisasm.sh"));
    }

    void whatIsNotKnownIsSaid()
    {
        Observation observation;
        observation.facts.id = "cuda:0";
        observation.launches.resize(1);
        const auto states =
            statesOf(observation, {"counts of the emulator: wgmma is not emulated", "stalls by line: no time left"});
        QCOMPARE(at(states, Capability::Time).detail, std::string("Neither measured nor modelled"));
        QCOMPARE(at(states, Capability::EmulatorCounts).detail, std::string("Wgmma is not emulated"));
        QCOMPARE(at(states, Capability::ExactLineCounts).detail, std::string("Wgmma is not emulated"));
        QCOMPARE(at(states, Capability::StallsByLine).detail, std::string("No time left"));
        QCOMPARE(at(states, Capability::CardCounters).detail, std::string("They were not read"));
        QCOMPARE(at(states, Capability::StaticFigures).isThere, false);
        const QString text = QString::fromStdString(capabilitiesText(states));
        QVERIFY2(text.contains(QStringLiteral("Time: no. Neither measured nor modelled.\n")), qPrintable(text));
        const nlohmann::json json = states;
        QCOMPARE(json.at(6).at("name").get<std::string>(), std::string("card-counters"));
        QCOMPARE(json.at(6).at("there").get<bool>(), false);
    }
};

QTEST_GUILESS_MAIN(tst_Capabilities)
#include "tst_Capabilities.moc"
