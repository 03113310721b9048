// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/Lineage.h"

#include <algorithm>

#include "base/Log.h"

namespace warploom {

Lineage::Lineage(WorkspaceContent content)
    : m_environments(std::move(content.environments))
    , m_exchanges(std::move(content.exchanges))
    , m_lastSequence(content.lastSequence)
{
    m_variants.reserve(content.variants.size());
    m_evaluations.reserve(content.evaluations.size());
    for (VariantRecord& variant : content.variants)
        addVariant(std::move(variant));
    for (EvaluationRecord& evaluation : content.evaluations)
        addEvaluation(std::move(evaluation));
    for (ProfileRecord& profile : content.profiles)
        addProfile(std::move(profile));
}

std::optional<std::size_t> Lineage::rowOf(VariantId variant) const
{
    const auto found = m_variantRows.find(variant);
    return found == m_variantRows.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::size_t> Lineage::rowOfEvaluation(EvaluationId evaluation) const
{
    const auto found = m_evaluationRows.find(evaluation);
    return found == m_evaluationRows.end() ? std::nullopt : std::optional(found->second);
}

const VariantRecord* Lineage::find(VariantId variant) const
{
    const auto row = rowOf(variant);
    return row ? &m_variants[*row] : nullptr;
}

std::optional<std::size_t> Lineage::parentOf(std::size_t row) const
{
    const auto& parents = m_variants[row].parents;
    return parents.empty() ? std::nullopt : rowOf(parents.front());
}

const EvaluationRecord* Lineage::own(const EvaluationRecord* standing) const
{
    return standing == nullptr ? nullptr : &m_evaluations[m_evaluationRows.at(standing->id)];
}

const EvaluationRecord* Lineage::shownEvaluation(std::size_t row) const
{
    if (const EvaluationRecord* standing = m_standings.bestOf(m_variants[row].id))
        return own(standing);
    return m_latest[row] ? &m_evaluations[*m_latest[row]] : nullptr;
}

const ProfileRecord* Lineage::profileOf(std::size_t row) const
{
    const auto found = m_profiles.find(m_variants[row].id);
    return found == m_profiles.end() ? nullptr : &found->second;
}

const EvaluationRecord* Lineage::best() const
{
    return own(m_standings.best([this](const EvaluationRecord& evaluation) {
        const VariantRecord* variant = find(evaluation.variant);
        return variant != nullptr && !variant->retired;
    }));
}

const EnvironmentRecord* Lineage::environment(EnvironmentId id) const
{
    const auto found = std::find_if(m_environments.begin(), m_environments.end(),
                                    [id](const auto& environment) { return environment.id == id; });
    return found == m_environments.end() ? nullptr : &*found;
}

void Lineage::addVariant(VariantRecord variant)
{
    const std::size_t row = m_variants.size();
    m_variantRows[variant.id] = row;
    m_children.emplace_back();
    m_latest.emplace_back();
    m_variants.push_back(std::move(variant));
    if (const auto parent = parentOf(row))
        m_children[*parent].push_back(row);
}

void Lineage::addEvaluation(EvaluationRecord evaluation)
{
    const std::size_t row = m_evaluations.size();
    m_evaluationRows[evaluation.id] = row;
    if (const auto variant = rowOf(evaluation.variant))
        m_latest[*variant] = row;
    m_standings.add(evaluation);
    m_evaluations.push_back(std::move(evaluation));
}

void Lineage::addProfile(ProfileRecord profile)
{
    ProfileRecord& kept = m_profiles[profile.variant];
    if (profile.id > kept.id)
        kept = std::move(profile);
}

void Lineage::applyOne(const EventRecord& event, std::vector<std::size_t>& changed)
{
    // What came while the content was being read may be in it already.
    if (event.type == eventType::kVariantAdded) {
        auto variant = event.data.get<VariantRecord>();
        if (!rowOf(variant.id))
            addVariant(std::move(variant));
    } else if (event.type == eventType::kEnvironmentAdded) {
        auto environment = event.data.get<EnvironmentRecord>();
        if (this->environment(environment.id) == nullptr)
            m_environments.push_back(std::move(environment));
    } else if (event.type == eventType::kEvaluationAdded) {
        auto evaluation = event.data.get<EvaluationRecord>();
        if (rowOfEvaluation(evaluation.id))
            return;
        if (const auto row = rowOf(evaluation.variant))
            changed.push_back(*row);
        addEvaluation(std::move(evaluation));
    } else if (event.type == eventType::kProfileAdded) {
        auto profile = event.data.get<ProfileRecord>();
        if (const auto row = rowOf(profile.variant))
            changed.push_back(*row);
        addProfile(std::move(profile));
    } else if (event.type == eventType::kVariantChanged) {
        const auto row = rowOf(event.data.value("id", VariantId{0}));
        if (!row)
            return;
        VariantRecord& variant = m_variants[*row];
        variant.favoured = event.data.value("favoured", variant.favoured);
        variant.retired = event.data.value("retired", variant.retired);
        if (const auto outcome = hypothesisOutcomeFromName(event.data.value("outcome", std::string())))
            variant.outcome = *outcome;
        changed.push_back(*row);
    }
}

LineageChange Lineage::apply(const std::vector<EventRecord>& events)
{
    LineageChange change{m_variants.size(), 0, m_evaluations.size(), 0, {}, false};
    for (const EventRecord& event : events) {
        if (event.sequence <= m_lastSequence)
            continue;
        m_lastSequence = event.sequence;
        try {
            applyOne(event, change.changedVariants);
            change.changedExchanges = m_exchanges.apply(event) || change.changedExchanges;
        } catch (const nlohmann::json::exception& error) {
            spdlog::warn("event {} ({}) was not understood: {}", event.sequence, event.type, error.what());
        }
    }
    change.newVariants = m_variants.size() - change.firstNewVariant;
    change.newEvaluations = m_evaluations.size() - change.firstNewEvaluation;
    auto& changed = change.changedVariants;
    std::sort(changed.begin(), changed.end());
    changed.erase(std::unique(changed.begin(), changed.end()), changed.end());
    return change;
}

}  // namespace warploom
