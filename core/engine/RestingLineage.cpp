// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/RestingLineage.h"

#include <algorithm>

#include "base/Log.h"

namespace warploom {

namespace {

/// Nothing is chosen by chance here.
constexpr std::uint64_t kNoSeed = 1;

}  // namespace

Result<std::vector<VariantRecord>> variantsOfTask(Workspace& workspace, const std::string& task)
{
    WARPLOOM_TRY(const auto revisions, workspace.taskRevisions(task));
    std::vector<VariantRecord> all;
    for (const TaskRecord& revision : revisions) {
        WARPLOOM_TRY(auto variants, workspace.variants(revision.id));
        std::move(variants.begin(), variants.end(), std::back_inserter(all));
    }
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    return all;
}

Result<> readDiagnoses(Workspace& workspace, EnvironmentId environment, Population& population)
{
    ProfileFilter filter;
    filter.environment = environment;
    filter.full = true;
    WARPLOOM_TRY(const auto profiles, workspace.profiles(filter));
    for (const ProfileRecord& profile : profiles) {
        Member* member = population.find(profile.variant);
        if (member == nullptr)
            continue;
        try {
            member->diagnosis = profile.diagnosis.get<Diagnosis>();
        } catch (const nlohmann::json::exception& error) {
            spdlog::warn("profile {} was not understood: {}", profile.id, error.what());
        }
    }
    return {};
}

Result<std::vector<Command>> lastingCommands(Workspace& workspace)
{
    using Kind = Command::Kind;
    WARPLOOM_TRY(const auto events, workspace.eventsOfType("steered"));
    std::vector<Command> commands;
    for (const EventRecord& event : events) {
        auto command = commandFromJson(event.data);
        if (!command) {
            spdlog::warn("event {} is no command: {}", event.sequence, command.error().toString());
            continue;
        }
        if (command->kind == Kind::Guide || command->kind == Kind::BanMove || command->kind == Kind::PreferMove)
            commands.push_back(std::move(*command));
    }
    return commands;
}

RestingLineage::RestingLineage(Workspace workspace, Task task, DeviceFacts device)
    : m_workspace(std::move(workspace))
    , m_task(std::move(task))
    , m_device(std::move(device))
    , m_population(kNoSeed)
{
}

Result<std::unique_ptr<RestingLineage>> RestingLineage::read(Workspace workspace, Task task, DeviceFacts device,
                                                             const EnvironmentRecord& environment)
{
    std::unique_ptr<RestingLineage> lineage(
        new RestingLineage(std::move(workspace), std::move(task), std::move(device)));
    WARPLOOM_TRY(auto variants, variantsOfTask(lineage->m_workspace, lineage->m_task.name));
    for (VariantRecord& variant : variants)
        lineage->m_population.add(std::move(variant));
    WARPLOOM_CHECK(lineage->readFigures(environment));
    WARPLOOM_TRY(const auto commands, lastingCommands(lineage->m_workspace));
    for (const Command& command : commands) {
        if (command.kind != Command::Kind::Guide)
            continue;
        std::erase(lineage->m_guidance, command.text);
        if (command.on)
            lineage->m_guidance.push_back(command.text);
    }
    return lineage;
}

Result<> RestingLineage::readFigures(const EnvironmentRecord& environment)
{
    WARPLOOM_TRY(const auto known, m_workspace.environments());
    const auto own = std::ranges::find_if(known, [&](const auto& one) { return one.sameAs(environment); });
    if (own == known.end())
        return {};
    m_environment = own->id;
    EvaluationFilter filter;
    filter.environment = m_environment;
    WARPLOOM_TRY(const auto evaluations, m_workspace.evaluations(filter));
    for (const EvaluationRecord& evaluation : evaluations)
        if (Member* member = m_population.find(evaluation.variant))
            m_population.record(*member, evaluation);
    return readDiagnoses(m_workspace, m_environment, m_population);
}

AgentContexts RestingLineage::contexts()
{
    return AgentContexts({m_workspace, m_task, m_population, m_device, m_environment, m_guidance});
}

}  // namespace warploom
