// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/ProcessSpawner.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>
#include <thread>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/BackgroundThread.h"
#include "base/ChildState.h"
#include "base/Log.h"
#include "base/ProcessLaunch.h"

namespace warploom {

namespace {

using Clock = ChildState::Clock;

constexpr const char* kEnding = "the program is ending: no new processes";
constexpr auto kLastReaping = std::chrono::milliseconds(500);
constexpr auto kMemoryCheck = std::chrono::milliseconds(100);

/// Reads what is there, at most 1 MiB a turn so that one flooding child cannot starve the others.
void drainErrorOutput(ChildState& child)
{
    std::array<char, 16 * 1024> buffer;
    for (int turn = 0; turn < 64 && child.standardError.isOpen(); ++turn) {
        const ssize_t got = ::read(child.standardError.get(), buffer.data(), buffer.size());
        if (got > 0) {
            child.addErrorOutput({buffer.data(), static_cast<std::size_t>(got)});
            continue;
        }
        if (got == 0 || (errno != EAGAIN && errno != EINTR))
            child.standardError.reset();
        return;
    }
}

bool isReadable(short revents) { return (revents & (POLLIN | POLLHUP | POLLERR)) != 0; }

}  // namespace

/// Shared with the thread and with the ChildState objects' wake-ups, so that late calls find it alive.
struct ProcessSpawner::Core : std::enable_shared_from_this<ProcessSpawner::Core> {
    struct Job {
        const ProcessRequest& request;
        std::optional<Result<std::shared_ptr<ChildState>>> outcome;
    };

    std::mutex mutex;
    std::condition_variable jobDone;
    std::deque<Job*> jobs;
    bool stopping = false;
    UniqueFd wakeFd{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    std::thread thread;

    // The thread only.
    std::vector<std::shared_ptr<ChildState>> children;
    Clock::time_point nextMemoryCheck{};

    void wake() const
    {
        const std::uint64_t one = 1;
        [[maybe_unused]] const ssize_t ignored = ::write(wakeFd.get(), &one, sizeof one);
    }

    Result<std::shared_ptr<ChildState>> launch(const ProcessRequest& request);
    void runJobs();
    void refuseJobs();
    Clock::time_point killOverdue() const;
    Clock::time_point killGreedy();
    void waitForEvents(Clock::time_point until);
    void run();
};

Result<std::shared_ptr<ChildState>> ProcessSpawner::Core::launch(const ProcessRequest& request)
{
    auto state = launchProcess(request);
    if (state) {
        (*state)->wakeSpawner = [core = weak_from_this()] {
            if (const auto alive = core.lock())
                alive->wake();
        };
        children.push_back(*state);
    }
    return state;
}

void ProcessSpawner::Core::runJobs()
{
    std::unique_lock lock(mutex);
    while (!jobs.empty()) {
        Job* job = jobs.front();
        jobs.pop_front();
        lock.unlock();
        auto outcome = launch(job->request);
        lock.lock();
        job->outcome = std::move(outcome);
        jobDone.notify_all();
    }
}

void ProcessSpawner::Core::refuseJobs()
{
    const std::lock_guard lock(mutex);
    for (Job* job : jobs)
        job->outcome = fail(ErrorCode::ProcessFailed, kEnding);
    jobs.clear();
    jobDone.notify_all();
}

/// Kills the children whose time is up; returns when the next one's will be.
Clock::time_point ProcessSpawner::Core::killOverdue() const
{
    auto next = Clock::time_point::max();
    const auto now = Clock::now();
    for (const auto& child : children) {
        std::unique_lock lock(child->mutex);
        if (!child->killAt || *child->killAt == Clock::time_point::max())
            continue;
        if (*child->killAt > now) {
            next = std::min(next, *child->killAt);
            continue;
        }
        child->killAt = Clock::time_point::max();
        lock.unlock();
        child->signalGroup(SIGKILL);
    }
    return next;
}

/// Kills the children that hold too much memory; returns when to look again.
Clock::time_point ProcessSpawner::Core::killGreedy()
{
    if (std::none_of(children.begin(), children.end(), [](const auto& child) { return child->mostMemory.value > 0; }))
        return Clock::time_point::max();
    const auto now = Clock::now();
    if (now >= nextMemoryCheck) {
        for (const auto& child : children)
            child->checkMemory();
        nextMemoryCheck = now + kMemoryCheck;
    }
    return nextMemoryCheck;
}

void ProcessSpawner::Core::waitForEvents(Clock::time_point until)
{
    const auto watched = children;  // callbacks may start further children
    std::vector<pollfd> fds{{wakeFd.get(), POLLIN, 0}};
    for (const auto& child : watched) {
        fds.push_back({child->pidFd.get(), POLLIN, 0});
        fds.push_back({child->standardError.get(), POLLIN, 0});
    }
    int timeout = -1;
    if (until != Clock::time_point::max()) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
        timeout = static_cast<int>(std::clamp<decltype(left)>(left, 0, 60'000));
    }
    if (::poll(fds.data(), fds.size(), timeout) <= 0)
        return;
    if (fds[0].revents != 0) {
        std::uint64_t count = 0;
        [[maybe_unused]] const ssize_t ignored = ::read(wakeFd.get(), &count, sizeof count);
    }
    for (std::size_t i = 0; i < watched.size(); ++i) {
        const auto& child = watched[i];
        const bool hasEnded = isReadable(fds[1 + 2 * i].revents);
        if (hasEnded || isReadable(fds[2 + 2 * i].revents))
            drainErrorOutput(*child);
        if (hasEnded) {
            std::erase(children, child);
            child->standardError.reset();
            child->finish();
        }
    }
}

void ProcessSpawner::Core::run()
{
    while (true) {
        runJobs();
        {
            const std::lock_guard lock(mutex);
            if (stopping)
                break;
        }
        waitForEvents(std::min(killOverdue(), killGreedy()));
    }
    refuseJobs();
    for (const auto& child : children)
        child->signalGroup(SIGKILL);
    // A process in an uninterruptible call cannot be waited for any longer: init will reap it.
    const auto limit = Clock::now() + kLastReaping;
    while (!children.empty() && Clock::now() < limit)
        waitForEvents(limit);
}

ProcessSpawner::ProcessSpawner()
    : m_core(std::make_shared<Core>())
{
    // Nothing could wake it: spawn() refuses then.
    if (!m_core->wakeFd.isOpen())
        return;
    m_core->thread = startBackgroundThread("wl-spawner", [core = m_core] { core->run(); });
}

ProcessSpawner::~ProcessSpawner()
{
    {
        const std::lock_guard lock(m_core->mutex);
        m_core->stopping = true;
    }
    m_core->wake();
    if (m_core->thread.joinable())
        m_core->thread.join();
}

ProcessSpawner& ProcessSpawner::shared()
{
    // Its thread logs until it ends: the loggers have to outlive it, and what is made first dies last.
    (void)spdlog::default_logger_raw();
    static ProcessSpawner spawner;
    return spawner;
}

Result<std::shared_ptr<ChildProcess>> ProcessSpawner::spawn(const ProcessRequest& request)
{
    if (!m_core->wakeFd.isOpen())
        return fail(ErrorCode::ProcessFailed, "no processes can be started: there were too many open files");
    Result<std::shared_ptr<ChildState>> outcome;
    if (std::this_thread::get_id() == m_core->thread.get_id()) {
        outcome = m_core->launch(request);
    } else {
        std::unique_lock lock(m_core->mutex);
        if (m_core->stopping)
            return fail(ErrorCode::ProcessFailed, kEnding);
        Core::Job job{request, std::nullopt};
        m_core->jobs.push_back(&job);
        m_core->wake();
        m_core->jobDone.wait(lock, [&job] { return job.outcome.has_value(); });
        outcome = std::move(*job.outcome);
    }
    if (!outcome)
        return fail(std::move(outcome).error());
    return std::make_shared<ChildProcess>(std::move(*outcome));
}

}  // namespace warploom
