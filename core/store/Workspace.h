// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/Result.h"
#include "protocol/DevicePeaks.h"
#include "protocol/ExchangeRecord.h"
#include "protocol/ProfileRecord.h"
#include "protocol/Records.h"

namespace warploom {

class Database;
class PrivateCopy;
class WorkspaceLock;

/// How a workspace came to be open, for those who have to say so.
struct WorkspaceStatus {
    bool readOnly = false;
    bool immutable = false;  ///< nothing may be locked or recovered beside the file: read as it lies there
    bool recovered = false;  ///< immutable, and a journal beside it was taken into account, in a copy
    bool ignoresJournal = false;  ///< immutable, and a journal with possibly newer events could not be read
    bool hasWriter = true;  ///< somebody holds the right to write it; false: a run that seems to run has lost its host
    int schemaVersion = 0;  ///< of the file, as found
    bool migrated = false;  ///< brought to this build's schema (in memory where it is read only)
    std::filesystem::path backup;  ///< the file as it was before that; empty where nothing was changed
};

/// Which evaluations a query returns; unset members do not restrict.
struct EvaluationFilter {
    std::optional<VariantId> variant;
    std::optional<RunId> run;
    std::optional<EnvironmentId> environment;
    bool full = false;  ///< also read checks, evidence, resources and counters, which are left empty otherwise
};

/// Which profiles a query returns; unset members do not restrict.
struct ProfileFilter {
    std::optional<VariantId> variant;
    std::optional<EnvironmentId> environment;  ///< of the evaluation
    bool full = false;  ///< also read the diagnosis, which is left empty otherwise
};

/// Which exchanges a query returns; unset members do not restrict.
struct ExchangeFilter {
    std::optional<RunId> run;
    bool full = false;  ///< also read the texts that were sent and answered, which are left empty otherwise
};

/// An acknowledged change: it is in the file, whatever happens to this process. Inside of atomically() it is
/// acknowledged when that returns.
struct Committed {
    std::int64_t id = 0;  ///< of the row added or changed
    EventRecord event;  ///< as written; sequence 0 where nothing changed, because an equal row was already there
};

/// One .warploom file: all of a project. Every change is one transaction that writes an event and the rows it implies,
/// so that a crash at any moment leaves whole events only. One process writes, any number read. Not thread-safe.
class Workspace {
public:
    enum class Mode {
        ReadOnly,
        ReadWrite,  ///< the file must exist
        Create,  ///< ReadWrite, made where it does not exist yet
    };

    /// Fails with NotFound; Locked (another process writes it: the message names it) or LockedElsewhere; ReadOnly;
    /// DiskFull; NotAWorkspace; Corrupt (damaged: ReadOnly mode may still open it); TooNew (ReadOnly mode may still
    /// open it). What was refused has not been touched. Opened for writing, a file of an older schema is copied beside
    /// itself and migrated, and runs that a dead host left running become interrupted, with their event.
    static Result<Workspace> open(const std::filesystem::path& path, Mode mode);

    Workspace(Workspace&& other) noexcept;
    Workspace& operator=(Workspace&& other) noexcept;
    ~Workspace();

    [[nodiscard]] const std::filesystem::path& path() const { return m_path; }
    [[nodiscard]] const WorkspaceStatus& status() const { return m_status; }
    /// Random, made with the file and never changed: names the workspace for sockets and caches.
    [[nodiscard]] const std::string& identity() const { return m_identity; }
    /// Reads the whole file; an empty list means that it is sound, otherwise what SQLite found.
    Result<std::vector<std::string>> findDamage();
    /// What opening for writing looks at: all pages of a file up to 256 MiB (0.15 s for 100 MB), the small tables of a
    /// larger one. The first thing that was found, or nothing.
    Result<std::string> findDamageQuickly();

    // Changes. All fail with ReadOnly, DiskFull, IoFailed, Locked, Corrupt, or InvalidArgument for a record that cannot
    // be stored (an unknown id, a figure that is not finite, more than two parents); then nothing is changed and the
    // workspace can still be used. A `created` or `started` of 0 becomes now; ids in the records are ignored.

    /// Runs \p changes as one transaction: all of them are stored or none. May be nested.
    Result<> atomically(const std::function<Result<>()>& changes);
    /// Adds the task, or finds the one with this name and revision.
    Result<Committed> ensureTask(const TaskRecord& task);
    /// Adds the environment, or finds the one that it is sameAs().
    Result<Committed> ensureEnvironment(const EnvironmentRecord& environment);
    Result<Committed> addRun(const RunRecord& run);
    /// \p state is Finished or Interrupted.
    Result<Committed> finishRun(RunId run, RunState state);
    /// An interrupted (or finished) run goes on, with the record's task, device and settings from now on.
    Result<Committed> resumeRun(const RunRecord& run);
    Result<Committed> addVariant(const VariantRecord& variant);
    Result<Committed> setFavoured(VariantId variant, bool favoured);
    Result<Committed> setRetired(VariantId variant, bool retired);
    Result<Committed> setOutcome(VariantId variant, HypothesisOutcome outcome);
    /// Also counts in its run.
    Result<Committed> addEvaluation(const EvaluationRecord& evaluation);
    Result<Committed> addProfile(const ProfileRecord& profile);
    /// What was asked of a model or a program; the answer is still to come.
    Result<Committed> startExchange(const ExchangeRecord& exchange);
    /// What has come of the exchange with the record's id: answer, fault, tokens, cost, seconds, error.
    Result<Committed> finishExchange(const ExchangeRecord& exchange);
    /// Adds the record's numbers to those of the same move, bottleneck and device; \p run may be 0.
    Result<Committed> recordExperience(const ExperienceRecord& experience, RunId run);
    /// What a device can do at most, as it was measured: an event without a row.
    Result<Committed> recordPeaks(const DevicePeaks& peaks);
    /// An event that implies no row: steering, guidance, notes.
    Result<Committed> appendEvent(std::string_view type, RunId run, const nlohmann::json& data);

    // Queries. Lists come in the order of their ids; an id that is not there is NotFound.

    Result<std::vector<TaskRecord>> tasks();
    Result<TaskRecord> task(TaskId id);
    /// Every revision of one task, oldest first, without files.
    Result<std::vector<TaskRecord>> taskRevisions(const std::string& name);
    Result<std::vector<EnvironmentRecord>> environments();
    Result<EnvironmentRecord> environment(EnvironmentId id);
    Result<std::vector<RunRecord>> runs();
    Result<RunRecord> run(RunId id);
    /// The one started last.
    Result<std::optional<RunRecord>> latestRun();
    Result<std::vector<VariantRecord>> variants(TaskId task);
    Result<VariantRecord> variant(VariantId id);
    /// Those with \p parent as first or second parent.
    Result<std::vector<VariantRecord>> children(VariantId parent);
    /// The first variant of the task with this text, whatever its blanks and comments.
    Result<std::optional<VariantRecord>> findVariant(TaskId task, const std::string& normalisedHash);
    Result<std::vector<EvaluationRecord>> evaluations(const EvaluationFilter& filter);
    /// In full.
    Result<EvaluationRecord> evaluation(EvaluationId id);
    /// The latest, in full: a resumed run must not evaluate it again.
    Result<std::optional<EvaluationRecord>> findEvaluation(VariantId variant, const Configuration& configuration,
                                                           EnvironmentId environment);
    /// By the rule of Standings, of those that have at least this trust and whose variant is not retired; in full.
    Result<std::optional<EvaluationRecord>> bestEvaluation(EnvironmentId environment, int minimumTrust = 0);
    Result<std::vector<ProfileRecord>> profiles(const ProfileFilter& filter);
    Result<std::vector<ExchangeRecord>> exchanges(const ExchangeFilter& filter);
    /// In full.
    Result<ExchangeRecord> exchange(ExchangeId id);
    Result<std::set<VariantId>> retiredVariants();
    /// How many evaluations of a run (0: of all runs) ended in each verdict; verdicts that never came are left out.
    Result<std::map<Verdict, std::int64_t>> verdictCounts(RunId run);
    /// Events with a greater sequence number, oldest first, at most \p limit.
    Result<std::vector<EventRecord>> eventsSince(EventSequence sequence, int limit = 10'000);
    /// All events of one type, oldest first.
    Result<std::vector<EventRecord>> eventsOfType(std::string_view type);
    /// Everything that recordPeaks() has written, oldest first; what another build wrote otherwise is left out.
    Result<std::vector<DevicePeaks>> devicePeaks();
    /// 0 in a workspace without events.
    Result<EventSequence> lastSequence();
    /// What is known on this kind of device; of all when empty.
    Result<std::vector<ExperienceRecord>> experience(const std::string& device);

private:
    Workspace();
    void close();
    void tidyJournal() const;

    Result<> openForWriting(Mode mode, bool exists);
    Result<> migrateWithBackup(int fromVersion);
    Result<> openForReading();
    [[nodiscard]] bool mustNotTouchBeside(bool isWriteAhead) const;
    Result<> openAsItLies();
    Result<> interruptAbandonedRuns();
    Result<Committed> commit(std::string_view type, RunId run, const std::function<Result<nlohmann::json>()>& write);
    Result<Committed> changeVariant(VariantId variant, const std::string& column, const nlohmann::json& value);
    Result<> addOrigin(const VariantRecord& variant);
    Result<> addVariantsMade(std::vector<ExchangeRecord>& exchanges);
    Result<> changeRun(RunId run, RunState state, UnixMilliseconds finished);

    std::filesystem::path m_path;
    WorkspaceStatus m_status;
    std::string m_identity;
    std::unique_ptr<WorkspaceLock> m_lock;  ///< outlives the database
    std::unique_ptr<PrivateCopy> m_copy;  ///< that is read instead of the file
    std::unique_ptr<Database> m_database;
    int m_depth = 0;  ///< of atomically()
};

}  // namespace warploom
