// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>
#include <limits>

#include <QtTest/QtTest>

#include "EvidenceSamples.h"
#include "profiler/EvidenceRows.h"
#include "task/TaskLoader.h"

using namespace warploom;
using namespace warploom::test;

namespace {

std::vector<FactRow> factsOf(const EvidenceRows& rows, FactKind kind)
{
    std::vector<FactRow> found;
    for (const FactRow& fact : rows.facts)
        if (fact.kind == kind)
            found.push_back(fact);
    return found;
}

StepState stateAt(const EvidenceRows& rows, std::size_t level) { return rows.steps[level].state; }

}  // namespace

class TestEvidenceRows : public QObject {
    Q_OBJECT

private slots:
    void readsWhatTheEvaluatorWrites();
    void failedBelowLeavesTheRestUnmade();
    void elementsHaveCoordinatesWhereTheTaskIsKnown();
    void levelsNeedAllTheirChecks();
    void everyOutputOfACaseHasARow();
    void voidCasesShowTheBaseline();
    void factsOfACard();
    void guardsAreWholeBrokenOrNotLookedAt();
    void wrongAndWorstElementsAreTwo();
    void outputsThatWereWrongWhileTimed();
    void faultsAreFoundWhereverTheyAre();
    void compilersAreHeard();
    void olderEvaluationsLackParts();
    void strangeEvidenceIsSaidToBeUnreadable();
};

void TestEvidenceRows::readsWhatTheEvaluatorWrites()
{
    const EvidenceRows rows = evidenceRows(recordedEvaluation("softmax-baseline"), nullptr);
    QCOMPARE(rows.reached, 4);
    for (const std::size_t level : {0U, 1U, 2U, 3U, 4U, 6U})
        QCOMPARE(stateAt(rows, level), StepState::Passed);
    // The emulator times nothing, and check does not ask for it.
    QCOMPARE(stateAt(rows, 5), StepState::NotMade);
    QCOMPARE(rows.levelToShow(), 4);
    QCOMPARE(rows.steps[3].checks.back().detail, std::string("17 cases, 0 void"));
    QCOMPARE(rows.cases.size(), std::size_t{19});
    const CaseRow& hidden = rows.cases[2];
    QVERIFY(hidden.isHidden);
    QCOMPARE(hidden.number, 1);
    QCOMPARE(hidden.extents, std::string("cols=105 rows=133"));
    QCOMPARE(*hidden.error, *hidden.baselineError);
    QCOMPARE(hidden.histogram, hidden.baselineHistogram);
    std::uint64_t counted = 0;
    for (const std::uint64_t count : hidden.histogram)
        counted += count;
    QCOMPARE(counted, hidden.elements);
    QCOMPARE(factsOf(rows, FactKind::Precision).size(), std::size_t{2});
    QCOMPARE(factsOf(rows, FactKind::Memory).front().text, std::string("the emulator's own"));
    QVERIFY(factsOf(rows, FactKind::Floor).empty());
}

void TestEvidenceRows::failedBelowLeavesTheRestUnmade()
{
    const EvidenceRows rows = evidenceRows(recordedEvaluation("softmax-saboteur"), nullptr);
    QCOMPARE(rows.reached, 2);
    QCOMPARE(stateAt(rows, 3), StepState::Failed);
    QCOMPARE(stateAt(rows, 4), StepState::NotMade);
    QCOMPARE(rows.levelToShow(), 3);
    const CaseRow& wrong = rows.cases.back();
    QCOMPARE(wrong.verdict, Verdict::Wrong);
    QCOMPARE(wrong.wrong, wrong.elements);
    QVERIFY(*wrong.error > 1e6);
    QCOMPARE(wrong.element, std::string("y[0]"));
}

void TestEvidenceRows::elementsHaveCoordinatesWhereTheTaskIsKnown()
{
    const auto task = loadTask(sourceFolder() / "kernels" / "softmax");
    QVERIFY_RESULT(task);
    const EvaluationRecord record = recordedEvaluation("softmax-baseline");
    // 39123 in rows of 1000.
    QCOMPARE(evidenceRows(record, &*task).cases.front().element, std::string("y[39, 123]"));
    QCOMPARE(evidenceRows(record, nullptr).cases.front().element, std::string("y[39123]"));
    EvaluationRecord other = record;
    other.evidence["cases"][0]["sizes"]["cols"] = 999;
    // What has another number of elements had another shape.
    QCOMPARE(evidenceRows(other, &*task).cases.front().element, std::string("y[39123]"));
}

void TestEvidenceRows::levelsNeedAllTheirChecks()
{
    const EvidenceRows rows = evidenceRows(cardEvaluation(), nullptr);
    QCOMPARE(rows.reached, 4);
    QCOMPARE(rows.reached, trustOf(cardEvaluation().checks));
    QCOMPARE(stateAt(rows, 5), StepState::Pending);
    QCOMPARE(rows.steps[5].checks.size(), std::size_t{3});
    QCOMPARE(rows.levelToShow(), 5);
    EvaluationRecord none;
    addCheck(none, 0, trustCheck::kCompiled, CheckState::Failed, "kernel.cu:3: expected ';'");
    QCOMPARE(evidenceRows(none, nullptr).reached, -1);
    EvaluationRecord modelled;
    addCheck(modelled, 5, trustCheck::kTimedOutputs, CheckState::NotApplicable, "times are modelled");
    QCOMPARE(stateAt(evidenceRows(modelled, nullptr), 5), StepState::NotApplicable);
}

void TestEvidenceRows::everyOutputOfACaseHasARow()
{
    const EvidenceRows rows = evidenceRows(cardEvaluation(), nullptr);
    QCOMPARE(rows.cases.size(), std::size_t{4});
    QCOMPARE(rows.cases[0].buffer, std::string("y"));
    QCOMPARE(*rows.cases[0].baselineError, 0.125);
    QCOMPARE(rows.cases[1].buffer, std::string("z"));
    QCOMPARE(rows.cases[1].number, rows.cases[0].number);
    QVERIFY(!rows.cases[1].baselineError);
    // Not a number where one was expected: the judge's error is infinite.
    QVERIFY(std::isinf(*rows.cases[2].error));
    QVERIFY(std::isnan(*rows.cases[2].got));
    QCOMPARE(rows.cases[2].histogram[14], std::uint64_t{990});
    QCOMPARE(rows.cases[2].allowed, 2.0);
}

void TestEvidenceRows::voidCasesShowTheBaseline()
{
    const CaseRow voided = evidenceRows(cardEvaluation(), nullptr).cases[3];
    QVERIFY(!voided.voidReason.empty());
    QVERIFY(!voided.error);
    QVERIFY(!voided.got);
    QVERIFY(voided.element.empty());
    QCOMPARE(*voided.baselineError, 31.5);
    QCOMPARE(voided.baselineHistogram[9], std::uint64_t{990});
}

void TestEvidenceRows::factsOfACard()
{
    const EvidenceRows rows = evidenceRows(cardEvaluation(), nullptr);
    const auto precision = factsOf(rows, FactKind::Precision);
    QCOMPARE(precision[0].state, StepState::Passed);
    QCOMPARE(precision[1].state, StepState::Failed);
    const FactRow floor = factsOf(rows, FactKind::Floor).at(0);
    QCOMPARE(*floor.allowed, 298.4);
    QCOMPARE(*floor.memory, 314.1);
    QCOMPARE(floor.unit, std::string("f32"));
    QCOMPARE(floor.state, StepState::Passed);
    const auto outputs = factsOf(rows, FactKind::TimedOutputs);
    QCOMPARE(outputs[0].state, StepState::Passed);
    QCOMPARE(*outputs[0].figure, 8.0);
    // Not counted is not passed.
    QCOMPARE(outputs[1].state, StepState::Pending);
    QCOMPARE(*outputs[0].series->worstError, 0.31);
    QCOMPARE(*outputs[0].series->isCold, true);
    QCOMPARE(*outputs[0].series->launches, 12.0);
    QCOMPARE(outputs[0].ratio->low, 1.49);
    QVERIFY(!outputs[1].series->worstError);
    QCOMPARE(*factsOf(rows, FactKind::Ratio).at(0).figure, 1.5);
    QCOMPARE(*factsOf(rows, FactKind::NoiseFloor).at(0).figure, 0.0031);
    QCOMPARE(factsOf(rows, FactKind::Memory).at(0).state, StepState::Pending);
    QCOMPARE(factsOf(rows, FactKind::Confirmation).at(0).state, StepState::Pending);
    QCOMPARE(factsOf(rows, FactKind::Note).at(0).text, std::string("another process uses the card"));
}

void TestEvidenceRows::guardsAreWholeBrokenOrNotLookedAt()
{
    const EvidenceRows rows = evidenceRows(cardEvaluation(), nullptr);
    QCOMPARE(rows.cases[0].guards, StepState::Passed);
    QVERIFY(rows.cases[0].bitsDiffer);
    QCOMPARE(rows.cases[0].checks.size(), std::size_t{6});
    QCOMPARE(rows.cases[2].guards, StepState::NotMade);
    QCOMPARE(evidenceRows(faultyEvaluation(), nullptr).cases[0].guards, StepState::Failed);
    EvaluationRecord changed;
    changed.evidence =
        nlohmann::json::parse(R"({"cases": [{"verdict": "wrong", "message": "changes its input 'x'"}]})");
    QCOMPARE(evidenceRows(changed, nullptr).cases.at(0).guards, StepState::Failed);
}

void TestEvidenceRows::wrongAndWorstElementsAreTwo()
{
    const EvidenceRows rows = evidenceRows(twoOutputsEvaluation(), nullptr);
    QCOMPARE(rows.cases[0].element, std::string("y[42]"));
    QCOMPARE(rows.cases[0].worstElement, std::string("y[42]"));
    QCOMPARE(rows.cases[1].element, std::string("z[7]"));
    QCOMPARE(rows.cases[1].worstElement, std::string("z[42]"));
    QCOMPARE(rows.cases[1].untouched, std::uint64_t{2});
    QCOMPARE(rows.cases[1].largestError, 0.0625);
}

void TestEvidenceRows::faultsAreFoundWhereverTheyAre()
{
    const auto faults = factsOf(evidenceRows(faultyEvaluation(), nullptr), FactKind::Fault);
    QCOMPARE(faults.size(), std::size_t{4});
    const std::vector<std::string> sizes{"wide", "cols=7 rows=3", "", "emulator"};
    for (std::size_t i = 0; i < faults.size(); ++i) {
        QCOMPARE(faults[i].size, sizes[i]);
        QCOMPARE(faults[i].fault->place.toString(), std::string("kernel.cu:12:5"));
        QCOMPARE(*faults[i].fault->byteOffset, std::int64_t{4096});
        QCOMPARE(faults[i].buffer, std::string("x"));
    }
    QVERIFY(faults[3].text.starts_with("on the emulator: reads 4 bytes"));
}

void TestEvidenceRows::compilersAreHeard()
{
    const EvidenceRows rows = evidenceRows(compileErrorEvaluation(), nullptr);
    const auto diagnostics = factsOf(rows, FactKind::Diagnostic);
    QCOMPARE(diagnostics.size(), std::size_t{2});
    QCOMPARE(diagnostics[0].state, StepState::Failed);
    QCOMPARE(diagnostics[0].text, std::string("expected a ';'"));
    QCOMPARE(diagnostics[0].diagnostic->place.line, 3);
    QCOMPARE(diagnostics[1].state, StepState::NotMade);
    QVERIFY(diagnostics[1].text.ends_with("(177-D)"));
    QCOMPARE(factsOf(rows, FactKind::Note).size(), std::size_t{1});
}

void TestEvidenceRows::outputsThatWereWrongWhileTimed()
{
    EvaluationRecord record;
    record.evidence["timed_outputs"] = {
        {"outputs_checked", 8}, {"outputs_wrong", 3}, {"worst_error", std::numeric_limits<double>::max()}};
    record.evidence["fault"] = {{"message", "reads 4 bytes past the end of x"}, {"instruction", "ld.global.f32"}};
    const EvidenceRows rows = evidenceRows(record, nullptr);
    QCOMPARE(factsOf(rows, FactKind::TimedOutputs).at(0).state, StepState::Failed);
    QCOMPARE(*factsOf(rows, FactKind::TimedOutputs).at(0).series->wrong, 3.0);
    QCOMPARE(*factsOf(rows, FactKind::TimedOutputs).at(0).series->worstError, std::numeric_limits<double>::max());
    QCOMPARE(factsOf(rows, FactKind::Fault).at(0).text, std::string("reads 4 bytes past the end of x (ld.global.f32)"));
}

void TestEvidenceRows::olderEvaluationsLackParts()
{
    const EvidenceRows rows = evidenceRows(oldEvaluation(), nullptr);
    QCOMPARE(rows.reached, 1);
    QCOMPARE(stateAt(rows, 2), StepState::Failed);
    QCOMPARE(stateAt(rows, 3), StepState::NotMade);
    QCOMPARE(rows.cases.size(), std::size_t{1});
    QCOMPARE(rows.cases[0].distribution, std::string("declared"));
    QCOMPARE(rows.cases[0].allowed, 1.0);
    QVERIFY(!rows.cases[0].baselineError);
    QVERIFY(rows.facts.empty());
    const EvidenceRows nothing = evidenceRows(EvaluationRecord{}, nullptr);
    QVERIFY(!nothing.hasChecks);
    QVERIFY(nothing.cases.empty());
    QCOMPARE(nothing.levelToShow(), 0);
}

void TestEvidenceRows::strangeEvidenceIsSaidToBeUnreadable()
{
    EvaluationRecord record;
    record.checks = nlohmann::json::parse(R"({"level": 1})");
    record.evidence = nlohmann::json::parse(R"({
        "cases": [42, {"comparisons": 3}, {"size": "wide", "verdict": "ok"}],
        "hidden": [{"comparisons": [{"buffer": "y", "histogram": [1, 2, 3]}]}],
        "precision": [1, {"error": "nan", "allowed": 1}],
        "floor": "none", "timing": [{"outputs_checked": "many"}], "noise_floor": null, "notes": [1, "kept"]})");
    const EvidenceRows rows = evidenceRows(record, nullptr);
    QVERIFY(!rows.hasChecks);
    QCOMPARE(rows.cases.size(), std::size_t{1});
    QCOMPARE(rows.cases[0].number, 3);
    QVERIFY(rows.cases[0].buffer.empty());
    const std::vector<std::string> unreadable{
        "checks",  "cases[0]", "cases[1]", "hidden[0]", "precision[0]", "floor", "timing[0].outputs_checked",
        "notes[0]"};
    std::vector<std::string> found;
    for (const FactRow& fact : factsOf(rows, FactKind::Unreadable))
        found.push_back(fact.text);
    QCOMPARE(found, unreadable);
    // An error that is no number is not within anything.
    QCOMPARE(factsOf(rows, FactKind::Precision).at(0).state, StepState::Failed);
    QCOMPARE(factsOf(rows, FactKind::Note).size(), std::size_t{1});
    record.checks = nlohmann::json::parse(R"([7, {"level": 9}, {"level": 1, "check": 3, "state": "passed"}])");
    record.evidence = nlohmann::json::parse(R"({"cases": 3, "fault": "yes", "memory": 1, "timed_outputs": [],
        "diagnostics": [2], "log": 4, "noise_floor": "much", "ratio_to_opponent": [1, 2]})");
    const EvidenceRows stranger = evidenceRows(record, nullptr);
    QCOMPARE(stateAt(stranger, 1), StepState::Passed);
    QCOMPARE(factsOf(stranger, FactKind::Unreadable).size(), std::size_t{11});
    record.checks = nullptr;
    record.evidence = nlohmann::json::array();
    QCOMPARE(factsOf(evidenceRows(record, nullptr), FactKind::Unreadable).at(0).text, std::string("evidence"));
    record.evidence = {{"cases", nullptr}, {"fault", nullptr}, {"notes", nullptr}};
    QVERIFY(evidenceRows(record, nullptr).facts.empty());
}

QTEST_GUILESS_MAIN(TestEvidenceRows)
#include "tst_EvidenceRows.moc"
