// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <unordered_map>
#include <vector>

#include "engine/ExchangeBook.h"
#include "protocol/ProfileRecord.h"
#include "protocol/Records.h"
#include "store/Standings.h"

namespace warploom {

/// Everything a viewer shows of one workspace, as read in one go; evaluations without their long parts.
struct WorkspaceContent {
    std::vector<TaskRecord> tasks;
    std::vector<RunRecord> runs;
    std::vector<EnvironmentRecord> environments;
    std::vector<VariantRecord> variants;
    std::vector<EvaluationRecord> evaluations;
    std::vector<ProfileRecord> profiles;  ///< without diagnoses
    std::vector<ExchangeRecord> exchanges = {};  ///< without their texts
    EventSequence lastSequence = 0;  ///< events up to here are contained
};

/// What a batch of events changed; rows are positions in variants() and evaluations().
struct LineageChange {
    std::size_t firstNewVariant = 0;
    std::size_t newVariants = 0;
    std::size_t firstNewEvaluation = 0;
    std::size_t newEvaluations = 0;
    std::vector<std::size_t> changedVariants;  ///< flags, a better or first evaluation, a profile; sorted, once each

    bool changedExchanges = false;

    [[nodiscard]] bool empty() const
    {
        return newVariants == 0 && newEvaluations == 0 && changedVariants.empty() && !changedExchanges;
    }
};

/// The tree of variants with their evaluations, kept up to date from events: what tables, trees and plots of any front
/// end are made of. Rows only grow, so that a view appends what is new.
class Lineage {
public:
    Lineage() = default;
    explicit Lineage(WorkspaceContent content);

    /// Events that are contained already are skipped; the order is the workspace's.
    LineageChange apply(const std::vector<EventRecord>& events);

    [[nodiscard]] const std::vector<VariantRecord>& variants() const { return m_variants; }
    [[nodiscard]] const std::vector<EvaluationRecord>& evaluations() const { return m_evaluations; }
    /// What was asked of models and programs.
    [[nodiscard]] const ExchangeBook& exchanges() const { return m_exchanges; }
    [[nodiscard]] const std::vector<EnvironmentRecord>& environments() const { return m_environments; }
    [[nodiscard]] EventSequence lastSequence() const { return m_lastSequence; }
    [[nodiscard]] std::optional<std::size_t> rowOf(VariantId variant) const;
    [[nodiscard]] std::optional<std::size_t> rowOfEvaluation(EvaluationId evaluation) const;
    [[nodiscard]] const VariantRecord* find(VariantId variant) const;
    /// Row of the first parent; nothing for a root.
    [[nodiscard]] std::optional<std::size_t> parentOf(std::size_t row) const;
    [[nodiscard]] const std::vector<std::size_t>& childrenOf(std::size_t row) const { return m_children[row]; }
    /// The variant's best by the rule of Standings; else its latest evaluation; null before the first.
    [[nodiscard]] const EvaluationRecord* shownEvaluation(std::size_t row) const;
    /// The latest of the variant's, without its diagnosis; null where it was not profiled.
    [[nodiscard]] const ProfileRecord* profileOf(std::size_t row) const;
    /// By the rule of Standings, of variants that are not retired, in the newest environment; null for none.
    [[nodiscard]] const EvaluationRecord* best() const;
    [[nodiscard]] const EnvironmentRecord* environment(EnvironmentId id) const;

private:
    void addVariant(VariantRecord variant);
    void addEvaluation(EvaluationRecord evaluation);
    void addProfile(ProfileRecord profile);
    [[nodiscard]] const EvaluationRecord* own(const EvaluationRecord* standing) const;
    void applyOne(const EventRecord& event, std::vector<std::size_t>& changed);

    std::vector<VariantRecord> m_variants;
    std::vector<EvaluationRecord> m_evaluations;
    std::vector<EnvironmentRecord> m_environments;
    std::vector<std::vector<std::size_t>> m_children;  ///< by variant row
    std::vector<std::optional<std::size_t>> m_latest;  ///< by variant row: evaluation row
    std::unordered_map<VariantId, ProfileRecord> m_profiles;  ///< the latest of each
    ExchangeBook m_exchanges;
    Standings m_standings;
    std::unordered_map<VariantId, std::size_t> m_variantRows;
    std::unordered_map<EvaluationId, std::size_t> m_evaluationRows;
    EventSequence m_lastSequence = 0;
};

}  // namespace warploom
