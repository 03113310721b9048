// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/SizeGuess.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace warploom {

namespace {

// Less than this would stay in the caches of a card.
constexpr std::uint64_t kBytesToFillACard = 256ull << 20;
// Some ten milliseconds for a naive kernel.
constexpr double kStepsToFillACard = 8.6e9;
constexpr std::int64_t kLargestSmallSize = 256;
constexpr std::int64_t kSmallSizes[2] = {5, 3};
constexpr std::size_t kMostValues = 5;
constexpr std::int64_t kCoarseMultiple = 8;
constexpr std::int64_t kCounts[2][kMostValues] = {{4, 2, 3, 5, 6}, {3, 1, 5, 7, 9}};

/// Values for the large sizes of one kernel, in their order; each is another so that none can be taken for another.
struct ValueTable {
    std::int64_t ragged[kMostValues];
    std::int64_t emulator[kMostValues];
    std::int64_t emulatorRagged[kMostValues];
};

constexpr ValueTable kLine = {
    {1000003, 500009, 250007, 125003, 62501}, {16384, 8192, 4096, 2048, 1024}, {5003, 2503, 1259, 631, 317}};
constexpr ValueTable kShortLine = {
    {100003, 50021, 25013, 12503, 6257}, {16384, 8192, 4096, 2048, 1024}, {5003, 2503, 1259, 631, 317}};
constexpr ValueTable kPlane = {{1021, 769, 509, 257, 131}, {96, 80, 64, 48, 40}, {67, 45, 33, 29, 21}};
constexpr ValueTable kBox = {{101, 67, 53, 37, 23}, {24, 20, 16, 12, 10}, {17, 13, 11, 7, 5}};
constexpr ValueTable kContraction = {{257, 193, 131, 101, 67}, {64, 48, 40, 32, 24}, {33, 29, 21, 17, 13}};
constexpr ValueTable kPairs = {{4099, 2053, 1031, 521, 257}, {512, 384, 256, 192, 128}, {307, 211, 157, 101, 67}};

/// Fewer values a size where there are more sizes, and where steps outgrow the data.
const ValueTable& tableFor(const SizeDemand& demand)
{
    if (demand.workDegree > demand.dataDegree)
        return demand.dataDegree <= 1 ? kPairs : kContraction;
    if (demand.dataDegree <= 1)
        return demand.addsAtomically ? kShortLine : kLine;
    return demand.dataDegree == 2 ? kPlane : kBox;
}

/// The nearest value above that the kernel can take.
std::int64_t limited(std::int64_t value, const SketchSize& size)
{
    const auto step = std::max<std::int64_t>(1, size.multipleOf);
    value = std::max(step, (value + step - 1) / step * step);
    return size.most && value > *size.most ? std::max(step, *size.most / step * step) : value;
}

/// A multiple that is odd otherwise, so that nothing more than what it has to be divides it.
std::int64_t raggedValue(std::int64_t value, const SketchSize& size)
{
    const auto step = std::max<std::int64_t>(1, size.multipleOf);
    const auto count = std::max<std::int64_t>(1, value / step);
    return limited(step * (count % 2 == 0 ? count + 1 : count), size);
}

class SizeGuesser {
public:
    SizeGuesser(const std::vector<SketchSize>& sizes, const SizeDemand& demand,
                const std::map<std::string, std::int64_t>& answers)
        : m_demand(demand)
        , m_answers(answers)
        , m_table(tableFor(demand))
    {
        for (const auto& size : sizes)
            m_sizes.push_back({size, 1, 1, 1, 1});
    }

    std::vector<PlannedSize> guess()
    {
        std::size_t large = 0;
        for (auto& size : m_sizes) {
            if (size.sketch.isLarge)
                setLarge(size, std::min(large++, kMostValues - 1));
            else
                setSmall(size);
            if (const auto answer = m_answers.find(size.sketch.name); answer != m_answers.end())
                size.time = answer->second;
        }
        if (m_demand.workDegree <= m_demand.dataDegree)
            growToBytes();
        return std::move(m_sizes);
    }

private:
    void setLarge(PlannedSize& size, std::size_t place) const
    {
        const bool isCompute = m_demand.workDegree > m_demand.dataDegree;
        const int degree = std::max(1, isCompute ? m_demand.workDegree : m_demand.dataDegree);
        const double exponent = (isCompute ? std::log2(kStepsToFillACard) : 24.0) / degree;
        size.time = limited(std::int64_t{1} << static_cast<int>(std::min(exponent, 26.0)), size.sketch);
        size.ragged = raggedValue(m_table.ragged[place], size.sketch);
        size.emulator = limited(m_table.emulator[place], size.sketch);
        size.emulatorRagged = raggedValue(m_table.emulatorRagged[place], size.sketch);
        // Whole blocks are few in an emulator's sizes: tell them apart by their number.
        if (size.sketch.multipleOf >= kCoarseMultiple && m_demand.dataDegree > 1) {
            size.emulator = limited(size.sketch.multipleOf * kCounts[0][place], size.sketch);
            size.emulatorRagged = limited(size.sketch.multipleOf * kCounts[1][place], size.sketch);
        }
    }

    /// As the host code has it; in a ragged size another one.
    static void setSmall(PlannedSize& size)
    {
        const bool isGiven = size.sketch.hostValue && *size.sketch.hostValue <= kLargestSmallSize;
        const auto value = isGiven ? *size.sketch.hostValue : kSmallSizes[0];
        size.time = size.ragged = size.emulator = limited(value, size.sketch);
        size.emulatorRagged = limited(kSmallSizes[1], size.sketch);
    }

    [[nodiscard]] std::uint64_t bytes() const
    {
        ExpressionScope scope;
        for (const auto& size : m_sizes)
            scope[size.sketch.name] = size.time;
        return m_demand.bytes(scope);
    }

    /// Doubles what may be doubled, the last size first, until the data no longer fits into a cache.
    void growToBytes()
    {
        for (int round = 0; round < 16; ++round)
            for (auto size = m_sizes.rbegin(); size != m_sizes.rend(); ++size) {
                const auto before = bytes();
                if (before == 0 || before >= kBytesToFillACard)
                    return;
                if (!size->sketch.isLarge || m_answers.count(size->sketch.name) > 0)
                    continue;
                const auto value = size->time;
                size->time = limited(2 * value, size->sketch);
                if (bytes() <= before)
                    size->time = value;
            }
    }

    const SizeDemand& m_demand;
    const std::map<std::string, std::int64_t>& m_answers;
    const ValueTable& m_table;
    std::vector<PlannedSize> m_sizes;
};

}  // namespace

std::vector<PlannedSize> guessSizes(const std::vector<SketchSize>& sizes, const SizeDemand& demand,
                                    const std::map<std::string, std::int64_t>& answers)
{
    return SizeGuesser(sizes, demand, answers).guess();
}

}  // namespace warploom
