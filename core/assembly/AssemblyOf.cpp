// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "assembly/AssemblyOf.h"

#include <algorithm>

#include "assembly/CubinResources.h"
#include "assembly/InstructionClasses.h"
#include "assembly/LineTable.h"
#include "assembly/PtxListing.h"
#include "assembly/SassListing.h"

namespace warploom {

namespace {

void addCubinResources(const CubinFile& cubin, std::vector<KernelResources>& kernels)
{
    for (const CubinResources& known : cubinResources(cubin)) {
        const auto found = std::find_if(kernels.begin(), kernels.end(), [&](const KernelResources& kernel) {
            return kernel.loweredName == known.kernel;
        });
        if (found != kernels.end()) {
            fillIn(*found, known);
            continue;
        }
        KernelResources added;
        added.name = known.kernel;
        added.loweredName = known.kernel;
        fillIn(added, known);
        kernels.push_back(std::move(added));
    }
}

}  // namespace

AssemblyReport assemblyOf(const CompileProduct& product, const std::string& fileName,
                          const Result<std::string>& sassText)
{
    AssemblyReport report;
    report.resources = product.kernels;
    const auto cubin = CubinFile::read(product.cubin);
    if (cubin)
        addCubinResources(*cubin, report.resources);
    report.ptx = ptxListing(product.ptx.empty() && cubin ? embeddedPtx(*cubin) : product.ptx, fileName);
    if (!sassText) {
        report.sassMissing = sassText.error().toString();
    } else {
        const auto lines = cubin ? LineTable::read(*cubin) : Result<LineTable>(LineTable());
        report.sass = sassListing(*sassText, lines ? *lines : LineTable(), fileName);
    }
    report.mixes = report.sass ? mixOf(*report.sass, true) : mixOf(report.ptx, false);
    return report;
}

}  // namespace warploom
