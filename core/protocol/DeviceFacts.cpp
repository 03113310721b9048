// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "protocol/DeviceFacts.h"

namespace warploom {

void to_json(nlohmann::json& json, const DeviceFacts& facts)
{
    json = {{"id", facts.id},
            {"name", facts.name},
            {"uuid", facts.uuid},
            {"architecture", facts.architecture},
            {"driver", facts.driver},
            {"modelled", facts.modelled},
            {"drives_display", facts.drivesDisplay},
            {"multiprocessors", facts.multiprocessors},
            {"max_threads_per_block", facts.maxThreadsPerBlock},
            {"max_threads_per_multiprocessor", facts.maxThreadsPerMultiprocessor},
            {"max_blocks_per_multiprocessor", facts.maxBlocksPerMultiprocessor},
            {"registers_per_multiprocessor", facts.registersPerMultiprocessor},
            {"shared_per_multiprocessor", facts.sharedPerMultiprocessor.value},
            {"shared_per_block_opt_in", facts.sharedPerBlockOptIn.value},
            {"l2_bytes", facts.l2Size.value},
            {"memory_bytes", facts.memorySize.value},
            {"clock_mhz", facts.clockMhz},
            {"dram_bytes_per_second", facts.dramBytesPerSecond},
            {"fp32_flops_per_second", facts.fp32FlopsPerSecond},
            {"fp64_flops_per_second", facts.fp64FlopsPerSecond},
            {"tensor_flops_per_second", facts.tensorFlopsPerSecond},
            {"tf32_flops_per_second", facts.tf32FlopsPerSecond}};
}

void from_json(const nlohmann::json& json, DeviceFacts& facts)
{
    const DeviceFacts fallback;
    facts.id = json.value("id", "");
    facts.name = json.value("name", "");
    facts.uuid = json.value("uuid", "");
    facts.architecture = json.value("architecture", "");
    facts.driver = json.value("driver", "");
    facts.modelled = json.value("modelled", false);
    facts.drivesDisplay = json.value("drives_display", false);
    facts.multiprocessors = json.value("multiprocessors", 0u);
    facts.maxThreadsPerBlock = json.value("max_threads_per_block", fallback.maxThreadsPerBlock);
    facts.maxThreadsPerMultiprocessor =
        json.value("max_threads_per_multiprocessor", fallback.maxThreadsPerMultiprocessor);
    facts.maxBlocksPerMultiprocessor = json.value("max_blocks_per_multiprocessor", fallback.maxBlocksPerMultiprocessor);
    facts.registersPerMultiprocessor = json.value("registers_per_multiprocessor", fallback.registersPerMultiprocessor);
    facts.sharedPerMultiprocessor = {json.value("shared_per_multiprocessor", fallback.sharedPerMultiprocessor.value)};
    facts.sharedPerBlockOptIn = {json.value("shared_per_block_opt_in", fallback.sharedPerBlockOptIn.value)};
    facts.l2Size = {json.value("l2_bytes", std::uint64_t{0})};
    facts.memorySize = {json.value("memory_bytes", std::uint64_t{0})};
    facts.clockMhz = json.value("clock_mhz", 0.0);
    facts.dramBytesPerSecond = json.value("dram_bytes_per_second", 0.0);
    facts.fp32FlopsPerSecond = json.value("fp32_flops_per_second", 0.0);
    facts.fp64FlopsPerSecond = json.value("fp64_flops_per_second", 0.0);
    facts.tensorFlopsPerSecond = json.value("tensor_flops_per_second", 0.0);
    facts.tf32FlopsPerSecond = json.value("tf32_flops_per_second", 0.0);
}

}  // namespace warploom
