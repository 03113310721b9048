// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"
#include "engine/Lineage.h"

using namespace warploom;

namespace {

ExchangeRecord exchange(ExchangeId id, std::string model, std::optional<std::int64_t> cost,
                        std::vector<VariantId> variants = {})
{
    ExchangeRecord record;
    record.id = id;
    record.agent = "llm:" + model;
    record.model = std::move(model);
    record.promptTokens = 100;
    record.answerTokens = 10;
    record.costMicroDollars = cost;
    record.seconds = 2;
    record.started = 1000 * id;
    record.finished = true;
    record.variants = std::move(variants);
    return record;
}

VariantRecord variant(VariantId id, std::vector<VariantId> parents, ExchangeId exchange, VariantId repairs = 0)
{
    VariantRecord record;
    record.id = id;
    record.parents = std::move(parents);
    record.exchange = exchange;
    record.repairs = repairs;
    return record;
}

EvaluationRecord evaluation(EvaluationId id, VariantId variant, double low, double estimate)
{
    EvaluationRecord record;
    record.id = id;
    record.variant = variant;
    record.environment = 1;
    record.verdict = estimate > 0 ? Verdict::Ok : Verdict::Wrong;
    if (estimate > 0) {
        record.time = Interval{1, 1, 1};
        record.speedup = Interval{estimate, low, estimate + 0.1};
    }
    return record;
}

/// One model's second answer mends its first; another's gain lies within the doubt, and its price is not known.
Lineage twoModels()
{
    WorkspaceContent content;
    content.variants = {variant(1, {}, 0), variant(2, {1}, 1), variant(3, {1}, 2, 2), variant(4, {3}, 3)};
    content.evaluations = {evaluation(1, 1, 1, 1), evaluation(2, 2, 0, 0), evaluation(3, 3, 1.9, 2),
                           evaluation(4, 4, 1.95, 2.05)};
    content.exchanges = {exchange(1, "big", 300, {2}), exchange(2, "big", 500, {3}), exchange(3, "own", {}, {4})};
    content.exchanges[1].purpose = "repair";
    return Lineage(std::move(content));
}

EventRecord eventAt(EventSequence sequence, std::string_view type, nlohmann::json data)
{
    return {sequence, 0, 1, std::string(type), std::move(data)};
}

}  // namespace

class tst_ExchangeBook : public QObject {
    Q_OBJECT

private slots:
    void outcomesInOrder()
    {
        ExchangeRecord record = exchange(1, "m", 1);
        QCOMPARE(outcomeOf(record), ExchangeOutcome::Nothing);
        record.fault = "truncated";
        QCOMPARE(outcomeOf(record), ExchangeOutcome::Faulty);
        record.variants = {7};
        QCOMPARE(outcomeOf(record), ExchangeOutcome::Made);
        record.errorCode = "timeout";
        QCOMPARE(outcomeOf(record), ExchangeOutcome::Failed);
        record.finished = false;
        QCOMPARE(outcomeOf(record), ExchangeOutcome::Open);
    }

    void creditByModel()
    {
        const Lineage lineage = twoModels();
        const CreditBook book = creditOf(lineage.exchanges(), lineage);
        const Credit big = book.ofModel("big");
        QCOMPARE(big.proposals, std::int64_t{2});
        QCOMPARE(big.right, std::int64_t{1});
        QCOMPARE(big.confirmed, std::int64_t{1});
        QCOMPARE(big.logGain, std::log(2.0));
        QCOMPARE(big.cost.value, std::int64_t{800});
        QCOMPARE(big.tokens, std::int64_t{220});
        QCOMPARE(big.costPerGain().value().value, std::int64_t{800});
        const Credit own = book.ofModel("own");
        QCOMPARE(own.right, std::int64_t{1});
        QCOMPARE(own.confirmed, std::int64_t{0});
        QVERIFY(!own.isCostKnown && !own.costPerGain());
        QCOMPARE(lineage.exchanges().models(), (std::vector<std::string>{"big", "own"}));
    }

    void repairsAreChained()
    {
        const Lineage lineage = twoModels();
        const std::vector<ExchangeId> both{1, 2};
        QCOMPARE(repairChain(1, lineage.exchanges(), lineage), both);
        QCOMPARE(repairChain(2, lineage.exchanges(), lineage), both);
        QCOMPARE(repairChain(3, lineage.exchanges(), lineage), std::vector<ExchangeId>{3});
        QCOMPARE(repairChain(99, lineage.exchanges(), lineage), std::vector<ExchangeId>{99});
    }

    void eventsKeepItUpToDate()
    {
        using namespace eventType;
        Lineage lineage = twoModels();
        ExchangeRecord next = exchange(4, "big", {});
        next.finished = false;
        LineageChange change = lineage.apply({eventAt(1, kExchangeStarted, summaryOf(next))});
        QVERIFY(change.changedExchanges && !change.empty());
        QCOMPARE(outcomeOf(*lineage.exchanges().find(4)), ExchangeOutcome::Open);
        // What goes on has cost nothing that is known.
        QCOMPARE(creditOf(lineage.exchanges(), lineage).ofModel("big").cost.value, std::int64_t{800});
        next = exchange(4, "big", 100);
        next.started = 0;
        lineage.apply({eventAt(2, kExchangeFinished, summaryOf(next))});
        QCOMPARE(lineage.exchanges().find(4)->started, UnixMilliseconds{4000});
        QCOMPARE(outcomeOf(*lineage.exchanges().find(4)), ExchangeOutcome::Nothing);
        // The beginning told again does not undo the end.
        ExchangeRecord again = next;
        again.finished = false;
        QVERIFY(!lineage.apply({eventAt(3, kExchangeStarted, summaryOf(again))}).changedExchanges);
        change = lineage.apply({eventAt(4, kVariantAdded, summaryOf(variant(5, {1}, 4)))});
        QVERIFY(change.changedExchanges);
        QCOMPARE(lineage.exchanges().find(4)->variants, std::vector<VariantId>{5});
        QCOMPARE(outcomeOf(*lineage.exchanges().find(4)), ExchangeOutcome::Made);
        change = lineage.apply({eventAt(5, kVariantAdded, summaryOf(variant(6, {1}, 0)))});
        QVERIFY(!change.changedExchanges);
    }
};

QTEST_APPLESS_MAIN(tst_ExchangeBook)
#include "tst_ExchangeBook.moc"
