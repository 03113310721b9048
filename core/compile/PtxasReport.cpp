// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "compile/PtxasReport.h"

#include <algorithm>
#include <cctype>

#include "compile/LogText.h"

namespace warploom {

namespace {

constexpr std::string_view kEntry = "Compiling entry function '";
constexpr std::string_view kProperties = "Function properties for ";

/// The number just before \p words ("4 bytes smem"); 0 when they are not in the line.
std::uint32_t numberBefore(std::string_view line, std::string_view words)
{
    const auto position = line.find(words);
    if (position == std::string_view::npos)
        return 0;
    std::size_t start = position;
    while (start > 0 && std::isdigit(static_cast<unsigned char>(line[start - 1])) != 0)
        --start;
    return parseNumber<std::uint32_t>(line.substr(start, position - start)).value_or(0);
}

/// "8 bytes cmem[2]" can stand there once for each bank.
std::uint32_t constantBytes(std::string_view line)
{
    std::uint32_t total = 0;
    while (line.find(" bytes cmem[") != std::string_view::npos) {
        total += numberBefore(line, " bytes cmem[");
        line.remove_prefix(line.find(" bytes cmem[") + 1);
    }
    return total;
}

void takeUsage(std::string_view line, KernelResources& kernel)
{
    const auto used = line.find("Used ");
    const std::string_view rest = line.substr(used + 5);
    kernel.registers = parseNumber<std::uint32_t>(rest.substr(0, rest.find(' '))).value_or(0);
    kernel.barriers = numberBefore(line, " barriers");
    kernel.sharedBytes = numberBefore(line, " bytes smem");
    kernel.constantBytes = constantBytes(line);
    kernel.stackBytes = std::max(kernel.stackBytes, numberBefore(line, " bytes cumulative stack size"));
}

}  // namespace

std::map<std::string, KernelResources> parsePtxasReport(std::string_view log)
{
    std::map<std::string, KernelResources> kernels;
    KernelResources* entry = nullptr;  // whose "Used …" line comes next
    KernelResources* function =
        nullptr;  // whose stack frame comes next: a kernel's, or nothing for a device function's
    for (const std::string_view line : linesOf(log)) {
        if (!line.starts_with("ptxas") && !line.starts_with("    "))
            continue;
        if (const auto start = line.find(kEntry); start != std::string_view::npos) {
            const std::string_view rest = line.substr(start + kEntry.size());
            const auto end = rest.find('\'');
            const bool isNamed = end != std::string_view::npos && end > 0;  // a log may be cut off
            entry = isNamed ? &kernels[std::string(rest.substr(0, end))] : nullptr;
            function = entry;
        } else if (const auto named = line.find(kProperties); named != std::string_view::npos) {
            const auto known = kernels.find(std::string(trimmed(line.substr(named + kProperties.size()))));
            function = known == kernels.end() ? nullptr : &known->second;
        } else if (line.find(" bytes stack frame") != std::string_view::npos && function != nullptr) {
            function->stackBytes = numberBefore(line, " bytes stack frame");
            function->spillStoreBytes = numberBefore(line, " bytes spill stores");
            function->spillLoadBytes = numberBefore(line, " bytes spill loads");
        } else if (line.find("Used ") != std::string_view::npos && entry != nullptr) {
            takeUsage(line, *entry);
            entry = nullptr;
        }
    }
    for (auto& [name, kernel] : kernels)
        kernel.loweredName = name;
    return kernels;
}

}  // namespace warploom
