// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/SliceWriter.h"

namespace warploom {

namespace {

/// Every slice goes through all of the work.
constexpr std::int64_t kMostRuns = 32;

const char* const kAddToSlice =
    R"(// Adds where address is one of the count elements from slice on, of which kept is a copy.
static __device__ __forceinline__ void @add@(@type@* address, @type@ value, @type@* slice, unsigned count, @type@* kept)
{
    const unsigned long long place = address - slice;
    if (place < count)
        atomicAdd(kept + place, value);
}

)";

const char* const kRunSlice =
    "@type@* const @slice@ = reinterpret_cast<@type@*>(@array@) + @first@;\n"
    "const unsigned @count@ = @elements@ > @first@ ? min(@elements@ - @first@, 0ull + @SLICE@) : 0;\n";

const char* const kMergeRun = "for (unsigned @at@ = threadIdx.x; @at@ < @count@; @at@ += blockDim.x)\n"
                              "    if (@kept@[@at@] != 0)\n"
                              "        atomicAdd(@slice@ + @at@, @kept@[@at@]);\n";

class RunSlices : public SliceWriter {
public:
    using SliceWriter::SliceWriter;

protected:
    std::optional<std::pair<std::int64_t, std::int64_t>> measure(const ExpressionScope& sizes,
                                                                 std::int64_t most) const override
    {
        std::int64_t elements = 0;
        for (const auto& one : m_arrays) {
            const auto own = valueOfText(elementsOf(one), sizes);
            if (!own)
                return std::nullopt;
            elements = std::max(elements, *own);
        }
        const auto slices = (elements + most - 1) / most;
        return slices > kMostRuns ? std::nullopt : std::optional(std::pair(slices, (elements + slices - 1) / slices));
    }

    void nameOwn() override
    {
        const auto& directives = m_context.directives();
        m_names.emplace_back("first", directives.freshName("first"));
        m_names.emplace_back("slices", directives.freshName("SLICES"));
        for (auto& one : m_arrays) {
            const auto array = one.array.base->getName().str();
            for (const auto* part : {"slice", "count", "elements"})
                one.names.emplace_back(part, directives.freshName(fmt::format("{}_{}", array, part)));
            one.names.emplace_back("add", directives.freshName("addToSlice"));
        }
    }

    std::string functions() const override
    {
        std::string text;
        for (const auto& one : m_arrays)
            if (const auto own = filled(kAddToSlice, one.names); text.find(own) == std::string::npos)
                text += own;
        return text;
    }

    std::string shared() const override
    {
        return "const unsigned long long @first@ = blockIdx.y * (0ull + @SLICE@);\n";
    }
    std::string slice() const override { return kRunSlice; }
    std::string merge() const override { return kMergeRun; }
    std::string passed() const override { return ", @slice@, @count@, @kept@"; }

    std::vector<std::pair<std::string, std::string>> parameters() const override
    {
        std::vector<std::pair<std::string, std::string>> all;
        for (const auto& one : m_arrays)
            all.emplace_back("unsigned long long " + valueOf(one.names, "elements"), elementsOf(one));
        return all;
    }

    std::string lets() const override
    {
        std::string most;
        for (const auto& one : m_arrays)
            most = most.empty() || most == elementsOf(one) ? elementsOf(one)
                                                           : fmt::format("max({}, {})", most, elementsOf(one));
        return fmt::format("// warploom: let @slices@ = max(ceil_div({}, @SLICE@), 1)\n", most);
    }

    std::string comment() const override
    {
        return fmt::format("// Blocks of one blockIdx.y add up one slice of {}, those of one blockIdx.x go through one "
                           "share of the items.\n",
                           arrayNames());
    }

private:
    [[nodiscard]] std::string elementsOf(const SlicedArray& one) const { return extent(one, 0, shapeOf(one).size()); }
};

}  // namespace

std::unique_ptr<SliceWriter> makeRunSlices(const MoveContext& context, const KernelScope& kernel, GuardedKernel guarded)
{
    return std::make_unique<RunSlices>(context, kernel, std::move(guarded));
}

}  // namespace warploom
