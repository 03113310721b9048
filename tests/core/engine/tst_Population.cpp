// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"
#include "engine/Population.h"
#include "variant/SourceText.h"

using namespace warploom;

class tst_Population : public QObject {
    Q_OBJECT

private:
    static VariantRecord variant(VariantId id, const std::string& source)
    {
        VariantRecord record;
        record.id = id;
        record.source = source;
        record.normalisedHash = sourceHash(source);
        return record;
    }

    static EvaluationRecord evaluation(Verdict verdict, double speedup, Configuration configuration = {})
    {
        EvaluationRecord record;
        record.verdict = verdict;
        record.configuration = std::move(configuration);
        if (verdict == Verdict::Ok) {
            record.time = Interval{100 / speedup, 100 / speedup, 100 / speedup};
            record.speedup = Interval{speedup, speedup, speedup};
        }
        return record;
    }

private slots:
    void knowsTextsWhateverTheirLayout()
    {
        Population population(1);
        population.add(variant(1, "int a; // one\n"));
        QVERIFY(population.knows(sourceHash("int   a;\n/* two */")));
        QVERIFY(!population.knows(sourceHash("int b;")));
    }

    void keepsTheFastestRightEvaluation()
    {
        Population population(1);
        Member& member = population.add(variant(1, "// warploom: tune B = 1 2 4 8\n"));
        QVERIFY(population.record(member, evaluation(Verdict::Ok, 2, {{"B", 1}})));
        QVERIFY(!population.record(member, evaluation(Verdict::Wrong, 0, {{"B", 2}})));
        QVERIFY(!population.record(member, evaluation(Verdict::Ok, 1.5, {{"B", 4}})));
        QVERIFY(population.record(member, evaluation(Verdict::Ok, 3, {{"B", 8}})));
        QCOMPARE(member.best->speedup->estimate, 3.0);
        QVERIFY(member.tuner->exhausted() || !member.tuner->ask());
    }

    void neverChoosesRetiredOrWrongMembers()
    {
        Population population(1);
        RandomStream random(4);
        Member& wrong = population.add(variant(1, "// warploom: tune B = 1 2\nint a;"));
        population.record(wrong, evaluation(Verdict::Wrong, 0, {{"B", 1}}));
        Member& retired = population.add(variant(2, "// warploom: tune B = 1 2\nint b;"));
        population.record(retired, evaluation(Verdict::Ok, 9, {{"B", 1}}));
        retired.record.retired = true;
        QVERIFY(population.chooseToTune(random) == nullptr);
        QVERIFY(population.chooseParent(random) == nullptr);
        retired.record.retired = false;
        QVERIFY(population.chooseToTune(random) == &retired);
        QVERIFY(population.chooseParent(random) == &retired);
    }

    void prefersPromisingMovesAndObeysBans()
    {
        Population population(1);
        RandomStream random(4);
        Member& member = population.add(variant(1, "int a;"));
        population.record(member, evaluation(Verdict::Ok, 1));
        member.proposals = {{"rules", "small", "", "int b;", "", 1.01}, {"rules", "large", "", "int c;", "", 8}};
        member.expanded = true;
        QCOMPARE(chosen(population, member, 40)["large"], 40);
        population.ban("large", true);
        QCOMPARE(chosen(population, member, 40)["small"], 40);
        population.ban("small", true);
        QVERIFY(!population.chooseProposal(member, random));
        QVERIFY(population.chooseParent(random) == nullptr);
        population.ban("small", false);
        population.ban("large", false);
        member.proposals[1].predictedGain = 1.5;
        QVERIFY(chosen(population, member, 100)["large"] > 50);
        for (int i = 0; i < 20; ++i) {
            population.credit("large", false, 0);
            population.credit("small", true, 1.5);
        }
        QVERIFY(chosen(population, member, 100)["small"] > 90);
    }

    void experienceOfEarlierRunsCounts()
    {
        ExperienceRecord good{"small", kAnyBottleneck, "Some GPU", 12, 12, 11, 11.0};
        ExperienceRecord poor{"large", kAnyBottleneck, "Some GPU", 12, 3, 0, -2.0};
        Population population(1, {good, poor}, "Some GPU");
        Member& member = population.add(variant(1, "int a;"));
        member.proposals = {{"rules", "small", "", "int b;", "", 1.1}, {"rules", "large", "", "int c;", "", 1.1}};
        QVERIFY(chosen(population, member, 100)["small"] > 90);
    }

    void theFasterAreLikelierParents()
    {
        Population population(1);
        RandomStream random(4);
        for (int i = 1; i <= 5; ++i)
            population.record(population.add(variant(i, "int v" + std::to_string(i) + ";")),
                              evaluation(Verdict::Ok, i));
        std::map<VariantId, int> times;
        for (int i = 0; i < 200; ++i)
            ++times[population.chooseParent(random)->record.id];
        QVERIFY2(times[5] > times[1], std::to_string(times[5]).c_str());
        QVERIFY(times[5] > 80);
    }

private:
    /// How often each move is chosen.
    static std::map<std::string, int> chosen(const Population& population, const Member& member, int draws)
    {
        RandomStream random(7);
        std::map<std::string, int> times;
        for (int i = 0; i < draws; ++i)
            ++times[member.proposals[*population.chooseProposal(member, random)].move];
        return times;
    }
};

QTEST_APPLESS_MAIN(tst_Population)
#include "tst_Population.moc"
