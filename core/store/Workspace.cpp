// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/Workspace.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "store/Database.h"
#include "store/Schema.h"
#include "store/WorkspaceLock.h"

namespace warploom {

namespace {

namespace fs = std::filesystem;

Result<> refuseUnlessCurrent(const SchemaState& state, const fs::path& path)
{
    if (!state.ours || state.version < 1)
        return fail(ErrorCode::Corrupt, fmt::format("{} is not a workspace", path.string()));
    if (state.version > currentSchemaVersion())
        return fail(ErrorCode::VersionMismatch,
                    fmt::format("{} has schema version {}, this build knows {}", path.string(), state.version,
                                currentSchemaVersion()));
    return {};
}

bool hasContent(const fs::path& path)
{
    std::error_code error;
    const auto size = fs::file_size(path, error);
    return !error && size > 0;
}

fs::path besides(const fs::path& path, const char* suffix) { return fs::path(path.string() + suffix); }

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
    workspace.m_path = path;
    std::error_code error;
    const auto status = fs::status(path, error);
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
    RemovedOnFailure made(m_path, !exists);
    WARPLOOM_TRY(m_database, Database::open(m_path, exists ? Database::Access::ReadWrite : Database::Access::Create));
    if (m_database->isReadOnly())
        return fail(ErrorCode::ReadOnly, fmt::format("cannot write {}", m_path.string()));
    WARPLOOM_TRY(SchemaState state, schemaState(*m_database));
    const bool fresh = state.blank && mode == Mode::Create;
    if (!fresh)
        WARPLOOM_CHECK(refuseUnlessCurrent(state, m_path));
    WARPLOOM_CHECK(m_database->useJournal(Database::journalFor(m_path)));
    if (state.version < currentSchemaVersion())
        WARPLOOM_CHECK(migrate(*m_database, state.version));
    m_status.schemaVersion = fresh ? currentSchemaVersion() : state.version;
    m_status.migrated = !fresh && state.version < currentSchemaVersion();
    made.keep();
    return {};
}

Result<> Workspace::openForReading()
{
    m_status.readOnly = true;
    m_status.hasWriter = WorkspaceLock::isHeld(m_path);
    WARPLOOM_TRY(m_database, Database::open(m_path, Database::Access::ReadOnly));
    auto state = schemaState(*m_database);
    if (!state && (state.error().code == ErrorCode::ReadOnly || state.error().code == ErrorCode::NotFound)) {
        // The folder takes neither the shared memory nor the recovery that a journal needs, so nobody is writing
        // either.
        m_status.immutable = true;
        m_status.ignoresJournal = hasContent(besides(m_path, "-wal")) || hasContent(besides(m_path, "-journal"));
        WARPLOOM_TRY(m_database, Database::open(m_path, Database::Access::Immutable));
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
