// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/SubmissionWatch.h"

#include <chrono>

#include <fmt/format.h>

namespace warploom {

namespace {

constexpr auto kTurn = std::chrono::milliseconds(100);
/// Between asking the host where it stands: it tells by itself while a run goes on.
constexpr auto kLook = std::chrono::milliseconds(500);
/// A host that has nothing to do so many times has lost the submission: what it takes becomes an order within moments.
constexpr int kIdleLooks = 4;

Error endedWith(const RunProgress& progress, VariantId variant)
{
    const std::string reason = progress.endReason.empty() ? "the host has no run" : progress.endReason;
    if (progress.failure)
        return *progress.failure;
    return {ErrorCode::Cancelled,
            variant != 0 ? fmt::format("the run ended before variant {} was evaluated: {}", variant, reason)
                         : fmt::format("nothing came of the submission: {}", reason),
            {},
            {},
            {}};
}

}  // namespace

struct SubmissionWatch::Heard {
    std::mutex mutex;
    std::condition_variable_any changed;
    std::string ticket;
    SubmissionState state;

    void hear(const EventRecord& event)
    {
        const std::lock_guard lock(mutex);
        if (event.type == "submitted" && event.data.value("ticket", "") == ticket) {
            state.variant = event.data.value("variant", VariantId{0});
        } else if (event.type == "command-refused") {
            const auto submission = event.data.find("submission");
            if (submission == event.data.end() || submission->value("ticket", "") != ticket)
                return;
            state.refusal = event.data.value("refused", "refused");
            state.duplicate = event.data.value("duplicate", VariantId{0});
        } else if (event.type == eventType::kEvaluationAdded) {
            const bool isFirst = state.variant != 0 && state.evaluation == 0;
            if (isFirst && event.data.value("variant", VariantId{0}) == state.variant)
                state.evaluation = event.data.value("id", EvaluationId{0});
        }
        changed.notify_all();
    }

    void lose(const Error& error)
    {
        const std::lock_guard lock(mutex);
        if (!state.isSettled())
            state.ended = error;
        changed.notify_all();
    }
};

SubmissionWatch::SubmissionWatch(std::string ticket)
    : m_heard(std::make_shared<Heard>())
{
    m_heard->ticket = std::move(ticket);
}

EngineClient::Listener SubmissionWatch::listener() const
{
    EngineClient::Listener listener;
    listener.onEvent = [heard = m_heard](const EventRecord& event) { heard->hear(event); };
    listener.onClosed = [heard = m_heard](const Error& error) { heard->lose(error); };
    return listener;
}

Result<SubmissionState> SubmissionWatch::wait(EngineClient& client, Seconds patience, std::stop_token stop)
{
    using Clock = std::chrono::steady_clock;
    const auto until = Clock::now() + std::chrono::duration_cast<Clock::duration>(patience);
    auto nextLook = Clock::now() + kLook;
    int idleLooks = 0;
    std::unique_lock lock(m_heard->mutex);
    while (!m_heard->state.isSettled()) {
        m_heard->changed.wait_for(lock, stop, kTurn, [this] { return m_heard->state.isSettled(); });
        if (stop.stop_requested())
            return fail(ErrorCode::Cancelled, "no longer waited for");
        if (Clock::now() >= until)
            break;
        if (Clock::now() < nextLook)
            continue;
        const VariantId variant = m_heard->state.variant;
        lock.unlock();
        const auto progress = client.progress();
        lock.lock();
        nextLook = Clock::now() + kLook;
        const bool isIdle = progress && (progress->phase.empty() || progress->phase == "finished");
        idleLooks = isIdle ? idleLooks + 1 : 0;
        if (idleLooks >= kIdleLooks && !m_heard->state.isSettled())
            m_heard->state.ended = endedWith(*progress, variant);
    }
    return m_heard->state;
}

}  // namespace warploom
