// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "task/Expression.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace warploom;
    const auto expression = Expression::parse({reinterpret_cast<const char*>(data), size});
    if (expression)
        static_cast<void>(expression->evaluate({{"n", 1000}, {"B", -1}, {"z", 0}}));
    return 0;
}
