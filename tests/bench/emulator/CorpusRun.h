// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "CorpusKernel.h"
#include "compile/CachedCompiler.h"
#include "device/CounterDevice.h"
#include "device/Device.h"

namespace warploom::test {

/// A kernel's argument as the device takes it.
template <typename T>
ArgumentBytes argumentOf(const T& value)
{
    ArgumentBytes bytes(sizeof(T));
    std::memcpy(bytes.data(), &value, sizeof(T));
    return bytes;
}

/// What came of one kernel on one device.
struct CorpusOutcome {
    std::vector<std::uint32_t> words;  ///< that it wrote
    std::string fault;  ///< empty where it ended well
    std::map<std::string, double> metrics;  ///< by CUPTI's name; empty where nothing counts
};

/// CUPTI's names of what the emulator counts and a card means the same by.
std::vector<std::string> comparedMetrics();

/// The launch of a kernel with its buffers, on a device that loaded its file.
class CorpusLaunch {
public:
    static Result<CorpusLaunch> prepare(Device& device, const CorpusKernel& kernel, LoadedModule module);
    CorpusLaunch(CorpusLaunch&& other) noexcept;
    CorpusLaunch& operator=(CorpusLaunch&&) = delete;
    ~CorpusLaunch();

    /// Runs it once: what it wrote, and what the emulator counted.
    Result<CorpusOutcome> run(bool checks = true);
    /// The card's own counts, in several runs.
    Result<std::map<std::string, double>> count(CounterDevice& counters, const std::vector<std::string>& metrics);

private:
    CorpusLaunch(Device& device, const CorpusKernel& kernel, LoadedModule module);
    [[nodiscard]] ZeroStep zero() const { return {m_out.address, m_out.size, 0}; }
    [[nodiscard]] LaunchStep launch() const;

    Device* m_device;
    const CorpusKernel* m_kernel;
    LoadedModule m_module;
    DeviceBuffer m_in;
    DeviceBuffer m_out;
};

/// CompileFailed with the log.
Result<CompileProduct> compileCorpusFile(CachedCompiler& compiler, const CorpusFile& file,
                                         const std::string& architecture);

}  // namespace warploom::test
