// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/CounterObstacle.h"

#include <array>
#include <charconv>

#include <fmt/format.h>

namespace warploom {

namespace {

/// From this driver on the capability is enough.
constexpr int kDriverWithCapability = 565;

struct ObstacleSign {
    std::string_view text;
    CounterObstacle obstacle;
};

/// The first that a message holds says what it is.
constexpr std::array<ObstacleSign, 17> kSigns{{
    {"VIRTUALIZED_DEVICE_INSUFFICIENT_PRIVILEGES", CounterObstacle::VirtualMachine},
    {"INSUFFICIENT_PRIVILEGES", CounterObstacle::Privileges},
    {"MULTIPLE_SUBSCRIBERS", CounterObstacle::OtherProfiler},
    {"CUPTI_ERROR_HARDWARE_BUSY", CounterObstacle::CountersHeld},
    {"CONFIDENTIAL_COMPUTING_NOT_SUPPORTED", CounterObstacle::Confidential},
    {"MIG_DEVICE_NOT_SUPPORTED", CounterObstacle::Mig},
    {"WSL_DEVICE_NOT_SUPPORTED", CounterObstacle::Wsl},
    // What the card says of itself before anything is tried.
    {"virtual GPU is in the way", CounterObstacle::VirtualMachine},
    {"confidential computing is in the way", CounterObstacle::Confidential},
    {"WSL is in the way", CounterObstacle::Wsl},
    {"no hardware counters: what it counts is exact", CounterObstacle::NoCard},
    {"there is none here, the emulator", CounterObstacle::NoCard},
    {"CUDA 12.6 or newer is needed", CounterObstacle::OldLibrary},
    {"without CUPTI's headers", CounterObstacle::NoHeaders},
    {"no library could be opened", CounterObstacle::NoLibrary},
    {"libcupti", CounterObstacle::NoLibrary},
    {"libnvperf", CounterObstacle::NoLibrary},
}};

/// "580.159.04" → 580; 0 where it cannot be read.
int majorOf(const std::string& version)
{
    int number = 0;
    std::from_chars(version.data(), version.data() + version.size(), number);
    return number;
}

/// "cuda:1" → "1"
std::string indexOf(const DeviceFacts& facts)
{
    const auto colon = facts.id.find(':');
    return colon == std::string::npos ? "0" : facts.id.substr(colon + 1);
}

std::vector<Remedy> privilegeRemedies(const DeviceFacts& facts, const InstallationPaths& paths)
{
    std::vector<Remedy> remedies;
    if (const int driver = majorOf(facts.driver); driver == 0 || driver >= kDriverWithCapability)
        remedies.push_back({"For this program alone, until its next update",
                            fmt::format("sudo setcap cap_perfmon+ep \"{}\"", paths.worker)});
    remedies.push_back({"For everybody on this machine, after a restart of it",
                        "echo 'options nvidia NVreg_RestrictProfilingToAdminUsers=0' | sudo tee "
                        "/etc/modprobe.d/warploom-counters.conf"});
    remedies.push_back({"In a container, when it is started", "docker run --gpus all --cap-add=PERFMON …"});
    return remedies;
}

}  // namespace

CounterObstacle counterObstacleOf(std::string_view message)
{
    for (const ObstacleSign& sign : kSigns)
        if (message.find(sign.text) != std::string_view::npos)
            return sign.obstacle;
    return CounterObstacle::Unknown;
}

std::vector<Remedy> remediesOf(CounterObstacle obstacle, const DeviceFacts& facts, const InstallationPaths& paths)
{
    switch (obstacle) {
    case CounterObstacle::NoCard:
        return {
            {"On a machine with a card, choose it in the toolbar; this lists what is here", "warploom-cli devices"}};
    case CounterObstacle::Privileges:
        return privilegeRemedies(facts, paths);
    case CounterObstacle::VirtualMachine:
        return {{"Whoever runs the virtual machine's host has to switch profiling on for this virtual GPU "
                 "(enable_profiling=1)",
                 ""}};
    case CounterObstacle::OtherProfiler:
        return {{"Start Warploom outside of the other profiler or sanitizer, and without what it injects",
                 "env -u CUDA_INJECTION64_PATH -u NVTX_INJECTION64_PATH warploom"}};
    case CounterObstacle::CountersHeld:
        return {{"With DCGM, its own profiling pauses until 'dcgmi profile --resume'", "dcgmi profile --pause"}};
    case CounterObstacle::Confidential:
        return {{"Only with confidential computing off, which is the host's decision; this shows its state",
                 "nvidia-smi conf-compute -f"}};
    case CounterObstacle::Mig:
        return {{"On an instance whose compute instance nobody shares, or with MIG off, which ends what runs there",
                 fmt::format("sudo nvidia-smi -i {} -mig 0", indexOf(facts))}};
    case CounterObstacle::Wsl:
        return {{"In Windows, NVIDIA Control Panel, Developer, Manage GPU performance counters: allow access to all "
                 "users; or use Linux itself",
                 ""}};
    case CounterObstacle::NoLibrary:
    case CounterObstacle::OldLibrary:
        return {{"This brings NVIDIA's CUPTI (about 110 MB with the compiler)", paths.fetchCuda}};
    case CounterObstacle::NoHeaders:
        return {{"With CUPTI's headers there, Warploom has to be built again", paths.fetchCuda}};
    case CounterObstacle::Unknown:
        break;
    }
    return {};
}

}  // namespace warploom
