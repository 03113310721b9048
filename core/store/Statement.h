// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/Result.h"

struct sqlite3_stmt;

namespace warploom {

class Database;

struct StatementFinaliser {
    void operator()(sqlite3_stmt* statement) const;
};
using StatementHandle = std::unique_ptr<sqlite3_stmt, StatementFinaliser>;

/// A prepared statement on loan from its database, to which it returns, reset, when this object dies.
/// Parameters and columns count from 1 and 0, as in SQLite.
class Statement {
public:
    Statement(Database& database, std::string sql, StatementHandle handle);
    Statement(Statement&& other) noexcept = default;
    Statement& operator=(Statement&& other) = delete;
    ~Statement();

    void bind(int parameter, std::int64_t value);
    void bind(int parameter, double value);
    void bind(int parameter, std::string_view value);
    void bindNull(int parameter);
    template <typename T>
    void bind(int parameter, const std::optional<T>& value)
    {
        value ? bind(parameter, *value) : bindNull(parameter);
    }
    /// Binds parameters 1, 2, … in order.
    template <typename... Values>
    void bindAll(const Values&... values)
    {
        int parameter = 0;
        (bind(++parameter, values), ...);
    }

    /// True: a row can be read. False: done.
    Result<bool> step();
    /// Steps to the end.
    Result<> run();

    [[nodiscard]] bool isNull(int column) const;
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] double real(int column) const;
    [[nodiscard]] std::string text(int column) const;
    [[nodiscard]] std::optional<double> optionalReal(int column) const;
    [[nodiscard]] std::optional<std::int64_t> optionalInteger(int column) const;

private:
    Database* m_database;
    std::string m_sql;
    StatementHandle m_handle;
    int m_bindError = 0;
};

}  // namespace warploom
