// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/BlockSize.h"
#include "moves/MoveCatalogue.h"

namespace warploom {

using namespace clang;

namespace {

// Of a multiprocessor since sm_80; where it holds 1536 threads, the compiler passes over a bound that is too large.
constexpr std::int64_t kRegistersThere = 65536;
constexpr std::int64_t kThreadsThere = 2048;
constexpr std::int64_t kBlocksThere = 32;
constexpr std::int64_t kRegistersOfThread = 255;
/// Half of the threads that fit: what hides most latencies.
constexpr std::int64_t kEnoughThreads = kThreadsThere / 2;

/// Registers that a thread may use, of which the hardware gives eight at a time.
std::int64_t registersWith(std::int64_t threads, std::int64_t blocks)
{
    return std::min(kRegistersOfThread, kRegistersThere / (threads * blocks) / 8 * 8);
}

/// Numbers of blocks that leave a thread different numbers of registers, the one for half occupancy first; of a block
/// that is tuned, also those that suit smaller ones.
std::vector<std::int64_t> blockCounts(const BlockSize& size)
{
    const auto first = std::clamp<std::int64_t>(kEnoughThreads / size.value, 1, kBlocksThere);
    std::vector<std::int64_t> counts = {first};
    for (const std::int64_t count : {1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32}) {
        const bool isOther = count == 1
            || (count * size.value <= kThreadsThere && registersWith(size.value, count) < kRegistersOfThread);
        if (count != first && (isOther || (size.isTunable && count <= 16)))
            counts.push_back(count);
    }
    return counts;
}

/// Whether the kernel is told the threads of its blocks, as many as launches have, and not how many are to fit.
bool hasOpenBounds(const KernelScope& kernel)
{
    // Clang may keep one attribute twice.
    const auto* bounds = kernel.kernel().getAttr<CUDALaunchBoundsAttr>();
    return bounds != nullptr && llvm::all_of(kernel.kernel().specific_attrs<CUDALaunchBoundsAttr>(), [&](auto* other) {
               return other->getMinBlocks() == nullptr && other->getMaxBlocks() == nullptr
                   && other->getLocation() == bounds->getLocation();
           });
}

/// Where the bracket of __launch_bounds__(…) closes; nothing where the bound is written otherwise.
std::optional<std::size_t> endOfBounds(const ParsedSource& source, const CUDALaunchBoundsAttr& bounds)
{
    // It is a macro, and so may its argument be.
    const auto range = source.context().getSourceManager().getExpansionRange(bounds.getLocation());
    const auto begin = source.offset(range.getBegin());
    const auto end = source.offset(range.getEnd());
    const bool isPlain = begin && end && *begin < *end && source.text()[*end] == ')'
        && source.text().substr(*begin).starts_with("__launch_bounds__(");
    return isPlain ? end : std::nullopt;
}

class LaunchBounds : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {
            "launch-bounds", "Bound the registers by the blocks that are to fit",
            "a kernel whose block size is a constant or a tunable, with arrays of its own, vectors or unrolled loops",
            "the compiler knows how many registers it may use, and more warps fit"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels())
            if ((!hasRegisterLimit(context, kernel) || hasOpenBounds(kernel)) && mayNeedRegisters(kernel))
                if (const auto size = blockSizeOf(context, kernel))
                    if (auto made = bounded(context, kernel, *size))
                        proposals.push_back(std::move(*made));
        return proposals;
    }

private:
    /// \p attribute and what parts it from the name at \p offset: a new line where the name's would become too long.
    static std::string before(const MoveContext& context, std::size_t offset, const std::string& attribute)
    {
        constexpr std::size_t kLongestLine = 120;
        const auto text = context.source().text();
        const auto begin = text.rfind('\n', offset) + 1;
        const auto end = std::min(text.find('\n', offset), text.size());
        const bool isLong = end - begin + attribute.size() + 1 > kLongestLine;
        return attribute + (isLong ? "\n" + indentationAt(text, offset) + "    " : " ");
    }

    [[nodiscard]] std::optional<MoveProposal> bounded(const MoveContext& context, const KernelScope& kernel,
                                                      const BlockSize& size) const
    {
        const auto counts = blockCounts(size);
        const auto name = context.source().offset(kernel.kernel().getLocation());
        const auto* bounds = kernel.kernel().getAttr<CUDALaunchBoundsAttr>();
        const auto most = bounds == nullptr ? std::nullopt : endOfBounds(context.source(), *bounds);
        if (!name || counts.size() < 2 || (bounds != nullptr && !most))
            return std::nullopt;
        const auto tune = context.directives().freshName("MIN_BLOCKS");
        SourceEdit edit(context.source().text());
        if (most)
            edit.insert(*most, ", " + tune);
        else
            edit.insert(*name, before(context, *name, fmt::format("__launch_bounds__({}, {})", size.text, tune)));
        context.directives().addTune(edit, tune, counts);
        if (size.isTunable)
            context.directives().addRequire(edit, fmt::format("({}) * {} <= {}", size.text, tune, kThreadsThere));
        return proposal(
            context, edit, *name, fmt::format("at least {} blocks of {} on a multiprocessor", tune, kernel.name()),
            fmt::format("{} may use up to {} registers a thread, with which {} of {} threads fit: told that "
                        "{} blocks of {} are to fit, it uses {} at most and {} threads hide latency, ~1.05×",
                        kernel.name(), kRegistersOfThread, kRegistersThere / (kRegistersOfThread + 1), kThreadsThere,
                        counts.front(), size.value, registersWith(size.value, counts.front()),
                        counts.front() * size.value),
            1.05);
    }
};

}  // namespace

std::unique_ptr<Move> makeLaunchBounds() { return std::make_unique<LaunchBounds>(); }

}  // namespace warploom
