// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "session/EngineSession.h"

#include <QThread>

#include "engine/HostLauncher.h"
#include "store/Workspace.h"
#include "task/TaskLoader.h"

namespace warploom {

namespace {

/// One set of signals a picture of the display: 30 a second.
constexpr int kFlushMs = 33;

Result<Task> taskOf(const WorkspaceContent& content)
{
    if (content.tasks.empty())
        return fail(ErrorCode::NotFound, "the workspace holds no task yet");
    std::map<std::string, std::string> files;
    for (const TaskFile& file : content.tasks.back().files)
        files[file.name] = file.content;
    return taskFromFiles(files);
}

}  // namespace

struct EngineSession::OpenOrder {
    std::filesystem::path workspace;
    std::string taskPath;
    bool attach = false;
    std::map<std::string, Secret> keys;
};

struct EngineSession::Opening {
    Result<> outcome;
    std::shared_ptr<EngineClient> client;
    std::shared_ptr<EngineClient> bench;
    Lineage lineage;
    std::optional<Task> task;
    std::optional<RunRecord> latestRun;
    RunProgress progress;
};

EngineSession::EngineSession(LiveLineage& lineage, QObject* parent)
    : QObject(parent)
    , m_lineage(lineage)
    , m_controlThread(std::make_unique<JobThread>())
    , m_benchThread(std::make_unique<JobThread>())
{
    m_flushTimer.setSingleShot(true);
    m_flushTimer.setInterval(kFlushMs);
    connect(&m_flushTimer, &QTimer::timeout, this, &EngineSession::flush);
}

EngineSession::~EngineSession()
{
    disconnectFromHost();
    m_controlThread.reset();
    m_benchThread.reset();
}

void EngineSession::disconnectFromHost()
{
    m_benchThread->cancel();
    for (auto* client : {&m_client, &m_bench}) {
        if (*client)
            (*client)->close();
        client->reset();
    }
}

bool EngineSession::isRunning() const
{
    return m_isOpen && !m_progress.phase.empty() && m_progress.phase != "finished";
}

EngineClient::Listener EngineSession::listener(int generation)
{
    EngineClient::Listener listener;
    listener.onEvent = [this, generation](const EventRecord& event) { noteEvent(generation, event); };
    listener.onProgress = [this, generation](const RunProgress& progress) { noteProgress(generation, progress); };
    listener.onClosed = [this, generation](const Error& error) {
        QMetaObject::invokeMethod(
            this,
            [this, generation, error] {
                if (generation == m_generation && m_isOpen)
                    emit hostLost(QString::fromStdString(error.toString()));
            },
            Qt::QueuedConnection);
    };
    return listener;
}

void EngineSession::open(const QString& workspace, const QString& taskPath) { startOpening(workspace, taskPath, true); }

void EngineSession::openSnapshot(const QString& workspace) { startOpening(workspace, {}, false); }

void EngineSession::startOpening(const QString& workspace, const QString& taskPath, bool attach)
{
    close();
    m_workspace = workspace;
    m_taskPath = taskPath;
    m_handedKeys = m_keys;
    OpenOrder order{workspace.toStdString(), taskPath.toStdString(), attach, m_keys};
    m_controlThread->post([this, generation = m_generation, order = std::move(order)](std::stop_token stop) {
        openNow(generation, order, stop);
    });
}

void EngineSession::openNow(int generation, const OpenOrder& order, std::stop_token stop)
{
    Opening opening;
    opening.outcome = [&]() -> Result<> {
        if (!order.taskPath.empty()) {
            WARPLOOM_TRY(opening.task, loadTask(order.taskPath));
        }
        if (order.attach) {
            WARPLOOM_TRY(opening.client, attachToHost(order.workspace, listener(generation), stop, order.keys));
            WARPLOOM_TRY(opening.bench, attachToHost(order.workspace, {}, stop, order.keys));
            WARPLOOM_TRY(opening.progress, opening.client->progress());
            WARPLOOM_CHECK(opening.client->watchRequests(true));
        }
        WARPLOOM_TRY(WorkspaceContent content, readContent(order.workspace));
        if (!opening.task && !content.tasks.empty()) {
            WARPLOOM_TRY(opening.task, taskOf(content));
        }
        if (!content.runs.empty())
            opening.latestRun = content.runs.back();
        opening.lineage = Lineage(std::move(content));
        return {};
    }();
    QMetaObject::invokeMethod(
        this,
        [this, generation, opening = std::move(opening)]() mutable { finishOpening(generation, std::move(opening)); },
        Qt::QueuedConnection);
}

void EngineSession::finishOpening(int generation, Opening opening)
{
    if (generation != m_generation)
        return;
    if (!opening.outcome) {
        report(opening.outcome.error());
        return;
    }
    m_client = std::move(opening.client);
    m_bench = std::move(opening.bench);
    m_task = std::move(opening.task);
    m_latestRun = std::move(opening.latestRun);
    m_progress = std::move(opening.progress);
    m_isOpen = true;
    m_lineage.reset(std::move(opening.lineage));
    // What was entered while the host was being started.
    handKeys();
    emit opened();
    emit progressed(m_progress);
    flush();
}

void EngineSession::close()
{
    ++m_generation;
    m_flushTimer.stop();
    {
        const std::lock_guard lock(m_mutex);
        m_events.clear();
        m_newProgress.reset();
        m_flushScheduled = false;
    }
    const bool wasOpen = m_isOpen;
    m_isOpen = false;
    disconnectFromHost();
    m_task.reset();
    m_latestRun.reset();
    m_progress = {};
    m_lineage.reset({});
    if (wasOpen)
        emit closed();
}

void EngineSession::noteEvent(int generation, const EventRecord& event)
{
    const std::lock_guard lock(m_mutex);
    m_events.push_back(event);
    scheduleFlush(generation);
}

void EngineSession::noteProgress(int generation, const RunProgress& progress)
{
    const std::lock_guard lock(m_mutex);
    m_newProgress = progress;
    scheduleFlush(generation);
}

void EngineSession::scheduleFlush(int generation)
{
    if (m_flushScheduled)
        return;
    m_flushScheduled = true;
    QMetaObject::invokeMethod(
        this,
        [this, generation] {
            if (generation == m_generation && !m_flushTimer.isActive())
                m_flushTimer.start();
        },
        Qt::QueuedConnection);
}

void EngineSession::flush()
{
    if (!m_isOpen)
        return;
    std::vector<EventRecord> events;
    std::optional<RunProgress> progress;
    {
        const std::lock_guard lock(m_mutex);
        events.swap(m_events);
        progress.swap(m_newProgress);
        m_flushScheduled = false;
    }
    if (!events.empty())
        m_lineage.apply(events);
    for (const EventRecord& event : events)
        if (event.type == "command-refused")
            emit commandRefused(QString::fromStdString(event.data.value("refused", std::string())));
    if (progress) {
        m_progress = std::move(*progress);
        emit progressed(m_progress);
    }
}

void EngineSession::report(const Error& error)
{
    if (!error.isCancelled())
        emit failed(QString::fromStdString(error.toString()),
                    QString::fromUtf8(remedy(error.code).data(), static_cast<qsizetype>(remedy(error.code).size())));
}

template <typename T>
void EngineSession::deliver(int generation, Answer<T> answer, Result<T> result)
{
    QMetaObject::invokeMethod(
        this,
        [this, generation, answer = std::move(answer), result = std::move(result)]() mutable {
            if (generation == m_generation)
                answer(std::move(result));
        },
        Qt::QueuedConnection);
}

template <typename T, typename Call>
void EngineSession::ask(JobThread& thread, const std::shared_ptr<EngineClient>& client, Answer<T> answer, Call call)
{
    thread.post([this, client, generation = m_generation, answer = std::move(answer), call](std::stop_token stop) {
        const auto result = [&]() -> Result<T> {
            if (!client)
                return fail(ErrorCode::NotFound, "no workspace is open");
            return call(*client, stop, generation);
        };
        deliver<T>(generation, answer, result());
    });
}

template <typename T, typename Read>
void EngineSession::read(Answer<T> answer, Read read)
{
    m_controlThread->post([this, generation = m_generation, path = m_workspace.toStdString(),
                           answer = std::move(answer), read](std::stop_token) {
        const auto result = [&]() -> Result<T> {
            WARPLOOM_TRY(Workspace reader, Workspace::open(path, Workspace::Mode::ReadOnly));
            return read(reader);
        };
        deliver<T>(generation, answer, result());
    });
}

EngineSession::Answer<void> EngineSession::reportFailure()
{
    return [this](const Result<>& result) {
        if (!result)
            report(result.error());
    };
}

void EngineSession::setKeys(std::map<std::string, Secret> keys)
{
    m_keys = std::move(keys);
    handKeys();
}

void EngineSession::handKeys()
{
    if (!m_client)
        return;
    KeyHandover handover;
    for (const auto& [server, key] : m_keys)
        if (const auto had = m_handedKeys.find(server); had == m_handedKeys.end() || !(had->second == key))
            handover.keys.emplace(server, key);
    for (const auto& [server, key] : m_handedKeys)
        if (!m_keys.contains(server))
            handover.forgotten.push_back(server);
    m_handedKeys = m_keys;
    if (handover.keys.empty() && handover.forgotten.empty())
        return;
    ask<void>(*m_controlThread, m_client, reportFailure(),
              [handover](EngineClient& client, const std::stop_token&, int) { return client.handKeys(handover); });
}

void EngineSession::evolve(RunOrder order)
{
    if (order.task.empty() && !order.resume)
        order.task = m_taskPath.toStdString();
    ask<void>(*m_controlThread, m_client, reportFailure(),
              [order](EngineClient& client, const std::stop_token&, int) { return client.evolve(order); });
}

void EngineSession::send(const Command& command)
{
    ask<void>(*m_controlThread, m_client, reportFailure(),
              [command](EngineClient& client, const std::stop_token&, int) { return client.send(command); });
}

void EngineSession::whenIdle(std::function<void()> done)
{
    m_controlThread->post([this, done = std::move(done)](std::stop_token) {
        QMetaObject::invokeMethod(this, done, Qt::QueuedConnection);
    });
}

void EngineSession::compile(const SourceOrder& order, Answer<CompileReport> answer)
{
    ask<CompileReport>(
        *m_benchThread, m_bench, std::move(answer),
        [order](EngineClient& client, const std::stop_token& stop, int) { return client.compile(order, stop); });
}

ProgressSink EngineSession::stagesTo(std::function<void(QString)> stage, int generation)
{
    return [this, stage = std::move(stage), generation](const EvaluationProgress& step) {
        QString text = QString::fromStdString(step.stage + " " + step.size);
        if (step.rounds > 0)
            text += tr(", rounds: %1").arg(step.rounds);
        deliver<QString>(generation, [stage](const Result<QString>& words) { stage(*words); }, text);
    };
}

void EngineSession::check(const SourceOrder& order, Answer<EvaluationRecord> answer, std::function<void(QString)> stage)
{
    ask<EvaluationRecord>(
        *m_benchThread, m_bench, std::move(answer),
        [this, order, stage = std::move(stage)](EngineClient& client, const std::stop_token& stop, int generation) {
            return client.check(order, stop, stagesTo(stage, generation));
        });
}

void EngineSession::loadAssembly(const SourceOrder& order, Answer<AssemblyReport> answer)
{
    ask<AssemblyReport>(
        *m_benchThread, m_bench, std::move(answer),
        [order](EngineClient& client, const std::stop_token& stop, int) { return client.assembly(order, stop); });
}

void EngineSession::profile(const ProfileOrder& order, Answer<VariantProfile> answer,
                            std::function<void(QString)> stage)
{
    ask<VariantProfile>(
        *m_benchThread, m_bench, std::move(answer),
        [this, order, stage = std::move(stage)](EngineClient& client, const std::stop_token& stop, int generation) {
            return client.profile(order, stop, stagesTo(stage, generation));
        });
}

void EngineSession::composeRequest(const AskOrder& order, Answer<AgentRequest> answer)
{
    // In a run its thread answers at once; between runs it may take a worker's start.
    ask<AgentRequest>(
        isRunning() ? *m_controlThread : *m_benchThread, isRunning() ? m_client : m_bench, std::move(answer),
        [order](EngineClient& client, const std::stop_token& stop, int) { return client.request(order, stop); });
}

void EngineSession::loadWaiting(std::int64_t number, Answer<AgentRequest> answer)
{
    ask<AgentRequest>(
        *m_controlThread, m_client, std::move(answer),
        [number](EngineClient& client, const std::stop_token&, int) { return client.waitingRequest(number); });
}

void EngineSession::approve(std::int64_t number, ApprovalGate::Decision decision)
{
    ask<void>(*m_controlThread, m_client, reportFailure(),
              [number, decision](EngineClient& client, const std::stop_token&, int) {
                  return client.approve(number, decision);
              });
}

void EngineSession::loadExchange(ExchangeId exchange, Answer<ExchangeRecord> answer)
{
    read<ExchangeRecord>(std::move(answer), [exchange](Workspace& reader) { return reader.exchange(exchange); });
}

void EngineSession::cancelBench() { m_benchThread->cancel(); }

void EngineSession::loadVariant(VariantId variant, Answer<VariantRecord> answer)
{
    read<VariantRecord>(std::move(answer), [variant](Workspace& reader) { return reader.variant(variant); });
}

void EngineSession::loadEvaluation(EvaluationId evaluation, Answer<EvaluationRecord> answer)
{
    read<EvaluationRecord>(std::move(answer),
                           [evaluation](Workspace& reader) { return reader.evaluation(evaluation); });
}

void EngineSession::loadProfile(VariantId variant, Answer<ProfileRecord> answer)
{
    read<ProfileRecord>(std::move(answer), [variant](Workspace& reader) -> Result<ProfileRecord> {
        ProfileFilter filter;
        filter.variant = variant;
        filter.full = true;
        WARPLOOM_TRY(auto profiles, reader.profiles(filter));
        if (profiles.empty())
            return fail(ErrorCode::NotFound, "no run has profiled the variant");
        return std::move(profiles.back());
    });
}

}  // namespace warploom
