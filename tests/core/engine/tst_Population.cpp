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

    static VariantRecord child(VariantId id, VariantId parent, const std::string& move)
    {
        VariantRecord record = variant(id, "int v" + std::to_string(id) + ";");
        record.parents = {parent};
        record.move = move;
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

    static Diagnosis diagnosisNaming(const std::string& move, double least, double most)
    {
        Finding finding;
        finding.leastGain = least;
        finding.mostGain = most;
        finding.moves = {move};
        Diagnosis diagnosis;
        diagnosis.findings = {finding};
        return diagnosis;
    }

private slots:
    void knowsTextsWhateverTheirLayout()
    {
        Population population(1);
        population.add(variant(1, "int a; // one\n"));
        QCOMPARE(population.findText(sourceHash("int   a;\n/* two */"))->record.id, VariantId{1});
        QVERIFY(population.findText(sourceHash("int b;")) == nullptr);
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
        QVERIFY(population.chooseToTune(random, true) == nullptr);
        QVERIFY(!population.chooseExpansion(random));
        retired.record.retired = false;
        QVERIFY(population.chooseToTune(random, false) == &retired);
        QVERIFY(population.chooseExpansion(random)->parents.front() == 2);
    }

    void tunesWhatIsNearTheBestOfAll()
    {
        Population population(1);
        RandomStream random(4);
        Member& slow = population.add(variant(1, "// warploom: tune B = 1 2\nint a;"));
        population.record(slow, evaluation(Verdict::Ok, 2, {{"B", 1}}));
        QVERIFY(population.chooseToTune(random, false) == &slow);
        // The best has nothing to tune, and is the best nevertheless.
        Member& fast = population.add(variant(2, "int b;"));
        population.record(fast, evaluation(Verdict::Ok, 4));
        QVERIFY(!fast.tuner->ask());
        QVERIFY(population.chooseToTune(random, false) == nullptr);
        QVERIFY(population.chooseToTune(random, true) == &slow);
        slow.record.favoured = true;
        QVERIFY(population.chooseToTune(random, false) == &slow);
    }

    void tunesTheParentOfWhatIsNoFaster()
    {
        Population population(1);
        RandomStream random(4);
        Member& parent = population.add(variant(1, "// warploom: tune B = 1 2 4\nint a;"));
        population.record(parent, evaluation(Verdict::Ok, 2, {{"B", 1}}));
        VariantRecord same = variant(2, "// warploom: tune B = 1 2 4\nint b;");
        same.parents = {1};
        Member& child = population.add(same);
        population.record(child, evaluation(Verdict::Ok, 2.001, {{"B", 1}}));
        for (int i = 0; i < 20; ++i)
            QVERIFY(population.chooseToTune(random, false) == &parent);
        population.record(child, evaluation(Verdict::Ok, 2.1, {{"B", 2}}));
        bool isChosen = false;
        for (int i = 0; i < 20; ++i)
            isChosen = isChosen || population.chooseToTune(random, false) == &child;
        QVERIFY(isChosen);
    }

    void prefersPromisingMovesAndObeysBans()
    {
        Population population(1);
        RandomStream random(4);
        Member& member = population.add(variant(1, "int a;"));
        population.record(member, evaluation(Verdict::Ok, 1));
        member.proposals = {{"rules", "small", "", "int b;", "", 1.01}, {"rules", "large", "", "int c;", "", 8}};
        member.spent = {"rules"};
        QCOMPARE(chosen(population, member, 40)["large"], 40);
        population.ban("large", true);
        QCOMPARE(chosen(population, member, 40)["small"], 40);
        population.ban("small", true);
        QVERIFY(!population.takeProposal({{1}, "rules"}, random));
        QVERIFY(!population.chooseExpansion(random));
        population.ban("small", false);
        population.ban("large", false);
        member.proposals[1].predictedGain = 1.5;
        QVERIFY(chosen(population, member, 100)["large"] > 50);
        for (int i = 0; i < 20; ++i) {
            population.credit("large", kAnyBottleneck, false, 0);
            population.credit("small", kAnyBottleneck, true, 1.5);
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

    void whatFindingsNameComesFirst()
    {
        Population population(1);
        Member& member = population.add(variant(1, "int a;"));
        member.proposals = {{"rules", "pad", "", "int b;", "", 1.2}, {"rules", "tile", "", "int c;", "", 1.2}};
        QVERIFY(chosen(population, member, 200)["tile"] < 130);
        member.diagnosis = diagnosisNaming("tile", 2, 4);
        QVERIFY(chosen(population, member, 200)["tile"] > 160);
        member.diagnosis = diagnosisNaming("pad", 2, 4);
        QVERIFY(chosen(population, member, 200)["pad"] > 160);
        // An honest limit promises nothing.
        member.diagnosis = diagnosisNaming("pad", 1, 1);
        QVERIFY(chosen(population, member, 200)["pad"] < 130);
    }

    void movesAreCreditedAgainstTheBottleneck()
    {
        Population population(1);
        Member& member = population.add(variant(1, "int a;"));
        QCOMPARE(member.bottleneck(), std::string(kAnyBottleneck));
        member.diagnosis = Diagnosis{};
        QCOMPARE(member.bottleneck(), std::string(kAnyBottleneck));
        member.diagnosis->primary = Bottleneck::Latency;
        QCOMPARE(member.bottleneck(), std::string("latency"));
        member.proposals = {{"rules", "pad", "", "int b;", "", 1.2}, {"rules", "tile", "", "int c;", "", 1.2}};
        for (int i = 0; i < 20; ++i) {
            population.credit("pad", "bank-conflicts", true, 0.9);
            population.credit("pad", "latency", false, 0);
            population.credit("tile", "bank-conflicts", false, 0);
            population.credit("tile", "latency", true, 0.9);
        }
        QVERIFY(chosen(population, member, 100)["tile"] > 95);
        member.diagnosis->primary = Bottleneck::BankConflicts;
        QVERIFY(chosen(population, member, 100)["pad"] > 95);
    }

    void combinationsBorrowMovesOfThePartner()
    {
        Population population(1);
        RandomStream random(4);
        population.add(variant(1, "int a;"));
        Member& first = population.add(child(2, 1, "tile"));
        population.add(child(3, 1, "pad"));
        population.add(child(4, 3, "unroll"));
        const std::vector<Proposal> open = {{"rules", "tile", "", "int t;", "", 9},
                                            {"rules", "pad", "", "int p;", "", 1},
                                            {"llm", "unroll", "", "int u;", "", 9},
                                            {"rules", "other", "", "int o;", "", 9}};
        first.proposals = open;
        const Expansion combine{{2, 4}, "rules", MemoryMode::Combine};
        const auto borrowed = population.takeProposal(combine, random);
        QVERIFY(borrowed);
        QCOMPARE(borrowed->move, std::string("pad"));
        QCOMPARE(borrowed->partner, VariantId{4});
        QCOMPARE(first.proposals.size(), std::size_t{3});
        // Nothing more to borrow: an ordinary child.
        const auto ordinary = population.takeProposal(combine, random);
        QVERIFY(ordinary && ordinary->partner == 0);
        first.proposals = open;
        QCOMPARE(population.takeProposal({{2}, "rules", MemoryMode::Refine}, random)->partner, VariantId{0});
    }

    void onlyTheAgentOfTheExpansionIsTaken()
    {
        Population population(1, {}, "", {"rules", "llm"});
        RandomStream random(4);
        Member& member = population.add(variant(1, "int a;"));
        population.record(member, evaluation(Verdict::Ok, 1));
        member.proposals = {{"rules", "small", "", "int b;", "", 1.01}};
        member.spent = {"rules"};
        QVERIFY(!population.takeProposal({{1}, "llm"}, random));
        QVERIFY(population.takeProposal({{1}, "rules"}, random));
        // The other agent was not asked yet.
        QVERIFY(population.chooseExpansion(random));
        member.spent.insert("llm");
        QVERIFY(!population.chooseExpansion(random));
        const auto choices = [&] {
            std::map<std::string, int> agents;
            for (int i = 0; i < 100; ++i)
                ++agents[population.chooseExpansion(random)->agent];
            return agents;
        };
        // Who has nothing is not asked.
        member.proposals = {{"llm", "small", "", "int b;", "", 1.01}};
        QCOMPARE(choices()["llm"], 100);
        // Nobody is forgotten before anything is known of them.
        member.proposals.push_back({"rules", "small", "", "int c;", "", 1.01});
        QVERIFY(choices()["rules"] > 20 && choices()["llm"] > 20);
    }

    void theBestIsWhatStands()
    {
        Population population(1);
        Member& first = population.add(variant(1, "// warploom: tune B = 1 2\nint a;"));
        Member& second = population.add(variant(2, "// warploom: tune B = 1 2\nint b;"));
        population.record(first, evaluation(Verdict::Ok, 3, {{"B", 1}}));
        population.record(second, evaluation(Verdict::Ok, 2, {{"B", 1}}));
        QCOMPARE(population.best()->variant, VariantId{1});
        // Confirmed, it is slower than it seemed; then it fails.
        QVERIFY(population.record(first, evaluation(Verdict::Ok, 1.5, {{"B", 1}})));
        QCOMPARE(population.best()->variant, VariantId{2});
        QCOMPARE(first.best->speedup->estimate, 1.5);
        population.record(second, evaluation(Verdict::Wrong, 0, {{"B", 1}}));
        QVERIFY(!second.isRight());
        QCOMPARE(population.best()->variant, VariantId{1});
        first.record.retired = true;
        QVERIFY(population.best() == nullptr);
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
            ++times[population.chooseExpansion(random)->parents.front()];
        QVERIFY2(times[5] > times[1], std::to_string(times[5]).c_str());
        QVERIFY(times[5] > 80);
    }

private:
    /// How often each move is chosen.
    static std::map<std::string, int> chosen(Population& population, Member& member, int draws)
    {
        RandomStream random(7);
        std::map<std::string, int> times;
        const auto proposals = member.proposals;
        for (int i = 0; i < draws; ++i) {
            ++times[population.takeProposal({{member.record.id}, "rules"}, random)->move];
            member.proposals = proposals;
        }
        return times;
    }
};

QTEST_APPLESS_MAIN(tst_Population)
#include "tst_Population.moc"
