// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/EngineHost.h"

#include <algorithm>

#include "base/Log.h"
#include "engine/CatalogueModels.h"
#include "task/TaskLoader.h"

namespace warploom {

namespace {

/// Means nothing between runs.
bool isForRuns(const Command& command)
{
    using Kind = Command::Kind;
    return command.kind == Kind::Pause || command.kind == Kind::Resume || command.kind == Kind::Step
        || command.kind == Kind::Stop;
}

bool isOfRulesAlone(const RunSettings& settings)
{
    return std::ranges::all_of(settings.agents, [](const std::string& name) { return name == "rules"; });
}

void noteFailure(RunProgress& last, const Error& error)
{
    last.endReason = error.isCancelled() ? "stopped" : error.toString();
    if (!error.isCancelled())
        last.failure = error;
}

}  // namespace

Result<std::unique_ptr<EngineHost>> EngineHost::open(const std::filesystem::path& workspace,
                                                     std::shared_ptr<AgentFactory> agents)
{
    std::error_code ignored;
    const bool isNew = !std::filesystem::exists(workspace, ignored);
    WARPLOOM_TRY(Workspace opened, Workspace::open(workspace, Workspace::Mode::Create));
    std::unique_ptr<EngineHost> host(new EngineHost(workspace, std::move(agents)));
    host->m_isNew = isNew;
    const std::string identity = opened.identity();
    WARPLOOM_CHECK(host->m_workbench.peaks().load(opened));
    host->m_workspace = std::move(opened);
    auto server = EngineServer::listen(workspace, identity, host->services());
    if (!server) {
        host->discardUnused();
        return fail(std::move(server).error());
    }
    host->m_server = std::move(*server);
    return host;
}

void EngineHost::useKeys(std::shared_ptr<const KeySource> keys)
{
    m_keys = std::make_shared<KeyChain>(std::vector<std::shared_ptr<const KeySource>>{m_handed, std::move(keys)});
}

void EngineHost::discardUnused()
{
    if (!m_isNew || !m_workspace)
        return;
    const auto evaluations = m_workspace->evaluations({});
    if (!evaluations || !evaluations->empty())
        return;
    m_server.reset();
    m_workspace.reset();
    std::error_code ignored;
    for (const char* suffix : {"", "-wal", "-shm", "-journal"})
        std::filesystem::remove(m_path.string() + suffix, ignored);
}

EngineServices EngineHost::services()
{
    EngineServices services;
    services.progress = [this] {
        const std::lock_guard lock(m_mutex);
        return m_engine != nullptr ? m_engine->progress() : m_last;
    };
    services.command = [this](Command command) { return this->command(std::move(command)); };
    services.evolve = [this](RunOrder order) -> Result<> {
        const std::lock_guard lock(m_mutex);
        if (m_isRunning || m_order)
            return fail(ErrorCode::Locked, "a run is going on already");
        takeOrder(std::move(order));
        m_changed.notify_all();
        return {};
    };
    services.keys = [this](const KeyHandover& handover) { m_handed->change(handover.keys, handover.forgotten); };
    services.compile = [this](const SourceOrder& order, std::stop_token stop) -> Result<CompileReport> {
        WARPLOOM_TRY(const Task task, taskOf(order));
        return m_workbench.compile(task, order, std::move(stop));
    };
    services.check = [this](const SourceOrder& order, std::stop_token stop,
                            const warploom::ProgressSink& progress) -> Result<EvaluationRecord> {
        WARPLOOM_TRY(const Task task, taskOf(order));
        return m_workbench.check(task, order, std::move(stop), progress);
    };
    services.assembly = [this](const SourceOrder& order, std::stop_token stop) -> Result<AssemblyReport> {
        WARPLOOM_TRY(const Task task, taskOf(order));
        return m_workbench.assembly(task, order, std::move(stop));
    };
    services.profile = [this](const ProfileOrder& order, std::stop_token stop,
                              const warploom::ProgressSink& progress) -> Result<VariantProfile> {
        WARPLOOM_TRY(const Task task, taskOf(order.source));
        return m_workbench.profile(task, order, std::move(stop), progress);
    };
    services.request = [this](const AskOrder& order, std::stop_token stop) {
        return requestFor(order, std::move(stop));
    };
    services.approvals = m_approvals;
    return services;
}

/// With the mutex held.
void EngineHost::takeOrder(RunOrder order)
{
    m_last = {};
    m_last.task = order.task;
    m_last.device = order.settings.device;
    m_last.phase = "starting";
    m_order = std::move(order);
}

Result<> EngineHost::command(Command command)
{
    const std::lock_guard lock(m_mutex);
    if (m_engine != nullptr) {
        m_engine->post(std::move(command));
        return {};
    }
    // What comes while a run is starting is for that run.
    if (isForRuns(command) && !m_isRunning && !m_order)
        return fail(ErrorCode::NotFound, "no run is going on");
    m_commands.push_back(std::move(command));
    m_changed.notify_all();
    return {};
}

Result<Task> EngineHost::taskOf(const SourceOrder& order)
{
    if (!order.task.empty())
        return loadTask(order.task);
    WARPLOOM_TRY(Workspace reader, Workspace::open(m_path, Workspace::Mode::ReadOnly));
    WARPLOOM_TRY(RunPlan latest, planLikeLatest(reader));
    return std::move(latest.task);
}

Result<RunPlan> EngineHost::planToResume(const std::optional<Task>& task, const RunChanges& changes)
{
    return warploom::planToResume(*m_workspace, task, changes);
}

Result<RunProgress> EngineHost::evolve(RunPlan plan, std::stop_token stop, const ProgressSink& sink)
{
    return evolveWith(std::move(plan), {}, std::move(stop), sink);
}

Result<RunProgress> EngineHost::evolveWith(RunPlan plan, const std::vector<Command>& first, std::stop_token stop,
                                           const ProgressSink& sink)
{
    RunProgress last;
    last.task = plan.task.name;
    last.device = plan.settings.device;
    last.budget = plan.settings.evaluations;
    last.phase = "starting";
    {
        const std::lock_guard lock(m_mutex);
        m_isRunning = true;
        m_last = last;
    }
    Engine::Listener listener;
    listener.onEvent = [this](const EventRecord& event) { m_server->broadcast(event); };
    listener.onProgress = [this, &sink](const RunProgress& progress) {
        m_server->broadcast(progress);
        if (sink)
            sink(progress);
    };
    auto outcome = [&]() -> Result<RunProgress> {
        WARPLOOM_TRY(RunAgents made, agentsFor(plan));
        plan.redactor = std::move(made.redactor);
        // Also of servers that nobody asks: people paste what they should not.
        for (const Secret& key : m_handed->all())
            plan.redactor.add(key);
        plan.invite = std::move(made.invite);
        // A run of the rules alone has set no models up.
        if (!m_agents && isOfRulesAlone(plan.settings))
            plan.invite = [this, settings = plan.settings](const std::string& name) { return invite(settings, name); };
        plan.approvals = m_approvals;
        m_approvals->begin(plan.settings.showsPrompts);
        WARPLOOM_TRY(const auto engine,
                     Engine::start(*m_workspace, std::move(plan), std::move(made.agents), std::move(listener), stop));
        for (const Command& command : first)
            engine->post(command);
        {
            const std::lock_guard lock(m_mutex);
            m_engine = engine.get();
            for (Command& command : std::exchange(m_commands, {}))
                engine->post(std::move(command));
        }
        auto run = engine->run(stop);
        const std::lock_guard lock(m_mutex);
        m_engine = nullptr;
        // They get a run of their own.
        for (Command& command : engine->takeLeftOver())
            m_commands.push_back(std::move(command));
        last = run ? *run : engine->progress();
        return run;
    }();
    if (!outcome)
        noteFailure(last, outcome.error());
    endRun(std::move(last), sink);
    return outcome;
}

std::shared_ptr<AgentFactory> EngineHost::standardAgents(const RunSettings& settings) const
{
    StandardAgentFactory::Sources sources;
    // The rules need nothing of what follows.
    if (isOfRulesAlone(settings))
        return std::make_shared<StandardAgentFactory>(std::move(sources));
    auto catalogue = ModelCatalogue::load();
    for (const Error& problem : catalogue.problems())
        spdlog::warn("{}", problem.toString());
    sources.models = modelsOfCatalogue(std::move(catalogue), m_keys);
    auto knowledge = KnowledgeBase::open(KnowledgeBase::ownFolders());
    if (knowledge)
        sources.knowledge = *knowledge;
    else
        spdlog::warn("pages of knowledge are left out: {}", knowledge.error().toString());
    return std::make_shared<StandardAgentFactory>(std::move(sources));
}

Result<RunAgents> EngineHost::agentsFor(const RunPlan& plan)
{
    ModelSpending used{0, MicroDollars{0}};
    if (plan.resumed) {
        ExchangeFilter filter;
        filter.run = plan.resumed->id;
        WARPLOOM_TRY(const auto exchanges, m_workspace->exchanges(filter));
        for (const ExchangeRecord& exchange : exchanges) {
            used.tokens += exchange.promptTokens + exchange.answerTokens;
            *used.money += MicroDollars{exchange.costMicroDollars.value_or(0)};
        }
    }
    return (m_agents ? m_agents : standardAgents(plan.settings))->make(plan.settings, used);
}

/// From here on another run may be ordered: those who hear that this one has finished may do so at once.
void EngineHost::endRun(RunProgress last, const ProgressSink& sink)
{
    last.phase = "finished";
    {
        const std::lock_guard lock(m_mutex);
        m_last = last;
        m_isRunning = false;
        m_order.reset();
    }
    m_server->broadcast(last);
    if (sink)
        sink(last);
}

Result<RunPlan> EngineHost::planFor(const RunOrder& order)
{
    std::optional<Task> task;
    if (!order.task.empty()) {
        WARPLOOM_TRY(task, loadTask(order.task));
    }
    if (order.resume)
        return planToResume(task, order.changes);
    RunPlan plan;
    if (task) {
        plan.task = std::move(*task);
    } else {
        WARPLOOM_TRY(plan, planLikeLatest(*m_workspace));
    }
    plan.settings = order.settings;
    WARPLOOM_TRY(plan.settings.device, deviceForRun(plan.settings.device));
    return plan;
}

Result<RunProgress> EngineHost::carryOut(const RunOrder& order, std::stop_token stop)
{
    // Its judge would hold memory of the card that the run is about to use.
    m_workbench.release();
    storePeaks();
    auto plan = planFor(order);
    if (plan)
        return evolveWith(std::move(*plan), order.first, std::move(stop), {});
    RunProgress last;
    last.task = order.task;
    last.device = order.settings.device;
    noteFailure(last, plan.error());
    endRun(std::move(last), {});
    return fail(std::move(plan).error());
}

/// Steering between the runs: the next one finds it in the workspace. A submitted text is tried in a run of its own.
void EngineHost::steerAtRest(const Command& command)
{
    using Kind = Command::Kind;
    if (isForRuns(command))
        return;
    if (command.kind == Kind::Submit || command.kind == Kind::Ask) {
        RunOrder order = orderForAsking(command);
        const std::lock_guard lock(m_mutex);
        if (m_order)
            m_order->first.push_back(command);
        else
            takeOrder(std::move(order));
        return;
    }
    const auto steered = command.kind == Kind::Favour ? m_workspace->setFavoured(command.variant, command.on)
        : command.kind == Kind::Retire                ? m_workspace->setRetired(command.variant, command.on)
                                                      : m_workspace->appendEvent("steered", 0, command);
    if (steered)
        m_server->broadcast(steered->event);
    else
        spdlog::warn("a command was refused: {}", steered.error().toString());
}

void EngineHost::storePeaks()
{
    const auto stored = m_workbench.peaks().store(*m_workspace);
    if (!stored)
        return spdlog::warn("measured peaks could not be stored: {}", stored.error().toString());
    for (const EventRecord& event : *stored)
        m_server->broadcast(event);
}

bool EngineHost::waitForWork(std::stop_token stop, Seconds idle)
{
    constexpr auto kLook = std::chrono::seconds(1);
    auto busyUntil = std::chrono::steady_clock::now();
    std::unique_lock lock(m_mutex);
    while (!m_changed.wait_for(lock, stop, kLook, [this] { return m_order.has_value() || !m_commands.empty(); })) {
        if (stop.stop_requested())
            return false;
        lock.unlock();
        storePeaks();
        const auto now = std::chrono::steady_clock::now();
        if (m_server->clientCount() > 0)
            busyUntil = now;
        if (idle.count() > 0 && now - busyUntil > idle)
            return false;
        lock.lock();
    }
    return true;
}

Result<> EngineHost::serve(std::stop_token stop, Seconds idle)
{
    while (waitForWork(stop, idle)) {
        std::optional<Command> command;
        std::optional<RunOrder> order;
        {
            const std::lock_guard lock(m_mutex);
            if (!m_commands.empty()) {
                command = std::move(m_commands.front());
                m_commands.pop_front();
            } else {
                order = m_order;
            }
        }
        if (command)
            steerAtRest(*command);
        if (!order)
            continue;
        if (const auto outcome = carryOut(*order, stop); !outcome)
            spdlog::warn("a run ended early: {}", outcome.error().toString());
    }
    storePeaks();
    return {};
}

}  // namespace warploom
