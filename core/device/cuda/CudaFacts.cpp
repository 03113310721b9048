// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/cuda/CudaFacts.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/Files.h"
#include "device/cuda/ArchitecturePeaks.h"
#include "device/cuda/Nvml.h"

namespace warploom {

namespace {

class AttributeReader {
public:
    AttributeReader(const CudaDriver& driver, CUdevice device)
        : m_driver(driver)
        , m_device(device)
    {
    }
    /// 0 where the driver does not know the attribute.
    [[nodiscard]] std::uint32_t operator()(CUdevice_attribute attribute) const
    {
        int value = 0;
        if (m_driver.deviceGetAttribute(&value, attribute, m_device) != CUDA_SUCCESS || value < 0)
            return 0;
        return static_cast<std::uint32_t>(value);
    }

private:
    const CudaDriver& m_driver;
    CUdevice m_device;
};

std::string uuidText(const CUuuid& uuid)
{
    std::string text = "GPU-";
    for (std::size_t i = 0; i < sizeof uuid.bytes; ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            text += '-';
        text += fmt::format("{:02x}", static_cast<unsigned char>(uuid.bytes[i]));
    }
    return text;
}

void fillLimits(const AttributeReader& attribute, DeviceFacts& facts)
{
    facts.multiprocessors = attribute(CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
    facts.maxThreadsPerBlock = attribute(CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK);
    facts.maxThreadsPerMultiprocessor = attribute(CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_MULTIPROCESSOR);
    facts.maxBlocksPerMultiprocessor = attribute(CU_DEVICE_ATTRIBUTE_MAX_BLOCKS_PER_MULTIPROCESSOR);
    facts.registersPerMultiprocessor = attribute(CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_MULTIPROCESSOR);
    facts.sharedPerMultiprocessor = {attribute(CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_MULTIPROCESSOR)};
    facts.sharedPerBlockOptIn = {attribute(CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN)};
    facts.l2Size = {attribute(CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE)};
}

void fillPeaks(const AttributeReader& attribute, int major, int minor, DeviceFacts& facts)
{
    facts.clockMhz = attribute(CU_DEVICE_ATTRIBUTE_CLOCK_RATE) / 1000.0;
    facts.dramBytesPerSecond = dramBytesPerSecond(attribute(CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE),
                                                  attribute(CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH));
    const ArchitecturePeaks peaks = peaksOf(major, minor);
    const double clocksTimesUnits = facts.clockMhz * 1e6 * facts.multiprocessors;
    facts.fp32FlopsPerSecond = clocksTimesUnits * peaks.fp32;
    facts.fp64FlopsPerSecond = clocksTimesUnits * peaks.fp64;
    facts.tensorFlopsPerSecond = clocksTimesUnits * peaks.tensorF16;
    facts.tf32FlopsPerSecond = clocksTimesUnits * peaks.tensorTf32;
}

/// False where NVML is not there or does not know the card.
bool drivesDisplay(const std::string& uuid)
{
    const auto nvml = Nvml::open();
    if (!nvml)
        return false;
    const auto sampler = NvmlSampler::open(*nvml, uuid);
    return sampler && sampler->drivesDisplay().value_or(false);
}

}  // namespace

std::string nvidiaDriverVersion()
{
    if (const auto nvml = Nvml::open()) {
        if (auto version = nvml->driverVersion())
            return *version;
    }
    std::string text = readTextFile("/sys/module/nvidia/version").value_or("");
    text.erase(std::remove_if(text.begin(), text.end(), [](char c) { return c == '\n' || c == '\0'; }), text.end());
    return text;
}

Result<DeviceFacts> readCudaFacts(const CudaDriver& driver, int ordinal)
{
    int count = 0;
    WARPLOOM_CHECK(driver.check(driver.deviceGetCount(&count), "count the GPUs"));
    if (ordinal < 0 || ordinal >= count)
        return fail(ErrorCode::DeviceMissing,
                    fmt::format("there is no cuda:{}: the driver finds {} GPU(s)", ordinal, count));
    CUdevice device = 0;
    WARPLOOM_CHECK(driver.check(driver.deviceGet(&device, ordinal), "open the GPU"));
    std::array<char, 256> name{};
    WARPLOOM_CHECK(driver.check(driver.deviceGetName(name.data(), static_cast<int>(name.size() - 1), device),
                                "read the GPU's name"));
    CUuuid uuid{};
    WARPLOOM_CHECK(driver.check(driver.deviceGetUuid(&uuid, device), "read the GPU's UUID"));
    std::size_t memory = 0;
    WARPLOOM_CHECK(driver.check(driver.deviceTotalMem(&memory, device), "read the GPU's memory size"));

    const AttributeReader attribute(driver, device);
    const auto major = static_cast<int>(attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR));
    const auto minor = static_cast<int>(attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR));
    DeviceFacts facts;
    facts.id = fmt::format("cuda:{}", ordinal);
    facts.name = name.data();
    facts.uuid = uuidText(uuid);
    facts.drivesDisplay = drivesDisplay(facts.uuid);
    facts.architecture = architectureName(major, minor);
    facts.memorySize = {memory};
    fillLimits(attribute, facts);
    fillPeaks(attribute, major, minor, facts);
    return facts;
}

}  // namespace warploom
