// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "FuzzInput.h"
#include "store/PageScan.h"

// What salvaging reads: pages of a database, damaged in any way.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace warploom;
    std::uint64_t rows = 0;
    std::uint64_t bytes = 0;
    const PageScanResult result = scanPages(fuzz::textOf(data, size), [&](const PageRow& row) {
        ++rows;
        fuzz::require(row.values.size() <= 64, "a row has a bounded number of columns");
        for (const PageValue& value : row.values) {
            if (const auto* text = std::get_if<std::string>(&value); text != nullptr)
                bytes += text->size();
        }
    });
    fuzz::require(result.pages * 512 <= size, "pages lie within the file");
    // A pointer to a cell takes two bytes.
    fuzz::require(2 * (rows + result.unreadable) <= size, "there are no more rows than pointers to them");
    // Two pages at most of each page's cells, and every page four times as the rest of a row.
    fuzz::require(bytes <= 6 * size, "rows hold little more than the file");
    return 0;
}
