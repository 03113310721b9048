// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "assembly/InstructionClasses.h"
#include "assembly/InstructionText.h"

namespace warploom {

namespace {

bool isPadding(std::string_view instruction) { return opcodeOf(instruction) == "NOP"; }

}  // namespace

std::vector<InstructionMix> mixOf(const Listing& listing, bool isSass)
{
    std::vector<InstructionMix> mixes;
    for (const Listing::Kernel& kernel : listing.kernels) {
        InstructionMix mix{kernel.name, isSass, {}};
        std::uint32_t padding = 0;
        const std::size_t end =
            std::min<std::size_t>(listing.lines.size(), kernel.firstLine + std::size_t{kernel.lineCount});
        for (std::size_t i = kernel.firstLine; i < end; ++i) {
            if (!listing.lines[i].isInstruction)
                continue;
            for (const std::string_view instruction : instructionsOf(listing.lines[i].text)) {
                padding = isSass && isPadding(instruction) ? padding + 1 : 0;
                ++mix.counts[isSass ? classOfSass(instruction) : classOfPtx(instruction)];
            }
        }
        if (padding > 0 && (mix.counts[InstructionClass::Other] -= padding) == 0)
            mix.counts.erase(InstructionClass::Other);
        mixes.push_back(std::move(mix));
    }
    return mixes;
}

}  // namespace warploom
