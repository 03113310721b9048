// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "FuzzInput.h"
#include "assembly/AssemblyOf.h"
#include "assembly/CubinFile.h"
#include "assembly/LineTable.h"

namespace {

void requireRanges(const warploom::Listing& listing)
{
    using namespace warploom;
    for (const auto& kernel : listing.kernels)
        fuzz::require(kernel.firstLine + std::size_t{kernel.lineCount} <= listing.lines.size(),
                      "a kernel lies in its listing");
}

}  // namespace

// The same bytes as a cubin, as PTX and as what nvdisasm prints.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace warploom;
    const std::string_view text = fuzz::textOf(data, size);
    CompileProduct product;
    product.cubin = text;
    product.ptx = text.starts_with("\x7f"
                                   "ELF")
        ? std::string()
        : std::string(text);
    const AssemblyReport report = assemblyOf(product, "kernel.cu", std::string(text));
    requireRanges(report.ptx);
    requireRanges(*report.sass);
    const nlohmann::json json = report.ptx;
    fuzz::require(json.get<Listing>().lines.size() == report.ptx.lines.size(), "a listing survives its JSON");
    static_cast<void>(readLineProgram(text));
    const auto cubin = CubinFile::read(text);
    if (!cubin)
        return 0;
    const auto lines = LineTable::read(*cubin);
    if (!lines)
        return 0;
    for (const std::string_view kernel : cubin->kernels()) {
        for (std::uint32_t address = 0; address < 256; address += 16)
            fuzz::require(lines->ptxLineAt(kernel, address) >= 0 && lines->framesAt(kernel, address).size() <= 64,
                          "places are sane");
    }
    return 0;
}
