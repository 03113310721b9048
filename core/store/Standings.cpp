// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/Standings.h"

#include <limits>
#include <tuple>

namespace warploom {

namespace {

bool stands(const EvaluationRecord& evaluation, const Standings::Filter& counts)
{
    return evaluation.verdict == Verdict::Ok && evaluation.time && (!counts || counts(evaluation));
}

/// Greater is better; of equals the one that was there first.
auto worth(const EvaluationRecord& evaluation)
{
    constexpr double kNone = std::numeric_limits<double>::lowest();
    return std::tuple(evaluation.speedup ? evaluation.speedup->low : kNone, -evaluation.time->estimate, -evaluation.id);
}

/// Takes what is newest, or best in one environment, from evaluations in any order.
class Chooser {
public:
    void offer(const EvaluationRecord& evaluation)
    {
        if (m_newest == nullptr || evaluation.id > m_newest->id)
            m_newest = &evaluation;
        auto& best = m_best[evaluation.environment];
        if (best == nullptr || worth(evaluation) > worth(*best))
            best = &evaluation;
    }

    [[nodiscard]] const EvaluationRecord* newest() const { return m_newest; }
    [[nodiscard]] const EvaluationRecord* best() const
    {
        return m_newest == nullptr ? nullptr : m_best.at(m_newest->environment);
    }

private:
    const EvaluationRecord* m_newest = nullptr;
    std::map<EnvironmentId, const EvaluationRecord*> m_best;
};

}  // namespace

void Standings::add(const EvaluationRecord& evaluation)
{
    EvaluationRecord kept = evaluation;
    kept.checks = nlohmann::json::array();
    kept.evidence = nlohmann::json::object();
    kept.resources = nlohmann::json::array();
    kept.counters = nlohmann::json::array();
    m_latest[evaluation.variant].insert_or_assign({evaluation.environment, evaluation.configuration}, std::move(kept));
}

const EvaluationRecord* Standings::best(EnvironmentId environment, const Filter& counts) const
{
    return best([&](const EvaluationRecord& evaluation) {
        return evaluation.environment == environment && (!counts || counts(evaluation));
    });
}

const EvaluationRecord* Standings::best(const Filter& counts) const
{
    Chooser chooser;
    for (const auto& [variant, configurations] : m_latest) {
        for (const auto& [key, evaluation] : configurations) {
            if (stands(evaluation, counts))
                chooser.offer(evaluation);
        }
    }
    return chooser.best();
}

const EvaluationRecord* Standings::bestOf(VariantId variant) const
{
    const auto found = m_latest.find(variant);
    if (found == m_latest.end())
        return nullptr;
    Chooser chooser;
    for (const auto& [key, evaluation] : found->second) {
        if (stands(evaluation, {}))
            chooser.offer(evaluation);
    }
    return chooser.best();
}

EnvironmentId Standings::newestEnvironment(const Filter& counts) const
{
    const EvaluationRecord* found = best(counts);
    return found == nullptr ? 0 : found->environment;
}

}  // namespace warploom
