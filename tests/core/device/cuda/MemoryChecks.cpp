// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "CheckBench.h"
#include "Checks.h"
#include "device/cuda/GuardLayout.h"

namespace warploom::test {

namespace {

constexpr std::uint64_t kSharedSize = 1'000'000;
constexpr std::uint64_t kTwoMebibytes = 2 << 20;

/// Expects the one store to end in out-of-bounds and the device to be gone afterwards.
Result<std::string> expectOutOfBounds(CheckBench& bench, const LaunchStep& store)
{
    const auto begin = std::chrono::steady_clock::now();
    WARPLOOM_TRY(const auto fault, bench.run(store));
    const auto end = std::chrono::steady_clock::now();
    CHECK_THAT(fault, "the store was not noticed");
    CHECK_THAT(fault->verdict == Verdict::OutOfBounds && fault->sticky, "{}: {}", verdictName(fault->verdict),
               fault->message);
    CHECK_THAT(fault->message.find("poke") != std::string::npos, "the message does not name the kernel: {}",
               fault->message);
    const auto later = bench.buffer(16);
    CHECK_THAT(!later && later.error().code == ErrorCode::DeviceFailed, "the device still works after a sticky fault");
    return fmt::format("{} in {:.0f} ms: {}", fault->deviceError, milliseconds(end - begin), fault->message);
}

Result<> waitForChild(pid_t child)
{
    int status = 0;
    CHECK_THAT(::waitpid(child, &status, 0) == child, "the second process got lost");
    CHECK_THAT(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the second process failed (status {:#x})", status);
    return {};
}

}  // namespace

Result<std::string> checkMemorySteps(const CheckSetting& setting)
{
    WARPLOOM_TRY(const auto bench, CheckBench::make(setting));
    BufferRequest plain;
    plain.size = {4096};
    plain.guarded = false;
    WARPLOOM_TRY(const DeviceBuffer from, bench->device().allocate(plain));
    WARPLOOM_TRY(const DeviceBuffer to, bench->buffer(4096, "to"));
    WARPLOOM_CHECK(bench->fill(from, 7));
    WARPLOOM_CHECK(bench->fill(to, 1));
    const std::vector<DeviceStep> steps{CopyStep{to.address, from.address, {4096}}, ZeroStep{to.address + 4, {8}},
                                        ZeroStep{to.address, {0}}, ZeroStep{to.address + 16, {4}, 0x7B}};
    WARPLOOM_TRY(const RunOutcome outcome, bench->device().run(steps, {}));
    CHECK_THAT(!outcome.fault, "copy and zero failed");
    WARPLOOM_TRY(const std::vector<int> values, bench->ints(to.address, 1024));
    CHECK_THAT(values[4] == 0x7B7B7B7B, "a fill with 0x7B wrote {:#x}", values[4]);
    CHECK_THAT(values[0] == 0x07070707 && values[1] == 0 && values[2] == 0 && values[3] == 0x07070707
                   && values[1023] == 0x07070707,
               "wrong bytes after copy and zero");
    const auto nowhere = bench->run(ZeroStep{64, {16}});
    CHECK_THAT(!nowhere && nowhere.error().code == ErrorCode::InvalidArgument,
               "a zero step outside of all memory passed");
    WARPLOOM_TRY(const auto canary, bench->device().brokenCanary(from));
    CHECK_THAT(!canary, "a plain buffer has no canary");
    bench->device().release(from);
    const auto gone = bench->device().brokenCanary(from);
    CHECK_THAT(!gone && gone.error().code == ErrorCode::InvalidArgument, "a released buffer is still known");
    return "a wild address is refused";
}

Result<std::string> checkLayout(const CheckSetting& setting)
{
    WARPLOOM_TRY(const auto bench, CheckBench::make(setting));
    const auto begin = std::chrono::steady_clock::now();
    for (const std::uint64_t size :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1000}, kTwoMebibytes, 3 * kTwoMebibytes + 4}) {
        WARPLOOM_TRY(const DeviceBuffer buffer, bench->buffer(size));
        CHECK_THAT(buffer.address % GuardLayout::kAlignment == 0, "{} bytes lie at {:#x}", size, buffer.address);
        CHECK_THAT((buffer.address + size + 255) % (64 * 1024) <= 255, "{} bytes do not end at a page", size);
        WARPLOOM_CHECK(bench->fill(buffer, 3));
        WARPLOOM_TRY(const auto canary, bench->device().brokenCanary(buffer));
        CHECK_THAT(!canary, "a fresh canary is broken: {}", *canary);
        bench->device().release(buffer);
    }
    const auto end = std::chrono::steady_clock::now();
    const auto huge = bench->buffer(std::uint64_t{1} << 40);
    CHECK_THAT(!huge && huge.error().code == ErrorCode::OutOfMemory, "a tebibyte was given");
    WARPLOOM_TRY(const DeviceBuffer after, bench->buffer(1000));
    WARPLOOM_CHECK(bench->fill(after, 3));
    return fmt::format("{:.2f} ms to make, fill, check and release one; {}", milliseconds(end - begin) / 5,
                       huge.error().message);
}

Result<std::string> checkPastEnd(const CheckSetting& setting)
{
    WARPLOOM_TRY(const auto bench, CheckBench::make(setting));
    WARPLOOM_TRY(const DeviceBuffer buffer, bench->buffer(4096));
    WARPLOOM_TRY(const auto last, bench->run(bench->poke(buffer, 4092)));
    CHECK_THAT(!last, "the last element cannot be written: {}", last->message);
    return expectOutOfBounds(*bench, bench->poke(buffer, 4096));
}

Result<std::string> checkBeforeStart(const CheckSetting& setting)
{
    WARPLOOM_TRY(const auto bench, CheckBench::make(setting));
    WARPLOOM_TRY(const DeviceBuffer buffer, bench->buffer(kTwoMebibytes));
    return expectOutOfBounds(*bench, bench->poke(buffer, -4));
}

Result<std::string> checkCanary(const CheckSetting& setting)
{
    WARPLOOM_TRY(const auto bench, CheckBench::make(setting));
    WARPLOOM_TRY(const DeviceBuffer buffer, bench->buffer(1000, "y"));
    WARPLOOM_TRY(const auto under, bench->run(bench->poke(buffer, -12)));
    CHECK_THAT(!under, "the head slack is not mapped: {}", under->message);
    WARPLOOM_TRY(const auto head, bench->device().brokenCanary(buffer));
    CHECK_THAT(head && head->find("4 bytes written before y") != std::string::npos, "head: {}",
               head.value_or("nothing"));
    WARPLOOM_TRY(const auto renewed, bench->device().brokenCanary(buffer));
    CHECK_THAT(!renewed, "the canary was not renewed: {}", *renewed);
    WARPLOOM_TRY(const auto over, bench->run(bench->poke(buffer, 1000)));
    CHECK_THAT(!over, "the tail slack is not mapped: {}", over->message);
    WARPLOOM_TRY(const auto tail, bench->device().brokenCanary(buffer));
    CHECK_THAT(tail && tail->find("4 bytes written past the end of y") != std::string::npos, "tail: {}",
               tail.value_or("nothing"));
    return fmt::format("{}; {}", *head, *tail);
}

Result<> importSharedBuffer(const CheckSetting& setting, int fd)
{
    WARPLOOM_TRY(const auto bench, CheckBench::make(setting));
    BufferRequest request;
    request.size = {kSharedSize};
    request.name = "shared";
    WARPLOOM_TRY(const DeviceBuffer buffer, bench->device().importBuffer(fd, request));
    WARPLOOM_TRY(const std::vector<int> values, bench->ints(buffer.address, kSharedSize / 4));
    CHECK_THAT(values == std::vector<int>(kSharedSize / 4, 0x21212121), "the importer sees other bytes");
    return bench->fill(buffer, 0x42);
}

Result<std::string> checkShare(const CheckSetting& setting)
{
    WARPLOOM_TRY(const auto bench, CheckBench::make(setting));
    WARPLOOM_TRY(const DeviceBuffer own, bench->buffer(64));
    const auto refused = bench->device().exportBuffer(own);
    CHECK_THAT(!refused && refused.error().code == ErrorCode::InvalidArgument, "an ordinary buffer was exported");
    WARPLOOM_TRY(const DeviceBuffer buffer, bench->buffer(kSharedSize, "shared", true));
    WARPLOOM_CHECK(bench->fill(buffer, 0x21));
    WARPLOOM_TRY(const int fd, bench->device().exportBuffer(buffer));
    const std::string number = fmt::format("{}", fd);
    const std::string simulated = setting.simulated ? "--simulated" : "--real";
    const auto begin = std::chrono::steady_clock::now();
    const pid_t child = ::fork();
    if (child == 0) {
        ::fcntl(fd, F_SETFD, 0);
        ::execl(setting.executable.c_str(), setting.executable.c_str(), "--import", number.c_str(), "--fixtures",
                setting.fixtures.c_str(), "--driver", setting.driver.c_str(), simulated.c_str(), nullptr);
        ::_exit(127);
    }
    const auto ended = waitForChild(child);
    ::close(fd);
    WARPLOOM_CHECK(ended);
    const auto end = std::chrono::steady_clock::now();
    WARPLOOM_TRY(const std::vector<int> values, bench->ints(buffer.address, kSharedSize / 4));
    CHECK_THAT(values == std::vector<int>(kSharedSize / 4, 0x42424242),
               "the exporter does not see the importer's bytes");
    WARPLOOM_TRY(const auto canary, bench->device().brokenCanary(buffer));
    CHECK_THAT(!canary, "the importer maps it elsewhere: {}", *canary);
    return fmt::format("both see each other's bytes; the other process took {:.0f} ms in all",
                       milliseconds(end - begin));
}

Result<std::string> checkReadOnlyImport(const CheckSetting& setting)
{
    WARPLOOM_TRY(const auto bench, CheckBench::make(setting));
    WARPLOOM_TRY(const DeviceBuffer buffer, bench->buffer(kSharedSize, "shared", true));
    WARPLOOM_CHECK(bench->fill(buffer, 0x21));
    WARPLOOM_TRY(const int fd, bench->device().exportBuffer(buffer));
    BufferRequest request;
    request.size = buffer.size;
    request.name = "shared";
    const auto mapped = bench->device().importBuffer(fd, request, CudaDevice::Access::ReadOnly);
    ::close(fd);
    if (!mapped)
        return fmt::format("not accepted: {}", mapped.error().message);
    WARPLOOM_TRY(const std::vector<int> values, bench->ints(mapped->address, 16));
    CHECK_THAT(values == std::vector<int>(16, 0x21212121), "the read-only mapping shows other bytes");
    WARPLOOM_TRY(const auto fault, bench->run(bench->poke(*mapped, 0)));
    CHECK_THAT(fault, "accepted, but a store through it passes");
    return fmt::format("accepted; a store through it: {}", fault->deviceError);
}

}  // namespace warploom::test
