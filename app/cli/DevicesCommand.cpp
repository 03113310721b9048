// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "Commands.h"
#include "Terminal.h"
#include "engine/RunPlan.h"
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

}  // namespace

int runDevices(const DevicesOptions& options)
{
    const auto probe = probeDevices();
    if (!probe)
        return complain(asMachineError(probe.error()));
    if (options.json) {
        nlohmann::json json = {{"devices", probe->devices},
                               {"compiler", probe->compiler},
                               {"compiler_origin", probe->compilerOrigin},
                               {"driver", probe->driver}};
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
    return kFine;
}

}  // namespace warploom
