// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>
#include <span>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "CorpusRun.h"
#include "EmulatorBenches.h"
#include "base/Files.h"
#include "base/Random.h"
#include "core/device/emulator/AccessKernels.h"
#include "core/device/emulator/HonestKernels.h"
#include "core/device/emulator/RaceKernels.h"
#include "core/device/emulator/UnwrittenKernels.h"
#include "device/emulator/EmulatorDevice.h"

namespace warploom::test {

namespace {

struct PlantedClass {
    const char* name;
    const std::vector<CheckedKernel>& kernels;
};

/// The four buffers of checked kernels, which live as long as the device.
struct PlantedBuffers {
    DeviceBuffer x;
    DeviceBuffer y;
    DeviceBuffer s;
    DeviceBuffer c;
};

Result<PlantedBuffers> allocateBuffers(Device& device)
{
    constexpr Bytes kSize{kElements * sizeof(float)};
    PlantedBuffers buffers;
    WARPLOOM_TRY(buffers.x, device.allocate({kSize, "x"}));
    WARPLOOM_TRY(buffers.y, device.allocate({kSize, "y"}));
    WARPLOOM_TRY(buffers.s, device.allocate({kSize, "s"}));
    WARPLOOM_TRY(buffers.c, device.allocate({kSize, "c"}));
    RandomStream random(1);
    std::vector<float> values(kElements);
    std::generate(values.begin(), values.end(),
                  [&] { return static_cast<float>(random.below(1 << 24)) * 0x1p-23F - 1.0F; });
    WARPLOOM_CHECK(device.upload(buffers.x.address, std::as_bytes(std::span(values))));
    return buffers;
}

Result<std::optional<Fault>> runPlanted(Device& device, CachedCompiler& compiler, const PlantedBuffers& buffers,
                                        const CheckedKernel& kernel)
{
    CompileRequest request;
    request.source = checkedPrelude() + std::string(kernel.source);
    request.fileName = "k.cu";
    request.architecture = device.facts().architecture;
    request.kernels = {"k"};
    WARPLOOM_TRY(const auto compiled, compiler.compile(request));
    if (const auto* failure = std::get_if<CompileFailure>(&compiled))
        return fail(ErrorCode::CompileFailed, fmt::format("{}: {}", kernel.name, failure->log));
    WARPLOOM_TRY(const LoadedModule module, device.load(std::get<CompileProduct>(compiled)));
    WARPLOOM_CHECK(device.markUnwritten(buffers.s.address, buffers.s.size));
    LaunchStep launch;
    launch.module = module;
    launch.kernel = "k";
    launch.grid = {kernel.blocks};
    launch.block = {kernel.threads};
    launch.dynamicShared = Bytes{kernel.sharedBytes};
    launch.arguments = {argumentOf(buffers.x.address), argumentOf(buffers.y.address), argumentOf(buffers.s.address),
                        argumentOf(buffers.c.address), argumentOf(kElements)};
    const std::vector<DeviceStep> steps{ZeroStep{buffers.y.address, buffers.y.size, 0},
                                        ZeroStep{buffers.c.address, buffers.c.size, 0}, launch};
    WARPLOOM_TRY(const RunOutcome ran, device.run(steps, {}));
    device.unload(module);
    return ran.fault;
}

nlohmann::json planted(const PlantedClass& family, const CheckedKernel& kernel, const std::optional<Fault>& fault)
{
    return {{"class", family.name},
            {"name", kernel.name},
            {"expected", verdictName(kernel.expected)},
            {"blocks", kernel.blocks},
            {"threads", kernel.threads},
            {"shared", kernel.sharedBytes},
            {"source", checkedPrelude() + std::string(kernel.source)},
            {"verdict", verdictName(fault ? fault->verdict : Verdict::Ok)},
            {"line", fault ? fault->place.line : 0},
            {"message", fault ? fault->message : std::string()}};
}

}  // namespace

Result<> benchPlanted(const std::filesystem::path& record)
{
    WARPLOOM_TRY(const auto emulator, makeEmulatorDevice());
    WARPLOOM_TRY(CachedCompiler compiler, CachedCompiler::open());
    WARPLOOM_TRY(const PlantedBuffers buffers, allocateBuffers(*emulator));
    const std::array<PlantedClass, 4> families{{{"access", plantedAccesses()},
                                                {"unwritten", plantedGaps()},
                                                {"race", plantedRaces()},
                                                {"honest", honestKernels()}}};
    nlohmann::json all = nlohmann::json::array();
    std::size_t missed = 0;
    for (const PlantedClass& family : families) {
        std::size_t found = 0;
        for (const CheckedKernel& kernel : family.kernels) {
            WARPLOOM_TRY(const auto fault, runPlanted(*emulator, compiler, buffers, kernel));
            const bool isRight = (fault ? fault->verdict : Verdict::Ok) == kernel.expected;
            found += isRight ? 1 : 0;
            if (!isRight)
                fmt::print("  {}: expected {}, got {}\n", kernel.name, verdictName(kernel.expected),
                           fault ? fault->message : std::string("no fault"));
            all.push_back(planted(family, kernel, fault));
        }
        fmt::print("{:<10} {:>3} kernels, {:>3} judged as expected\n", family.name, family.kernels.size(), found);
        missed += family.kernels.size() - found;
    }
    if (!record.empty())
        WARPLOOM_CHECK(writeFileAtomically(record, all.dump(1) + "\n"));
    if (missed > 0)
        return fail(ErrorCode::Internal, fmt::format("{} kernels were judged otherwise than expected", missed));
    return {};
}

}  // namespace warploom::test
