// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "FuzzInput.h"
#include "compile/PtxSignatures.h"
#include "device/emulator/EmulatedModule.h"

// Reading and building; nothing runs.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace warploom;
    CompileProduct product;
    product.ptx = fuzz::textOf(data, size);
    const PtxSignatures signatures = parsePtxSignatures(product.ptx);
    const auto lines = static_cast<int>(std::count(product.ptx.begin(), product.ptx.end(), '\n'));
    for (const int line : {0, 1, lines / 2, lines, lines + 1})
        static_cast<void>(sourceOfPtxLine(product.ptx, line));

    // Once for whatever can be built, once as a plan asks: every kernel that is declared.
    for (const PtxEntry& entry : signatures.entries) {
        KernelResources kernel;
        kernel.name = kernel.loweredName = entry.name;
        kernel.parameters = entry.parameters;
        product.kernels.push_back(std::move(kernel));
    }
    emulator::GlobalMemory memory(Bytes{1u << 26});
    const auto module = emulator::EmulatedModule::load(product, memory);
    if (!module)
        return 0;
    for (const KernelResources& kernel : product.kernels)
        static_cast<void>((*module)->kernel(kernel.loweredName));
    for (const std::string& constant : signatures.constants)
        static_cast<void>((*module)->symbol(constant));
    fuzz::require((*module)->resetGlobals().has_value(), "variables that were placed can be reset");
    return 0;
}
