// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/Workspace.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <unistd.h>

#include <fmt/format.h>

#include "store/Database.h"
#include "store/FileHeader.h"
#include "store/FileSystemKind.h"
#include "store/PrivateCopy.h"
#include "store/Schema.h"
#include "store/WorkspaceLock.h"

namespace warploom {

namespace {

namespace fs = std::filesystem;

/// Up to here every page is looked at on opening.
constexpr std::uintmax_t kQuickBytes = 256u << 20;

Result<> refuseUnlessCurrent(const SchemaState& state, const fs::path& path)
{
    if (!state.ours)
        return fail(ErrorCode::NotAWorkspace, fmt::format("{} is a database of another program", path.string()));
    if (state.version < 1)
        return fail(ErrorCode::Corrupt, fmt::format("{} has lost its version", path.string()));
    if (state.version > currentSchemaVersion())
        return fail(ErrorCode::TooNew,
                    fmt::format("{} was made by a newer Warploom: its schema has version {}, this build knows {}",
                                path.string(), state.version, currentSchemaVersion()));
    return {};
}

std::string inOneLine(std::string text)
{
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

fs::path besides(const fs::path& path, const char* suffix) { return fs::path(path.string() + suffix); }

/// "run.warploom" becomes "run.schema-1.warploom", or "run.schema-1.2.warploom" where that is taken.
fs::path backupPathOf(const fs::path& path, int version)
{
    std::error_code ignored;
    for (int i = 1;; ++i) {
        const std::string number = i == 1 ? std::string() : fmt::format(".{}", i);
        const std::string name =
            fmt::format("{}.schema-{}{}{}", path.stem().string(), version, number, path.extension().string());
        if (!fs::exists(path.parent_path() / name, ignored))
            return path.parent_path() / name;
    }
}

/// Removes a file that this process made, unless told that it is good.
class RemovedOnFailure {
public:
    RemovedOnFailure(fs::path path, bool armed)
        : m_path(std::move(path))
        , m_armed(armed)
    {
    }
    ~RemovedOnFailure()
    {
        std::error_code ignored;
        if (m_armed)
            fs::remove(m_path, ignored);
    }
    RemovedOnFailure(const RemovedOnFailure&) = delete;
    RemovedOnFailure& operator=(const RemovedOnFailure&) = delete;
    void keep() { m_armed = false; }

private:
    fs::path m_path;
    bool m_armed;
};

}  // namespace

Workspace::Workspace() = default;
Workspace::Workspace(Workspace&& other) noexcept = default;

Workspace& Workspace::operator=(Workspace&& other) noexcept
{
    if (this != &other) {
        close();  // before the lock that protects it
        m_path = std::move(other.m_path);
        m_status = other.m_status;
        m_identity = std::move(other.m_identity);
        m_lock = std::move(other.m_lock);
        m_copy = std::move(other.m_copy);
        m_database = std::move(other.m_database);
        m_depth = other.m_depth;
    }
    return *this;
}

Workspace::~Workspace() { close(); }

void Workspace::close()
{
    const bool isOpen = m_database != nullptr;
    m_database.reset();
    if (isOpen && m_status.readOnly && !m_status.immutable)
        tidyJournal();
}

/// Whoever reads a write-ahead file that nobody writes leaves an empty journal beside it. SQLite removes it when a
/// connection that may write is the last one to be closed; this one writes nothing.
void Workspace::tidyJournal() const
{
    std::error_code error;
    const auto size = fs::file_size(besides(m_path, "-wal"), error);
    if (error || size > 0 || ::access(m_path.c_str(), W_OK) != 0
        || Database::journalFor(m_path) != Database::Journal::WriteAhead)
        return;
    if (const auto database = Database::open(m_path, Database::Access::ReadWrite))
        static_cast<void>((*database)->integer("SELECT count(*) FROM sqlite_schema"));
}

Result<Workspace> Workspace::open(const fs::path& path, Mode mode)
{
    Workspace workspace;
    workspace.m_path = throughLinks(path);
    std::error_code error;
    const auto status = fs::status(workspace.m_path, error);
    const bool exists = fs::exists(status);
    if (exists && !fs::is_regular_file(status))
        return fail(ErrorCode::InvalidInput, fmt::format("{} is not a file", path.string()));
    if (!exists && mode != Mode::Create)
        return fail(ErrorCode::NotFound, fmt::format("there is no workspace {}", path.string()));
    WARPLOOM_CHECK(mode == Mode::ReadOnly ? workspace.openForReading() : workspace.openForWriting(mode, exists));
    WARPLOOM_TRY(auto identity, workspace.m_database->texts("SELECT value FROM meta WHERE key = 'identity'"));
    if (identity.empty())
        return fail(ErrorCode::Corrupt, fmt::format("{} has lost its identity", path.string()));
    workspace.m_identity = std::move(identity.front());
    if (mode != Mode::ReadOnly)
        WARPLOOM_CHECK(workspace.interruptAbandonedRuns());
    return workspace;
}

Result<> Workspace::openForWriting(Mode mode, bool exists)
{
    if (exists && ::access(m_path.c_str(), W_OK) != 0)
        return fail(ErrorCode::ReadOnly, fmt::format("cannot write {}: {}", m_path.string(), std::strerror(errno)));
    WARPLOOM_TRY(m_lock, WorkspaceLock::acquire(m_path));
    std::error_code ignored;
    const bool isFilled = exists && fs::file_size(m_path, ignored) > 0;
    if (isFilled || mode != Mode::Create) {
        WARPLOOM_TRY(const FileHeader header, readFileHeader(m_path));
        WARPLOOM_CHECK(refuseWhatIsNoWorkspace(header, m_path));
    }
    RemovedOnFailure made(m_path, !exists);
    WARPLOOM_TRY(m_database, Database::open(m_path, exists ? Database::Access::ReadWrite : Database::Access::Create));
    if (m_database->isReadOnly())
        return fail(ErrorCode::ReadOnly, fmt::format("cannot write {}", m_path.string()));
    // What is refused stays as it is, its journal too.
    m_database->tidyOnClose(false);
    WARPLOOM_TRY(SchemaState state, schemaState(*m_database));
    const bool fresh = state.blank && mode == Mode::Create;
    if (!fresh) {
        WARPLOOM_CHECK(refuseUnlessCurrent(state, m_path));
        WARPLOOM_TRY(const std::string damage, findDamageQuickly());
        if (!damage.empty())
            return fail(ErrorCode::Corrupt, fmt::format("{} is damaged: {}", m_path.string(), damage));
    }
    m_database->tidyOnClose(true);
    WARPLOOM_CHECK(m_database->useJournal(Database::journalFor(m_path)));
    m_status.schemaVersion = fresh ? currentSchemaVersion() : state.version;
    if (fresh)
        WARPLOOM_CHECK(migrate(*m_database, 0));
    else if (state.version < currentSchemaVersion())
        WARPLOOM_CHECK(migrateWithBackup(state.version));
    made.keep();
    return {};
}

Result<> Workspace::migrateWithBackup(int fromVersion)
{
    m_status.backup = backupPathOf(m_path, fromVersion);
    WARPLOOM_CHECK(Database::copyToFile(*m_database, m_status.backup));
    WARPLOOM_CHECK(migrate(*m_database, fromVersion));
    m_status.migrated = true;
    return {};
}

/// SQLite makes files beside one that it reads, and takes them away again only where it may write.
bool Workspace::mustNotTouchBeside(bool isWriteAhead) const
{
    if (m_status.hasWriter || !isWriteAhead)
        return false;
    return ::access(m_path.c_str(), W_OK) != 0 || Database::journalFor(m_path) == Database::Journal::Rollback;
}

/// Nobody is writing, and nothing may be written here either.
Result<> Workspace::openAsItLies()
{
    m_status.immutable = true;
    if (journalLiesBeside(m_path)) {
        if (auto copy = PrivateCopy::make(m_path); copy && copy->unreadableBlocks() == 0) {
            m_copy = std::make_unique<PrivateCopy>(std::move(*copy));
            WARPLOOM_TRY(m_database, Database::open(m_copy->path(), Database::Access::ReadWrite));
            m_status.recovered = true;
            return {};
        }
        m_status.ignoresJournal = true;
    }
    WARPLOOM_TRY(m_database, Database::open(m_path, Database::Access::Immutable));
    return {};
}

Result<> Workspace::openForReading()
{
    m_status.readOnly = true;
    m_status.hasWriter = WorkspaceLock::isHeld(m_path);
    FileHeader header;
    // While somebody writes, the file may be between two states.
    if (!m_status.hasWriter) {
        WARPLOOM_TRY(header, readFileHeader(m_path));
        WARPLOOM_CHECK(refuseWhatIsNoWorkspace(header, m_path));
    }
    if (mustNotTouchBeside(header.isWriteAhead)) {
        WARPLOOM_CHECK(openAsItLies());
    } else {
        WARPLOOM_TRY(m_database, Database::open(m_path, Database::Access::ReadOnly));
    }
    auto state = schemaState(*m_database);
    if (!state && (state.error().code == ErrorCode::ReadOnly || state.error().code == ErrorCode::NotFound)) {
        // The folder takes neither the shared memory nor the recovery that a journal needs.
        WARPLOOM_CHECK(openAsItLies());
        state = schemaState(*m_database);
    }
    if (!state)
        return fail(std::move(state).error());
    const bool readableNewer = state->ours && state->version > currentSchemaVersion() && state->readableSince > 0
        && state->readableSince <= currentSchemaVersion();
    if (!readableNewer)
        WARPLOOM_CHECK(refuseUnlessCurrent(*state, m_path));
    m_status.schemaVersion = state->version;
    if (state->version < currentSchemaVersion()) {
        WARPLOOM_TRY(m_database, Database::copyToMemory(*m_database));
        WARPLOOM_CHECK(migrate(*m_database, state->version));
        m_status.migrated = true;
    }
    return {};
}

Result<> Workspace::interruptAbandonedRuns()
{
    WARPLOOM_TRY(const auto all, runs());
    for (const RunRecord& run : all) {
        if (run.state == RunState::Running)
            WARPLOOM_CHECK(finishRun(run.id, RunState::Interrupted));
    }
    return {};
}

Result<std::string> Workspace::findDamageQuickly()
{
    std::error_code ignored;
    std::vector<std::string> looks{"PRAGMA quick_check(1)"};
    if (fs::file_size(m_path, ignored) > kQuickBytes)
        looks = {"PRAGMA quick_check(meta)", "PRAGMA quick_check(tasks)", "PRAGMA quick_check(environments)",
                 "PRAGMA quick_check(runs)"};
    for (const std::string& look : looks) {
        const auto found = m_database->texts(look);
        if (!found && found.error().code == ErrorCode::Corrupt)
            return found.error().message;
        if (!found)
            return fail(found.error());
        if (!found->empty() && found->front() != "ok")
            return inOneLine(found->front());
    }
    return std::string();
}

Result<std::vector<std::string>> Workspace::findDamage()
{
    auto found = m_database->texts("PRAGMA integrity_check(100)");
    if (!found && found.error().code == ErrorCode::Corrupt)
        return std::vector{found.error().message};
    if (found && found->size() == 1 && found->front() == "ok")
        found->clear();
    return found;
}

}  // namespace warploom
