// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "agent/Agent.h"
#include "base/Units.h"
#include "engine/Mailbox.h"

namespace warploom {

/// What an agent that takes long is asked.
struct AgentQuestion {
    std::string agent;  ///< its key
    Expansion expansion;
    AgentContext context;
};

/// What came of it. What context.exchanges reported has been told before.
struct AgentAnswer {
    AgentQuestion question;
    Result<std::vector<Proposal>> proposals = std::vector<Proposal>{};
    Seconds took{0};
};

/// Asks agents that take long on threads of their own, while the engine goes on; answers come back through its mailbox.
/// An agent that fails is left alone for a while, longer each time. Used from the engine's thread only.
class AgentDesk {
public:
    struct Settings {
        int parallel = 2;  ///< questions that one agent has before it at a time
        std::chrono::milliseconds deadline = std::chrono::minutes(15);  ///< of one question
        std::chrono::milliseconds firstPause = std::chrono::seconds(1);  ///< after a failure; doubles with each further
        std::chrono::milliseconds longestPause = std::chrono::minutes(2);
        int patience = 6;  ///< failures in a row after which an agent is not worth waiting for
    };

    /// Called on the engine's thread, out of its mailbox.
    struct Sinks {
        std::function<void(AgentAnswer)> answered;
        /// \p number: by it Proposal::exchange of the answer refers to the exchange.
        std::function<void(std::int64_t number, ExchangeRecord request)> exchangeStarted;
        std::function<void(std::int64_t number, ExchangeRecord outcome)> exchangeFinished;
        /// As ExchangeSink has it, on the question's thread; what is waited for does not count for its deadline. May be
        /// empty.
        std::function<bool(const AgentRequest& request, std::stop_token stop)> approve = {};
    };

    AgentDesk(Mailbox& mailbox, Settings settings, Sinks sinks);
    /// Cancels.
    ~AgentDesk();
    AgentDesk(const AgentDesk&) = delete;
    AgentDesk& operator=(const AgentDesk&) = delete;

    /// Whether it has time for another question now.
    [[nodiscard]] bool canAsk(const std::string& agent) const;
    /// Whether it will have, if nothing is done but to wait: it is being asked, or pauses and is still worth waiting
    /// for.
    [[nodiscard]] bool isWorthWaitingFor(const std::string& agent) const;
    /// \p agent lives longer than this desk. Its answer is an AgentAnswer, whatever happens; after cancel() none.
    void ask(Agent& agent, AgentQuestion question);
    [[nodiscard]] int inFlight() const { return static_cast<int>(m_questions.size()); }
    [[nodiscard]] int inFlight(const std::string& agent) const;
    /// How much of the answer to an exchange has come, bytes.
    [[nodiscard]] std::int64_t arrived(std::int64_t exchange) const;
    /// Ends what is past its deadline. To be called now and then.
    void keepDeadlines();
    /// The agent is asked no more: it would fail each time.
    void dismiss(const std::string& agent);
    /// Stops everything that is being asked and waits for it. Answers are dropped; what was exchanged is reported.
    void cancel();

private:
    using Clock = std::chrono::steady_clock;

    /// Time that a person took.
    struct Hold {
        std::atomic<bool> isOn{false};
        std::atomic<std::int64_t> milliseconds{0};
    };

    struct Question {
        std::int64_t number = 0;
        std::string agent;
        Clock::time_point begun;
        bool isOverdue = false;
        std::shared_ptr<Hold> hold;
        std::jthread thread;
    };

    struct Standing {
        int failures = 0;  ///< in a row
        Clock::time_point pausesUntil;
        bool isDismissed = false;
    };

    void work(Agent& agent, AgentQuestion question, std::int64_t number, std::stop_token stop);
    void receive(std::int64_t number, AgentAnswer answer);
    void noteOutcome(const std::string& agent, bool hasFailed);
    ExchangeSink exchangeSink(const std::shared_ptr<Hold>& hold);
    [[nodiscard]] const Standing* standingOf(const std::string& agent) const;

    Mailbox& m_mailbox;
    const Settings m_settings;
    const Sinks m_sinks;
    std::map<std::string, Standing> m_standings;
    std::int64_t m_lastNumber = 0;
    std::atomic<std::int64_t> m_lastExchange{0};
    mutable std::mutex m_arrivedMutex;
    std::map<std::int64_t, std::int64_t> m_arrived;  ///< bytes, by exchange that goes on
    bool m_isCancelled = false;
    std::list<Question> m_questions;  ///< last: their threads use what is above
};

}  // namespace warploom
