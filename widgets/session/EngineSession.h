// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include <QObject>
#include <QPointer>
#include <QString>
#include <QTimer>

#include "base/Secret.h"
#include "engine/EngineClient.h"
#include "session/JobThread.h"
#include "session/LiveLineage.h"
#include "task/Task.h"

namespace warploom {

/// The window's connection to the host of one workspace. Everything slow happens on threads of its own; whatever comes
/// back arrives on the UI thread, events batched to the display's rhythm. Closing it leaves the host and its run alone.
class EngineSession : public QObject {
    Q_OBJECT

public:
    template <typename T>
    using Answer = std::function<void(Result<T>)>;

    explicit EngineSession(LiveLineage& lineage, QObject* parent = nullptr);
    ~EngineSession() override;

    /// Attaches to the host of \p workspace, or starts one; the file is made where there is none. \p taskPath may be
    /// empty where the workspace has had a run. Answered by opened() or failed().
    void open(const QString& workspace, const QString& taskPath);
    /// Keys of model servers, by server, for the host of this workspace and of those that are opened later. A host that
    /// runs already gets what has changed, and forgets what is not among them any more; runs use them from the next on.
    void setKeys(std::map<std::string, Secret> keys);
    /// Only reads the workspace: no host, nothing can be asked for.
    void openSnapshot(const QString& workspace);
    /// Detaches. The views are emptied.
    void close();

    [[nodiscard]] bool isOpen() const { return m_isOpen; }
    [[nodiscard]] const QString& workspace() const { return m_workspace; }
    [[nodiscard]] const QString& taskPath() const { return m_taskPath; }
    /// Null before the task is known.
    [[nodiscard]] const Task* task() const { return m_task ? &*m_task : nullptr; }
    [[nodiscard]] const RunProgress& progress() const { return m_progress; }
    /// As it was when the workspace was opened.
    [[nodiscard]] const std::optional<RunRecord>& latestRun() const { return m_latestRun; }
    /// Whether a run is going on: paused ones are.
    [[nodiscard]] bool isRunning() const;

    // What a person asks for; a refusal comes as failed().
    void evolve(RunOrder order);
    void send(const Command& command);
    /// Calls \p done when everything asked for so far has reached the host.
    void whenIdle(std::function<void()> done);

    // Questions; the answer is called on the UI thread, unless the session is closed before.
    void compile(const SourceOrder& order, Answer<CompileReport> answer);
    void check(const SourceOrder& order, Answer<EvaluationRecord> answer, std::function<void(QString)> stage);
    void loadAssembly(const SourceOrder& order, Answer<AssemblyReport> answer);
    void profile(const ProfileOrder& order, Answer<VariantProfile> answer, std::function<void(QString)> stage);
    /// What the agent would be sent. Between runs a check that goes on is waited for.
    void composeRequest(const AskOrder& order, Answer<AgentRequest> answer);
    /// One that waits to be seen.
    void loadWaiting(std::int64_t number, Answer<AgentRequest> answer);
    void approve(std::int64_t number, ApprovalGate::Decision decision);
    /// With its texts.
    void loadExchange(ExchangeId exchange, Answer<ExchangeRecord> answer);
    /// Stops the compile, check or profile that runs.
    void cancelBench();
    void loadVariant(VariantId variant, Answer<VariantRecord> answer);
    /// In full, with checks, evidence, resources and counters.
    void loadEvaluation(EvaluationId evaluation, Answer<EvaluationRecord> answer);
    /// The latest that a run has made of the variant, with its diagnosis. NotFound where there is none.
    void loadProfile(VariantId variant, Answer<ProfileRecord> answer);

signals:
    void opened();
    void closed();
    void progressed(const RunProgress& progress);
    /// \p remedy says what the person can do about it.
    void failed(const QString& message, const QString& remedy);
    /// The run would not carry out a command: \p reason says why.
    void commandRefused(const QString& reason);
    /// The host has gone, in a crash or by itself: what is shown stays, reopening attaches again.
    void hostLost(const QString& reason);

private:
    struct Opening;

    EngineClient::Listener listener(int generation);
    struct OpenOrder;
    void openNow(int generation, const OpenOrder& order, std::stop_token stop);
    void startOpening(const QString& workspace, const QString& taskPath, bool attach);
    void finishOpening(int generation, Opening opening);
    void noteEvent(int generation, const EventRecord& event);
    void noteProgress(int generation, const RunProgress& progress);
    void scheduleFlush(int generation);
    void flush();
    void report(const Error& error);
    void disconnectFromHost();
    template <typename T>
    void deliver(int generation, Answer<T> answer, Result<T> result);
    template <typename T, typename Call>
    void ask(JobThread& thread, const std::shared_ptr<EngineClient>& client, Answer<T> answer, Call call);
    template <typename T, typename Read>
    void read(Answer<T> answer, Read read);
    Answer<void> reportFailure();
    /// Tells the host what it does not know yet of the keys.
    void handKeys();
    /// Tells \p stage, in the window's thread, what the host says of its progress.
    ProgressSink stagesTo(std::function<void(QString)> stage, int generation);

    LiveLineage& m_lineage;
    bool m_isOpen = false;
    int m_generation = 0;  ///< of the workspace that is open: answers for another are dropped
    QString m_workspace;
    QString m_taskPath;
    std::map<std::string, Secret> m_keys;
    std::map<std::string, Secret> m_handedKeys;  ///< as the host has them
    std::optional<Task> m_task;
    std::optional<RunRecord> m_latestRun;
    RunProgress m_progress;
    QTimer m_flushTimer;

    std::mutex m_mutex;  ///< guards what the connection's thread leaves here
    std::vector<EventRecord> m_events;
    std::optional<RunProgress> m_newProgress;
    bool m_flushScheduled = false;

    std::shared_ptr<EngineClient> m_client;
    std::shared_ptr<EngineClient> m_bench;  ///< a connection of its own: a long check must not hold up a pause
    std::unique_ptr<JobThread> m_controlThread;
    std::unique_ptr<JobThread> m_benchThread;
};

}  // namespace warploom
