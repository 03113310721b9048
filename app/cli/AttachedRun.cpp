// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "AttachedRun.h"

#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <optional>

#include <fmt/format.h>

#include "RunReport.h"
#include "Terminal.h"
#include "engine/EngineClient.h"
#include "engine/EngineServer.h"
#include "store/Workspace.h"

namespace warploom {

namespace {

bool isGoingOn(const RunProgress& progress) { return !progress.phase.empty() && progress.phase != "finished"; }

/// What the connection's thread hears, for the one that waits.
class Heard {
public:
    EngineClient::Listener listener()
    {
        EngineClient::Listener listener;
        listener.onProgress = [this](const RunProgress& progress) {
            const std::lock_guard lock(m_mutex);
            m_progress = progress;
            m_changed.notify_all();
        };
        listener.onClosed = [this](const Error& error) {
            const std::lock_guard lock(m_mutex);
            m_closed = error;
            m_changed.notify_all();
        };
        return listener;
    }

    /// What came since the last call; nothing after a while without news.
    Result<std::optional<RunProgress>> next()
    {
        constexpr auto kTurn = std::chrono::milliseconds(200);
        std::unique_lock lock(m_mutex);
        m_changed.wait_for(lock, kTurn, [this] { return m_progress || m_closed; });
        if (m_progress)
            return std::exchange(m_progress, std::nullopt);
        if (m_closed)
            return fail(ErrorCode::ProcessFailed,
                        fmt::format("the host of the workspace ended: {}", m_closed->toString()));
        return std::nullopt;
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::optional<RunProgress> m_progress;
    std::optional<Error> m_closed;
};

Result<RunProgress> waitForEnd(EngineClient& client, Heard& heard, bool isOwn, const std::stop_token& stop)
{
    ProgressLine line;
    bool hasAsked = false;
    for (;;) {
        if (stop.stop_requested() && !hasAsked) {
            if (!isOwn)
                return fail(ErrorCode::Cancelled, "no longer watched; the run goes on");
            Command command;
            command.kind = Command::Kind::Stop;
            WARPLOOM_CHECK(client.send(command));
            hasAsked = true;
        }
        WARPLOOM_TRY(auto progress, heard.next());
        if (!progress) {
            // Its end may have been told before this side listened.
            WARPLOOM_TRY(progress, client.progress());
        }
        line.show(progressText(*progress));
        if (isGoingOn(*progress))
            continue;
        line.clear();
        if (progress->failure)
            return fail(*progress->failure);
        return std::move(*progress);
    }
}

}  // namespace

Result<RunProgress> evolveAttached(const std::filesystem::path& workspace, const RunOrder& order,
                                   const Error& whenUnreachable, std::stop_token stop)
{
    WARPLOOM_TRY(const Workspace reader, Workspace::open(workspace, Workspace::Mode::ReadOnly));
    Heard heard;
    const auto client = EngineClient::connect(engineNameOf(reader.identity(), workspace), heard.listener());
    if (!client)
        return fail(client.error().isNotFound() ? whenUnreachable : client.error());
    WARPLOOM_TRY(const RunProgress before, (*client)->progress());
    const bool isWatching = isGoingOn(before);
    if (isWatching && !order.resume)
        return fail(ErrorCode::Locked, fmt::format("a run of {} is going on in {}", before.task, workspace.string()));
    fmt::print(stderr, "{}; {}.\n", whenUnreachable.message,
               isWatching ? "its run is shown here" : "the run is carried out there");
    if (!isWatching)
        WARPLOOM_CHECK((*client)->evolve(order));
    return waitForEnd(**client, heard, !isWatching, stop);
}

}  // namespace warploom
