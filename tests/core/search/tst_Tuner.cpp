// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>
#include <ctime>
#include <set>
#include <sstream>

#include "TestSupport.h"
#include "base/Statistics.h"
#include "search/Tuner.h"

using namespace warploom;

namespace {

std::vector<std::int64_t> upTo(std::int64_t count)
{
    std::vector<std::int64_t> values;
    for (std::int64_t i = 0; i < count; ++i)
        values.push_back(i);
    return values;
}

TunableSpace cube(std::int64_t side) { return {{{"A", upTo(side)}, {"B", upTo(side)}, {"C", upTo(side)}}, {}}; }

Tuner tunerOf(TunableSpace space, std::uint64_t seed = 1)
{
    auto tuner = Tuner::make(std::move(space), seed);
    if (!tuner)
        qFatal("%s", tuner.error().toString().c_str());
    return std::move(*tuner);
}

/// A whole measured space: what every configuration took; 0 where it failed.
struct MeasuredSpace {
    std::vector<Tunable> tunables;
    std::map<Configuration, double> times;
    double optimum = HUGE_VAL;

    explicit MeasuredSpace(const std::string& fixture)
    {
        std::istringstream text(test::readFile(test::sourceFolder() / "tests/core/search/fixtures" / fixture));
        std::vector<std::set<std::int64_t>> values;
        for (std::string line; std::getline(text, line);) {
            if (line.starts_with('#'))
                continue;
            const QStringList cells = QString::fromStdString(line).split(',');
            if (tunables.empty()) {
                for (qsizetype i = 0; i + 1 < cells.size(); ++i)
                    tunables.push_back({cells[i].toStdString(), {}});
                values.resize(tunables.size());
                continue;
            }
            Configuration configuration;
            for (std::size_t i = 0; i < tunables.size(); ++i) {
                const std::int64_t value = cells[static_cast<qsizetype>(i)].toLongLong();
                configuration[tunables[i].name] = value;
                values[i].insert(value);
            }
            const double time = cells.last().toDouble();
            times[configuration] = time;
            optimum = time > 0 ? std::min(optimum, time) : optimum;
        }
        for (std::size_t i = 0; i < tunables.size(); ++i)
            tunables[i].values.assign(values[i].begin(), values[i].end());
    }

    [[nodiscard]] std::optional<double> time(const Configuration& configuration) const
    {
        const double time = times.at(configuration);
        return time > 0 ? std::optional(time) : std::nullopt;
    }
    [[nodiscard]] bool isGood(std::optional<double> time) const { return time && *time <= optimum / 0.95; }

    /// Configurations a tuner asks for until it has one within 5 % of the optimum.
    [[nodiscard]] double triesOfTuner(std::uint64_t seed) const
    {
        Tuner tuner = tunerOf({tunables, [&](const Configuration& c) { return times.contains(c); }}, seed);
        for (double tries = 1; tries <= static_cast<double>(times.size()); ++tries) {
            const auto asked = tuner.ask();
            if (!asked || !tuner.tell(*asked, time(*asked)))
                qFatal("the tuner gave up");
            if (isGood(time(*asked)))
                return tries;
        }
        return HUGE_VAL;
    }
    [[nodiscard]] double triesAtRandom(std::uint64_t seed) const
    {
        std::vector<double> all;
        for (const auto& entry : times)
            all.push_back(entry.second);
        RandomStream random(seed);
        random.shuffle(all);
        const auto good = std::find_if(all.begin(), all.end(), [&](double t) { return t > 0 && isGood(t); });
        return static_cast<double>(good - all.begin()) + 1;
    }
};

}  // namespace

class TestTuner : public QObject {
    Q_OBJECT

private slots:
    void indexAndConfigurationAgree();
    void senselessSpacesAreRefused();
    void defaultComesFirst();
    void smallSpacesAreExhausted();
    void nothingIsAskedTwice();
    void sameSeedGivesSameSearch();
    void manyMayBeInFlight();
    void failuresAreAvoided();
    void earlierResultsAreNotAskedAgain();
    void wrongResultsAreRefused();
    void secondFigureReplacesTheFirst();
    void hardlyAnyValidConfigurationIsFound();
    void valleyIsFoundQuickly();
    void beatsRandomOnMeasuredSpaces_data();
    void beatsRandomOnMeasuredSpaces();
};

void TestTuner::indexAndConfigurationAgree()
{
    const auto index = SpaceIndex::make({{{"X", {4, 2, 8}}, {"Y", {1}}, {"Z", {0, 5}}}, {}});
    QVERIFY_RESULT(index);
    QCOMPARE(index->size(), std::uint64_t{6});
    QVERIFY((index->configuration(0) == Configuration{{"X", 4}, {"Y", 1}, {"Z", 0}}));
    std::set<Configuration> all;
    for (std::uint64_t i = 0; i < index->size(); ++i) {
        all.insert(index->configuration(i));
        QCOMPARE(index->indexOf(index->configuration(i)).value(), i);
        QCOMPARE(index->indexOf(index->positions(i)), i);
    }
    QCOMPARE(all.size(), std::size_t{6});
    QVERIFY(index->indexOf(Configuration{{"X", 3}, {"Y", 1}, {"Z", 0}}).error().isNotFound());
    QVERIFY(index->indexOf(Configuration{{"X", 4}, {"Y", 1}}).error().isNotFound());
    QVERIFY(index->indexOf(Configuration{{"X", 4}, {"Y", 1}, {"Z", 0}, {"W", 1}}).error().isNotFound());
    RandomStream random(1);
    const auto around = index->neighbours(0, random);
    QCOMPARE((std::set<std::uint64_t>(around.begin(), around.end())), (std::set<std::uint64_t>{1, 2, 3}));
    QCOMPARE(around.back(), std::uint64_t{2});  // the one that is not adjacent
}

void TestTuner::senselessSpacesAreRefused()
{
    const auto refused = [](TunableSpace space) {
        const auto tuner = Tuner::make(std::move(space), 1);
        return !tuner && tuner.error().code == ErrorCode::InvalidArgument;
    };
    QVERIFY(refused({{{"A", {}}}, {}}));
    QVERIFY(refused({{{"A", {1, 1}}}, {}}));
    QVERIFY(refused({{{"A", {1}}, {"A", {2}}}, {}}));
    TunableSpace vast;
    for (int i = 0; i < 20; ++i)
        vast.tunables.push_back({std::to_string(i), upTo(8)});
    QVERIFY(refused(vast));
}

void TestTuner::defaultComesFirst()
{
    Tuner tuner = tunerOf({{{"BLOCK", {256, 128, 512}}, {"VEC", {4, 1}}}, {}});
    QVERIFY((tuner.ask() == Configuration{{"BLOCK", 256}, {"VEC", 4}}));
    QVERIFY(!tuner.best());
    Tuner seeded = tunerOf({{{"BLOCK", {256, 128, 512}}}, {}});
    QVERIFY(seeded.tell({{"BLOCK", 512}}, 1.0).has_value());
    QVERIFY((seeded.ask() == Configuration{{"BLOCK", 256}}));
    Tuner untunable = tunerOf({});
    QVERIFY(untunable.ask() == Configuration{});
    QVERIFY(!untunable.ask());
    QVERIFY(untunable.exhausted());
    Tuner invalidDefault = tunerOf({{{"A", {1, 2}}}, [](const Configuration& c) { return c.at("A") == 2; }});
    QVERIFY((invalidDefault.ask() == Configuration{{"A", 2}}));
    QVERIFY(!invalidDefault.ask());
}

void TestTuner::smallSpacesAreExhausted()
{
    TunableSpace space = cube(5);
    space.valid = [](const Configuration& c) { return (c.at("A") + c.at("B")) % 2 == 0; };
    Tuner tuner = tunerOf(space);
    std::set<Configuration> seen;
    while (const auto asked = tuner.ask()) {
        QVERIFY(space.valid(*asked));
        QVERIFY(seen.insert(*asked).second);
        QVERIFY_RESULT(tuner.tell(*asked, 1.0 + static_cast<double>(asked->at("C"))));
    }
    QCOMPARE(seen.size(), std::size_t{65});
    QVERIFY(tuner.exhausted());
    QVERIFY(!tuner.ask());
    QCOMPARE(tuner.best()->second, 1.0);
}

void TestTuner::nothingIsAskedTwice()
{
    Tuner tuner = tunerOf(cube(20), 3);
    std::set<Configuration> seen;
    for (int i = 0; i < 1500; ++i) {
        const auto asked = tuner.ask();
        QVERIFY(asked);
        QVERIFY(seen.insert(*asked).second);
        QVERIFY(tuner.tell(*asked, 10.0 + static_cast<double>(i % 7)).has_value());
    }
    QCOMPARE(tuner.asked(), std::size_t{1500});
    QCOMPARE(tuner.told(), std::size_t{1500});
}

void TestTuner::sameSeedGivesSameSearch()
{
    const auto path = [](std::uint64_t seed) {
        Tuner tuner = tunerOf(cube(12), seed);
        std::vector<Configuration> asked;
        for (int i = 0; i < 100; ++i) {
            asked.push_back(*tuner.ask());
            const auto& c = asked.back();
            static_cast<void>(tuner.tell(c, 1.0 + std::abs(static_cast<double>(c.at("A") * c.at("B") - c.at("C")))));
        }
        return asked;
    };
    QVERIFY(path(5) == path(5));
    QVERIFY(path(5) != path(6));
}

void TestTuner::manyMayBeInFlight()
{
    Tuner tuner = tunerOf(cube(10), 9);
    std::set<Configuration> seen;
    for (int batch = 0; batch < 20; ++batch) {
        std::vector<Configuration> flight;
        for (int i = 0; i < 16; ++i)
            flight.push_back(*tuner.ask());
        for (auto it = flight.rbegin(); it != flight.rend(); ++it) {
            QVERIFY(seen.insert(*it).second);
            const double distance =
                std::abs(it->at("A") - 7.0) + std::abs(it->at("B") - 2.0) + std::abs(it->at("C") - 5.0);
            QVERIFY(tuner.tell(*it, 1.0 + distance).has_value());
        }
    }
    QCOMPARE(tuner.best()->second, 1.0);
}

void TestTuner::failuresAreAvoided()
{
    // Half of the space fails; the search must not go on trying there.
    Tuner tuner = tunerOf(cube(16), 2);
    int failed = 0;
    for (int i = 0; i < 300; ++i) {
        const auto asked = *tuner.ask();
        const bool fails = asked.at("A") >= 8;
        failed += fails ? 1 : 0;
        const double time = 1.0 + static_cast<double>(asked.at("A") + asked.at("B") + asked.at("C"));
        QVERIFY(tuner.tell(asked, fails ? std::nullopt : std::optional(time)).has_value());
    }
    QVERIFY2(failed < 110, qPrintable(QString::number(failed)));
    Tuner hopeless = tunerOf(cube(3));
    int asked = 0;
    while (const auto configuration = hopeless.ask()) {
        ++asked;
        QVERIFY(hopeless.tell(*configuration, std::nullopt).has_value());
    }
    QCOMPARE(asked, 27);
    QVERIFY(!hopeless.best());
}

void TestTuner::earlierResultsAreNotAskedAgain()
{
    Tuner tuner = tunerOf(cube(3));
    const Configuration first{{"A", 0}, {"B", 0}, {"C", 0}};
    const Configuration good{{"A", 1}, {"B", 2}, {"C", 0}};
    QVERIFY(tuner.tell(first, 5.0).has_value());
    QVERIFY(tuner.tell(good, 1.0).has_value());
    QVERIFY(tuner.best()->first == good);
    int asked = 0;
    while (const auto configuration = tuner.ask()) {
        QVERIFY(*configuration != first && *configuration != good);
        QVERIFY(tuner.tell(*configuration, 2.0).has_value());
        ++asked;
    }
    QCOMPARE(asked, 25);
}

void TestTuner::wrongResultsAreRefused()
{
    Tuner tuner = tunerOf(cube(3));
    const auto asked = *tuner.ask();
    for (const double time : {0.0, -1.0, std::nan(""), HUGE_VAL})
        QVERIFY(tuner.tell(asked, time).error().code == ErrorCode::InvalidArgument);
    QVERIFY(tuner.tell({{"A", 9}}, 1.0).error().isNotFound());
    QCOMPARE(tuner.told(), std::size_t{0});
}

void TestTuner::secondFigureReplacesTheFirst()
{
    Tuner tuner = tunerOf(cube(3));
    const auto lucky = *tuner.ask();
    const auto honest = *tuner.ask();
    QVERIFY(tuner.tell(lucky, 1.0).has_value());
    QVERIFY(tuner.tell(honest, 2.0).has_value());
    QVERIFY(tuner.tell(lucky, 3.0).has_value());
    QVERIFY(tuner.best()->first == honest);
    QVERIFY(tuner.tell(honest, std::nullopt).has_value());
    QVERIFY(tuner.best()->first == lucky);
}

void TestTuner::hardlyAnyValidConfigurationIsFound()
{
    TunableSpace space;
    for (const char* name : {"A", "B", "C", "D"})
        space.tunables.push_back({name, upTo(16)});
    space.valid = [](const Configuration& c) {
        return c.at("A") == 13 && c.at("B") == 3 && c.at("C") == 11 && c.at("D") < 2;
    };
    Tuner tuner = tunerOf(space);
    QVERIFY(tuner.ask());
    QVERIFY(tuner.ask());
    QVERIFY(!tuner.ask());
    for (std::size_t i = 4; i < 12; ++i)
        space.tunables.push_back({std::to_string(i), upTo(16)});
    space.valid = [](const Configuration&) { return false; };
    const std::clock_t begin = std::clock();
    QVERIFY(!tunerOf(space).ask());  // gives up rather than look at 2^48
    QVERIFY((std::clock() - begin) / CLOCKS_PER_SEC < 30);
}

void TestTuner::valleyIsFoundQuickly()
{
    // A narrow valley with a ripple: neither hill climbing nor crossing alone is enough.
    std::vector<double> tries;
    for (std::uint64_t seed = 1; seed <= 15; ++seed) {
        Tuner tuner = tunerOf(cube(16), seed);
        for (int i = 1;; ++i) {
            const auto c = *tuner.ask();
            const double a = static_cast<double>(c.at("A")) - 11;
            const double b = static_cast<double>(c.at("B")) - 4;
            const double d = static_cast<double>(c.at("C")) - 8;
            const double time = 10 + a * a + b * b + d * d + 4 * std::abs(std::sin(2 * a) + std::sin(2 * b));
            static_cast<void>(tuner.tell(c, time));
            if (time <= 10 / 0.95) {
                tries.push_back(i);
                break;
            }
        }
    }
    const double middle = median(tries);
    QVERIFY2(middle < 200, qPrintable(QString::number(middle)));  // of 4096, of which one is good
}

void TestTuner::beatsRandomOnMeasuredSpaces_data()
{
    QTest::addColumn<QString>("fixture");
    QTest::newRow("convolution") << "convolution.csv";
    QTest::newRow("gemm") << "gemm.csv";
}

void TestTuner::beatsRandomOnMeasuredSpaces()
{
    QFETCH(QString, fixture);
    const MeasuredSpace space(fixture.toStdString());
    QVERIFY(space.times.size() > 500);
    std::vector<double> tuned;
    std::vector<double> random;
    for (std::uint64_t seed = 1; seed <= 25; ++seed) {
        tuned.push_back(space.triesOfTuner(seed));
        random.push_back(space.triesAtRandom(seed));
    }
    qInfo("%s: %g tries to 95 %% of the optimum, %g at random", qPrintable(fixture), median(tuned), median(random));
    QVERIFY(median(tuned) < 0.6 * median(random));
}

QTEST_APPLESS_MAIN(TestTuner)
#include "tst_Tuner.moc"
