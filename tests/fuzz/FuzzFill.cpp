// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <array>
#include <vector>

#include "FuzzInput.h"
#include "measure/HostFill.h"

namespace {

using namespace warploom;

constexpr std::array kTypes{ElementType::F64, ElementType::F32, ElementType::F16, ElementType::BF16,
                            ElementType::I64, ElementType::I32, ElementType::I16, ElementType::I8,
                            ElementType::U64, ElementType::U32, ElementType::U16, ElementType::U8};

/// Some elements from the middle are the same whether they are made alone or with those before them.
void makePiecewise(const Fill& fill, ElementType type)
{
    TaskBuffer buffer;
    buffer.name = "x";
    buffer.type = type;
    buffer.shape.push_back(Expression::parse("n").value());
    buffer.fill = fill;
    const auto make = hostFill(buffer, {{"n", 100}, {"rows", 7}}, 42);
    if (!make)
        return;
    const std::size_t width = elementSize(type);
    std::vector<std::byte> whole(100 * width);
    std::vector<std::byte> piece(30 * width);
    (*make)(0, whole);
    (*make)(50 * width, piece);
    fuzz::require(std::equal(piece.begin(), piece.end(), whole.begin() + static_cast<std::ptrdiff_t>(50 * width)),
                  "elements depend on their index only");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string text(fuzz::textOf(data, size));
    const auto fill = Fill::parse(text, {"task.toml", 1, 1});
    if (!fill)
        return 0;
    const auto again = Fill::parse(fill->toString(), {});
    fuzz::require(again && again->toString() == fill->toString(), "a fill's text reads as itself");
    for (const ElementType type : kTypes)
        makePiecewise(*fill, type);
    return 0;
}
