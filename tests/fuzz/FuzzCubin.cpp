// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "FuzzInput.h"
#include "compile/CubinSections.h"
#include "device/cuda/CubinSymbols.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace warploom;
    const std::string_view cubin = fuzz::textOf(data, size);
    const auto sections = cubinSections(cubin);
    for (const char* kernel : {"", "k", "softmax_rows"})
        static_cast<void>(constantBytesOf(sections, kernel));
    static_cast<void>(assemblerOptions(cubin));
    const auto symbols = CubinSymbols::read(cubin);
    if (!symbols)
        return 0;
    for (const CubinVariable& variable : symbols->variables())
        fuzz::require(!variable.name.empty() && !variable.section.empty(), "a variable has a name and a section");
    return 0;
}
