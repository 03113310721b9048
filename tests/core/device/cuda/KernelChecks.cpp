// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <thread>

#include "CheckBench.h"
#include "Checks.h"

namespace warploom::test {

namespace {

Result<LaunchStep> endlessKernel(CheckBench& bench)
{
    WARPLOOM_TRY(const DeviceBuffer flag, bench.buffer(4, "flag"));
    WARPLOOM_CHECK(bench.fill(flag, 0));
    return bench.launch("spin", {1}, {32}, {argument(flag.address)});
}

Result<std::string> expectCrash(CheckBench& bench, const LaunchStep& step)
{
    const auto begin = std::chrono::steady_clock::now();
    WARPLOOM_TRY(const auto fault, bench.run(step));
    const auto end = std::chrono::steady_clock::now();
    CHECK_THAT(fault && fault->verdict == Verdict::Crashed && fault->sticky, "not a sticky crash: {}",
               fault ? fault->message : "no fault");
    const auto later = bench.run(step);
    CHECK_THAT(!later && later.error().code == ErrorCode::DeviceFailed, "the device still works after a crash");
    return fmt::format("{} in {:.0f} ms: {}", fault->deviceError, milliseconds(end - begin), fault->message);
}

Result<std::string> expectRefused(CheckBench& bench, const LaunchStep& step)
{
    WARPLOOM_TRY(const auto fault, bench.run(step));
    CHECK_THAT(fault && fault->verdict == Verdict::LaunchError && !fault->sticky, "not refused: {}",
               fault ? fault->message : "no fault");
    TimingRequest request;
    request.timed = {step};
    WARPLOOM_TRY(const TimingOutcome timed, bench.device().time(request));
    CHECK_THAT(timed.fault && timed.fault->verdict == Verdict::LaunchError, "refused to run, but was timed");
    return fault->deviceError;
}

}  // namespace

Result<std::string> checkEndless(const CheckSetting& setting)
{
    WARPLOOM_TRY(const auto bench, CheckBench::make(setting));
    WARPLOOM_TRY(const LaunchStep step, endlessKernel(*bench));
    const auto begin = std::chrono::steady_clock::now();
    WARPLOOM_TRY(const auto fault, bench->run(step, std::chrono::milliseconds(300)));
    const double waited = milliseconds(std::chrono::steady_clock::now() - begin);
    CHECK_THAT(fault && fault->verdict == Verdict::Timeout && fault->sticky, "not a sticky timeout");
    CHECK_THAT(waited < 1000, "the deadline of 300 ms took {:.0f} ms", waited);
    const auto again = std::chrono::steady_clock::now();
    const auto later = bench->buffer(16);
    const double refused = milliseconds(std::chrono::steady_clock::now() - again);
    CHECK_THAT(!later && later.error().code == ErrorCode::DeviceFailed && refused < 100,
               "later calls are not refused at once");
    return fmt::format("deadline 300 ms, back after {:.1f} ms: {}", waited, fault->message);
}

Result<std::string> checkCancel(const CheckSetting& setting)
{
    WARPLOOM_TRY(const auto bench, CheckBench::make(setting));
    WARPLOOM_TRY(const LaunchStep step, endlessKernel(*bench));
    std::stop_source source;
    std::jthread canceller([&source] {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        source.request_stop();
    });
    RunLimits limits;
    limits.stop = source.get_token();
    const DeviceStep steps[] = {step};
    const auto begin = std::chrono::steady_clock::now();
    const auto outcome = bench->device().run(steps, limits);
    const double waited = milliseconds(std::chrono::steady_clock::now() - begin);
    CHECK_THAT(!outcome && outcome.error().isCancelled(), "not cancelled");
    CHECK_THAT(waited < 2000, "cancelled after {:.0f} ms only", waited);
    return fmt::format("cancelled after 50 ms, back after {:.0f} ms", waited);
}

Result<std::string> checkTrap(const CheckSetting& setting)
{
    WARPLOOM_TRY(const auto bench, CheckBench::make(setting));
    return expectCrash(*bench, bench->launch("crash", {1}, {32}, {}));
}

Result<std::string> checkFaultBeforeFill(const CheckSetting& setting)
{
    WARPLOOM_TRY(const auto bench, CheckBench::make(setting));
    WARPLOOM_TRY(const DeviceBuffer out, bench->buffer(4096, "out"));
    // The card may be done with the kernel before the fills are queued: one of them then tells of its fault.
    std::vector<DeviceStep> steps{bench->launch("crash", {1}, {32}, {})};
    steps.insert(steps.end(), 200, ZeroStep{out.address, out.size});
    WARPLOOM_TRY(const RunOutcome outcome, bench->device().run(steps, {}));
    CHECK_THAT(outcome.fault && outcome.fault->verdict == Verdict::Crashed && outcome.fault->sticky,
               "not a sticky crash");
    return outcome.fault->message;
}

Result<std::string> checkMisaligned(const CheckSetting& setting)
{
    WARPLOOM_TRY(const auto bench, CheckBench::make(setting));
    WARPLOOM_TRY(const DeviceBuffer buffer, bench->buffer(64));
    return expectCrash(*bench, bench->poke(buffer, 2));
}

Result<std::string> checkRefusedLaunches(const CheckSetting& setting)
{
    WARPLOOM_TRY(const auto bench, CheckBench::make(setting));
    WARPLOOM_TRY(const DeviceBuffer out, bench->buffer(4096, "out"));
    WARPLOOM_CHECK(bench->fill(out, 0));
    const std::vector arguments{argument(out.address), argument(1024)};
    WARPLOOM_TRY(const std::string block, expectRefused(*bench, bench->launch("addOne", {1}, {2048}, arguments)));
    WARPLOOM_TRY(const std::string grid, expectRefused(*bench, bench->launch("addOne", {1, 100'000}, {32}, arguments)));
    LaunchStep shared = bench->launch("addOne", {1}, {32}, arguments);
    shared.dynamicShared = {1 << 20};
    WARPLOOM_TRY(const std::string memory, expectRefused(*bench, shared));
    LaunchStep cooperative = bench->launch("addOne", {1'000'000}, {1024}, arguments);
    cooperative.cooperative = true;
    WARPLOOM_TRY(const std::string together, expectRefused(*bench, cooperative));
    WARPLOOM_TRY(const auto fine, bench->run(bench->launch("addOne", {4}, {256}, arguments)));
    CHECK_THAT(!fine, "the device does not work after refusals: {}", fine->message);
    WARPLOOM_TRY(const std::vector<int> sums, bench->ints(out.address, 1024));
    CHECK_THAT(sums == std::vector<int>(1024, 1), "a refused launch ran");
    return fmt::format("block {}, grid {}, shared {}, cooperative {}", block, grid, memory, together);
}

Result<std::string> checkArguments(const CheckSetting& setting)
{
    WARPLOOM_TRY(const auto bench, CheckBench::make(setting));
    const auto few = bench->run(bench->launch("addOne", {1}, {1}, {argument(DeviceAddress{0})}));
    CHECK_THAT(!few && few.error().code == ErrorCode::InvalidArgument, "a missing argument passed");
    const auto wide = bench->run(bench->launch("addOne", {1}, {1}, {argument(DeviceAddress{0}), argument(1.0)}));
    CHECK_THAT(!wide && wide.error().code == ErrorCode::InvalidArgument, "an argument of the wrong size passed");
    const auto none = bench->run(bench->launch("nothing", {1}, {1}, {}));
    CHECK_THAT(!none && none.error().isNotFound(), "a kernel that is not there passed");
    LaunchStep unloaded = bench->launch("crash", {1}, {1}, {});
    unloaded.module = {99};
    const auto gone = bench->run(unloaded);
    CHECK_THAT(!gone && gone.error().code == ErrorCode::InvalidArgument, "a module that is not there passed");
    CompileProduct text;
    text.cubin = "not a cubin";
    const auto loaded = bench->device().load(text);
    CHECK_THAT(!loaded && loaded.error().code == ErrorCode::InvalidInput, "text was loaded as a cubin");
    return few.error().message;
}

Result<std::string> checkGlobals(const CheckSetting& setting)
{
    WARPLOOM_TRY(const auto bench, CheckBench::make(setting, "state"));
    WARPLOOM_TRY(const DeviceBuffer out, bench->buffer(20, "out"));
    WARPLOOM_CHECK(bench->fill(out, 0));
    const LaunchStep step = bench->launch("remember", {1}, {1}, {argument(out.address)});
    const std::vector<int> first{7, 0, 40, 1};
    for (const std::vector<int>& expected : {first, std::vector<int>{8, 1, 41, 1}}) {
        WARPLOOM_TRY(const auto fault, bench->run(step));
        CHECK_THAT(!fault, "the kernel failed: {}", fault->message);
        WARPLOOM_TRY(const std::vector<int> seen, bench->ints(out.address, 4));
        CHECK_THAT(seen == expected, "before a reset: {} {} {} {}", seen[0], seen[1], seen[2], seen[3]);
    }
    const auto begin = std::chrono::steady_clock::now();
    WARPLOOM_CHECK(bench->device().resetGlobals(bench->module()));
    const auto end = std::chrono::steady_clock::now();
    WARPLOOM_TRY(const auto fault, bench->run(step));
    CHECK_THAT(!fault, "the kernel failed: {}", fault->message);
    WARPLOOM_TRY(const std::vector<int> seen, bench->ints(out.address, 4));
    CHECK_THAT(seen == first, "after a reset: {} {} {} {}", seen[0], seen[1], seen[2], seen[3]);
    return fmt::format("visible, static and function-local variables forget; {:.3f} ms", milliseconds(end - begin));
}

Result<std::string> checkConstant(const CheckSetting& setting)
{
    WARPLOOM_TRY(const auto bench, CheckBench::make(setting, "state"));
    WARPLOOM_TRY(const SymbolPlace table, bench->device().symbol(bench->module(), "table"));
    CHECK_THAT(table.size.value == 16, "the symbol has {} bytes", table.size.value);
    WARPLOOM_TRY(const DeviceBuffer values, bench->buffer(16, "values"));
    WARPLOOM_CHECK(bench->fill(values, 9));
    WARPLOOM_TRY(const DeviceBuffer out, bench->buffer(20, "out"));
    WARPLOOM_CHECK(bench->fill(out, 0));
    const std::vector<DeviceStep> steps{CopyStep{table.address, values.address, table.size},
                                        bench->launch("remember", {1}, {1}, {argument(out.address)})};
    WARPLOOM_TRY(const RunOutcome outcome, bench->device().run(steps, {}));
    CHECK_THAT(!outcome.fault, "the plan failed");
    WARPLOOM_TRY(const std::vector<int> seen, bench->ints(out.address, 4));
    CHECK_THAT(seen[3] == 0x09090909, "the kernel reads {:#x}", seen[3]);
    const auto none = bench->device().symbol(bench->module(), "nothing");
    CHECK_THAT(!none && none.error().isNotFound(), "a symbol that is not there was found");
    return "a kernel sees what the step before it copied";
}

Result<std::string> checkSharedMemory(const CheckSetting& setting)
{
    WARPLOOM_TRY(const auto bench, CheckBench::make(setting));
    WARPLOOM_TRY(const DeviceBuffer out, bench->buffer(4, "out"));
    // The kernel has 16 KiB of static memory: 40 KiB already need the opt-in, 200 KiB are near the most on sm_90.
    for (const int kibibytes : {16, 40, 200, 20}) {
        const int words = kibibytes * 256;
        LaunchStep step = bench->launch("useShared", {1}, {256}, {argument(out.address), argument(words)});
        step.dynamicShared = {static_cast<std::uint64_t>(kibibytes) * 1024};
        WARPLOOM_TRY(const auto fault, bench->run(step));
        CHECK_THAT(!fault, "{} KiB: {}", kibibytes, fault->message);
        WARPLOOM_TRY(const std::vector<int> seen, bench->ints(out.address, 1));
        CHECK_THAT(seen[0] == words - 1 + 255, "{} KiB: the kernel saw {}", kibibytes, seen[0]);
    }
    return "16, 40, 200 and 20 KiB beside 16 KiB of static memory";
}

Result<std::string> checkClusters(const CheckSetting& setting)
{
    WARPLOOM_TRY(const auto bench, CheckBench::make(setting));
    WARPLOOM_TRY(const DeviceBuffer out, bench->buffer(64, "out"));
    std::string text;
    for (const std::uint32_t blocks : {1u, 4u, 16u}) {
        LaunchStep step = bench->launch("clusterSize", {32}, {32}, {argument(out.address)});
        step.cluster = {blocks};
        WARPLOOM_TRY(const auto fault, bench->run(step));
        if (fault) {
            CHECK_THAT(blocks > 8 && fault->verdict == Verdict::LaunchError, "cluster of {}: {}", blocks,
                       fault->message);
            text += fmt::format("{}: {} ", blocks, fault->deviceError);
            continue;
        }
        WARPLOOM_TRY(const std::vector<int> seen, bench->ints(out.address, 1));
        CHECK_THAT(seen[0] == static_cast<int>(blocks), "a cluster of {} has {} blocks", blocks, seen[0]);
        text += fmt::format("{}: runs ", blocks);
    }
    LaunchStep cooperative = bench->launch("addOne", {4}, {4}, {argument(out.address), argument(16)});
    cooperative.cooperative = true;
    WARPLOOM_TRY(const auto fault, bench->run(cooperative));
    CHECK_THAT(!fault, "a cooperative launch fails: {}", fault->message);
    return text + "cooperative: runs";
}

Result<std::string> checkHeap(const CheckSetting& setting)
{
    WARPLOOM_TRY(const auto bench, CheckBench::make(setting, "heap"));
    WARPLOOM_TRY(const DeviceBuffer out, bench->buffer(4, "out"));
    WARPLOOM_TRY(const auto fault,
                 bench->run(bench->launch("heapKiB", {1}, {1}, {argument(out.address), argument(16384)})));
    CHECK_THAT(!fault, "the kernel failed: {}", fault->message);
    WARPLOOM_TRY(const std::vector<int> seen, bench->ints(out.address, 1));
    CHECK_THAT(seen[0] < 8192 - 512, "device malloc gives {} KiB: the limit has no effect", seen[0]);
    return fmt::format("gives {} KiB", seen[0]);
}

}  // namespace warploom::test
