// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/AtomicMap.h"
#include "moves/MoveCatalogue.h"

namespace warploom {

using namespace clang;

namespace {

constexpr std::int64_t kStaticSharedBytes = 48 * 1024;

/// Number of elements of the array that is counted into, as the kernel and as the directives write it.
struct Extent {
    std::string device;
    std::string directive;
    std::optional<std::int64_t> constant;
};

class PrivatizeHistogram : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"privatize-histogram", "Count in shared memory first",
                "threads atomicAdd into a global array at places that depend on data, its extent known",
                "atomics of a block stay in the multiprocessor; the card's memory sees one a bin and block"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels())
            if (const auto map = atomicMap(kernel); map && !map->isUniform)
                if (auto made = counted(context, kernel, *map))
                    proposals.push_back(std::move(*made));
        return proposals;
    }

private:
    static std::optional<Extent> extentOf(const MoveContext& context, const KernelScope& kernel, const VarDecl* base)
    {
        const auto& launch = *kernel.launches().front();
        const auto* buffer = context.bufferOf(kernel, launch, base);
        if (buffer == nullptr || buffer->shape.size() != 1)
            return std::nullopt;
        const auto& text = buffer->shape.front();
        if (!text.empty() && text.find_first_not_of("0123456789") == std::string::npos && text.size() < 10)
            return Extent{text, text, std::stoll(text)};
        for (unsigned i = 0; i < launch.arguments.size(); ++i)
            if (context.source().text(launch.arguments[i]) == text)
                return Extent{kernel.kernel().getParamDecl(i)->getNameAsString(), text, std::nullopt};
        return std::nullopt;
    }

    [[nodiscard]] std::optional<MoveProposal> counted(const MoveContext& context, const KernelScope& kernel,
                                                      const AtomicMap& map) const
    {
        const auto& source = context.source();
        const auto extent = extentOf(context, kernel, map.base);
        if (!extent)
            return std::nullopt;
        const auto element = innermostElement(map.base->getType()).getUnqualifiedType();
        const auto type = element.getAsString(source.context().getPrintingPolicy());
        const auto bytes = source.context().getTypeSizeInChars(element).getQuantity();
        const bool isStatic = extent->constant && *extent->constant * bytes <= kStaticSharedBytes;
        const auto launches = kernel.launches();
        const bool takesShared = std::any_of(launches.begin(), launches.end(),
                                             [](const auto* launch) { return launch->shared.has_value(); });
        if (!isStatic && takesShared)
            return std::nullopt;
        const auto base = map.base->getName().str();
        const auto local = context.directives().freshName(base + "_block");
        const auto bin = context.directives().freshName("bin");
        const auto renamed = kernel.renaming(map.base, map.call, local);
        if (!renamed)
            return std::nullopt;
        const auto indentation = indentationAt(source.text(), map.region.begin);
        const auto bins = fmt::format("{0}for (int {1} = threadIdx.x; {1} < {2}; {1} += blockDim.x)\n", indentation,
                                      bin, extent->device);
        std::string text = isStatic ? fmt::format("{}__shared__ {} {}[{}];\n", indentation, type, local, extent->device)
                                    : fmt::format("{}extern __shared__ {} {}[];\n", indentation, type, local);
        text += fmt::format("{0}{1}    {2}[{3}] = 0;\n{1}__syncthreads();\n", bins, indentation, local, bin);
        text += map.gridStrideLoop(kernel, rewritten(source.text(), map.guarded.bodyRange, *renamed), indentation);
        text += fmt::format(
            "{1}__syncthreads();\n{0}{1}    if ({2}[{3}] != 0)\n{1}        atomicAdd(&{4}[{3}], {2}[{3}]);\n", bins,
            indentation, local, bin, base);
        SourceEdit edit(source.text());
        edit.replace(map.region, text.substr(indentation.size(), text.size() - indentation.size() - 1));
        map.limitGrids(kernel, edit, source.text(launches.front()->block));
        if (!isStatic)
            for (const auto* launch : launches)
                edit.insert(launch->block.end, fmt::format(", {} * {}", extent->directive, bytes));
        return proposal(
            context, edit, map.region.begin, fmt::format("count into shared memory in {}", kernel.name()),
            fmt::format(
                "every element costs an atomic in global memory: counted a block in shared memory, {} bins times "
                "the blocks are left, ~10×",
                extent->device),
            10.0);
    }
};

}  // namespace

std::unique_ptr<Move> makePrivatizeHistogram() { return std::make_unique<PrivatizeHistogram>(); }

}  // namespace warploom
