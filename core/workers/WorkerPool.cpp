// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "workers/WorkerPool.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <spdlog/spdlog.h>

#include "base/BackgroundThread.h"
#include "workers/StartBackOff.h"

namespace warploom {

namespace {

constexpr auto kLaneFarewell = std::chrono::seconds(2);

Error cancelledError(const std::string& method)
{
    return {ErrorCode::Cancelled, method + " was cancelled", {}, {}, {}};
}

/// A job and who waits for it.
struct Task {
    WorkerJob job;
    RpcCompletion completion;
    bool isCancelled = false;  ///< by its own token, while it waits; guarded by the pool's mutex
    std::optional<std::stop_callback<std::function<void()>>> whileQueued;
};

using TaskPtr = std::shared_ptr<Task>;

using Clock = std::chrono::steady_clock;

/// One thread and the process it uses.
struct Lane {
    bool isReserve = false;
    std::optional<Clock::time_point> begun;  ///< of the job that runs; guarded by the pool's mutex
    std::shared_ptr<WorkerClient> worker;
    int jobsOfWorker = 0;
    std::thread thread;
};

/// A worker that does not start is nobody's job's fault.
Error startFailure(Error error)
{
    if (error.code == ErrorCode::ProcessFailed || error.code == ErrorCode::Timeout
        || error.code == ErrorCode::ProtocolViolation) {
        error.code = ErrorCode::IoFailed;
        error.message = "no worker can be started: " + error.message;
    }
    return error;
}

}  // namespace

class WorkerPool::Impl {
public:
    Impl(WorkerCommand command, WorkerPoolOptions options);
    ~Impl();
    void submit(WorkerJob job, RpcCompletion completion);
    void stop();

    int busy() const { return locked(m_busy); }
    std::size_t queued() const
    {
        const std::lock_guard lock(m_mutex);
        return m_queue.size();
    }
    WorkerPoolCounters counters() const { return locked(m_counters); }

private:
    template <typename T>
    T locked(const T& member) const
    {
        const std::lock_guard lock(m_mutex);
        return member;
    }

    void runLane(Lane& lane);
    TaskPtr nextTask(Lane& lane);
    [[nodiscard]] Clock::time_point turnOf(const Lane& lane) const;
    void wakeLanes();
    void cancelQueued(const TaskPtr& task);
    void refuse(const Task& task);
    void count(const Result<nlohmann::json>& outcome);
    Result<nlohmann::json> execute(Lane& lane, const WorkerJob& job);
    Result<nlohmann::json> executeOnce(Lane& lane, const WorkerJob& job, bool& workerDied);
    Result<> ensureWorker(Lane& lane, const std::stop_token& stopToken);
    void retireDead(Lane& lane);
    void retireWorn(Lane& lane);

    const WorkerCommand m_command;
    const WorkerPoolOptions m_options;
    StartBackOff m_backOff;
    std::stop_source m_stop;

    mutable std::mutex m_mutex;
    std::condition_variable m_hasWork;
    std::deque<TaskPtr> m_queue;
    WorkerPoolCounters m_counters;
    int m_busy = 0;
    bool m_isStopping = false;

    std::vector<Lane> m_lanes;
};

WorkerPool::Impl::Impl(WorkerCommand command, WorkerPoolOptions options)
    : m_command(std::move(command))
    , m_options(options)
    , m_backOff(options.startAttempts, options.firstBackOff, options.longestBackOff)
    , m_lanes(static_cast<std::size_t>(std::max(options.workers, 1) + std::max(options.reserves, 0)))
{
    for (std::size_t i = static_cast<std::size_t>(std::max(options.workers, 1)); i < m_lanes.size(); ++i)
        m_lanes[i].isReserve = true;
    // They look at each other: none begins before it is settled how many there are.
    const std::lock_guard lock(m_mutex);
    for (auto it = m_lanes.begin(); it != m_lanes.end(); ++it) {
        Lane& lane = *it;
        try {
            lane.thread = startBackgroundThread("wl-pool", [this, &lane] { runLane(lane); });
        } catch (const std::system_error& error) {
            if (it == m_lanes.begin())
                throw;
            spdlog::warn("{} of {} worker lanes get no thread: {}", m_lanes.end() - it, m_lanes.size(), error.what());
            m_lanes.erase(it, m_lanes.end());
            break;
        }
    }
}

WorkerPool::Impl::~Impl()
{
    stop();
    for (Lane& lane : m_lanes)
        lane.thread.join();
}

void WorkerPool::Impl::submit(WorkerJob job, RpcCompletion completion)
{
    auto task = std::make_shared<Task>();
    task->job = std::move(job);
    task->completion = std::move(completion);
    if (task->job.stopToken.stop_possible()) {
        task->whileQueued.emplace(task->job.stopToken, [this, weak = std::weak_ptr<Task>(task)] {
            if (const TaskPtr waiting = weak.lock())
                cancelQueued(waiting);
        });
    }
    {
        const std::lock_guard lock(m_mutex);
        if (!m_isStopping && !task->isCancelled) {
            m_queue.push_back(std::move(task));
            wakeLanes();
            return;
        }
    }
    task->whileQueued.reset();
    refuse(*task);
}

/// The job's own token asks for it: at once if it still waits; what runs is cancelled through its call.
void WorkerPool::Impl::cancelQueued(const TaskPtr& task)
{
    {
        const std::lock_guard lock(m_mutex);
        task->isCancelled = true;
        if (std::erase(m_queue, task) == 0)
            return;
    }
    refuse(*task);
}

void WorkerPool::Impl::stop()
{
    std::deque<TaskPtr> waiting;
    {
        const std::lock_guard lock(m_mutex);
        m_isStopping = true;
        waiting.swap(m_queue);
    }
    m_hasWork.notify_all();
    m_stop.request_stop();
    for (const TaskPtr& task : waiting) {
        task->whileQueued.reset();
        refuse(*task);
    }
}

void WorkerPool::Impl::refuse(const Task& task)
{
    const Result<nlohmann::json> outcome = fail(cancelledError(task.job.method));
    count(outcome);
    task.completion(outcome);
}

void WorkerPool::Impl::count(const Result<nlohmann::json>& outcome)
{
    const std::lock_guard lock(m_mutex);
    ++m_counters.completed;
    if (!outcome) {
        ++m_counters.failed;
        if (outcome.error().code == ErrorCode::Timeout)
            ++m_counters.timeouts;
    }
}

void WorkerPool::Impl::wakeLanes()
{
    // With reserves the one that wakes may not be the one whose turn it is.
    if (m_options.reserves > 0)
        m_hasWork.notify_all();
    else
        m_hasWork.notify_one();
}

/// When an idle lane may take what waits: for a reserve that is when the others are busy and one of them has become
/// slow for each reserve in use, and this one.
Clock::time_point WorkerPool::Impl::turnOf(const Lane& lane) const
{
    if (!lane.isReserve)
        return {};
    std::vector<Clock::time_point> slowAt;
    for (const Lane& other : m_lanes) {
        if (other.begun)
            slowAt.push_back(*other.begun + m_options.slowAfter);
        else if (!other.isReserve)
            return Clock::time_point::max();
    }
    std::sort(slowAt.begin(), slowAt.end());
    return slowAt[slowAt.size() - static_cast<std::size_t>(std::max(m_options.workers, 1))];
}

TaskPtr WorkerPool::Impl::nextTask(Lane& lane)
{
    TaskPtr task;
    {
        std::unique_lock lock(m_mutex);
        while (true) {
            m_hasWork.wait(lock, [this] { return m_isStopping || !m_queue.empty(); });
            if (m_queue.empty())
                return nullptr;
            const Clock::time_point turn = turnOf(lane);
            if (turn <= Clock::now())
                break;
            if (turn == Clock::time_point::max())
                m_hasWork.wait(lock);
            else
                m_hasWork.wait_until(lock, turn);
        }
        task = std::move(m_queue.front());
        m_queue.pop_front();
        ++m_busy;
        lane.begun = Clock::now();
        // It may be a reserve's turn now.
        if (!m_queue.empty())
            wakeLanes();
    }
    task->whileQueued.reset();  // not under the lock: waits for a cancelQueued() that runs
    return task;
}

void WorkerPool::Impl::runLane(Lane& lane)
{
    while (const TaskPtr task = nextTask(lane)) {
        const auto outcome = execute(lane, task->job);
        count(outcome);
        {
            const std::lock_guard lock(m_mutex);
            --m_busy;
            lane.begun.reset();
        }
        task->completion(outcome);
        retireWorn(lane);
    }
    if (lane.worker)
        lane.worker->stop(kLaneFarewell);
    lane.worker.reset();
}

Result<nlohmann::json> WorkerPool::Impl::execute(Lane& lane, const WorkerJob& job)
{
    for (int attempt = 0;; ++attempt) {
        bool workerDied = false;
        auto outcome = executeOnce(lane, job, workerDied);
        if (!workerDied || attempt >= job.retries)
            return outcome;
        spdlog::debug("{} is begun again: {}", job.method, outcome.error().toString());
    }
}

Result<nlohmann::json> WorkerPool::Impl::executeOnce(Lane& lane, const WorkerJob& job, bool& workerDied)
{
    std::stop_source eitherStop;
    const auto requestStop = [&eitherStop] { eitherStop.request_stop(); };
    const std::stop_callback byJob(job.stopToken, requestStop);
    const std::stop_callback byPool(m_stop.get_token(), requestStop);
    if (eitherStop.stop_requested())
        return fail(cancelledError(job.method));
    WARPLOOM_CHECK(ensureWorker(lane, eitherStop.get_token()));

    bool wasUnanswered = false;
    CallOptions options;
    options.deadline = job.deadline;
    options.onProgress = job.onProgress;
    options.stopToken = eitherStop.get_token();
    options.cancelGrace = m_options.cancelGrace;
    options.onUnanswered = [&wasUnanswered] { wasUnanswered = true; };
    auto outcome = lane.worker->call(job.method, job.params, std::move(options));
    ++lane.jobsOfWorker;
    // What fills a worker up may be what earlier jobs have left in it.
    const bool wasFresh = lane.jobsOfWorker == 1;
    if (!outcome && !wasUnanswered)
        workerDied = !lane.worker->isAlive() && !outcome.error().isCancelled()
            && (outcome.error().code != ErrorCode::OutOfMemory || !wasFresh);
    if (wasUnanswered || !lane.worker->isAlive())
        retireDead(lane);
    return outcome;
}

Result<> WorkerPool::Impl::ensureWorker(Lane& lane, const std::stop_token& stopToken)
{
    if (lane.worker && !lane.worker->isAlive())
        retireDead(lane);
    while (!lane.worker) {
        if (auto refusal = m_backOff.refusal(StartBackOff::Clock::now()))
            return fail(std::move(*refusal));
        const auto begun = StartBackOff::Clock::now();
        auto started = WorkerClient::start(m_command, m_options.handshakeDeadline, stopToken);
        if (started) {
            m_backOff.succeeded();
            lane.worker = std::move(*started);
            lane.jobsOfWorker = 0;
            const std::lock_guard lock(m_mutex);
            ++m_counters.starts;
            break;
        }
        if (started.error().isCancelled())
            return fail(std::move(started).error());
        started.error() = startFailure(std::move(started).error());
        const auto pause = m_backOff.failed(started.error(), StartBackOff::Clock::now(), begun);
        if (!pause)
            return fail(std::move(started).error());
        std::mutex mutex;
        std::condition_variable_any stopped;
        std::unique_lock lock(mutex);
        stopped.wait_for(lock, stopToken, *pause, [] { return false; });
    }
    return {};
}

void WorkerPool::Impl::retireDead(Lane& lane)
{
    lane.worker->kill();
    lane.worker.reset();
    const std::lock_guard lock(m_mutex);
    ++m_counters.deaths;
}

void WorkerPool::Impl::retireWorn(Lane& lane)
{
    if (!lane.worker)
        return;
    const bool isWorn = m_options.recycleAfter > 0 && lane.jobsOfWorker >= m_options.recycleAfter;
    if (!isWorn && !lane.isReserve)
        return;
    lane.worker->stop(kLaneFarewell);
    lane.worker.reset();
    if (!isWorn)
        return;
    const std::lock_guard lock(m_mutex);
    ++m_counters.recycled;
}

WorkerPool::WorkerPool(WorkerCommand command, WorkerPoolOptions options)
    : m_impl(std::make_unique<Impl>(std::move(command), options))
{
}

WorkerPool::~WorkerPool() = default;

void WorkerPool::submit(WorkerJob job, RpcCompletion completion)
{
    m_impl->submit(std::move(job), std::move(completion));
}

Result<nlohmann::json> WorkerPool::run(WorkerJob job)
{
    struct Waiting {
        std::mutex mutex;
        std::condition_variable arrived;
        std::optional<Result<nlohmann::json>> outcome;
    };
    const auto waiting = std::make_shared<Waiting>();
    m_impl->submit(std::move(job), [waiting](Result<nlohmann::json> outcome) {
        const std::lock_guard lock(waiting->mutex);
        waiting->outcome = std::move(outcome);
        waiting->arrived.notify_all();
    });
    std::unique_lock lock(waiting->mutex);
    waiting->arrived.wait(lock, [&waiting] { return waiting->outcome.has_value(); });
    return std::move(*waiting->outcome);
}

void WorkerPool::stop() { m_impl->stop(); }

int WorkerPool::busy() const { return m_impl->busy(); }

std::size_t WorkerPool::queued() const { return m_impl->queued(); }

WorkerPoolCounters WorkerPool::counters() const { return m_impl->counters(); }

}  // namespace warploom
