// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cstdlib>
#include <vector>

#include "device/emulator/OpcodeTable.h"

namespace warploom::emulator {

namespace baseline {
const HandlerSet& handlers();
}
namespace avx2 {
const HandlerSet& handlers();
}
namespace avx512 {
const HandlerSet& handlers();
}

namespace {

bool hasAvx2()
{
    return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0
        && __builtin_cpu_supports("bmi2") != 0 && __builtin_cpu_supports("f16c") != 0;
}

bool hasAvx512()
{
    return hasAvx2() && __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0
        && __builtin_cpu_supports("avx512dq") != 0 && __builtin_cpu_supports("avx512vl") != 0;
}

std::vector<HostHandlers> findRunnable()
{
    std::vector<HostHandlers> sets{{"baseline", &baseline::handlers()}};
    if (hasAvx2())
        sets.push_back({"avx2", &avx2::handlers()});
    if (hasAvx512())
        sets.push_back({"avx512", &avx512::handlers()});
    return sets;
}

const HandlerSet& choose()
{
    const auto sets = runnableHandlers();
    const char* wanted = std::getenv("WARPLOOM_EMULATOR_ISA");
    const auto named = std::find_if(
        sets.begin(), sets.end(), [wanted](const HostHandlers& set) { return wanted != nullptr && set.isa == wanted; });
    return *(named == sets.end() ? sets.back() : *named).handlers;
}

}  // namespace

std::span<const HostHandlers> runnableHandlers()
{
    static const std::vector<HostHandlers> sets = findRunnable();
    return sets;
}

const HandlerSet& hostHandlers()
{
    static const HandlerSet& chosen = choose();
    return chosen;
}

}  // namespace warploom::emulator
