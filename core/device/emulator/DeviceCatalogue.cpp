// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/emulator/DeviceCatalogue.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/Toml.h"
#include "device/emulator/EmbeddedDevices.h"

namespace warploom::emulator {

namespace {

/// Takes figures out of a table and remembers the first that is missing or wrong.
class FigureReader {
public:
    FigureReader(const toml::table& table, std::string file)
        : m_table(table)
        , m_file(std::move(file))
    {
    }

    template <typename T>
    void read(std::string_view key, T& into)
    {
        const auto node = m_table[key];
        const auto value = node.value<double>();
        if (value && *value > 0) {
            into = static_cast<T>(*value);
            return;
        }
        refuse(key, "a number above 0");
    }
    void read(std::string_view key, Bytes& into) { read(key, into.value); }
    void read(std::string_view key, std::string& into)
    {
        const auto value = m_table[key].value<std::string>();
        if (value && !value->empty())
            into = *value;
        else
            refuse(key, "a text");
    }

    [[nodiscard]] const std::optional<Error>& error() const { return m_error; }

private:
    void refuse(std::string_view key, const char* expected)
    {
        if (m_error)
            return;
        const toml::node* node = m_table.get(key);
        const auto& begin = (node != nullptr ? node->source() : m_table.source()).begin;
        m_error = Error{ErrorCode::InvalidInput, fmt::format("the figure {} of a device is missing or wrong", key),
                        SourcePlace{m_file, static_cast<int>(begin.line), static_cast<int>(begin.column)}, expected,
                        node != nullptr ? "something else" : "nothing"};
    }

    const toml::table& m_table;
    std::string m_file;
    std::optional<Error> m_error;
};

void readFacts(FigureReader& reader, DeviceFacts& facts)
{
    reader.read("name", facts.name);
    reader.read("architecture", facts.architecture);
    reader.read("multiprocessors", facts.multiprocessors);
    reader.read("clock_mhz", facts.clockMhz);
    reader.read("max_threads_per_block", facts.maxThreadsPerBlock);
    reader.read("max_threads_per_multiprocessor", facts.maxThreadsPerMultiprocessor);
    reader.read("max_blocks_per_multiprocessor", facts.maxBlocksPerMultiprocessor);
    reader.read("registers_per_multiprocessor", facts.registersPerMultiprocessor);
    reader.read("shared_per_multiprocessor", facts.sharedPerMultiprocessor);
    reader.read("shared_per_block_optin", facts.sharedPerBlockOptIn);
    reader.read("l2_bytes", facts.l2Size);
    reader.read("memory_bytes", facts.memorySize);
    reader.read("dram_bytes_per_second", facts.dramBytesPerSecond);
    reader.read("fp32_flops", facts.fp32FlopsPerSecond);
    reader.read("fp64_flops", facts.fp64FlopsPerSecond);
    reader.read("tensor_flops", facts.tensorFlopsPerSecond);
    reader.read("tf32_flops", facts.tf32FlopsPerSecond);
    facts.id = "emulator";
    facts.uuid = "emulator";
    facts.modelled = true;
}

void readModel(FigureReader& reader, ModelledGpu& gpu)
{
    double overhead = 0;
    reader.read("dram_efficiency", gpu.dramEfficiency);
    reader.read("dram_read_efficiency", gpu.dramReadEfficiency);
    reader.read("l2_bytes_per_second", gpu.l2BytesPerSecond);
    reader.read("integer_lanes", gpu.integerLanes);
    reader.read("double_lanes", gpu.doubleLanes);
    reader.read("half_lanes", gpu.halfLanes);
    reader.read("special_lanes", gpu.specialLanes);
    reader.read("l1_latency", gpu.l1Latency);
    reader.read("l2_latency", gpu.l2Latency);
    reader.read("dram_latency", gpu.dramLatency);
    reader.read("shared_latency", gpu.sharedLatency);
    reader.read("atomic_cycles", gpu.atomicCycles);
    reader.read("blocks_per_cycle", gpu.blocksPerCycle);
    reader.read("launch_overhead_us", overhead);
    gpu.launchOverhead = Microseconds(overhead);
}

}  // namespace

std::vector<std::string> modelledGpuNames()
{
    std::vector<std::string> names;
    for (const EmbeddedDevice& device : embeddedDevices())
        names.emplace_back(device.name);
    return names;
}

Result<ModelledGpu> findModelledGpu(std::string_view name)
{
    for (const EmbeddedDevice& device : embeddedDevices())
        if (device.name == name)
            return parseModelledGpu(device.toml, std::string(device.name) + ".toml");
    return fail(Error{ErrorCode::NotFound,
                      fmt::format("no description of a GPU is called \"{}\"", name),
                      {},
                      fmt::format("one of {}", fmt::join(modelledGpuNames(), ", ")),
                      std::string(name)});
}

Result<ModelledGpu> parseModelledGpu(std::string_view text, const std::string& file)
{
    toml::table table;
    try {
        table = toml::parse(text, std::string_view(file));
    } catch (const toml::parse_error& error) {
        const auto& begin = error.source().begin;
        return fail(Error{ErrorCode::InvalidInput, std::string(error.description()),
                          SourcePlace{file, static_cast<int>(begin.line), static_cast<int>(begin.column)}, "", ""});
    }
    ModelledGpu gpu;
    FigureReader figures(table, file);
    readFacts(figures, gpu.facts);
    figures.read("l1_bytes", gpu.l1Size);
    if (figures.error())
        return fail(*figures.error());
    const toml::table* model = table["model"].as_table();
    if (model == nullptr)
        return fail(Error{ErrorCode::InvalidInput, "the table [model] of a device is missing", SourcePlace{file, 1, 1},
                          "[model]", "nothing"});
    FigureReader modelFigures(*model, file);
    readModel(modelFigures, gpu);
    if (modelFigures.error())
        return fail(*modelFigures.error());
    return gpu;
}

}  // namespace warploom::emulator
