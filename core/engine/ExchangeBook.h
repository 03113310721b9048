// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "protocol/ExchangeRecord.h"
#include "search/CreditBook.h"

namespace warploom {

class Lineage;

/// What has become of an exchange.
enum class ExchangeOutcome {
    Open,  ///< no answer has come; it may be under way, or its run was lost
    Failed,  ///< an error came instead of an answer
    Faulty,  ///< the answer could not be used
    Nothing,  ///< it could, and no variant was made of it: its text or its move was no news
    Made,  ///< variants were made of it
};

ExchangeOutcome outcomeOf(const ExchangeRecord& exchange);

/// The exchanges of a workspace without their texts, kept up to date from events.
class ExchangeBook {
public:
    ExchangeBook() = default;
    explicit ExchangeBook(std::vector<ExchangeRecord> exchanges);

    /// Whether the event was about exchanges. Throws json's exceptions for what it does not understand.
    bool apply(const EventRecord& event);
    /// In the order of their ids.
    [[nodiscard]] const std::vector<ExchangeRecord>& all() const { return m_exchanges; }
    /// Null where there is none.
    [[nodiscard]] const ExchangeRecord* find(ExchangeId id) const;
    /// As exchanges name them, once each, in the order of their first one. A program has no model: its agent's name.
    [[nodiscard]] std::vector<std::string> models() const;

private:
    void keep(ExchangeRecord exchange);

    std::vector<ExchangeRecord> m_exchanges;
    std::unordered_map<ExchangeId, std::size_t> m_rows;
};

/// The model, or the agent where there is none.
const std::string& modelOf(const ExchangeRecord& exchange);

/// What models and programs have brought and cost, by model: the agent and move of each key are empty. A variant is
/// right if what is shown of it is; a gain is confirmed if the whole interval of its speedup lies above its parent's
/// speedup.
CreditBook creditOf(const ExchangeBook& exchanges, const Lineage& lineage);

/// Exchanges of which each one mends what came of the one before, \p id among them, oldest first.
std::vector<ExchangeId> repairChain(ExchangeId id, const ExchangeBook& exchanges, const Lineage& lineage);

}  // namespace warploom
