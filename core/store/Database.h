// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/Result.h"
#include "store/Statement.h"

struct sqlite3;

namespace warploom {

/// One connection to an SQLite file, with its prepared statements. Refuses what a hostile file could bring: views,
/// triggers, functions in the schema. Not thread-safe.
class Database {
public:
    enum class Access {
        ReadOnly,
        Immutable,  ///< no locks, no journal: for a file that nobody can be writing
        ReadWrite,
        Create,
    };
    enum class Journal {
        WriteAhead,  ///< readers never wait; needs shared memory, so never on a network file system
        Rollback,
    };

    static Result<std::unique_ptr<Database>> open(const std::filesystem::path& path, Access access);
    /// An empty one that is never a file; \p name stands in errors.
    static Result<std::unique_ptr<Database>> inMemory(std::string name);
    /// A private copy in memory, the source's journal included.
    static Result<std::unique_ptr<Database>> copyToMemory(Database& source);
    /// The same as a file, which appears whole or not at all; fails with InvalidArgument where one is.
    static Result<> copyToFile(Database& source, const std::filesystem::path& path);

    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    /// What the file system can carry; Rollback also where $WARPLOOM_JOURNAL is "rollback".
    static Journal journalFor(const std::filesystem::path& path);
    /// Switches the file's journal; everything acknowledged survives a power loss too. Fails with Locked while others
    /// read.
    Result<> useJournal(Journal journal);
    /// Whether the end of this connection may move a write-ahead log's content into the file; it may at first.
    void tidyOnClose(bool tidies);

    /// Runs one or more statements that return nothing.
    Result<> execute(const std::string& sql);
    Result<Statement> prepare(const std::string& sql);
    /// Prepares, binds and steps to the end.
    template <typename... Values>
    Result<> run(const std::string& sql, const Values&... values)
    {
        WARPLOOM_TRY(Statement statement, prepare(sql));
        statement.bindAll(values...);
        return statement.run();
    }
    /// First column of the first row; 0 where there is no row.
    Result<std::int64_t> integer(const std::string& sql);
    Result<std::vector<std::string>> texts(const std::string& sql);

    [[nodiscard]] std::int64_t lastInsertedRow() const;
    [[nodiscard]] std::int64_t changedRows() const;
    [[nodiscard]] bool isReadOnly() const;
    [[nodiscard]] bool inTransaction() const;
    /// Of the call that failed last, with the file's name.
    [[nodiscard]] Error lastError() const;

private:
    friend class Statement;

    struct Closer {
        void operator()(sqlite3* connection) const;
    };

    explicit Database(std::string name);

    static Result<> copy(Database& source, Database& target);

    Result<> connect(const std::string& uri, int flags);
    void harden();
    void takeBack(std::string sql, StatementHandle handle);

    std::string m_name;
    std::unique_ptr<sqlite3, Closer> m_connection;
    std::unordered_map<std::string, StatementHandle> m_idle;  ///< statements nobody uses at the moment
};

/// Rolls back unless committed. Begun inside of another one it undoes its own part only.
class Transaction {
public:
    static Result<Transaction> begin(Database& database);

    Transaction(Transaction&& other) noexcept
        : m_database(std::exchange(other.m_database, nullptr))
        , m_nested(other.m_nested)
    {
    }
    Transaction& operator=(Transaction&& other) = delete;
    ~Transaction();

    Result<> commit();

private:
    Transaction(Database& database, bool nested)
        : m_database(&database)
        , m_nested(nested)
    {
    }

    Database* m_database;
    bool m_nested;
};

}  // namespace warploom
