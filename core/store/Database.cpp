// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/Database.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <sqlite3.h>

#include <fmt/format.h>

#include "store/FileSystemKind.h"

namespace warploom {

namespace {

constexpr int kBusyMilliseconds = 5000;
/// With a rollback journal a writer waits for every reader to end, also for one on a slow network.
constexpr int kPatientMilliseconds = 60'000;
constexpr std::size_t kIdleStatements = 128;

ErrorCode codeOfSystemError(int number)
{
    switch (number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return ErrorCode::DiskFull;
    case EROFS:
    case EACCES:
    case EPERM:
        return ErrorCode::ReadOnly;
    case ENOENT:
    case ENOTDIR:
        return ErrorCode::NotFound;
    default:
        return ErrorCode::IoFailed;
    }
}

ErrorCode codeOf(int sqliteCode, int systemError)
{
    switch (sqliteCode & 0xff) {
    case SQLITE_FULL:
        return ErrorCode::DiskFull;
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return ErrorCode::ReadOnly;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ErrorCode::Locked;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return ErrorCode::Corrupt;
    case SQLITE_NOMEM:
        return ErrorCode::OutOfMemory;
    case SQLITE_CONSTRAINT:
    case SQLITE_TOOBIG:
        return ErrorCode::InvalidArgument;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        return codeOfSystemError(systemError);
    // A schema that lacks a table or column, or does not parse: the file was damaged or tampered with.
    case SQLITE_ERROR:
        return ErrorCode::Corrupt;
    default:
        return ErrorCode::Internal;
    }
}

/// file:///… with everything escaped that means something in a URI.
std::string uriOf(const std::filesystem::path& path, std::string_view query)
{
    std::string uri = "file:";
    for (const char c : std::filesystem::absolute(path).string()) {
        if (c == '%' || c == '?' || c == '#')
            uri += fmt::format("%{:02x}", static_cast<unsigned char>(c));
        else
            uri += c;
    }
    return uri.append(query);
}

}  // namespace

Database::Database(std::string name)
    : m_name(std::move(name))
{
}

Database::~Database() = default;

void Database::Closer::operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }

Result<> Database::connect(const std::string& uri, int flags)
{
    sqlite3* connection = nullptr;
    const int code = sqlite3_open_v2(uri.c_str(), &connection, flags | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, nullptr);
    m_connection.reset(connection);
    if (connection == nullptr)
        return fail(ErrorCode::OutOfMemory, fmt::format("{}: no memory for a connection", m_name));
    if (code != SQLITE_OK)
        return fail(lastError());
    harden();
    return {};
}

void Database::harden()
{
    sqlite3* connection = m_connection.get();
    sqlite3_extended_result_codes(connection, 1);
    sqlite3_busy_timeout(connection, kBusyMilliseconds);
    for (const int option : {SQLITE_DBCONFIG_ENABLE_TRIGGER, SQLITE_DBCONFIG_ENABLE_VIEW,
                             SQLITE_DBCONFIG_TRUSTED_SCHEMA, SQLITE_DBCONFIG_DQS_DML, SQLITE_DBCONFIG_DQS_DDL})
        sqlite3_db_config(connection, option, 0, nullptr);
    for (const int option : {SQLITE_DBCONFIG_DEFENSIVE, SQLITE_DBCONFIG_ENABLE_FKEY})
        sqlite3_db_config(connection, option, 1, nullptr);
}

Result<std::unique_ptr<Database>> Database::open(const std::filesystem::path& path, Access access)
{
    std::unique_ptr<Database> database(new Database(path.string()));
    int flags = SQLITE_OPEN_READONLY;
    if (access == Access::ReadWrite)
        flags = SQLITE_OPEN_READWRITE;
    else if (access == Access::Create)
        flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    WARPLOOM_CHECK(database->connect(uriOf(path, access == Access::Immutable ? "?immutable=1" : ""), flags));
    WARPLOOM_CHECK(database->execute("PRAGMA cell_size_check = ON"));
    // A write-ahead file that arrives on a network file system can be read without shared memory only like this.
    if ((flags & SQLITE_OPEN_READWRITE) != 0 && journalFor(path) == Journal::Rollback)
        WARPLOOM_CHECK(database->texts("PRAGMA locking_mode = EXCLUSIVE"));
    return database;
}

Result<> Database::copy(Database& source, Database& target)
{
    sqlite3_backup* backup = sqlite3_backup_init(target.m_connection.get(), "main", source.m_connection.get(), "main");
    if (backup == nullptr)
        return fail(target.lastError());
    sqlite3_backup_step(backup, -1);
    if (sqlite3_backup_finish(backup) != SQLITE_OK)
        return fail(target.lastError());
    return {};
}

Result<std::unique_ptr<Database>> Database::inMemory(std::string name)
{
    std::unique_ptr<Database> database(new Database(std::move(name)));
    WARPLOOM_CHECK(database->connect(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
    return database;
}

Result<std::unique_ptr<Database>> Database::copyToMemory(Database& source)
{
    WARPLOOM_TRY(std::unique_ptr<Database> target, inMemory(source.m_name));
    WARPLOOM_CHECK(copy(source, *target));
    return target;
}

Result<> Database::copyToFile(Database& source, const std::filesystem::path& path)
{
    namespace fs = std::filesystem;
    std::error_code error;
    if (fs::exists(path, error))
        return fail(ErrorCode::InvalidArgument, fmt::format("{} exists already", path.string()));
    const fs::path unfinished = path.string() + "-unfinished";
    fs::remove(unfinished, error);
    const auto written = [&]() -> Result<> {
        std::unique_ptr<Database> target(new Database(unfinished.string()));
        WARPLOOM_CHECK(target->connect(uriOf(unfinished, ""), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
        WARPLOOM_CHECK(copy(source, *target));
        // One file, whatever journal the original has.
        WARPLOOM_CHECK(target->texts("PRAGMA journal_mode = DELETE"));
        return {};
    }();
    if (written)
        fs::rename(unfinished, path, error);
    if (written && !error)
        return {};
    std::error_code ignored;
    fs::remove(unfinished, ignored);
    if (!written)
        return written;
    return fail(ErrorCode::IoFailed, fmt::format("cannot write {}: {}", path.string(), error.message()));
}

Database::Journal Database::journalFor(const std::filesystem::path& path)
{
    const char* wish = std::getenv("WARPLOOM_JOURNAL");
    if (wish != nullptr && std::string_view(wish) == "rollback")
        return Journal::Rollback;
    return fileSystemOf(path).kind.sharesMemory ? Journal::WriteAhead : Journal::Rollback;
}

Result<> Database::useJournal(Journal journal)
{
    const bool writeAhead = journal == Journal::WriteAhead;
    WARPLOOM_TRY(const auto mode, texts(writeAhead ? "PRAGMA journal_mode = WAL" : "PRAGMA journal_mode = DELETE"));
    if (mode.empty() || mode.front() != (writeAhead ? "wal" : "delete"))
        return fail(ErrorCode::Locked, fmt::format("{}: its journal cannot be switched while others use it", m_name));
    if (!writeAhead)
        sqlite3_busy_timeout(m_connection.get(), kPatientMilliseconds);
    WARPLOOM_CHECK(texts("PRAGMA locking_mode = NORMAL"));
    WARPLOOM_CHECK(integer("SELECT count(*) FROM sqlite_schema"));  // an exclusive lock is dropped by the next access
    return execute("PRAGMA synchronous = FULL");
}

Result<> Database::execute(const std::string& sql)
{
    if (sqlite3_exec(m_connection.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
        return fail(lastError());
    return {};
}

Result<Statement> Database::prepare(const std::string& sql)
{
    if (auto idle = m_idle.extract(sql); !idle.empty())
        return Statement(*this, sql, std::move(idle.mapped()));
    sqlite3_stmt* raw = nullptr;
    const int code = sqlite3_prepare_v3(m_connection.get(), sql.c_str(), static_cast<int>(sql.size()) + 1,
                                        SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
    if (code != SQLITE_OK)
        return fail(lastError());
    return Statement(*this, sql, StatementHandle(raw));
}

void Database::tidyOnClose(bool tidies)
{
    sqlite3_db_config(m_connection.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, tidies ? 0 : 1, nullptr);
}

void Database::takeBack(std::string sql, StatementHandle handle)
{
    if (m_idle.size() < kIdleStatements)
        m_idle.try_emplace(std::move(sql), std::move(handle));
}

Result<std::int64_t> Database::integer(const std::string& sql)
{
    WARPLOOM_TRY(Statement statement, prepare(sql));
    WARPLOOM_TRY(const bool row, statement.step());
    return row ? statement.integer(0) : 0;
}

Result<std::vector<std::string>> Database::texts(const std::string& sql)
{
    WARPLOOM_TRY(Statement statement, prepare(sql));
    std::vector<std::string> list;
    for (;;) {
        WARPLOOM_TRY(const bool row, statement.step());
        if (!row)
            return list;
        list.push_back(statement.text(0));
    }
}

std::int64_t Database::lastInsertedRow() const { return sqlite3_last_insert_rowid(m_connection.get()); }

std::int64_t Database::changedRows() const { return sqlite3_changes64(m_connection.get()); }

bool Database::isReadOnly() const { return sqlite3_db_readonly(m_connection.get(), "main") == 1; }

bool Database::inTransaction() const { return sqlite3_get_autocommit(m_connection.get()) == 0; }

Error Database::lastError() const
{
    const int lastErrno = errno;
    sqlite3* connection = m_connection.get();
    const int code = sqlite3_extended_errcode(connection);
    // For a failed write (a quota, say) SQLite itself does not keep the system's reason.
    const int systemError = sqlite3_system_errno(connection) != 0 ? sqlite3_system_errno(connection) : lastErrno;
    return {codeOf(code, systemError), fmt::format("{}: {}", m_name, sqlite3_errmsg(connection)), {}, {}, {}};
}

Result<Transaction> Transaction::begin(Database& database)
{
    const bool nested = database.inTransaction();
    WARPLOOM_CHECK(database.execute(nested ? "SAVEPOINT nested" : "BEGIN IMMEDIATE"));
    return Transaction(database, nested);
}

Transaction::~Transaction()
{
    // SQLite has rolled back by itself after some failures (a full disk, say).
    if (m_database != nullptr && m_database->inTransaction())
        static_cast<void>(m_database->execute(m_nested ? "ROLLBACK TO nested; RELEASE nested" : "ROLLBACK"));
}

Result<> Transaction::commit()
{
    WARPLOOM_CHECK(m_database->execute(m_nested ? "RELEASE nested" : "COMMIT"));
    m_database = nullptr;
    return {};
}

}  // namespace warploom
