// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/Agent.h"
#include "agent/answer/ParsedAnswer.h"
#include "agent/knowledge/KnowledgeBase.h"
#include "base/Units.h"

namespace warploom {

struct CommandSettings {
    std::vector<std::string> command;  ///< program and arguments: see splitCommand()
    std::chrono::milliseconds deadline = std::chrono::minutes(5);  ///< for one answer
    Bytes mostOutput{std::uint64_t{16} << 20};  ///< a program that writes more is killed
    std::shared_ptr<const KnowledgeBase> knowledge;  ///< may be null
    /// Hears of every proposal that cannot be used, on the thread that asked.
    std::function<void(const ParsedAnswer& answer)> onFault;
    std::string key;  ///< as the run's settings name it; empty: "command"
};

/// Any program as an agent: started once for each question, several at a time, it gets the context as one JSON object
/// on its stdin (docs/formats.md) and answers on its stdout. It runs as the user, in a session of its own, without the
/// variables of the environment that look like keys.
class CommandAgent : public Agent {
public:
    explicit CommandAgent(CommandSettings settings);

    /// "command"
    [[nodiscard]] std::string name() const override { return "command"; }
    [[nodiscard]] std::string key() const override { return m_settings.key.empty() ? name() : m_settings.key; }
    [[nodiscard]] bool takesLong() const override { return true; }
    /// LibraryMissing where there is no such program, InvalidArgument without a command.
    Result<> start(std::stop_token stop) override;
    /// InvalidInput where the answer breaks its format or none of its proposals can be used: the message says why.
    /// ProcessFailed where the program cannot be started, or fails; Timeout; Cancelled within a second of a stop.
    Result<std::vector<Proposal>> propose(const AgentContext& context, std::stop_token stop) override;

private:
    Result<std::vector<Proposal>> read(const std::string& output, const AgentContext& context, ExchangeRecord& record);

    CommandSettings m_settings;
};

}  // namespace warploom
