// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/Salvage.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/UniqueFd.h"
#include "store/Database.h"
#include "store/FileHeader.h"
#include "store/FileSystemKind.h"
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

/// A file that gets its name once it is whole: nothing that others have under that name is touched.
class UnfinishedFile {
public:
    explicit UnfinishedFile(const fs::path& target)
        : m_target(target)
        , m_path(fmt::format("{}-unfinished-{}", target.string(), ::getpid()))
    {
        remove();
    }
    ~UnfinishedFile() { remove(); }
    UnfinishedFile(const UnfinishedFile&) = delete;
    UnfinishedFile& operator=(const UnfinishedFile&) = delete;

    [[nodiscard]] const fs::path& path() const { return m_path; }

    /// InvalidArgument where somebody was faster.
    Result<> publish() const
    {
        if (!takeName()) {
            const int number = errno;
            if (number == EEXIST)
                return fail(ErrorCode::InvalidArgument,
                            fmt::format("{} exists already; name a new file", m_target.string()));
            return fail(number == ENOSPC || number == EDQUOT ? ErrorCode::DiskFull : ErrorCode::IoFailed,
                        fmt::format("cannot write {}: {}", m_target.string(), std::strerror(number)));
        }
        const fs::path parent = m_target.parent_path();
        const UniqueFd folder(::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (folder.isOpen())
            ::fsync(folder.get());
        return {};
    }

private:
    /// Not every file system has hard links, nor every one renaming that replaces nothing.
    [[nodiscard]] bool takeName() const
    {
        const char* from = m_path.c_str();
        const char* to = m_target.c_str();
        if (::link(from, to) == 0)
            return true;
        if (errno == EEXIST)
            return false;
        if (::renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
            return true;
        if (errno != EINVAL && errno != ENOSYS)
            return false;
        const UniqueFd reserved(::open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
        if (!reserved.isOpen() || ::rename(from, to) == 0)
            return reserved.isOpen();
        const int number = errno;
        ::unlink(to);  // made just now
        errno = number;
        return false;
    }

    void remove() const
    {
        std::error_code ignored;
        for (const char* suffix : {"", "-wal", "-shm", "-journal"})
            fs::remove(m_path.string() + suffix, ignored);
    }

    fs::path m_target;
    fs::path m_path;
};

/// Brings what the journal holds into the copy, as far as SQLite can.
Result<> bringJournalIn(const fs::path& copy)
{
    WARPLOOM_TRY(const auto database, Database::open(copy, Database::Access::ReadWrite));
    // Of the header alone: a table may be damaged, or look different in a newer schema.
    WARPLOOM_TRY(const std::int64_t application, database->integer("PRAGMA application_id"));
    WARPLOOM_TRY(const std::int64_t version, database->integer("PRAGMA user_version"));
    if (application == kApplicationId && version > currentSchemaVersion())
        return fail(ErrorCode::TooNew,
                    fmt::format("the file was made by a newer Warploom: its schema has version {}, this build knows {}",
                                version, currentSchemaVersion()));
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
        WARPLOOM_CHECK(restoreExperience());
        // Nothing could stand in for the evaluation, and without it a profile says nothing.
        WARPLOOM_CHECK(m_target.execute("DELETE FROM profiles WHERE evaluation NOT IN (SELECT id FROM evaluations)"));
        WARPLOOM_CHECK(forgetLostOrigins());
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
        const auto select = [](std::string_view columns, std::string_view from) {
            return fmt::format("SELECT {} FROM {}", columns, from);
        };
        if (table == "runs")
            return readsBack(m_target, readRun, select(kRunColumns, "runs WHERE id = ?1"), id);
        if (table == "variants")
            return readsBack(m_target, readVariant,
                             select(kVariantColumns, std::string(kVariantTables) + " WHERE v.id = ?1"), id);
        if (table == "events")
            return readsBack(m_target, readEvent, select(kEventColumns, "events WHERE sequence = ?1"), id);
        if (table == "evaluations")
            return readsBack(m_target, readFullEvaluation,
                             fmt::format("SELECT {}{} FROM evaluations AS e WHERE e.id = ?1", kEvaluationColumns,
                                         kEvaluationDetailColumns),
                             id);
        if (table == "profiles")
            return readsBack(
                m_target, readFullProfile,
                fmt::format("SELECT {}{} FROM profiles AS p WHERE p.id = ?1", kProfileColumns, kProfileDetailColumns),
                id);
        if (table == "exchanges")
            return readsBack(m_target, readFullExchange,
                             fmt::format("SELECT {}{} FROM exchanges AS x WHERE x.id = ?1", kExchangeColumns,
                                         kExchangeDetailColumns),
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
            hear(statement.text(0), data);
            const auto told = rowToldBy(statement.text(0), data);
            if (!told || !isPossible(*told))
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

    /// What a variant came from is worth nothing without the variant; what it names and is lost is not known any more.
    Result<> forgetLostOrigins()
    {
        WARPLOOM_CHECK(m_target.execute("DELETE FROM variant_origins WHERE variant NOT IN (SELECT id FROM variants)"));
        WARPLOOM_CHECK(m_target.execute("UPDATE variant_origins SET exchange = NULL WHERE exchange NOT IN "
                                        "(SELECT id FROM exchanges)"));
        return m_target.execute("UPDATE variant_origins SET repairs = NULL WHERE repairs NOT IN "
                                "(SELECT id FROM variants)");
    }

    static bool isPossible(const RetoldRow& told)
    {
        const auto& shapes = salvagedTables();
        const auto shape =
            std::find_if(shapes.begin(), shapes.end(), [&](const TableShape& one) { return one.name == told.table; });
        return shape != shapes.end() && told.id > 0 && told.id <= kMostId && refersToPossibleRows(*shape, told.values);
    }

    /// What an event tells of rows that have no numbers.
    void hear(const std::string& type, const nlohmann::json& data)
    {
        try {
            if (type == eventType::kTaskAdded)
                m_files[data.value("id", std::int64_t{0})] = static_cast<std::int64_t>(data.at("files").size());
            else if (type == eventType::kExperienceRecorded)
                addUp(data.get<ExperienceRecord>());
        } catch (const nlohmann::json::exception&) {
            // An event that was damaged itself.
        }
    }

    void addUp(const ExperienceRecord& told)
    {
        ExperienceRecord& sum = m_experience[std::tuple(told.move, told.bottleneck, told.device)];
        sum.move = told.move;
        sum.bottleneck = told.bottleneck;
        sum.device = told.device;
        for (auto count : {&ExperienceRecord::tries, &ExperienceRecord::right, &ExperienceRecord::improved})
            sum.*count = std::min(sum.*count + std::clamp<std::int64_t>(told.*count, 0, kMostId), kMostId);
        sum.sumLogGain += told.sumLogGain;
    }

    Result<> restoreExperience()
    {
        std::uint64_t again = 0;
        for (const auto& entry : m_experience) {
            const ExperienceRecord& sum = entry.second;
            // One that was read is there: the second is refused.
            WARPLOOM_TRY(
                const bool stored,
                insert("experience",
                       {sum.move, sum.bottleneck, sum.device, sum.tries, sum.right, sum.improved, sum.sumLogGain}));
            again += stored ? 1 : 0;
        }
        m_report.missing += again;
        if (again > 0)
            m_report.notes.push_back(fmt::format(
                "{} rows of experience were added up again from events; they lack what lost events told.", again));
        return {};
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
                      "UNION SELECT second_parent FROM variants UNION SELECT variant FROM profiles "
                      "UNION SELECT parent FROM profiles UNION SELECT parent FROM exchanges"},
            Reference{"environments", "SELECT environment FROM evaluations"},
            Reference{"runs",
                      "SELECT run FROM evaluations UNION SELECT run FROM variants UNION SELECT run FROM profiles "
                      "UNION SELECT run FROM exchanges UNION SELECT run FROM events"},
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
            noteFilesOf(statement.integer(0), statement.text(1), statement.integer(2));
        }
    }

    void noteFilesOf(std::int64_t task, const std::string& name, std::int64_t there)
    {
        const auto told = m_files.find(task);
        if (told == m_files.end()) {
            m_report.notes.push_back(
                fmt::format("Of task {} ({}) {} files are there; how many it had is not known.", task, name, there));
        } else if (there < told->second) {
            m_report.missing += static_cast<std::uint64_t>(told->second - there);
            m_report.notes.push_back(
                fmt::format("Of task {} ({}) {} of {} files are there.", task, name, there, told->second));
        }
    }

    Database& m_target;
    SalvageReport m_report;
    std::map<std::string, std::int64_t> m_last;  ///< greatest id that an event tells of, by table
    std::map<std::int64_t, std::int64_t> m_files;  ///< how many files a task had, as events tell
    std::map<std::tuple<std::string, std::string, std::string>, ExperienceRecord> m_experience;  ///< as events tell
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
    return unreadable == 0 && unreadableBlocks == 0 && missing == 0
        && std::all_of(tables.begin(), tables.end(), [](const SalvagedTable& table) {
               return table.restored.empty() && table.placeholders.empty() && table.lost.empty();
           });
}

void to_json(nlohmann::json& json, const SalvageReport& report)
{
    json = {{"tables", nlohmann::json::array()}, {"notes", report.notes},
            {"unreadable", report.unreadable},   {"unreadable_blocks", report.unreadableBlocks},
            {"missing", report.missing},         {"complete", report.isComplete()}};
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

namespace {

/// Everything that the copy gives, as a workspace \p saved.
Result<SalvageReport> salvageCopy(const PrivateCopy& copy, const fs::path& damaged, const fs::path& saved)
{
    const bool hasJournal = journalLiesBeside(copy.path());
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
    WARPLOOM_TRY(SalvageReport report, storeInto(saved, found));
    if (std::all_of(report.tables.begin(), report.tables.end(), [](const auto& table) { return table.read == 0; }))
        return nothingFound(damaged);
    report.unreadable = scanned.unreadable;
    report.unreadableBlocks = copy.unreadableBlocks();
    if (!whole && hasJournal)
        report.notes.emplace_back("The journal beside the file could not be read: the newest changes may be missing.");
    if (report.unreadable > 0)
        report.notes.push_back(fmt::format("{} rows could not be read.", report.unreadable));
    if (report.unreadableBlocks > 0)
        report.notes.push_back(
            fmt::format("{} blocks of 4096 bytes could not be read from the disk.", report.unreadableBlocks));
    return report;
}

}  // namespace

Result<SalvageReport> salvage(const fs::path& damaged, const fs::path& saved)
{
    std::error_code error;
    const fs::path real = throughLinks(damaged);
    if (!fs::is_regular_file(real, error))
        return fail(ErrorCode::NotFound, fmt::format("there is no file {}", damaged.string()));
    // A journal that was left there would count as one of the new file.
    for (const char* suffix : {"", "-wal", "-journal"}) {
        if (fs::exists(fs::symlink_status(saved.string() + suffix, error)))
            return fail(ErrorCode::InvalidArgument,
                        fmt::format("{}{} exists already; name a new file", saved.string(), suffix));
    }
    if (WorkspaceLock::isHeld(real))
        return fail(ErrorCode::Locked, fmt::format("{} is being written", damaged.string()));
    if (fs::file_size(real, error) == 0)
        return fail(ErrorCode::NotAWorkspace, fmt::format("{} is empty", damaged.string()));
    WARPLOOM_TRY(const PrivateCopy copy, PrivateCopy::make(real));
    const UnfinishedFile unfinished(saved);
    WARPLOOM_TRY(SalvageReport report, salvageCopy(copy, damaged, unfinished.path()));
    WARPLOOM_CHECK(noteInWorkspace(unfinished.path(), report));
    WARPLOOM_CHECK(unfinished.publish());
    return report;
}

}  // namespace warploom
