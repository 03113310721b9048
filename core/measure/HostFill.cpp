// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "measure/HostFill.h"

#include <cstring>

#include "measure/FillFormula.h"
#include "measure/HalfFloats.h"

namespace warploom {

namespace {

/// Everything a value depends on but its index.
struct Recipe {
    ElementType type;
    int kind;
    double first;
    double second;
    std::int64_t low;
    std::int64_t high;
    std::uint64_t seed;
    std::uint64_t count;
};

template <typename T>
void store(std::byte* target, T value)
{
    std::memcpy(target, &value, sizeof value);
}

void storeReal(ElementType type, std::byte* target, double value)
{
    switch (type) {
    case ElementType::F64:
        store(target, value);
        break;
    case ElementType::F32:
        store(target, static_cast<float>(value));
        break;
    case ElementType::F16:
        store(target, doubleToHalf(value));
        break;
    default:
        store(target, doubleToBfloat(value));
        break;
    }
}

void storeElement(const Recipe& recipe, std::uint64_t index, std::byte* target)
{
    const bool whole = recipe.kind == warploom_fill::Integers || recipe.kind == warploom_fill::Permutation
        || recipe.kind == warploom_fill::Offsets;
    if (isFloating(recipe.type)) {
        const double value = whole ? static_cast<double>(warploom_fill::integer(recipe.kind, recipe.low, recipe.high,
                                                                                recipe.seed, index, recipe.count))
                                   : warploom_fill::real(recipe.kind, recipe.first, recipe.second, recipe.seed, index);
        storeReal(recipe.type, target, value);
        return;
    }
    const std::int64_t value = whole
        ? warploom_fill::integer(recipe.kind, recipe.low, recipe.high, recipe.seed, index, recipe.count)
        : static_cast<std::int64_t>(recipe.first);
    std::memcpy(target, &value, elementSize(recipe.type));
}

}  // namespace

Result<std::function<void(std::uint64_t, std::span<std::byte>)>>
hostFill(const TaskBuffer& buffer, const ExpressionScope& sizes, std::uint64_t seed)
{
    Recipe recipe{
        buffer.type, static_cast<int>(buffer.fill.kind), buffer.fill.first, buffer.fill.second, 0, 0, seed, 0};
    WARPLOOM_TRY(recipe.low, buffer.fill.low.evaluate(sizes));
    WARPLOOM_TRY(recipe.high, buffer.fill.high.evaluate(sizes));
    WARPLOOM_TRY(recipe.count, elementCount(buffer.shape, sizes));
    return [recipe](std::uint64_t offset, std::span<std::byte> bytes) {
        const std::uint32_t size = elementSize(recipe.type);
        const std::uint64_t first = offset / size;
        for (std::size_t i = 0; (i + 1) * size <= bytes.size(); ++i)
            storeElement(recipe, first + i, bytes.data() + i * size);
    };
}

}  // namespace warploom
