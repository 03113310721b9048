// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "SampleRecords.h"
#include "TestSupport.h"

using namespace warploom;

namespace {

template <typename Record>
void compareThroughJson(const Record& record)
{
    const nlohmann::json json = record;
    const nlohmann::json again = json.get<Record>();
    QCOMPARE(QString::fromStdString(again.dump(1)), QString::fromStdString(json.dump(1)));
}

}  // namespace

class TestRecords : public QObject {
    Q_OBJECT

private slots:
    void everyRecordSurvivesJson();
    void summariesLeaveOutWhatIsLong();
    void summariesCanBeReadAsRecords();
    void equalConfigurationsHaveEqualTexts();
    void environmentsDifferByWhatChangesFigures();
    void namesOfEnumsGoBothWays();
};

void TestRecords::everyRecordSurvivesJson()
{
    TaskRecord task = test::sampleTask();
    task.id = 3;
    compareThroughJson(task);
    compareThroughJson(test::sampleEnvironment());
    VariantRecord variant = test::sampleVariant(3);
    variant.parents = {1, 2};
    variant.outcome = HypothesisOutcome::Refuted;
    variant.retired = true;
    compareThroughJson(variant);
    EvaluationRecord evaluation = test::sampleEvaluation(1, 2, 3);
    compareThroughJson(evaluation);
    evaluation.time.reset();
    evaluation.speedup.reset();
    evaluation.verdict = Verdict::OutOfBounds;
    compareThroughJson(evaluation);
    QVERIFY(!nlohmann::json(evaluation).contains("time_us"));
    RunRecord run;
    run.seed = 0xFFFF'FFFF'FFFF'FFFFull;
    run.state = RunState::Interrupted;
    compareThroughJson(run);
    QCOMPARE(nlohmann::json(run).get<RunRecord>().seed, run.seed);
    compareThroughJson(ExperienceRecord{"tile", "uncoalesced", "H100", 5, 4, 2, 0.7});
    compareThroughJson(EventRecord{9, 1000, 2, "guidance", {{"text", "use shared memory"}}});
}

void TestRecords::summariesLeaveOutWhatIsLong()
{
    const nlohmann::json variant = summaryOf(test::sampleVariant(1));
    QVERIFY(!variant.contains("source"));
    QCOMPARE(variant.at("title").get<std::string>(), "tile");
    const nlohmann::json evaluation = summaryOf(test::sampleEvaluation(1, 1, 1));
    for (const char* key : {"checks", "evidence", "resources", "counters"})
        QVERIFY(!evaluation.contains(key));
    QCOMPARE(evaluation.at("time_us").at("estimate").get<double>(), 100.0);
    QCOMPARE(summaryOf(test::sampleTask()).at("files"), (nlohmann::json{"baseline.cu", "task.toml"}));
}

void TestRecords::summariesCanBeReadAsRecords()
{
    QCOMPARE(summaryOf(test::sampleTask()).get<TaskRecord>().files.at(1).name, "task.toml");
    QCOMPARE(summaryOf(test::sampleVariant(4)).get<VariantRecord>().task, 4);
    QCOMPARE(summaryOf(test::sampleEvaluation(5, 1, 1)).get<EvaluationRecord>().configuration.at("VEC"), 4);
}

void TestRecords::equalConfigurationsHaveEqualTexts()
{
    Configuration one;
    one["VEC"] = 4;
    one["BLOCK"] = 128;
    Configuration other;
    other["BLOCK"] = 128;
    other["VEC"] = 4;
    QCOMPARE(configurationText(one), std::string(R"({"BLOCK":128,"VEC":4})"));
    QCOMPARE(configurationText(one), configurationText(other));
    QCOMPARE(configurationText({}), std::string("{}"));
}

void TestRecords::environmentsDifferByWhatChangesFigures()
{
    const EnvironmentRecord environment = test::sampleEnvironment();
    EnvironmentRecord other = environment;
    other.id = 7;
    other.device = "cuda:1";
    QVERIFY(environment.sameAs(other));
    other.driver = "590.1";
    QVERIFY(!environment.sameAs(other));
    other = environment;
    other.taskRevision = "r2";
    QVERIFY(!environment.sameAs(other));
    other = environment;
    other.modelled = true;
    QVERIFY(!environment.sameAs(other));
}

void TestRecords::namesOfEnumsGoBothWays()
{
    for (const RunState state : {RunState::Running, RunState::Finished, RunState::Interrupted})
        QVERIFY(runStateFromName(runStateName(state)) == state);
    for (const auto outcome : {HypothesisOutcome::Open, HypothesisOutcome::Confirmed, HypothesisOutcome::Refuted})
        QVERIFY(hypothesisOutcomeFromName(hypothesisOutcomeName(outcome)) == outcome);
    QVERIFY(!runStateFromName("paused"));
    QVERIFY(!hypothesisOutcomeFromName(""));
}

QTEST_APPLESS_MAIN(TestRecords)
#include "tst_Records.moc"
