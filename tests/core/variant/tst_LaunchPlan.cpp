// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest/QtTest>

#include "TestSupport.h"
#include "variant/LaunchPlan.h"

using namespace warploom;
using namespace warploom::test;

namespace {

Task sampleTask()
{
    Task task;
    const auto shape = std::vector<Expression>{*Expression::parse("n")};
    task.buffers.push_back({"x", ElementType::F32, shape, BufferRole::In, {}});
    task.buffers.push_back({"y", ElementType::F64, shape, BufferRole::Out, {}});
    task.scalars.push_back({"eps", ElementType::F32, 0.5, 0});
    task.sizes.push_back({"one", {{"n", 1000}}, true, true, false});
    return task;
}

Result<LaunchPlan> planOf(const std::string& source, const Configuration& configuration = {}, std::int64_t n = 1000)
{
    WARPLOOM_TRY(const Directives directives, parseDirectives(source, "k.cu"));
    return resolvePlan(directives, sampleTask(),
                       configuration.empty() ? directives.defaultConfiguration() : configuration, {{"n", n}});
}

}  // namespace

class tst_LaunchPlan : public QObject {
    Q_OBJECT

private slots:
    void putsNumbersIn();
    void leavesOutWhatDoesNotApply();
    void namesKernelsWithTheirValues();
    void requirementSaysItsValues();
    void requirementWithANameThatIsNeverReached();
    void knowsImpossibleConfigurations();
    void rejects_data();
    void rejects();
};

void tst_LaunchPlan::putsNumbersIn()
{
    const auto plan = planOf("// warploom: tune BLOCK = 128 256\n"
                             "// warploom: let TILES = ceil_div(n, BLOCK)\n"
                             "// warploom: scratch part i16[TILES, 3]\n"
                             "// warploom: zero part\n"
                             "// warploom: constant C = x\n"
                             "// warploom: launch k<BLOCK><<<dim3(TILES, 2), BLOCK, BLOCK * 4>>>(x, part, eps, n + 1) "
                             "cooperative\n",
                             {{"BLOCK", 256}});
    QVERIFY_RESULT(plan);
    QCOMPARE(plan->scratches.at(0).size.value, std::uint64_t{4 * 3 * 2});
    QCOMPARE(plan->steps.size(), std::size_t{3});
    QCOMPARE(std::get<PlanZero>(plan->steps[0]).buffer, std::string("part"));
    QCOMPARE(std::get<PlanConstant>(plan->steps[1]).symbol, std::string("C"));
    const auto& launch = std::get<PlanLaunch>(plan->steps[2]);
    QCOMPARE(launch.kernel, std::string("k<256>"));
    QVERIFY((launch.grid == Extent3{4, 2, 1}));
    QVERIFY((launch.block == Extent3{256, 1, 1}));
    QCOMPARE(launch.dynamicShared.value, std::uint64_t{1024});
    QVERIFY(launch.cooperative);
    using Kind = PlanArgument::Kind;
    const std::vector<Kind> kinds{Kind::Buffer, Kind::Scratch, Kind::Scalar, Kind::Integer};
    for (std::size_t i = 0; i < kinds.size(); ++i)
        QVERIFY(launch.arguments.at(i).kind == kinds[i]);
    QCOMPARE(launch.arguments[3].integer, std::int64_t{1001});
}

void tst_LaunchPlan::leavesOutWhatDoesNotApply()
{
    const std::string source = "// warploom: launch small<<<1, 32>>>(x) when n < 100\n"
                               "// warploom: launch large<<<1, 32>>>(x) when n >= 100\n";
    const auto plan = planOf(source);
    QVERIFY_RESULT(plan);
    QCOMPARE(plan->steps.size(), std::size_t{1});
    QCOMPARE(std::get<PlanLaunch>(plan->steps[0]).kernel, std::string("large"));
    QCOMPARE(std::get<PlanLaunch>(planOf(source, {}, 5)->steps.at(0)).kernel, std::string("small"));
    QVERIFY(!planOf("// warploom: launch k<<<1, 32>>>(x) when n < 100\n"));
}

void tst_LaunchPlan::namesKernelsWithTheirValues()
{
    const auto directives = parseDirectives("// warploom: tune B = 4\n"
                                            "// warploom: launch k<B, BB><<<1, 1>>>(x)\n"
                                            "// warploom: launch k<B, BB><<<2, 1>>>(x)\n"
                                            "// warploom: launch j<<<2, 1>>>(x) when n < 0\n",
                                            "k.cu");
    QVERIFY_RESULT(directives);
    QCOMPARE(kernelNames(*directives, {{"B", 4}}), (std::vector<std::string>{"k<4, BB>", "j"}));
}

void tst_LaunchPlan::requirementSaysItsValues()
{
    const auto plan = planOf("// warploom: require n % 7 == 0\n// warploom: launch k<<<1, 32>>>(x)\n");
    QVERIFY(!plan);
    QCOMPARE(plan.error().message, std::string("requirement does not hold"));
    QCOMPARE(plan.error().place.line, 1);
    QCOMPARE(plan.error().found, std::string("n = 1000"));
}

void tst_LaunchPlan::requirementWithANameThatIsNeverReached()
{
    const auto plan = planOf("// warploom: require n < 0 && UNKNOWN > 1\n// warploom: launch k<<<1, 32>>>(x)\n");
    QVERIFY(!plan);
    QCOMPARE(plan.error().message, std::string("requirement does not hold"));
    QCOMPARE(plan.error().found, std::string("n = 1000"));
}

void tst_LaunchPlan::knowsImpossibleConfigurations()
{
    const auto directives = parseDirectives("// warploom: tune A = 1 2\n// warploom: require A < 2\n"
                                            "// warploom: require n > A\n// warploom: require 4 % (A - 5) == 0\n",
                                            "k.cu");
    QVERIFY_RESULT(directives);
    QVERIFY(isConfigurationPossible(*directives, {{"A", 1}}));
    QVERIFY(!isConfigurationPossible(*directives, {{"A", 2}}));
    QVERIFY(!isConfigurationPossible(*directives, {{"A", 0}}));
    QVERIFY(!isConfigurationPossible(*parseDirectives("// warploom: require 1 / A > 0\n", "k.cu"), {{"A", 0}}));
}

void tst_LaunchPlan::rejects_data()
{
    QTest::addColumn<QString>("directive");
    QTest::newRow("too much shared memory") << "launch k<<<1, 1, 2147483648>>>(x)";
    QTest::newRow("negative shared memory") << "launch k<<<1, 1, 0 - 1>>>(x)";
    QTest::newRow("grid beyond 31 bits") << "launch k<<<2147483648, 1>>>(x)";
    QTest::newRow("cluster of 0") << "launch k<<<1, 1>>>(x) cluster=0";
    QTest::newRow("buffer in arithmetic") << "launch k<<<1, 1>>>(x + 1)";
    QTest::newRow("scalar in the grid") << "launch k<<<eps, 1>>>(x)";
    QTest::newRow("scratch beyond all memory") << "scratch s f64[n * 1000000000000]";
    QTest::newRow("scratch of a taken name") << "scratch x f64[n]";
    QTest::newRow("let of a scalar's name") << "let eps = 1";
}

void tst_LaunchPlan::rejects()
{
    QFETCH(QString, directive);
    const auto plan = planOf("// warploom: launch first<<<1, 1>>>(x)\n// warploom: " + directive.toStdString() + "\n");
    QVERIFY(!plan);
    QCOMPARE(plan.error().code, ErrorCode::InvalidInput);
    QCOMPARE(plan.error().place.line, 2);
}

QTEST_APPLESS_MAIN(tst_LaunchPlan)
#include "tst_LaunchPlan.moc"
