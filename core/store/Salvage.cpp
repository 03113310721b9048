// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/Salvage.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <set>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>

#include <fmt/format.h>

#include "base/UniqueFd.h"
#include "store/Database.h"
#include "store/FileHeader.h"
#include "store/PrivateCopy.h"
#include "store/RecordRows.h"
#include "store/SalvagedRows.h"
#include "store/Schema.h"
#include "store/Workspace.h"
#include "store/WorkspaceLock.h"

namespace warploom {

namespace fs = std::filesystem;

namespace {

class MappedFile {
public:
    static Result<MappedFile> open(const fs::path& path)
    {
        const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        std::error_code error;
        const auto size = fs::file_size(path, error);
        void* bytes = file.isOpen() && !error && size > 0 ? ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0)
                                                          : MAP_FAILED;
        if (bytes == MAP_FAILED)
            return fail(ErrorCode::IoFailed, fmt::format("cannot read {}: {}", path.string(), std::strerror(errno)));
        return MappedFile(bytes, size);
    }
    MappedFile(MappedFile&& other) noexcept
        : m_bytes(std::exchange(other.m_bytes, nullptr))
        , m_size(other.m_size)
    {
    }
    MappedFile& operator=(MappedFile&&) = delete;
    ~MappedFile()
    {
        if (m_bytes != nullptr)
            ::munmap(m_bytes, m_size);
    }

    [[nodiscard]] std::string_view bytes() const { return {static_cast<const char*>(m_bytes), m_size}; }

private:
    MappedFile(void* bytes, std::size_t size)
        : m_bytes(bytes)
        , m_size(size)
    {
    }

    void* m_bytes;
    std::size_t m_size;
};

/// Brings what the journal holds into the copy, as far as SQLite can.
Result<> bringJournalIn(const fs::path& copy)
{
    WARPLOOM_TRY(const auto database, Database::open(copy, Database::Access::ReadWrite));
    WARPLOOM_TRY(const SchemaState state, schemaState(*database));
    if (state.ours && state.version > currentSchemaVersion())
        return fail(ErrorCode::TooNew,
                    fmt::format("the file was made by a newer Warploom: its schema has version {}, this build knows {}",
                                state.version, currentSchemaVersion()));
    WARPLOOM_TRY(const auto ignored, database->texts("PRAGMA wal_checkpoint(TRUNCATE)"));
    return {};
}

Result<> bindRow(Statement& statement, const RowValues& values)
{
    for (std::size_t i = 0; i < values.size(); ++i) {
        const int parameter = static_cast<int>(i) + 1;
        if (std::holds_alternative<std::monostate>(values[i]))
            statement.bindNull(parameter);
        else if (const auto* whole = std::get_if<std::int64_t>(&values[i]))
            statement.bind(parameter, *whole);
        else if (const auto* real = std::get_if<double>(&values[i]))
            statement.bind(parameter, *real);
        else
            statement.bind(parameter, std::string_view(std::get<std::string>(values[i])));
    }
    return statement.run();
}

template <typename Record>
bool readsBack(Database& database, Result<Record> (*reader)(const Statement&), const std::string& sql, std::int64_t id)
{
    auto statement = database.prepare(sql);
    if (!statement)
        return false;
    statement->bindAll(id);
    const auto row = statement->step();
    return row && *row && reader(*statement);
}

class Salvager {
public:
    explicit Salvager(Database& target)
        : m_target(target)
    {
    }

    Result<> store(const FoundRows& found)
    {
        WARPLOOM_CHECK(m_target.execute("PRAGMA foreign_keys = OFF"));
        WARPLOOM_TRY(Transaction transaction, Transaction::begin(m_target));
        for (const TableShape& table : salvagedTables()) {
            m_report.tables.push_back({table.name, 0, {}, {}, {}});
            WARPLOOM_CHECK(storeTable(table, found));
        }
        WARPLOOM_CHECK(restoreFromEvents());
        for (SalvagedTable& table : m_report.tables)
            WARPLOOM_CHECK(findGaps(table, found));
        WARPLOOM_CHECK(fillPlaceholders());
        WARPLOOM_CHECK(
            m_target.execute("UPDATE runs SET evaluations = (SELECT count(*) FROM evaluations WHERE run = runs.id)"));
        WARPLOOM_CHECK(keepNumbering(found.lastSequence));
        WARPLOOM_CHECK(noteFiles());
        return transaction.commit();
    }

    SalvageReport takeReport() { return std::move(m_report); }

private:
    SalvagedTable& reportOf(const std::string& name)
    {
        return *std::find_if(m_report.tables.begin(), m_report.tables.end(),
                             [&](const SalvagedTable& table) { return table.name == name; });
    }

    /// False: the row breaks what the table or its reader asks for.
    Result<bool> insert(const std::string& table, const RowValues& values)
    {
        std::string marks = "?1";
        for (std::size_t i = 2; i <= values.size(); ++i)
            marks += fmt::format(", ?{}", i);
        WARPLOOM_TRY(Statement statement, m_target.prepare(fmt::format("INSERT INTO {} VALUES ({})", table, marks)));
        const auto inserted = bindRow(statement, values);
        if (!inserted && inserted.error().code != ErrorCode::InvalidArgument)
            return fail(inserted.error());
        return inserted.has_value();
    }

    bool isSound(const std::string& table, std::int64_t id)
    {
        const auto select = [](std::string_view columns, const char* from) {
            return fmt::format("SELECT {} FROM {}", columns, from);
        };
        if (table == "runs")
            return readsBack(m_target, readRun, select(kRunColumns, "runs WHERE id = ?1"), id);
        if (table == "variants")
            return readsBack(m_target, readVariant, select(kVariantColumns, "variants WHERE id = ?1"), id);
        if (table == "events")
            return readsBack(m_target, readEvent, select(kEventColumns, "events WHERE sequence = ?1"), id);
        if (table == "evaluations")
            return readsBack(m_target, readFullEvaluation,
                             fmt::format("SELECT {}{} FROM evaluations AS e WHERE e.id = ?1", kEvaluationColumns,
                                         kEvaluationDetailColumns),
                             id);
        return true;
    }

    Result<> storeTable(const TableShape& table, const FoundRows& found)
    {
        SalvagedTable& report = m_report.tables.back();
        if (const auto rows = found.others.find(table.name); rows != found.others.end()) {
            for (const RowValues& values : rows->second) {
                WARPLOOM_TRY(const bool stored, insert(table.name, values));
                report.read += stored ? 1 : 0;
            }
        }
        const auto rows = found.byId.find(table.name);
        if (rows == found.byId.end())
            return {};
        for (const auto& [id, values] : rows->second) {
            WARPLOOM_TRY(const bool stored, insert(table.name, values));
            if (stored && isSound(table.name, id))
                ++report.read;
            else if (stored)
                WARPLOOM_CHECK(m_target.run(fmt::format("DELETE FROM {} WHERE rowid = ?1", table.name), id));
        }
        return {};
    }

    Result<bool> has(const std::string& table, std::int64_t id)
    {
        WARPLOOM_TRY(const std::int64_t count,
                     m_target.integer(fmt::format("SELECT count(*) FROM {} WHERE rowid = {}", table, id)));
        return count > 0;
    }

    Result<> restoreFromEvents()
    {
        WARPLOOM_TRY(Statement statement, m_target.prepare("SELECT type, data FROM events ORDER BY sequence"));
        for (;;) {
            WARPLOOM_TRY(const bool row, statement.step());
            if (!row)
                return {};
            const auto data = nlohmann::json::parse(statement.text(1), nullptr, false);
            const auto told = rowToldBy(statement.text(0), data);
            if (!told || told->id <= 0)
                continue;
            m_last[told->table] = std::max(m_last[told->table], told->id);
            WARPLOOM_TRY(const bool isThere, has(told->table, told->id));
            if (isThere)
                continue;
            WARPLOOM_TRY(const bool stored, insert(told->table, told->values));
            if (stored)
                reportOf(told->table).restored.push_back(told->id);
        }
    }

    Result<> findGaps(SalvagedTable& table, const FoundRows& found)
    {
        const bool hasId = std::any_of(salvagedTables().begin(), salvagedTables().end(), [&](const TableShape& shape) {
            return shape.hasId && shape.name == table.name;
        });
        if (!hasId)
            return {};
        WARPLOOM_TRY(Statement statement,
                     m_target.prepare(fmt::format("SELECT rowid FROM {} ORDER BY rowid", table.name)));
        std::int64_t expected = 1;
        for (;;) {
            WARPLOOM_TRY(const bool row, statement.step());
            // Rows are never removed, so that every number below the last is one.
            const std::int64_t known =
                std::max(m_last[table.name], table.name == "events" ? found.lastSequence : std::int64_t{0});
            const std::int64_t id = row ? statement.integer(0) : known + 1;
            if (id > expected)
                table.lost.emplace_back(expected, id - 1);
            expected = std::max(expected, id + 1);
            if (!row)
                return {};
        }
    }

    Result<> fillPlaceholders()
    {
        struct Reference {
            const char* table;
            const char* ids;
        };
        constexpr std::array kReferences{
            Reference{"variants",
                      "SELECT variant FROM evaluations UNION SELECT parent FROM variants "
                      "UNION SELECT second_parent FROM variants"},
            Reference{"environments", "SELECT environment FROM evaluations"},
            Reference{"runs",
                      "SELECT run FROM evaluations UNION SELECT run FROM variants UNION SELECT run FROM events"},
            Reference{"tasks",
                      "SELECT task FROM variants UNION SELECT task FROM runs UNION SELECT task FROM task_files"},
        };
        WARPLOOM_TRY(const std::int64_t known, m_target.integer("SELECT coalesce(min(id), 1) FROM tasks"));
        for (const Reference& reference : kReferences) {
            WARPLOOM_TRY(Statement statement, m_target.prepare(reference.ids));
            std::set<std::int64_t> ids;
            for (;;) {
                WARPLOOM_TRY(const bool row, statement.step());
                if (!row)
                    break;
                if (!statement.isNull(0))
                    ids.insert(statement.integer(0));
            }
            for (const std::int64_t id : ids)
                WARPLOOM_CHECK(fillPlaceholder(reference.table, id, known));
        }
        return {};
    }

    /// Numbers of lost events are not given to others.
    Result<> keepNumbering(std::int64_t last)
    {
        WARPLOOM_TRY(const std::int64_t now, m_target.integer("SELECT max(sequence) FROM events"));
        if (last <= now)
            return {};
        WARPLOOM_CHECK(m_target.execute("DELETE FROM sqlite_sequence WHERE name = 'events'"));
        return m_target.run("INSERT INTO sqlite_sequence (name, seq) VALUES ('events', ?1)", last);
    }

    Result<> fillPlaceholder(const std::string& table, std::int64_t id, std::int64_t task)
    {
        WARPLOOM_TRY(const bool isThere, has(table, id));
        if (isThere)
            return {};
        WARPLOOM_TRY(const bool stored, insert(table, placeholderRow(table, id, task)));
        if (!stored)
            return fail(ErrorCode::Corrupt, fmt::format("{} {} is referred to and cannot be stood in for", table, id));
        reportOf(table).placeholders.push_back(id);
        return {};
    }

    Result<> noteFiles()
    {
        WARPLOOM_TRY(Statement statement,
                     m_target.prepare("SELECT id, name, (SELECT count(*) FROM task_files WHERE task = tasks.id) "
                                      "FROM tasks ORDER BY id"));
        for (;;) {
            WARPLOOM_TRY(const bool row, statement.step());
            if (!row)
                return {};
            // task.toml, baseline and reference.
            if (statement.integer(2) < 3)
                m_report.notes.push_back(fmt::format("Of task {} ({}) {} of 3 files are there.", statement.integer(0),
                                                     statement.text(1), statement.integer(2)));
        }
    }

    Database& m_target;
    SalvageReport m_report;
    std::map<std::string, std::int64_t> m_last;  ///< greatest id that an event tells of, by table
};

Result<SalvageReport> storeInto(const fs::path& saved, const FoundRows& found)
{
    WARPLOOM_TRY(const auto target, Database::open(saved, Database::Access::Create));
    WARPLOOM_CHECK(target->useJournal(Database::Journal::Rollback));
    WARPLOOM_CHECK(migrate(*target, 0));
    Salvager salvager(*target);
    WARPLOOM_CHECK(salvager.store(found));
    return salvager.takeReport();
}

Result<> noteInWorkspace(const fs::path& saved, const SalvageReport& report)
{
    WARPLOOM_TRY(Workspace workspace, Workspace::open(saved, Workspace::Mode::ReadWrite));
    WARPLOOM_TRY(const Committed ignored, workspace.appendEvent("salvaged", 0, report));
    return {};
}

tl::unexpected<Error> nothingFound(const fs::path& damaged)
{
    return fail(ErrorCode::NotAWorkspace, fmt::format("nothing of a workspace was found in {}", damaged.string()));
}

}  // namespace

std::int64_t SalvagedTable::lostRows() const
{
    std::int64_t rows = 0;
    for (const auto& [first, last] : lost)
        rows += last - first + 1;
    return rows;
}

bool SalvageReport::isComplete() const
{
    return std::all_of(tables.begin(), tables.end(), [](const SalvagedTable& table) {
        return table.restored.empty() && table.placeholders.empty() && table.lost.empty();
    });
}

void to_json(nlohmann::json& json, const SalvageReport& report)
{
    json = {{"tables", nlohmann::json::array()}, {"notes", report.notes}, {"complete", report.isComplete()}};
    for (const SalvagedTable& table : report.tables)
        json["tables"].push_back({{"name", table.name},
                                  {"read", table.read},
                                  {"restored", table.restored},
                                  {"placeholders", table.placeholders},
                                  {"lost", table.lost}});
}

std::string rangesText(const std::vector<std::pair<std::int64_t, std::int64_t>>& ranges)
{
    constexpr std::size_t kMost = 12;
    std::string text;
    for (std::size_t i = 0; i < std::min(ranges.size(), kMost); ++i) {
        const auto& [first, last] = ranges[i];
        text += fmt::format("{}{}", text.empty() ? "" : ", ", first);
        if (last > first)
            text += fmt::format("–{}", last);
    }
    return ranges.size() > kMost ? text + ", …" : text;
}

Result<SalvageReport> salvage(const fs::path& damaged, const fs::path& saved)
{
    std::error_code error;
    if (!fs::is_regular_file(damaged, error))
        return fail(ErrorCode::NotFound, fmt::format("there is no file {}", damaged.string()));
    if (fs::exists(saved, error))
        return fail(ErrorCode::InvalidArgument, fmt::format("{} exists already; name a new file", saved.string()));
    if (WorkspaceLock::isHeld(damaged))
        return fail(ErrorCode::Locked, fmt::format("{} is being written", damaged.string()));
    WARPLOOM_TRY(const FileHeader header, readFileHeader(damaged));
    if (header.fileBytes == 0)
        return fail(ErrorCode::NotAWorkspace, fmt::format("{} is empty", damaged.string()));
    WARPLOOM_TRY(const PrivateCopy copy, PrivateCopy::make(damaged));
    const auto whole = bringJournalIn(copy.path());
    if (!whole && whole.error().code == ErrorCode::TooNew)
        return fail(whole.error());
    FoundRows found;
    PageScanResult scanned;
    {
        WARPLOOM_TRY(const MappedFile file, MappedFile::open(copy.path()));
        scanned = scanPages(file.bytes(), [&found](PageRow row) { found.add(std::move(row)); });
    }
    if (found.isEmpty())
        return nothingFound(damaged);
    auto report = storeInto(saved, found);
    const bool isEmpty = report
        && std::all_of(report->tables.begin(), report->tables.end(), [](const auto& table) { return table.read == 0; });
    if (isEmpty)
        report = nothingFound(damaged);
    if (report && !whole && header.hasJournal)
        report->notes.emplace_back("The journal beside the file could not be read: the newest changes may be missing.");
    if (report && scanned.unreadable > 0)
        report->notes.push_back(fmt::format("{} rows could not be read.", scanned.unreadable));
    const auto noted = report ? noteInWorkspace(saved, *report) : Result<>();
    if (report && noted)
        return report;
    for (const char* suffix : {"", "-wal", "-shm", "-journal"})
        fs::remove(saved.string() + suffix, error);
    if (report)
        return fail(noted.error());
    return report;
}

}  // namespace warploom
