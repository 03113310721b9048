// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "protocol/Records.h"

namespace warploom {

/// The one rule of what is best, for engine, window, terminal and export. Of each configuration the latest evaluation
/// in an environment stands, if it is right and timed: a later failure takes an earlier figure back, and a direct
/// comparison at the end of a run replaces the figure that it was made to confirm. What stands is compared by the low
/// end of its speedup's interval, which luck cannot lift as it lifts estimates, and only within one environment.
class Standings {
public:
    /// Which of the standing evaluations to choose from; empty: from all.
    using Filter = std::function<bool(const EvaluationRecord&)>;

    /// In the order of the ids. Checks, evidence, resources and counters are not kept.
    void add(const EvaluationRecord& evaluation);

    /// Null where nothing stands.
    [[nodiscard]] const EvaluationRecord* best(EnvironmentId environment, const Filter& counts = {}) const;
    /// The best in the newest environment.
    [[nodiscard]] const EvaluationRecord* best(const Filter& counts = {}) const;
    /// The variant's best in the newest environment in which it has one.
    [[nodiscard]] const EvaluationRecord* bestOf(VariantId variant) const;
    /// Of the latest evaluation that stands; 0 for none.
    [[nodiscard]] EnvironmentId newestEnvironment(const Filter& counts = {}) const;

private:
    using Configurations = std::map<std::pair<EnvironmentId, Configuration>, EvaluationRecord>;

    std::map<VariantId, Configurations> m_latest;  ///< right or not
};

}  // namespace warploom
