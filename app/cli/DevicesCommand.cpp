// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "Commands.h"
#include "Terminal.h"
#include "engine/RunPlan.h"
#include "evaluate/ConfinementProbe.h"
#include "evaluate/DeviceProbe.h"

namespace warploom {

namespace {

void printDevice(const DeviceFacts& facts)
{
    fmt::print("{:<9} {}{}\n", facts.id, facts.name, facts.modelled ? "  (modelled, never measured)" : "");
    fmt::print("          {}, {} multiprocessors, {:.1f} GiB, {:.0f} GB/s, {:.1f} TFLOP/s f32{}\n", facts.architecture,
               facts.multiprocessors, static_cast<double>(facts.memorySize.value) / (1 << 30),
               facts.dramBytesPerSecond / 1e9, facts.fp32FlopsPerSecond / 1e12,
               facts.driver.empty() ? "" : ", driver " + facts.driver);
}

std::string confinementText(const ConfinementReport& report)
{
    if (report.isSwitchedOff)
        return "switched off by WARPLOOM_CONFINE=off: what kernels bring along can read and write your files";
    std::string text = report.files ? fmt::format("files (Landlock {})", report.landlock)
                                    : "files NOT, for this kernel has no Landlock";
    text += report.systemCalls ? ", system calls (seccomp)" : ", system calls NOT, for this kernel has no seccomp";
    if (report.addressSpace)
        text += fmt::format(", {} MiB of addresses", report.addressSpace->value / kMiB.value);
    for (const std::string& failure : report.failures)
        text += fmt::format("; {}", failure);
    return text;
}

void printConfinement(const std::vector<WorkerConfinement>& kinds)
{
    fmt::print("confined\n");
    for (const WorkerConfinement& kind : kinds) {
        fmt::print("  {:<9} {}{}\n", kind.kind,
                   kind.report ? confinementText(*kind.report) : "did not start: " + kind.report.error().toString(),
                   kind.isExpected ? " (expected)" : "");
    }
}

nlohmann::json confinementJson(const std::vector<WorkerConfinement>& kinds)
{
    nlohmann::json json = nlohmann::json::object();
    for (const WorkerConfinement& kind : kinds) {
        json[kind.kind] =
            kind.report ? nlohmann::json(*kind.report) : nlohmann::json{{"failure", kind.report.error().toString()}};
        json[kind.kind]["expected"] = kind.isExpected;
    }
    return json;
}

}  // namespace

int runDevices(const DevicesOptions& options)
{
    const auto probe = probeDevices();
    if (!probe)
        return complain(asMachineError(probe.error()));
    const auto confinement = probeConfinement();
    if (options.json) {
        nlohmann::json json = {{"devices", probe->devices},
                               {"compiler", probe->compiler},
                               {"compiler_origin", probe->compilerOrigin},
                               {"driver", probe->driver},
                               {"confinement", confinementJson(confinement)}};
        if (probe->cudaFailure)
            json["cuda_failure"] = probe->cudaFailure->toString();
        if (probe->compilerFailure)
            json["compiler_failure"] = probe->compilerFailure->toString();
        return printJson(json, probe->compilerFailure ? kMachine : kFine);
    }
    for (const DeviceFacts& facts : probe->devices)
        printDevice(facts);
    if (probe->cudaFailure)
        fmt::print("no GPU:   {}\n", probe->cudaFailure->toString());
    if (probe->compilerFailure)
        return complain(*probe->compilerFailure);
    fmt::print("compiler  {} ({})\n", probe->compiler, probe->compilerOrigin);
    printConfinement(confinement);
    return kFine;
}

}  // namespace warploom
