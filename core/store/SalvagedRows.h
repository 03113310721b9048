// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "store/PageScan.h"

namespace warploom {

using RowValues = std::vector<PageValue>;

/// No workspace has as many rows; what lies beyond is damage, and would leave no number for the next row.
inline constexpr std::int64_t kMostId = std::int64_t{1} << 48;

/// A table as pages show it.
struct TableShape {
    const char* name;
    std::size_t columns;  ///< no other table has as many
    bool hasId;  ///< its first column is the rowid, which is not stored in the row
    bool isIndexed;  ///< WITHOUT ROWID
    std::vector<std::size_t> references;  ///< columns with ids of other rows, or NULL
};

/// In an order in which rows refer to earlier tables only.
const std::vector<TableShape>& salvagedTables();
/// Whether every row that this one refers to can be there.
bool refersToPossibleRows(const TableShape& table, const RowValues& values);
/// The table that a row belongs to, or null.
const TableShape* tableOf(const PageRow& row);

/// Everything that was found, ids filled in.
struct FoundRows {
    std::map<std::string, std::map<std::int64_t, RowValues>> byId;
    std::map<std::string, std::vector<RowValues>> others;
    std::int64_t lastSequence = 0;  ///< that SQLite has noted

    void add(PageRow row);
    [[nodiscard]] bool isEmpty() const { return byId.empty() && others.empty(); }
};

/// The row that an event tells of, as far as it tells: its table and values.
struct RetoldRow {
    std::string table;
    std::int64_t id = 0;
    RowValues values;  ///< empty where the event names the row only
};

std::optional<RetoldRow> rowToldBy(const std::string& type, const nlohmann::json& data);
/// A row of which nothing is known but that it was there; \p task is what it belongs to.
RowValues placeholderRow(const std::string& table, std::int64_t id, std::int64_t task);

}  // namespace warploom
