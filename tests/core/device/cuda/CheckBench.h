// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "DeviceChecks.h"

/// Ends a check that returns a Result with what was expected when \p condition does not hold.
#define CHECK_THAT(condition, ...)                                                                                     \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            return ::warploom::fail(ErrorCode::Internal, fmt::format(__VA_ARGS__));                                    \
    } while (false)

namespace warploom::test {

/// A device with one fixture loaded, and short ways to use it.
class CheckBench {
public:
    static Result<std::unique_ptr<CheckBench>> make(const CheckSetting& setting,
                                                    const std::string& fixture = "kernels");

    CudaDevice& device() { return *m_device; }
    [[nodiscard]] LoadedModule module() const { return m_module; }

    Result<DeviceBuffer> buffer(std::uint64_t size, const std::string& name = "x", bool shareable = false);
    Result<> fill(const DeviceBuffer& buffer, unsigned char value);
    Result<std::vector<int>> ints(DeviceAddress from, std::size_t count);
    [[nodiscard]] LaunchStep launch(const std::string& kernel, Extent3 grid, Extent3 block,
                                    std::vector<ArgumentBytes> arguments) const;
    /// The copy kernel over whole buffers, as many blocks as fill a large card.
    [[nodiscard]] LaunchStep copy(const DeviceBuffer& from, const DeviceBuffer& to) const;
    /// Stores four bytes at \p offset from the buffer's start.
    [[nodiscard]] LaunchStep poke(const DeviceBuffer& buffer, std::int64_t offset) const;
    /// Runs one step; the fault, if any, is the value.
    Result<std::optional<Fault>> run(const DeviceStep& step,
                                     std::chrono::milliseconds deadline = std::chrono::seconds(10));
    /// Median of \p count timings of the copy.
    Result<double> medianCopyTime(const DeviceBuffer& from, const DeviceBuffer& to, bool cold, int count);

private:
    std::unique_ptr<CudaDevice> m_device;
    LoadedModule m_module;
};

template <typename T>
ArgumentBytes argument(const T& value)
{
    ArgumentBytes bytes(sizeof value);
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
}

double milliseconds(std::chrono::steady_clock::duration duration);

}  // namespace warploom::test
