// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace warploom {

/// One column of a row as it lies in the file: NULL, a whole number, a real one, a text. (No table of ours has blobs.)
using PageValue = std::variant<std::monostate, std::int64_t, double, std::string>;

struct PageRow {
    bool isIndexed = false;  ///< from an index, or from a table WITHOUT ROWID, which is stored as one
    std::int64_t id = 0;  ///< rowid, where there is one
    std::vector<PageValue> values;
};

struct PageScanResult {
    std::uint64_t pages = 0;
    std::uint64_t unreadable = 0;  ///< rows that were begun and could not be read
};

/// Every row of every page of an SQLite file, found without its schema and without the pages that lead to them: what is
/// left of a damaged file. The header says how large pages are; where the file does not bear it out, 4096 bytes are
/// tried. Takes any bytes, and gives at most about six times as many.
PageScanResult scanPages(std::string_view file, const std::function<void(PageRow)>& onRow);

}  // namespace warploom
