// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "assembly/CubinResources.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <map>

#include <fmt/format.h>

#include "assembly/CubinInfo.h"

namespace warploom {

namespace {

constexpr std::uint32_t kReservedShared = 1024;
/// More than any module has: each looks at every section.
constexpr std::size_t kMostKernels = 1024;
constexpr std::uint32_t kSpillAnnotation = 1;

std::uint32_t clampedSize(std::uint64_t size)
{
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(size, UINT32_MAX));
}

std::uint32_t wordAt(std::string_view data, std::size_t index)
{
    return valueAt<std::uint32_t>(data, index * sizeof(std::uint32_t)).value_or(0);
}

/// From sm_90 on the system keeps the first KiB of a block's shared memory, and its section counts it; such a cubin has
/// a section that says so.
bool reservesShared(const CubinFile& cubin)
{
    return std::any_of(cubin.sections().begin(), cubin.sections().end(), [](const CubinFile::Section& section) {
        return section.name.starts_with(".nv.shared.reserved.");
    });
}

/// The product of three u32, as far as it fits.
std::uint32_t volumeOf(std::string_view data)
{
    std::uint64_t volume = 1;
    for (std::size_t i = 0; i < 3; ++i)
        volume = std::min<std::uint64_t>(volume * wordAt(data, i), UINT32_MAX);
    return static_cast<std::uint32_t>(volume);
}

/// Bytes that one lane moves, from the size field of an LDL or STL (sm_70 and later: instructions of 16 bytes).
void addSpill(std::string_view code, std::uint32_t offset, CubinResources& kernel)
{
    constexpr std::uint64_t kLoadLocal = 0x983;
    constexpr std::uint64_t kStoreLocal = 0x387;
    const auto low = valueAt<std::uint64_t>(code, offset);
    const auto high = valueAt<std::uint64_t>(code, std::uint64_t{offset} + 8);
    if (!low || !high)
        return;
    constexpr std::uint32_t kBytes[] = {1, 1, 2, 2, 4, 8, 16, 16};
    const std::uint32_t bytes = kBytes[(*high >> 9) & 7];
    if ((*low & 0xfff) == kLoadLocal)
        kernel.spillLoadBytes += bytes;
    else if ((*low & 0xfff) == kStoreLocal)
        kernel.spillStoreBytes += bytes;
}

void addSpills(std::string_view code, std::string_view annotations, CubinResources& kernel)
{
    // Annotations of other kinds may have another length: what follows one cannot be read.
    for (std::size_t i = 0; i + 1 < annotations.size() / 4 && wordAt(annotations, i) == kSpillAnnotation; i += 2)
        addSpill(code, wordAt(annotations, i + 1), kernel);
}

void addParameter(std::string_view data, std::map<std::uint16_t, CubinResources::Parameter>& parameters)
{
    const auto ordinal = valueAt<std::uint16_t>(data, 4);
    const auto offset = valueAt<std::uint16_t>(data, 6);
    const auto packed = valueAt<std::uint32_t>(data, 8);
    if (ordinal && offset && packed)
        parameters[*ordinal] = {*offset, *packed >> 18};
}

void readOwnInfo(const CubinFile& cubin, std::string_view code, CubinResources& kernel)
{
    const CubinFile::Section* info = cubin.findSection(fmt::format(".nv.info.{}", kernel.kernel));
    if (info == nullptr)
        return;
    std::map<std::uint16_t, CubinResources::Parameter> parameters;
    for (const InfoEntry& entry : infoEntries(info->data)) {
        if (entry.kind == InfoKind::MaxThreads || entry.kind == InfoKind::RequiredThreads)
            kernel.maxThreads = volumeOf(entry.data);
        else if (entry.kind == InfoKind::MaxRegisters)
            kernel.maxRegisters = entry.value;
        else if (entry.kind == InfoKind::BarrierCount)
            kernel.barriers = entry.value & 0xff;
        else if (entry.kind == InfoKind::Parameter)
            addParameter(entry.data, parameters);
        else if (entry.kind == InfoKind::Annotations)
            addSpills(code, entry.data, kernel);
    }
    for (const auto& [ordinal, parameter] : parameters)
        kernel.parameters.push_back(parameter);
}

/// What the module's .nv.info says of the symbol that is called as the kernel is.
void readModuleInfo(const CubinFile& cubin, const std::vector<InfoEntry>& entries, CubinResources& kernel)
{
    for (const InfoEntry& entry : entries) {
        const CubinFile::Symbol* symbol = entry.data.size() == 8 ? cubin.symbolAt(wordAt(entry.data, 0)) : nullptr;
        if (symbol == nullptr || symbol->name != kernel.kernel)
            continue;
        if (entry.kind == InfoKind::RegisterCount)
            kernel.registers = wordAt(entry.data, 1);
        else if (entry.kind == InfoKind::FrameSize)
            kernel.stackBytes = wordAt(entry.data, 1);
        else if (entry.kind == InfoKind::MinStackSize)
            kernel.stackBytesWithCalls = wordAt(entry.data, 1);
    }
}

void readConstants(const CubinFile& cubin, CubinResources& kernel)
{
    constexpr std::string_view kPrefix = ".nv.constant";
    for (const CubinFile::Section& section : cubin.sections()) {
        if (!section.name.starts_with(kPrefix))
            continue;
        std::string_view rest = section.name.substr(kPrefix.size());
        while (!rest.empty() && std::isdigit(static_cast<unsigned char>(rest.front())) != 0)
            rest.remove_prefix(1);
        if (rest.empty())
            kernel.moduleConstantBytes += clampedSize(section.size);
        else if (rest.front() == '.' && rest.substr(1) == kernel.kernel)
            kernel.constantBytes += clampedSize(section.size);
    }
}

}  // namespace

std::vector<CubinResources> cubinResources(const CubinFile& cubin)
{
    const CubinFile::Section* info = cubin.findSection(".nv.info");
    const auto moduleInfo = info == nullptr ? std::vector<InfoEntry>() : infoEntries(info->data);
    const bool isReserving = reservesShared(cubin);
    std::vector<CubinResources> all;
    for (const std::string_view name : cubin.kernels()) {
        if (all.size() == kMostKernels)
            break;
        CubinResources kernel;
        kernel.kernel = name;
        const CubinFile::Section* code = cubin.findSection(fmt::format(".text.{}", name));
        kernel.codeBytes = clampedSize(code->size);
        readModuleInfo(cubin, moduleInfo, kernel);
        readOwnInfo(cubin, code->data, kernel);
        readConstants(cubin, kernel);
        kernel.reservedSharedBytes = isReserving ? kReservedShared : 0;
        if (const auto* shared = cubin.findSection(fmt::format(".nv.shared.{}", name)); shared != nullptr) {
            const std::uint32_t size = clampedSize(shared->size);
            kernel.sharedBytes = size - std::min(size, kernel.reservedSharedBytes);
        }
        all.push_back(std::move(kernel));
    }
    return all;
}

void fillIn(KernelResources& kernel, const CubinResources& known)
{
    // ptxas reports every kernel as a whole: a kernel has at least one register.
    if (kernel.registers == 0) {
        kernel.registers = known.registers;
        kernel.sharedBytes = known.sharedBytes;
        kernel.stackBytes = known.stackBytes;
        kernel.spillStoreBytes = known.spillStoreBytes;
        kernel.spillLoadBytes = known.spillLoadBytes;
        kernel.barriers = known.barriers;
    }
    if (kernel.constantBytes == 0)
        kernel.constantBytes = known.constantBytes + known.moduleConstantBytes;
    if (kernel.parameters.empty()) {
        for (const CubinResources::Parameter& parameter : known.parameters)
            kernel.parameters.push_back({parameter.size, 0, {}});
    }
}

}  // namespace warploom
