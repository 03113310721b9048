// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>
#include <limits>

#include "TestSupport.h"
#include "search/CreditBook.h"
#include "search/ModelBandit.h"

using namespace warploom;

namespace {

/// A model as it really is.
struct SimulatedModel {
    std::string name;
    double chance = 0;  ///< that a proposal helps
    double gain = 0;  ///< logarithmic
    std::optional<MicroDollars> cost;
    double seconds = 0;
    double failing = 0;  ///< chance that an ask fails
};

ModelAsk askOf(const SimulatedModel& model) { return {model.cost, Seconds(model.seconds), 1, false}; }

std::map<std::string, int> simulate(ModelBandit& bandit, const std::vector<SimulatedModel>& models, int asks,
                                    std::uint64_t seed)
{
    RandomStream random(seed);
    std::map<std::string, int> counts;
    for (int i = 0; i < asks; ++i) {
        const auto name = bandit.choose(random);
        if (!name)
            break;
        ++counts[*name];
        const auto model = std::find_if(models.begin(), models.end(),
                                        [&](const SimulatedModel& candidate) { return candidate.name == *name; });
        ModelAsk ask = askOf(*model);
        ask.failed = random.chance(model->failing);
        ask.proposals = ask.failed ? 0 : 1;
        bandit.recordAsk(*name, ask);
        if (!ask.failed)
            bandit.recordTrial(*name, true, random.chance(model->chance) ? model->gain : -0.05);
    }
    return counts;
}

std::map<std::string, int> simulate(const std::vector<SimulatedModel>& models, int asks, std::uint64_t seed = 3)
{
    ModelBandit bandit;
    for (const SimulatedModel& model : models)
        bandit.add(model.name, askOf(model));
    return simulate(bandit, models, asks, seed);
}

MicroDollars cents(std::int64_t value) { return {value * 10'000}; }

}  // namespace

class TestModelBandit : public QObject {
    Q_OBJECT

private slots:
    void nothingToChooseFrom();
    void theBetterOneWinsAtOnePrice();
    void pricesMatter();
    void aDearOneThatIsWorthItWins();
    void freeOnesAreJudgedByTime();
    void unknownPricesAreTakenForTheDearest();
    void withoutAnyPriceTimeDecides();
    void newOnesAreTried();
    void failingOnesAreGivenUp();
    void oneThatRecoversIsTakenBack();
    void whatOnceHelpedFades();
    void oddFiguresAreHarmless();
    void sameStreamGivesSameChoices();
    void snapshotTellsWhatAGainCost();
    void creditIsKeptByAgentModelAndMove();
};

void TestModelBandit::nothingToChooseFrom()
{
    ModelBandit bandit;
    RandomStream random(1);
    QVERIFY(!bandit.choose(random));
    QVERIFY(bandit.snapshot().empty());
}

void TestModelBandit::theBetterOneWinsAtOnePrice()
{
    const auto counts = simulate({{"good", 0.5, 0.3, cents(5), 20, 0}, {"poor", 0.1, 0.1, cents(5), 20, 0}}, 200);
    QVERIFY2(counts.at("good") > 150, qPrintable(QString::number(counts.at("good"))));
    QVERIFY(counts.at("poor") >= 3);
}

void TestModelBandit::pricesMatter()
{
    // As good, at a twentieth of the price.
    const auto counts = simulate({{"cheap", 0.3, 0.2, cents(1), 20, 0}, {"dear", 0.3, 0.2, cents(20), 20, 0}}, 200);
    QVERIFY2(counts.at("cheap") > 150, qPrintable(QString::number(counts.at("cheap"))));
}

void TestModelBandit::aDearOneThatIsWorthItWins()
{
    // Four times the price, but gains that the other one does not find.
    const auto counts = simulate({{"cheap", 0.02, 0.05, cents(5), 20, 0}, {"dear", 0.5, 0.4, cents(20), 20, 0}}, 300);
    QVERIFY2(counts.at("dear") > 180, qPrintable(QString::number(counts.at("dear"))));
}

void TestModelBandit::freeOnesAreJudgedByTime()
{
    const auto counts =
        simulate({{"quick", 0.3, 0.2, MicroDollars{0}, 10, 0}, {"slow", 0.3, 0.2, MicroDollars{0}, 200, 0}}, 200);
    QVERIFY2(counts.at("quick") > 150, qPrintable(QString::number(counts.at("quick"))));
    // An hour of waiting may be worth more than the model's price.
    const std::vector<SimulatedModel> models{{"free", 0.3, 0.2, MicroDollars{0}, 120, 0},
                                             {"paid", 0.3, 0.2, cents(5), 5, 0}};
    ModelBandit patient(cents(10));
    ModelBandit hurried(cents(6000));
    for (const SimulatedModel& model : models) {
        patient.add(model.name, askOf(model));
        hurried.add(model.name, askOf(model));
    }
    QVERIFY(simulate(patient, models, 200, 5).at("free") > 130);
    QVERIFY(simulate(hurried, models, 200, 5).at("paid") > 130);
}

void TestModelBandit::unknownPricesAreTakenForTheDearest()
{
    const std::vector<SimulatedModel> models{
        {"known", 0.3, 0.2, cents(2), 20, 0}, {"dear", 0.3, 0.2, cents(30), 20, 0}, {"unknown", 0.3, 0.2, {}, 20, 0}};
    ModelBandit bandit;
    for (const SimulatedModel& model : models)
        bandit.add(model.name, askOf(model));
    QCOMPARE(bandit.expectedValue("unknown"), bandit.expectedValue("dear"));
    QVERIFY(bandit.expectedValue("known") > 5 * bandit.expectedValue("unknown"));
    QVERIFY(simulate(bandit, models, 200, 7).at("known") > 130);
}

void TestModelBandit::withoutAnyPriceTimeDecides()
{
    const auto counts = simulate({{"quick", 0.3, 0.2, {}, 10, 0}, {"slow", 0.3, 0.2, {}, 200, 0}}, 200);
    QVERIFY2(counts.at("quick") > 150, qPrintable(QString::number(counts.at("quick"))));
}

void TestModelBandit::newOnesAreTried()
{
    ModelBandit bandit;
    const std::vector<SimulatedModel> models{{"old", 0.9, 0.5, cents(1), 5, 0}, {"new", 0.9, 0.5, cents(500), 500, 0}};
    bandit.add("old", askOf(models[0]));
    simulate(bandit, models, 100, 9);
    // However dear it looks: three asks come first, even before any of them has been answered.
    bandit.add("new", askOf(models[1]));
    RandomStream random(2);
    for (int i = 0; i < 3; ++i)
        QCOMPARE(*bandit.choose(random), std::string("new"));
}

void TestModelBandit::failingOnesAreGivenUp()
{
    const std::vector<SimulatedModel> models{{"broken", 0.9, 0.9, MicroDollars{0}, 1, 1.0},
                                             {"works", 0.1, 0.1, cents(20), 60, 0}};
    ModelBandit bandit;
    for (const SimulatedModel& model : models)
        bandit.add(model.name, askOf(model));
    const auto counts = simulate(bandit, models, 400, 11);
    QCOMPARE(counts.at("broken"), 6);
    QVERIFY(bandit.isGivenUp("broken") && !bandit.isGivenUp("works"));
    // Alone it is asked again after its rests, and then no more.
    QCOMPARE(simulate({models[0]}, 400).at("broken"), 6);
}

void TestModelBandit::oneThatRecoversIsTakenBack()
{
    ModelBandit bandit;
    bandit.add("a", {cents(1), Seconds(1), 1, false});
    bandit.add("b", {cents(1), Seconds(1), 1, false});
    RandomStream random(4);
    for (int i = 0; i < 4; ++i)
        bandit.recordAsk("a", {MicroDollars{0}, Seconds(1), 0, true});
    std::map<std::string, int> counts;
    for (int i = 0; i < 15; ++i)
        ++counts[*bandit.choose(random)];
    QCOMPARE(counts["a"], 0);
    for (int i = 0; i < 20; ++i)
        ++counts[*bandit.choose(random)];
    QVERIFY(counts["a"] > 0);
    bandit.recordAsk("a", {cents(1), Seconds(1), 1, false});
    for (int i = 0; i < 2; ++i)
        bandit.recordAsk("a", {cents(1), Seconds(1), 0, true});
    QVERIFY(!bandit.isGivenUp("a"));
}

void TestModelBandit::whatOnceHelpedFades()
{
    ModelBandit bandit;
    bandit.add("a", {cents(1), Seconds(1), 1, false});
    for (int i = 0; i < 30; ++i)
        bandit.recordTrial("a", true, 0.4);
    const double atFirst = bandit.expectedValue("a");
    for (int i = 0; i < 60; ++i)
        bandit.recordTrial("a", true, -0.1);
    // Unfaded it would be a third.
    QVERIFY(bandit.expectedValue("a") < atFirst / 5);
}

void TestModelBandit::oddFiguresAreHarmless()
{
    ModelBandit bandit;
    bandit.recordAsk("a", {MicroDollars{-5}, Seconds(-1), -3, false});
    bandit.recordAsk("a", {MicroDollars{std::numeric_limits<std::int64_t>::max()}, Seconds(1e300), 1, false});
    bandit.recordTrial("a", true, std::numeric_limits<double>::quiet_NaN());
    bandit.recordTrial("a", true, std::numeric_limits<double>::infinity());
    bandit.recordTrial("a", false, 0.5);
    QVERIFY(std::isfinite(bandit.expectedValue("a")) && bandit.expectedValue("a") >= 0);
    RandomStream random(1);
    QCOMPARE(*bandit.choose(random), std::string("a"));
    QVERIFY(std::isfinite(bandit.expectedValue("nobody")));
}

void TestModelBandit::sameStreamGivesSameChoices()
{
    const std::vector<SimulatedModel> models{
        {"a", 0.3, 0.2, cents(2), 20, 0.1}, {"b", 0.2, 0.3, cents(3), 10, 0.1}, {"c", 0.3, 0.2, {}, 20, 0.1}};
    QCOMPARE(simulate(models, 150, 21), simulate(models, 150, 21));
}

void TestModelBandit::snapshotTellsWhatAGainCost()
{
    ModelBandit bandit;
    bandit.recordAsk("paid", {MicroDollars{30'000}, Seconds(4), 2, false});
    bandit.recordAsk("paid", {MicroDollars{10'001}, Seconds(6), 1, false});
    bandit.recordTrial("paid", true, 0.25);
    bandit.recordTrial("paid", true, 0.5);
    bandit.recordTrial("paid", false, 0.5);
    bandit.recordAsk("unknown", {{}, Seconds(1), 1, false});
    bandit.recordTrial("unknown", true, 0.1);
    bandit.recordAsk("useless", {MicroDollars{7}, Seconds(1), 0, true});
    const nlohmann::json snapshot = bandit.snapshot();
    QCOMPARE(snapshot.size(), std::size_t{3});
    const nlohmann::json expected = {{"model", "paid"},       {"asks", 2},
                                     {"failures", 0},         {"given_up", false},
                                     {"proposals", 3},        {"trials", 3},
                                     {"improved", 2},         {"log_gain", 0.75},
                                     {"cost_micros", 40'001}, {"asks_of_unknown_cost", 0},
                                     {"seconds", 10.0},       {"cost_per_gain_micros", 20'000}};
    QVERIFY2(snapshot[0] == expected, snapshot[0].dump().c_str());
    QVERIFY(snapshot[1]["cost_per_gain_micros"].is_null() && snapshot[1]["asks_of_unknown_cost"] == 1);
    QVERIFY(snapshot[2]["cost_per_gain_micros"].is_null() && snapshot[2]["failures"] == 1);
}

void TestModelBandit::creditIsKeptByAgentModelAndMove()
{
    CreditBook book;
    const CreditKey paid{"llm", "gpt@openai", "tile"};
    const CreditKey other{"llm", "gpt@openai", "pad"};
    book.recordCost(paid, MicroDollars{9'000}, 1200, Seconds(3));
    book.recordProposal(paid, true, true, 0.3);
    book.recordProposal(paid, true, false, 0.9);
    book.recordProposal(paid, false, false, 0);
    book.recordCost(other, MicroDollars{1'000}, 100, Seconds(1));
    book.recordProposal(other, true, true, 0.1);
    book.recordProposal({"rules", "", "tile"}, true, true, 0.2);
    book.recordCost({"llm", "x@work", "tile"}, {}, 50, Seconds(1));
    book.recordProposal({"llm", "x@work", "tile"}, true, true, std::numeric_limits<double>::infinity());
    QCOMPARE(book.entries().at(paid).right, std::int64_t{2});
    QCOMPARE(book.entries().at(paid).costPerGain()->value, std::int64_t{9'000});
    QCOMPARE(book.ofModel("gpt@openai").costPerGain()->value, std::int64_t{5'000});
    QVERIFY(!book.ofAgent("llm").costPerGain());  // x@work's price is unknown
    QCOMPARE(book.ofAgent("llm").confirmed, std::int64_t{2});
    QCOMPARE(book.ofAgent("rules").costPerGain()->value, std::int64_t{0});
    const nlohmann::json json = book.json();
    QCOMPARE(json.size(), std::size_t{4});
    QVERIFY(json[1]["move"] == "tile" && json[1]["cost_per_gain_micros"] == 9'000 && json[1]["tokens"] == 1200);
    QVERIFY(json[2]["model"] == "x@work" && json[2]["cost_micros"].is_null());
    QVERIFY(json[3]["agent"] == "rules" && json[3]["cost_micros"] == 0);
}

QTEST_APPLESS_MAIN(TestModelBandit)
#include "tst_ModelBandit.moc"
