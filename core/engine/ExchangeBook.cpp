// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ExchangeBook.h"

#include <algorithm>
#include <cmath>

#include "engine/Lineage.h"

namespace warploom {

namespace {

/// The exchange before, by what one of its variants mends; 0: none.
ExchangeId mendedBy(const ExchangeRecord& exchange, const Lineage& lineage)
{
    for (const VariantId id : exchange.variants) {
        const VariantRecord* made = lineage.find(id);
        const VariantRecord* mended = made == nullptr ? nullptr : lineage.find(made->repairs);
        // What is mended is older; in a damaged workspace it may go round.
        if (mended != nullptr && mended->exchange < exchange.id)
            return mended->exchange;
    }
    return 0;
}

ExchangeId menderOf(const ExchangeRecord& exchange, const Lineage& lineage)
{
    for (const VariantRecord& variant : lineage.variants())
        if (variant.repairs != 0 && variant.exchange > exchange.id
            && std::ranges::find(exchange.variants, variant.repairs) != exchange.variants.end())
            return variant.exchange;
    return 0;
}

/// Nothing where either was not timed.
std::optional<double> speedOf(const EvaluationRecord* shown, double Interval::* end)
{
    if (shown == nullptr || shown->verdict != Verdict::Ok || !shown->speedup)
        return std::nullopt;
    return (*shown->speedup).*end;
}

void countVariant(CreditBook& book, const CreditKey& key, std::size_t row, const Lineage& lineage)
{
    const EvaluationRecord* shown = lineage.shownEvaluation(row);
    if (shown == nullptr)
        return;
    const auto parent = lineage.parentOf(row);
    const auto before = speedOf(parent ? lineage.shownEvaluation(*parent) : nullptr, &Interval::estimate);
    const auto low = speedOf(shown, &Interval::low);
    const auto now = speedOf(shown, &Interval::estimate);
    const bool isConfirmed = before && low && *low > *before;
    book.recordProposal(key, shown->verdict == Verdict::Ok, isConfirmed, isConfirmed ? std::log(*now / *before) : 0);
}

}  // namespace

ExchangeOutcome outcomeOf(const ExchangeRecord& exchange)
{
    if (!exchange.finished)
        return ExchangeOutcome::Open;
    if (!exchange.errorCode.empty())
        return ExchangeOutcome::Failed;
    // A program's answer may hold a faulty proposal and a good one.
    if (!exchange.variants.empty())
        return ExchangeOutcome::Made;
    return exchange.fault.empty() ? ExchangeOutcome::Nothing : ExchangeOutcome::Faulty;
}

const std::string& modelOf(const ExchangeRecord& exchange)
{
    return exchange.model.empty() ? exchange.agent : exchange.model;
}

ExchangeBook::ExchangeBook(std::vector<ExchangeRecord> exchanges)
{
    for (ExchangeRecord& exchange : exchanges)
        keep(std::move(exchange));
}

void ExchangeBook::keep(ExchangeRecord exchange)
{
    const auto [place, isNew] = m_rows.try_emplace(exchange.id, m_exchanges.size());
    if (isNew) {
        m_exchanges.push_back(std::move(exchange));
        return;
    }
    ExchangeRecord& kept = m_exchanges[place->second];
    // Events of an exchange do not know what is made of it later.
    exchange.variants = std::move(kept.variants);
    kept = std::move(exchange);
}

bool ExchangeBook::apply(const EventRecord& event)
{
    if (event.type == eventType::kExchangeStarted || event.type == eventType::kExchangeFinished) {
        auto exchange = event.data.get<ExchangeRecord>();
        // What came while the exchanges were being read may be in them already.
        const ExchangeRecord* known = find(exchange.id);
        if (known != nullptr && known->finished && !exchange.finished)
            return false;
        // The end of an exchange repeats nothing of its beginning that it does not know.
        if (known != nullptr && exchange.started == 0)
            exchange.started = known->started;
        keep(std::move(exchange));
        return true;
    }
    if (event.type != eventType::kVariantAdded)
        return false;
    const auto row = m_rows.find(event.data.value("exchange", ExchangeId{0}));
    if (row == m_rows.end())
        return false;
    auto& variants = m_exchanges[row->second].variants;
    const auto made = event.data.value("id", VariantId{0});
    if (std::ranges::find(variants, made) == variants.end())
        variants.push_back(made);
    return true;
}

const ExchangeRecord* ExchangeBook::find(ExchangeId id) const
{
    const auto row = m_rows.find(id);
    return row == m_rows.end() ? nullptr : &m_exchanges[row->second];
}

std::vector<std::string> ExchangeBook::models() const
{
    std::vector<std::string> names;
    for (const ExchangeRecord& exchange : m_exchanges)
        if (std::ranges::find(names, modelOf(exchange)) == names.end())
            names.push_back(modelOf(exchange));
    return names;
}

CreditBook creditOf(const ExchangeBook& exchanges, const Lineage& lineage)
{
    CreditBook book;
    for (const ExchangeRecord& exchange : exchanges.all()) {
        const CreditKey key{{}, modelOf(exchange), {}};
        if (exchange.finished) {
            const auto cost = exchange.costMicroDollars;
            book.recordCost(key, cost ? std::optional(MicroDollars{*cost}) : std::nullopt,
                            exchange.promptTokens + exchange.answerTokens, Seconds(exchange.seconds));
        }
        for (const VariantId variant : exchange.variants)
            if (const auto row = lineage.rowOf(variant))
                countVariant(book, key, *row, lineage);
    }
    return book;
}

std::vector<ExchangeId> repairChain(ExchangeId id, const ExchangeBook& exchanges, const Lineage& lineage)
{
    std::vector<ExchangeId> chain{id};
    const ExchangeRecord* first = exchanges.find(id);
    const ExchangeRecord* last = first;
    while (first != nullptr && (first = exchanges.find(mendedBy(*first, lineage))) != nullptr)
        chain.insert(chain.begin(), first->id);
    while (last != nullptr && (last = exchanges.find(menderOf(*last, lineage))) != nullptr)
        chain.push_back(last->id);
    return chain;
}

}  // namespace warploom
