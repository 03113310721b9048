// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/emulator/OpcodeTable.h"

namespace warploom::emulator {

namespace baseline {
const HandlerSet& handlers();
}
namespace avx2 {
const HandlerSet& handlers();
}

const HandlerSet& hostHandlers()
{
    const bool hasAvx2 = __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0
        && __builtin_cpu_supports("bmi2") != 0 && __builtin_cpu_supports("f16c") != 0;
    return hasAvx2 ? avx2::handlers() : baseline::handlers();
}

}  // namespace warploom::emulator
