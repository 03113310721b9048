// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <limits>
#include <thread>

#include "TestSupport.h"
#include "agent/llm/Budget.h"
#include "agent/llm/Cost.h"

using namespace warploom;

namespace {

constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();

ModelPrice dollars(std::int64_t prompt, std::int64_t cached, std::int64_t answer)
{
    return {
        MicroDollars{prompt * 1'000'000}, MicroDollars{cached * 1'000'000}, MicroDollars{answer * 1'000'000}, {}, {}};
}

ModelSpending spending(std::int64_t tokens, std::int64_t micros) { return {tokens, MicroDollars{micros}}; }

}  // namespace

class TestBudget : public QObject {
    Q_OBJECT

private slots:
    void costsAreExactAndRoundedUp();
    void unknownStaysUnknown();
    void oddCountsAreTakenForTheNearest();
    void nothingOverflows();
    void estimatesAreTheMost();
    void moneyIsWritten();
    void withoutLimitsEverythingIsAdmitted();
    void tokensAndMoneyAreLimited();
    void unknownPricesDoNotFitALimitOfMoney();
    void reservationsAreGivenBack();
    void settlingCountsWhatWasUsed();
    void limitsMayBeRaised();
    void parallelRequestsOverrunByTheirEstimatesOnly();
};

void TestBudget::costsAreExactAndRoundedUp()
{
    // 1,000 fresh at 2 dollars, 3,000 cached at 1, 500 back at 10: 2,000 + 3,000 + 5,000 micro-dollars.
    QCOMPARE(costOf({4000, 3000, 500, false}, dollars(2, 1, 10))->value, std::int64_t{10'000});
    QCOMPARE(costOf({1, 0, 0, false}, {MicroDollars{1}, {}, MicroDollars{0}, {}, {}})->value, std::int64_t{1});
    QCOMPARE(costOf({1'000'001, 0, 0, false}, {MicroDollars{1}, {}, MicroDollars{0}, {}, {}})->value, std::int64_t{2});
    QCOMPARE(costOf({0, 0, 0, false}, dollars(2, 1, 10))->value, std::int64_t{0});
    QCOMPARE(costOf({5000, 0, 9000, false}, dollars(0, 0, 0))->value, std::int64_t{0});
    ModelPrice withoutCache = dollars(2, 1, 10);
    withoutCache.cached.reset();
    QCOMPARE(costOf({4000, 3000, 0, false}, withoutCache)->value, std::int64_t{8000});
}

void TestBudget::unknownStaysUnknown()
{
    ModelPrice price = dollars(2, 1, 10);
    price.answer.reset();
    QVERIFY(!costOf({1, 0, 0, false}, price));
    QVERIFY(!costOf({0, 0, 0, false}, {}));
    QVERIFY(!mostCostOf(1, 1, {}));
}

void TestBudget::oddCountsAreTakenForTheNearest()
{
    QCOMPARE(costOf({-5, -5, -5, true}, dollars(2, 1, 10))->value, std::int64_t{0});
    QCOMPARE(costOf({1000, 5000, 0, true}, dollars(2, 1, 10))->value, std::int64_t{1000});
}

void TestBudget::nothingOverflows()
{
    const ModelPrice most{MicroDollars{kLargest}, MicroDollars{kLargest}, MicroDollars{kLargest}, {}, {}};
    QCOMPARE(costOf({kLargest, kLargest, kLargest, false}, most)->value, kLargest);
    QCOMPARE((MicroDollars{kLargest} + MicroDollars{1}).value, kLargest);
    QCOMPARE((MicroDollars{-kLargest} + MicroDollars{-5}).value, std::numeric_limits<std::int64_t>::min());
    Budget budget({kLargest, MicroDollars{kLargest}});
    for (int i = 0; i < 5; ++i)
        budget.spend(spending(kLargest, kLargest));
    QVERIFY(budget.spent().tokens > 0 && budget.spent().money->value > 0);
    std::vector<Budget::Reservation> reservations;
    for (int i = 0; i < 5; ++i)
        if (auto reserved = budget.reserve(spending(kLargest, kLargest)))
            reservations.push_back(std::move(*reserved));
    reservations.clear();
    QVERIFY(budget.mayAsk(spending(1, 1)));
}

void TestBudget::estimatesAreTheMost()
{
    const auto most = mostCostOf(4000, 500, dollars(2, 1, 10));
    QCOMPARE(most->value, std::int64_t{13'000});
    QVERIFY(*most >= *costOf({4000, 3999, 500, false}, dollars(2, 1, 10)));
}

void TestBudget::moneyIsWritten()
{
    QCOMPARE(moneyText(MicroDollars{2'500'000}), std::string("$2.50"));
    QCOMPARE(moneyText(MicroDollars{3'625}), std::string("$0.003625"));
    QCOMPARE(moneyText(MicroDollars{12'300'000'000}), std::string("$12300.00"));
    QCOMPARE(moneyText(MicroDollars{0}), std::string("$0.00"));
    QCOMPARE(moneyText(MicroDollars{-1'500'001}), std::string("-$1.500001"));
    QCOMPARE(moneyText(MicroDollars{std::numeric_limits<std::int64_t>::min()}), std::string("-$9223372036854.775808"));
    QCOMPARE(moneyFromDollars(0.003625)->value, std::int64_t{3625});
    QVERIFY(!moneyFromDollars(-0.01) && !moneyFromDollars(std::numeric_limits<double>::quiet_NaN())
            && !moneyFromDollars(1e12));
}

void TestBudget::withoutLimitsEverythingIsAdmitted()
{
    Budget budget({});
    QVERIFY(budget.mayAsk({1'000'000, {}}));
    auto reserved = budget.reserve({1'000'000, {}});
    QVERIFY_RESULT(reserved);
    reserved->settle({900'000, {}});
    QCOMPARE(budget.spent().tokens, std::int64_t{900'000});
    QCOMPARE(budget.tokensOfUnknownCost(), std::int64_t{900'000});
    QCOMPARE(budget.spent().money->value, std::int64_t{0});
}

void TestBudget::tokensAndMoneyAreLimited()
{
    Budget budget({1000, MicroDollars{50}});
    QVERIFY(budget.mayAsk(spending(1000, 50)));
    QVERIFY(!budget.mayAsk(spending(1001, 1)));
    QVERIFY(!budget.mayAsk(spending(1, 51)));
    budget.spend(spending(600, 20));
    const auto tokens = budget.reserve(spending(500, 1));
    QVERIFY(!tokens);
    QCOMPARE(tokens.error().code, ErrorCode::BudgetSpent);
    QVERIFY(tokens.error().message.find("600 are used") != std::string::npos);
    const auto money = budget.reserve(spending(1, 40));
    QVERIFY(!money);
    QVERIFY2(money.error().message.find("the budget of $0.00005") != std::string::npos, money.error().message.c_str());
    QVERIFY(!remedy(ErrorCode::BudgetSpent).empty());
}

void TestBudget::unknownPricesDoNotFitALimitOfMoney()
{
    Budget money({{}, MicroDollars{1'000'000}});
    const auto refused = money.reserve({1, {}});
    QVERIFY(!refused);
    QVERIFY(refused.error().message.find("models.toml") != std::string::npos);
    Budget tokens({1000, {}});
    QVERIFY(tokens.mayAsk({1000, {}}));
}

void TestBudget::reservationsAreGivenBack()
{
    Budget budget({1000, {}});
    {
        const auto reserved = budget.reserve(spending(900, 0));
        QVERIFY_RESULT(reserved);
        QVERIFY(!budget.mayAsk(spending(101, 0)));
        QCOMPARE(budget.spent().tokens, std::int64_t{0});
    }
    QVERIFY(budget.mayAsk(spending(1000, 0)));
    auto first = budget.reserve(spending(900, 0));
    QVERIFY_RESULT(first);
    Budget::Reservation moved = std::move(*first);
    auto second = budget.reserve(spending(100, 0));
    QVERIFY_RESULT(second);
    moved = std::move(*second);  // gives the 900 back
    QVERIFY(budget.mayAsk(spending(900, 0)) && !budget.mayAsk(spending(901, 0)));
}

void TestBudget::settlingCountsWhatWasUsed()
{
    Budget budget({1000, {}});
    auto reserved = budget.reserve(spending(900, 9));
    QVERIFY_RESULT(reserved);
    reserved->settle(spending(300, 3));
    reserved->settle(spending(300, 3));  // once is enough
    QCOMPARE(budget.spent().tokens, std::int64_t{300});
    QCOMPARE(budget.spent().money->value, std::int64_t{3});
    QVERIFY(budget.mayAsk(spending(700, 0)) && !budget.mayAsk(spending(701, 0)));
}

void TestBudget::limitsMayBeRaised()
{
    Budget budget({100, {}});
    budget.spend(spending(100, 0));
    QVERIFY(!budget.mayAsk(spending(1, 0)));
    budget.setLimits({200, {}});
    QVERIFY(budget.mayAsk(spending(100, 0)));
    QCOMPARE(budget.limits().tokens, std::optional<std::int64_t>(200));
}

void TestBudget::parallelRequestsOverrunByTheirEstimatesOnly()
{
    constexpr int kThreads = 8;
    constexpr std::int64_t kLimit = 100'000;
    constexpr std::int64_t kEstimate = 100;
    constexpr std::int64_t kUsed = 103;  // estimates are 3 too low
    Budget budget({kLimit, {}});
    std::atomic<int> asked = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < kThreads; ++i)
            threads.emplace_back([&] {
                while (auto reserved = budget.reserve(spending(kEstimate, 0))) {
                    ++asked;
                    std::this_thread::yield();
                    reserved->settle(spending(kUsed, 0));
                }
            });
    }
    QCOMPARE(budget.spent().tokens, asked * kUsed);
    // What was admitted fitted with what others had set aside, so that only the last ones' own errors are too much.
    QVERIFY(budget.spent().tokens <= kLimit + kThreads * (kUsed - kEstimate));
    QVERIFY(budget.spent().tokens > kLimit - kEstimate);
}

QTEST_APPLESS_MAIN(TestBudget)
#include "tst_Budget.moc"
