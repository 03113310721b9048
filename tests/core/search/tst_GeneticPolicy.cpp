// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <map>
#include <set>

#include "TestSupport.h"
#include "search/GeneticPolicy.h"

using namespace warploom;

namespace {

ArchiveMember right(VariantId id, std::vector<VariantId> parents, double time, const std::string& move = "m")
{
    return {id, std::move(parents), move, Verdict::Ok, time, 0, 0, false, false, false};
}

GeneticSettings plainSettings()
{
    GeneticSettings settings;
    settings.combination = 0;
    settings.freshStart = 0;
    return settings;
}

std::map<VariantId, int> parentsOver(const GeneticPolicy& policy, const Archive& archive, int draws)
{
    std::map<VariantId, int> counts;
    RandomStream random(42);
    for (int i = 0; i < draws; ++i) {
        const auto expansion = policy.expand(archive, random);
        if (!expansion)
            return {};
        for (const VariantId parent : expansion->parents)
            ++counts[parent];
    }
    return counts;
}

}  // namespace

class TestGeneticPolicy : public QObject {
    Q_OBJECT

private slots:
    void nobodyViableMeansNothing();
    void onlyRightLivingVariantsBecomeParents();
    void fasterOnesComeMoreOften();
    void triedAndFavouredOnesAreWeighed();
    void islandsKeepOtherIdeasAlive();
    void twoParentsAreOfDifferentLineages();
    void modesFollowTheSettings();
    void sameStreamGivesSameAnswer();
    void evolutionClimbsASyntheticLandscape();
};

void TestGeneticPolicy::nobodyViableMeansNothing()
{
    const GeneticPolicy policy{GeneticSettings{}};
    RandomStream random(1);
    QVERIFY(!policy.expand({}, random));
    Archive archive{{right(1, {}, 10), right(2, {1}, 9), right(3, {1}, 8)}};
    archive.members[0].exhausted = true;
    archive.members[1].retired = true;
    archive.members[2].verdict = Verdict::Wrong;
    QVERIFY(!policy.expand(archive, random));
    archive.members[0].exhausted = false;
    QVERIFY(policy.expand(archive, random)->parents == std::vector<VariantId>{1});
    GeneticSettings nobody;
    nobody.agents.clear();
    QVERIFY(!GeneticPolicy(nobody).expand(archive, random));
}

void TestGeneticPolicy::onlyRightLivingVariantsBecomeParents()
{
    Archive archive{{right(1, {}, 100)}};
    for (VariantId id = 2; id <= 20; ++id)
        archive.members.push_back(right(id, {id - 1}, 100.0 / static_cast<double>(id)));
    archive.members[19].retired = true;
    archive.members[18].verdict = Verdict::Suspect;
    archive.members[17].time.reset();
    archive.members[16].exhausted = true;
    GeneticSettings settings;
    settings.combination = 0;
    const auto counts = parentsOver(GeneticPolicy(settings), archive, 500);
    QVERIFY(!counts.empty());
    for (const VariantId id : {20, 19, 18, 17})
        QVERIFY(!counts.contains(id));
    QVERIFY(counts.contains(16));
}

void TestGeneticPolicy::fasterOnesComeMoreOften()
{
    Archive archive{{right(1, {}, 100), right(2, {1}, 50), right(3, {2}, 25), right(4, {3}, 12)}};
    auto counts = parentsOver(GeneticPolicy(plainSettings()), archive, 1000);
    QVERIFY(counts[4] > counts[3] && counts[3] > counts[2] && counts[2] > counts[1]);
    QVERIFY(counts[4] > 400);
}

void TestGeneticPolicy::triedAndFavouredOnesAreWeighed()
{
    Archive archive{{right(1, {}, 100), right(2, {1}, 50), right(3, {1}, 49)}};
    const GeneticPolicy policy(plainSettings());
    archive.members[2].children = 20;
    auto counts = parentsOver(policy, archive, 1000);
    QVERIFY(counts[2] > counts[3]);
    archive.members[2].favoured = true;
    archive.members[2].children = 2;
    counts = parentsOver(policy, archive, 1000);
    QVERIFY(counts[3] > counts[2]);
}

void TestGeneticPolicy::islandsKeepOtherIdeasAlive()
{
    // One lineage is far ahead with many members; the other idea must still get its share.
    Archive archive{{right(1, {}, 100), right(2, {1}, 40), right(3, {1}, 25)}};
    for (VariantId id = 4; id <= 20; ++id)
        archive.members.push_back(right(id, {2}, 10.0 + static_cast<double>(id) / 100));
    GeneticSettings settings = plainSettings();
    auto counts = parentsOver(GeneticPolicy(settings), archive, 1000);
    QVERIFY2(counts[3] > 200, qPrintable(QString::number(counts[3])));
    // Far behind it is looked at now and then, unless it has a proposal that may make up for it.
    archive.members[2].time = 90;
    counts = parentsOver(GeneticPolicy(settings), archive, 1000);
    QVERIFY2(counts[3] > 20 && counts[3] < 200, qPrintable(QString::number(counts[3])));
    archive.members[2].promise = 2;
    counts = parentsOver(GeneticPolicy(settings), archive, 1000);
    QVERIFY2(counts[3] > 200, qPrintable(QString::number(counts[3])));
    archive.members[2].promise = 0;
    settings.islands = 1;
    settings.stragglers = 0;
    counts = parentsOver(GeneticPolicy(settings), archive, 1000);
    QCOMPARE(counts[3], 0);
}

void TestGeneticPolicy::twoParentsAreOfDifferentLineages()
{
    Archive archive{{right(1, {}, 100), right(2, {1}, 40), right(3, {1}, 50), right(4, {2}, 30)}};
    GeneticSettings settings;
    settings.combination = 1;
    settings.freshStart = 0;
    const GeneticPolicy policy(settings);
    RandomStream random(3);
    int combined = 0;
    for (int i = 0; i < 200; ++i) {
        const auto expansion = policy.expand(archive, random);
        if (expansion->mode != MemoryMode::Combine)
            continue;
        ++combined;
        const std::set<VariantId> pair(expansion->parents.begin(), expansion->parents.end());
        QVERIFY((pair == std::set<VariantId>{2, 3} || pair == std::set<VariantId>{3, 4}));
    }
    QVERIFY(combined > 100);
}

void TestGeneticPolicy::modesFollowTheSettings()
{
    Archive archive{{right(1, {}, 100), right(2, {1}, 40)}};
    archive.members[1].children = 5;
    archive.members[0].exhausted = true;
    GeneticSettings settings = plainSettings();
    settings.agents = {"llm", "rules"};
    RandomStream random(3);
    std::set<std::string> agents;
    for (int i = 0; i < 50; ++i) {
        const auto expansion = GeneticPolicy(settings).expand(archive, random);
        QVERIFY(expansion->mode == MemoryMode::CompareSiblings);
        agents.insert(expansion->agent);
    }
    QCOMPARE(agents.size(), std::size_t{2});
    settings.freshStart = 1;
    QVERIFY(GeneticPolicy(settings).expand(archive, random)->mode == MemoryMode::CompareSiblings);
    archive.members[0].exhausted = false;
    const auto fresh = GeneticPolicy(settings).expand(archive, random);
    QVERIFY(fresh->mode == MemoryMode::FreshStart);
    QVERIFY(fresh->parents == std::vector<VariantId>{1});
    QCOMPARE(memoryModeName(fresh->mode), std::string_view("fresh-start"));
}

void TestGeneticPolicy::sameStreamGivesSameAnswer()
{
    Archive archive{{right(1, {}, 100), right(2, {1}, 40), right(3, {1}, 50), right(4, {2}, 30)}};
    const GeneticPolicy policy{GeneticSettings{}};
    RandomStream one(8);
    RandomStream other(8);
    for (int i = 0; i < 100; ++i)
        QVERIFY(policy.expand(archive, one)->parents == policy.expand(archive, other)->parents);
}

void TestGeneticPolicy::evolutionClimbsASyntheticLandscape()
{
    // A kernel is a set of eight changes; two of them (0 and 1) only pay together, the rest pay or cost a little.
    const auto timeOf = [](unsigned changes) {
        double time = 100;
        const bool zero = (changes & 1u) != 0;
        const bool one = (changes & 2u) != 0;
        time *= zero && one ? 0.3 : zero || one ? 1.05 : 1.0;
        for (unsigned bit = 2; bit < 8; ++bit)
            time *= (changes >> bit & 1u) != 0 ? (bit % 2 == 0 ? 0.8 : 1.1) : 1.0;
        return time;
    };
    const double optimum = timeOf(0b01010111);
    const GeneticPolicy policy{GeneticSettings{}};
    int solved = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        RandomStream random(seed);
        Archive archive{{right(1, {}, timeOf(0))}};
        std::map<VariantId, unsigned> changes{{1, 0u}};
        for (VariantId id = 2; id <= 150; ++id) {
            const auto expansion = policy.expand(archive, random);
            QVERIFY(expansion);
            unsigned child = changes[expansion->parents.front()];
            if (expansion->mode == MemoryMode::Combine)
                child |= changes[expansion->parents.back()];
            else
                child ^= 1u << random.below(8);
            for (const VariantId parent : expansion->parents)
                ++archive.members[static_cast<std::size_t>(parent) - 1].children;
            changes[id] = child;
            archive.members.push_back(right(id, expansion->parents, timeOf(child), std::to_string(child)));
        }
        const bool found = std::any_of(archive.members.begin(), archive.members.end(),
                                       [&](const ArchiveMember& member) { return *member.time <= optimum * 1.001; });
        solved += found ? 1 : 0;
    }
    QVERIFY2(solved >= 16, qPrintable(QString::number(solved)));
}

QTEST_APPLESS_MAIN(TestGeneticPolicy)
#include "tst_GeneticPolicy.moc"
