// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"
#include "engine/Lineage.h"

using namespace warploom;

namespace {

VariantRecord variant(VariantId id, std::vector<VariantId> parents)
{
    VariantRecord record;
    record.id = id;
    record.parents = std::move(parents);
    record.title = fmt::format("variant {}", id);
    return record;
}

EvaluationRecord evaluation(EvaluationId id, VariantId variant, double speedup, EnvironmentId environment = 1)
{
    EvaluationRecord record;
    record.id = id;
    record.variant = variant;
    record.environment = environment;
    record.verdict = speedup > 0 ? Verdict::Ok : Verdict::Wrong;
    record.configuration = {{"ID", id}};
    if (speedup > 0) {
        record.time = Interval{100 / speedup, 100 / speedup, 100 / speedup};
        record.speedup = Interval{speedup, speedup, speedup};
    }
    return record;
}

EventRecord eventAt(EventSequence sequence, std::string_view type, nlohmann::json data)
{
    return {sequence, 0, 1, std::string(type), std::move(data)};
}

std::vector<EventRecord> aShortRun()
{
    using namespace eventType;
    return {eventAt(1, kVariantAdded, summaryOf(variant(1, {}))),
            eventAt(2, kEvaluationAdded, summaryOf(evaluation(1, 1, 1.0))),
            eventAt(3, kVariantAdded, summaryOf(variant(2, {1}))),
            eventAt(4, kVariantAdded, summaryOf(variant(3, {1}))),
            eventAt(5, kEvaluationAdded, summaryOf(evaluation(2, 3, 0))),
            eventAt(6, kEvaluationAdded, summaryOf(evaluation(3, 2, 2.5))),
            eventAt(7, kEvaluationAdded, summaryOf(evaluation(4, 2, 1.5))),
            eventAt(8, kVariantChanged, {{"id", 2}, {"favoured", true}})};
}

}  // namespace

class tst_Lineage : public QObject {
    Q_OBJECT

private slots:
    void theLatestProfileStands()
    {
        ProfileRecord profile;
        profile.id = 1;
        profile.variant = 2;
        profile.bottleneck = "latency";
        WorkspaceContent content;
        content.variants = {variant(1, {}), variant(2, {1})};
        content.profiles = {profile};
        Lineage lineage(std::move(content));
        QVERIFY(lineage.profileOf(0) == nullptr);
        QCOMPARE(lineage.profileOf(1)->bottleneck, std::string("latency"));
        profile.id = 2;
        profile.bottleneck = "compute";
        const auto change = lineage.apply({eventAt(1, eventType::kProfileAdded, summaryOf(profile))});
        QCOMPARE(change.changedVariants, std::vector<std::size_t>{1});
        QCOMPARE(lineage.profileOf(1)->bottleneck, std::string("compute"));
        // Read before, told again.
        profile.id = 1;
        lineage.apply({eventAt(2, eventType::kProfileAdded, summaryOf(profile))});
        QCOMPARE(lineage.profileOf(1)->id, ProfileId{2});
    }

    void growsFromEvents()
    {
        Lineage lineage;
        const auto change = lineage.apply(aShortRun());
        QCOMPARE(change.newVariants, std::size_t{3});
        QCOMPARE(change.newEvaluations, std::size_t{4});
        QCOMPARE(change.changedVariants, (std::vector<std::size_t>{0, 1, 2}));
        QCOMPARE(lineage.childrenOf(0), (std::vector<std::size_t>{1, 2}));
        QCOMPARE(*lineage.parentOf(2), std::size_t{0});
        QCOMPARE(lineage.shownEvaluation(1)->id, EvaluationId{3});
        QCOMPARE(lineage.shownEvaluation(2)->verdict, Verdict::Wrong);
        QCOMPARE(lineage.best()->id, EvaluationId{3});
        QVERIFY(lineage.find(2)->favoured);
    }

    void whatIsKnownIsSkipped()
    {
        Lineage lineage;
        lineage.apply(aShortRun());
        QVERIFY(lineage.apply(aShortRun()).empty());
        // Read from the file and told by an event as well: one row.
        QVERIFY(lineage.apply({eventAt(9, eventType::kVariantAdded, summaryOf(variant(3, {1})))}).empty());
        QCOMPARE(lineage.variants().size(), std::size_t{3});
    }

    void batchesMakeNoDifference()
    {
        Lineage whole;
        whole.apply(aShortRun());
        Lineage single;
        for (const EventRecord& one : aShortRun())
            single.apply({one});
        for (std::size_t row = 0; row < whole.variants().size(); ++row) {
            QCOMPARE(single.variants()[row].id, whole.variants()[row].id);
            QCOMPARE(single.shownEvaluation(row)->id, whole.shownEvaluation(row)->id);
            QCOMPARE(single.childrenOf(row), whole.childrenOf(row));
        }
    }

    void newerEnvironmentsAndRetiredVariants()
    {
        Lineage lineage;
        lineage.apply(aShortRun());
        lineage.apply({eventAt(9, eventType::kEvaluationAdded, summaryOf(evaluation(5, 1, 1.0, 2)))});
        // Figures of another card are not compared: the newest environment has measured the baseline only.
        QCOMPARE(lineage.best()->id, EvaluationId{5});
        lineage.apply({eventAt(10, eventType::kVariantChanged, {{"id", 1}, {"retired", true}})});
        QCOMPARE(lineage.best()->id, EvaluationId{3});
    }

    void aLaterFailureIsNotBest()
    {
        Lineage lineage;
        lineage.apply(aShortRun());
        EvaluationRecord confirmed = evaluation(5, 2, 1.2);
        confirmed.configuration = {{"ID", 3}};
        lineage.apply({eventAt(9, eventType::kEvaluationAdded, summaryOf(confirmed))});
        QCOMPARE(lineage.best()->id, EvaluationId{4});
        EvaluationRecord failed = evaluation(6, 2, 0);
        failed.configuration = {{"ID", 4}};
        const auto change = lineage.apply({eventAt(10, eventType::kEvaluationAdded, summaryOf(failed))});
        QCOMPARE(change.changedVariants, std::vector<std::size_t>{1});
        QCOMPARE(lineage.best()->id, EvaluationId{5});
        QCOMPARE(lineage.shownEvaluation(1)->id, EvaluationId{5});
    }

    void damagedEventsAreLeftOut()
    {
        Lineage lineage;
        lineage.apply({eventAt(1, eventType::kVariantAdded, {{"id", "one"}}),
                       eventAt(2, eventType::kVariantAdded, summaryOf(variant(1, {}))),
                       eventAt(3, eventType::kVariantChanged, {{"id", 77}, {"retired", true}}),
                       eventAt(4, "something-newer", {{"id", 1}})});
        QCOMPARE(lineage.variants().size(), std::size_t{1});
        QCOMPARE(lineage.lastSequence(), EventSequence{4});
    }

    void emptyHasNoBest() { QVERIFY(Lineage().best() == nullptr); }
};

QTEST_APPLESS_MAIN(tst_Lineage)
#include "tst_Lineage.moc"
