// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <set>

#include "TestSupport.h"
#include "analysis/ChangeSentence.h"
#include "rules/SampleObservations.h"

using namespace warploom;
using namespace warploom::test;

namespace {

ComparedFinding changed(FindingChange change, const std::string& rule, const std::string& kernel = "k")
{
    ComparedFinding compared{change, {}};
    compared.finding.rule = rule;
    compared.finding.kernel = kernel;
    return compared;
}

}  // namespace

class TestChangeSentence : public QObject {
    Q_OBJECT

private slots:
    void whatChangedIsNamedInOrder()
    {
        const std::vector<ComparedFinding> changes{
            changed(FindingChange::Same, "narrow-loads"), changed(FindingChange::New, "shared-bank-conflicts"),
            changed(FindingChange::Weaker, "tail-effect"), changed(FindingChange::Gone, "uncoalesced-loads")};
        QCOMPARE(changeSentence(changes, Bottleneck::BankConflicts),
                 std::string("“Loads are not coalesced” went away, “The last wave of blocks is mostly empty” weakened, "
                             "“Shared memory has bank conflicts” appeared; now limited by bank conflicts of shared "
                             "memory."));
    }

    void whatStayedIsNamedWhereNothingElseIs()
    {
        const std::vector<ComparedFinding> changes{changed(FindingChange::Same, "uncoalesced-loads"),
                                                   changed(FindingChange::Same, "narrow-loads")};
        QCOMPARE(changeSentence(changes, Bottleneck::Uncoalesced),
                 std::string("“Loads are not coalesced” and “Loads are narrow” stayed; still limited by scattered "
                             "memory accesses."));
    }

    void honestLimitsAreWhereItEnds()
    {
        QCOMPARE(changeSentence({changed(FindingChange::New, "memory-bound")}, Bottleneck::MemoryBandwidth),
                 std::string());
        QCOMPARE(changeSentence(
                     {changed(FindingChange::Gone, "uncoalesced-stores"), changed(FindingChange::New, "memory-bound")},
                     Bottleneck::MemoryBandwidth),
                 std::string("“Stores are not coalesced” went away; now limited by the bandwidth of DRAM."));
    }

    void manyAreCounted()
    {
        const std::vector<ComparedFinding> changes{
            changed(FindingChange::Gone, "uncoalesced-loads", "a"), changed(FindingChange::Gone, "uncoalesced-loads"),
            changed(FindingChange::Gone, "narrow-loads"), changed(FindingChange::Gone, "tail-effect"),
            changed(FindingChange::Gone, "of-a-later-version")};
        QCOMPARE(changeSentence(changes, Bottleneck::Unknown),
                 std::string("“Loads are not coalesced”, “Loads are narrow” and 2 more went away; what limits it now "
                             "was not found."));
        QVERIFY(changeSentence({}, Bottleneck::Latency).empty());
    }

    void everyBottleneckHasWords()
    {
        std::set<std::string_view> words;
        for (const Bottleneck bottleneck : allBottlenecks())
            words.insert(bottleneckWords(bottleneck));
        QCOMPARE(words.size(), allBottlenecks().size());
    }

    void realDiagnosesAreCompared()
    {
        Observation scattered = healthyMap(1000);
        scattered.launches[0].counts->globalStoreSectors = 32 * kWarps;
        const Diagnosis before = diagnose(scattered);
        const Diagnosis after = diagnose(healthyMap(300));
        const std::string sentence = changeSentence(compareFindings(before, after), after.primary);
        QCOMPARE(sentence,
                 std::string("“Stores are not coalesced” and “Warps wait for loads” went away, “Loads are "
                             "narrow” appeared; now limited by the bandwidth of DRAM."));
    }

    void recordsKeepWhatTheSentenceNeeds()
    {
        const std::vector<ComparedFinding> changes{changed(FindingChange::Gone, "uncoalesced-loads"),
                                                   changed(FindingChange::New, "narrow-loads", "other")};
        const nlohmann::json json = changesJson(changes);
        const auto back = changesFromJson(nlohmann::json::parse(json.dump()));
        QCOMPARE(back.size(), changes.size());
        QCOMPARE(back[1].finding.kernel, std::string("other"));
        QCOMPARE(changeSentence(back, Bottleneck::Latency), changeSentence(changes, Bottleneck::Latency));
        const auto odd = nlohmann::json::parse(R"([3, {"change": "eaten"}, {"change": "gone", "rule": 4}])");
        QCOMPARE(changesFromJson(odd).size(), std::size_t{1});
        QVERIFY(changesFromJson("text").empty());
    }
};

QTEST_APPLESS_MAIN(TestChangeSentence)
#include "tst_ChangeSentence.moc"
