// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "base/Log.h"
#include "engine/Engine.h"
#include "engine/RestingLineage.h"
#include "variant/SourceText.h"

namespace warploom {

// Commands of people. Each one is an event before it takes effect.

void Engine::execute(const Command& command)
{
    const bool isForNext = command.kind == Command::Kind::Submit || command.kind == Command::Kind::Ask;
    if (m_isOver && isForNext) {
        m_leftOver.push_back(command);
        return;
    }
    if (const auto steered = steer(command); !steered) {
        nlohmann::json details = nlohmann::json::object();
        if (command.kind == Command::Kind::Submit) {
            if (const Member* twin = m_population->findText(sourceHash(command.text)))
                details["duplicate"] = twin->record.id;
        }
        // One that cannot be recorded stops the run all the same: its agents are not asked any more.
        if (command.kind == Command::Kind::Stop)
            m_stopRequested = true;
        refuse(command, steered.error(), std::move(details));
    }
    publishProgress();
}

void Engine::refuse(const Command& command, const Error& error, nlohmann::json details)
{
    const std::string reason = m_redactor.redact(error.toString());
    spdlog::warn("a command was refused: {}", reason);
    nlohmann::json data = command;
    data.update(details);
    data["refused"] = reason;
    data.erase("text");
    data.erase("request");
    if (const auto noted = announce(m_workspace.appendEvent("command-refused", m_run.id, data)); !noted)
        failWith(noted.error());
}

Result<> Engine::steer(const Command& command)
{
    using Kind = Command::Kind;
    Member* member = command.variant != 0 ? m_population->find(command.variant) : nullptr;
    if (command.kind == Kind::Submit && command.variant == 0)
        member = &baseline();
    if (command.kind == Kind::Ask)
        return askForPerson(command);
    const bool needsVariant =
        command.kind == Kind::Submit || command.kind == Kind::Favour || command.kind == Kind::Retire;
    if (needsVariant && member == nullptr)
        return fail(ErrorCode::NotFound, fmt::format("there is no variant {}", command.variant));
    if (command.kind == Kind::Favour) {
        WARPLOOM_TRY(const Committed ignored, announce(m_workspace.setFavoured(command.variant, command.on)));
        member->record.favoured = command.on;
        return {};
    }
    if (command.kind == Kind::Retire) {
        WARPLOOM_TRY(const Committed ignored, announce(m_workspace.setRetired(command.variant, command.on)));
        member->record.retired = command.on;
        updateBest();
        return {};
    }
    if (command.kind == Kind::Submit) {
        if (m_population->findText(sourceHash(command.text)) != nullptr)
            return fail(ErrorCode::InvalidArgument, "a variant with this text is in the lineage already");
        return take(command, *member);
    }
    WARPLOOM_TRY(const Committed ignored, announce(m_workspace.appendEvent("steered", m_run.id, command)));
    applySteering(command);
    return {};
}

void Engine::tryFirst(VariantId id)
{
    m_population->find(id)->queued = true;
    std::erase(m_fresh, id);
    m_asked.push_back(id);
    m_awaited.insert(id);
    m_settings.evaluations = std::max(m_settings.evaluations, m_submitted + static_cast<std::int64_t>(m_asked.size()));
}

/// Makes a variant of a submitted text.
Result<> Engine::take(const Command& command, const Member& parent)
{
    const Submission& submission = command.submission;
    Proposal proposal;
    proposal.agent = submission.agent;
    proposal.move = submission.move;
    proposal.title = submission.title;
    proposal.hypothesis = submission.hypothesis;
    proposal.predictedGain = submission.predictedGain.value_or(1);
    proposal.source = command.text;
    WARPLOOM_TRY(const VariantId id, addVariant(proposal, parent));
    tryFirst(id);
    if (submission.ticket.empty())
        return {};
    const nlohmann::json data{{"ticket", submission.ticket}, {"variant", id}};
    WARPLOOM_TRY(const Committed ignored, announce(m_workspace.appendEvent("submitted", m_run.id, data)));
    return {};
}

void Engine::applySteering(const Command& command)
{
    using Kind = Command::Kind;
    switch (command.kind) {
    case Kind::Pause:
        m_paused = true;
        break;
    case Kind::Resume:
        m_paused = false;
        break;
    case Kind::Step:
        m_paused = true;
        ++m_steps;
        break;
    case Kind::Stop:
        m_stopRequested = true;
        break;
    case Kind::Guide:
        std::erase(m_guidance, command.text);
        if (command.on)
            m_guidance.push_back(command.text);
        break;
    case Kind::BanMove:
        m_population->ban(command.text, command.on);
        break;
    case Kind::PreferMove:
        m_population->prefer(command.text, command.on);
        break;
    default:
        break;
    }
}

/// Guidance and preferences of the workspace go on in the next run; pauses and stops do not.
Result<> Engine::loadSteering()
{
    WARPLOOM_TRY(const auto commands, lastingCommands(m_workspace));
    for (const Command& command : commands)
        applySteering(command);
    return {};
}

}  // namespace warploom
