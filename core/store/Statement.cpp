// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/Statement.h"

#include <utility>

#include <sqlite3.h>

#include "store/Database.h"

namespace warploom {

void StatementFinaliser::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Statement::Statement(Database& database, std::string sql, StatementHandle handle)
    : m_database(&database)
    , m_sql(std::move(sql))
    , m_handle(std::move(handle))
{
}

Statement::~Statement()
{
    if (!m_handle)
        return;
    sqlite3_reset(m_handle.get());
    sqlite3_clear_bindings(m_handle.get());
    m_database->takeBack(std::move(m_sql), std::move(m_handle));
}

void Statement::bind(int parameter, std::int64_t value)
{
    m_bindError |= sqlite3_bind_int64(m_handle.get(), parameter, value);
}

void Statement::bind(int parameter, double value)
{
    m_bindError |= sqlite3_bind_double(m_handle.get(), parameter, value);
}

void Statement::bind(int parameter, std::string_view value)
{
    // An empty view may hold a null pointer, which SQLite would take for NULL.
    const char* data = value.empty() ? "" : value.data();
    m_bindError |= sqlite3_bind_text64(m_handle.get(), parameter, data, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

void Statement::bindNull(int parameter) { m_bindError |= sqlite3_bind_null(m_handle.get(), parameter); }

Result<bool> Statement::step()
{
    if (m_bindError != SQLITE_OK)
        return fail(ErrorCode::InvalidArgument, "a value is too large for the workspace");
    const int code = sqlite3_step(m_handle.get());
    if (code == SQLITE_ROW)
        return true;
    if (code == SQLITE_DONE)
        return false;
    return fail(m_database->lastError());
}

Result<> Statement::run()
{
    for (;;) {
        WARPLOOM_TRY(const bool row, step());
        if (!row)
            return {};
    }
}

bool Statement::isNull(int column) const { return sqlite3_column_type(m_handle.get(), column) == SQLITE_NULL; }

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(m_handle.get(), column); }

double Statement::real(int column) const { return sqlite3_column_double(m_handle.get(), column); }

std::string Statement::text(int column) const
{
    const unsigned char* data = sqlite3_column_text(m_handle.get(), column);
    if (data == nullptr)
        return {};
    const int size = sqlite3_column_bytes(m_handle.get(), column);
    return {reinterpret_cast<const char*>(data), static_cast<std::size_t>(size)};
}

std::optional<double> Statement::optionalReal(int column) const
{
    return isNull(column) ? std::nullopt : std::optional(real(column));
}

std::optional<std::int64_t> Statement::optionalInteger(int column) const
{
    return isNull(column) ? std::nullopt : std::optional(integer(column));
}

}  // namespace warploom
