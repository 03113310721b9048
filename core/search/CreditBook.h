// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "base/Money.h"
#include "base/Units.h"

namespace warploom {

/// Who is to be thanked for a variant.
struct CreditKey {
    std::string agent;  ///< "rules", "llm", "command", "person"
    std::string model;  ///< empty where none was asked
    std::string move;

    friend auto operator<=>(const CreditKey&, const CreditKey&) = default;
};

/// What came of the proposals of one agent, model and move.
struct Credit {
    std::int64_t proposals = 0;  ///< evaluated ones
    std::int64_t right = 0;
    std::int64_t confirmed = 0;  ///< gains over the parent that were confirmed
    double logGain = 0;  ///< sum of the natural logarithms of those
    MicroDollars cost;  ///< as far as it is known
    bool isCostKnown = true;
    std::int64_t tokens = 0;
    Seconds time{};

    void add(const Credit& other);
    /// Nothing where nothing was gained, or a cost is unknown.
    [[nodiscard]] std::optional<MicroDollars> costPerGain() const;
};

/// Credit of a run, by agent, model and move.
class CreditBook {
public:
    /// One evaluated proposal; \p logGain counts when it is confirmed and above nought.
    void recordProposal(const CreditKey& key, bool right, bool confirmed, double logGain);
    /// What asking for proposals took. A request whose answer holds several is booked once.
    void recordCost(const CreditKey& key, std::optional<MicroDollars> cost, std::int64_t tokens, Seconds time);

    [[nodiscard]] const std::map<CreditKey, Credit>& entries() const { return m_entries; }
    /// Sums of whole agents, or of an agent's models.
    [[nodiscard]] Credit ofAgent(const std::string& agent) const;
    [[nodiscard]] Credit ofModel(const std::string& model) const;
    /// For records: docs/formats.md.
    [[nodiscard]] nlohmann::json json() const;

private:
    std::map<CreditKey, Credit> m_entries;
};

}  // namespace warploom
