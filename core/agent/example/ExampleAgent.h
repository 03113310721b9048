// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/Agent.h"
#include "agent/example/WrittenExample.h"
#include "agent/example/WrittenService.h"
#include "agent/knowledge/KnowledgeBase.h"

namespace warploom {

/// Shows what an agent that asks a model does, without a model: it is asked and answers as such an agent, but its
/// answers were written beforehand, for a few tasks of the library. Everything it makes says so. What its answers do
/// not fit, another task or a text that somebody has edited, it has no answer for.
class ExampleAgent : public Agent {
public:
    struct Settings {
        std::string key = "example";  ///< as the run's settings call it
        std::vector<WrittenAnswer> answers;
        WrittenPace pace;
        std::shared_ptr<const KnowledgeBase> knowledge;  ///< for the prompts; may be null
    };

    explicit ExampleAgent(Settings settings);

    [[nodiscard]] std::string name() const override { return std::string(kWrittenModel); }
    [[nodiscard]] std::string key() const override { return m_settings.key; }
    [[nodiscard]] std::string model() const override { return std::string(kWrittenModel); }
    [[nodiscard]] bool takesLong() const override { return true; }
    [[nodiscard]] bool usesMemory() const override { return false; }
    /// NotFound where it has nothing for the task; nothing where the answer was given or there is none.
    Result<std::vector<Proposal>> propose(const AgentContext& context, std::stop_token stop) override;

private:
    Result<const WrittenExample*> exampleFor(const Task& task);
    bool claim(const WrittenAnswer& answer);
    void tellThatThereIsNone(const AgentContext& context) const;

    const Settings m_settings;
    std::mutex m_mutex;
    std::optional<WrittenExample> m_example;  ///< of the task that is asked about
    std::string m_task;  ///< its name
    std::set<std::string> m_given;  ///< ids of answers: each is given once
};

}  // namespace warploom
