// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>

#include "moves/AtomicMap.h"
#include "moves/ItemLoop.h"
#include "moves/MoveCatalogue.h"
#include "moves/PlainLaunch.h"
#include "moves/SliceWriter.h"

namespace warploom {

using namespace clang;

namespace {

/// What one slice that holds all of the arrays should bring.
constexpr double kOneSliceGain = 10.0;
constexpr double kLeastSliceGain = 1.3;

using MakeSlices = std::unique_ptr<SliceWriter> (*)(const MoveContext&, const KernelScope&, GuardedKernel);

class SliceHistogram : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {
            "slice-histogram", "Add up slices in shared memory first",
            "threads do nothing but atomicAdd into arrays of a known extent, wherever in them, or into a layer's part "
            "of them",
            "atomics of a block stay in the multiprocessor, which has one slice of the arrays at a time"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels()) {
            const auto arrays = isPlain(context, kernel) ? addedArrays(kernel) : std::nullopt;
            if (!arrays || isForOthers(context, kernel, *arrays))
                continue;
            if (auto layers = inLayers(context, kernel, *arrays)) {
                proposals.push_back(std::move(*layers));
                continue;
            }
            addTo(proposals, inParts(context, kernel, *arrays));
            addTo(proposals, inRuns(context, kernel, *arrays));
        }
        return proposals;
    }

private:
    static void addTo(std::vector<MoveProposal>& proposals, std::optional<MoveProposal> made)
    {
        if (made)
            proposals.push_back(std::move(*made));
    }

    /// Directions in which there is more than one, the last of them.
    static std::size_t directionsOf(const MoveContext& context, const std::vector<TextRange>& parts)
    {
        auto count = parts.size();
        while (count > 1 && context.source().text(parts[count - 1]) == "1")
            --count;
        return count;
    }

    /// Whether there is room for another way to launch it: one line of threads, with no shared memory so far.
    static bool isPlain(const MoveContext& context, const KernelScope& kernel)
    {
        const auto& function = kernel.kernel();
        const auto* launch = onlyLaunch(kernel);
        return launch != nullptr && !launch->shared && directionsOf(context, launch->blockParts) <= 2
            && (launch->blockParts.size() == 1 || !promisesBlocks(kernel)) && !function.isVariadic()
            && function.getDescribedFunctionTemplate() == nullptr && !function.isDependentContext()
            && function.getPreviousDecl() == nullptr && !declaresShared(kernel);
    }

    /// One place for all threads is for accumulate-local, a short array with one addition for privatize-histogram.
    static bool isForOthers(const MoveContext& context, const KernelScope& kernel,
                            const std::vector<AddedArray>& arrays)
    {
        const auto map = atomicMap(kernel);
        const auto* buffer = context.bufferOf(kernel, *kernel.launches().front(), arrays.front().base);
        return map
            && (map->isUniform
                || (buffer != nullptr && buffer->shape.size() == 1
                    && buffer->shape.front().find_first_not_of("0123456789") == std::string::npos
                    && buffer->shape.front().size() < 5));
    }

    /// The kernel as \p make has it; null where it does not apply.
    static std::unique_ptr<SliceWriter> read(const MoveContext& context, const KernelScope& kernel,
                                             const std::vector<AddedArray>& arrays, MakeSlices make)
    {
        const bool hasLayers = make == &makeLayerSlices;
        auto guarded = guardedKernel(kernel);
        if (!guarded && hasLayers)
            guarded = itemLoop(kernel);
        if (!guarded || guarded->indices.size() > 2 || guarded->indexOf(0) == nullptr || guarded->indexOf(2) != nullptr)
            return nullptr;
        // More threads than the indices tell apart would each add; so would blocks, but for those of other layers.
        const auto& launch = *kernel.launches().front();
        const auto directions = guarded->indices.size();
        const bool isLoop = guarded->guard == nullptr;
        if (directionsOf(context, launch.blockParts) > directions
            || (!hasLayers && directionsOf(context, launch.gridParts) > directions)
            || (!isLoop
                && (hasLayers ? usesOwnBuiltinsElsewhere(kernel, *guarded) : usesBuiltinsElsewhere(kernel, *guarded))))
            return nullptr;
        auto writer = make(context, kernel, std::move(*guarded));
        return writer->read(arrays) ? std::move(writer) : nullptr;
    }

    [[nodiscard]] std::optional<MoveProposal> inLayers(const MoveContext& context, const KernelScope& kernel,
                                                       const std::vector<AddedArray>& arrays) const
    {
        const auto writer = read(context, kernel, arrays, makeLayerSlices);
        return writer ? made(context, kernel, *writer, "layer by layer", kOneSliceGain) : std::nullopt;
    }

    [[nodiscard]] std::optional<MoveProposal> inRuns(const MoveContext& context, const KernelScope& kernel,
                                                     const std::vector<AddedArray>& arrays) const
    {
        const auto writer = read(context, kernel, arrays, makeRunSlices);
        if (!writer)
            return std::nullopt;
        double logarithms = 0;
        for (const auto slices : writer->slices())
            logarithms += std::log(std::max(kLeastSliceGain, kOneSliceGain / static_cast<double>(slices)));
        const double gain = writer->slices().empty()
            ? kOneSliceGain
            : std::exp(logarithms / static_cast<double>(writer->slices().size()));
        return made(context, kernel, *writer, "by slices", gain);
    }

    /// Where one slice is all, a part of a loop is no less work than the loop.
    [[nodiscard]] std::optional<MoveProposal> inParts(const MoveContext& context, const KernelScope& kernel,
                                                      const std::vector<AddedArray>& arrays) const
    {
        const auto writer = read(context, kernel, arrays, makeLoopSlices);
        if (!writer || (!writer->slices().empty() && std::ranges::max(writer->slices()) < 2))
            return std::nullopt;
        return made(context, kernel, *writer, "by parts of a loop", kOneSliceGain);
    }

    [[nodiscard]] std::optional<MoveProposal> made(const MoveContext& context, const KernelScope& kernel,
                                                   SliceWriter& writer, const std::string& how, double gain) const
    {
        SourceEdit edit(context.source().text());
        if (!writer.write(edit))
            return std::nullopt;
        const auto arrays = writer.arrayNames();
        return proposal(context, edit, writer.region().begin,
                        fmt::format("add up {} {} in shared memory in {}", arrays, how, kernel.name()),
                        fmt::format("each addition of {} to {} is an atomic in global memory: added up {} in shared "
                                    "memory, one a block and element is left, ~{:.1f}×",
                                    kernel.name(), arrays, how, gain),
                        gain);
    }
};

}  // namespace

std::unique_ptr<Move> makeSliceHistogram() { return std::make_unique<SliceHistogram>(); }

}  // namespace warploom
