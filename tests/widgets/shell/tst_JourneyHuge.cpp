// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "Journey.h"
#include "evolution/CandidatesTable.h"

using namespace warploom;
using warploom::test::Journey;

namespace {

constexpr int kVariants = 4'000;
constexpr int kEvaluations = 10'000;

/// The synthetic lineage less its last \p missing evaluations, which come as events.
struct Story {
    explicit Story(int missing)
        : whole(warploom::test::syntheticContent(kVariants, kEvaluations, false))
        , begun(whole)
    {
        begun.evaluations.resize(whole.evaluations.size() - static_cast<std::size_t>(missing));
        begun.lastSequence = 1;
    }
    [[nodiscard]] std::vector<EventRecord> rest() const
    {
        std::vector<EventRecord> events;
        for (std::size_t i = begun.evaluations.size(); i < whole.evaluations.size(); ++i)
            events.push_back(warploom::test::eventOf(whole.evaluations[i], static_cast<EventSequence>(i) + 2));
        return events;
    }

    WorkspaceContent whole;
    WorkspaceContent begun;
};

}  // namespace

/// Ten thousand evaluations in every view at once.
class tst_JourneyHuge : public QObject {
    Q_OBJECT

private slots:
    void tenThousandEvaluations()
    {
        Journey journey;
        const Story story(50);
        journey.window().lineage().reset(Lineage(story.begun));
        // The views are there before the clock starts.
        QTest::qWait(500);
        QElapsedTimer clock;
        qint64 longest = 0;
        for (const EventRecord& event : story.rest()) {
            clock.start();
            journey.window().lineage().apply({event});
            QCoreApplication::processEvents();
            longest = std::max(longest, clock.elapsed());
            QTest::qWait(10);
        }
        qInfo("longest turn with one new evaluation among %d: %lld ms", kEvaluations, static_cast<long long>(longest));
        QCOMPARE(journey.window().lineage().data().evaluations().size(), std::size_t{kEvaluations});
        auto* table = journey.window().findChild<CandidatesTable*>();
        QVERIFY(table != nullptr);
        QCOMPARE(table->findChild<QTableView*>()->model()->rowCount(), kEvaluations);
        warploom::test::keepPicture(journey.window(), QStringLiteral("window-huge-light"));
        Theme::instance().choose(ThemeChoice::Dark);
        QCoreApplication::processEvents();
        warploom::test::keepPicture(journey.window(), QStringLiteral("window-huge-dark"));
        Theme::instance().choose(ThemeChoice::Light);
        // Choosing one shows it in every view.
        const VariantId chosen = journey.window().lineage().data().best()->variant;
        journey.window().selection().select(chosen);
        QCoreApplication::processEvents();
        QVERIFY(!table->findChild<QTableView*>()->selectionModel()->selectedRows().isEmpty());
        journey.close();
    }

    void longNamesDoNotMoveTheDocks()
    {
        Journey journey;
        auto* evolution = journey.window().findChild<QDockWidget*>(QStringLiteral("evolution"));
        const int before = evolution->width();
        WorkspaceContent content = warploom::test::syntheticContent(3, 3, false);
        content.variants[1].title = std::string(300, 'm');
        content.variants[1].hypothesis = std::string(2'000, 'h');
        for (int i = 0; i < 30; ++i)
            content.evaluations[1].configuration["TILE_" + std::to_string(i)] = 1'000'000 + i;
        content.evaluations[1].message = std::string(3'000, 'x');
        journey.window().lineage().reset(Lineage(content));
        for (const char* dock : {"profiler", "feed", "evolution"}) {
            journey.window().findChild<QDockWidget*>(QString::fromLatin1(dock))->raise();
            journey.window().selection().select(0);
            journey.window().selection().select(2);
            QTest::qWait(300);
            QCOMPARE(evolution->width(), before);
            QCOMPARE(journey.window().width(), 1440);
        }
        warploom::test::keepPicture(journey.window(), QStringLiteral("window-long-names-light"));
        journey.close();
    }

    void failuresOnly()
    {
        Journey journey;
        WorkspaceContent content = warploom::test::syntheticContent(30, 30, false);
        for (EvaluationRecord& evaluation : content.evaluations) {
            if (evaluation.verdict == Verdict::Ok)
                evaluation.verdict = Verdict::Wrong;
            evaluation.speedup.reset();
            evaluation.time.reset();
        }
        journey.window().lineage().reset(Lineage(content));
        journey.window().selection().select(2);
        QCoreApplication::processEvents();
        QVERIFY(journey.window().lineage().data().best() == nullptr);
        warploom::test::keepPicture(journey.window(), QStringLiteral("window-failures-light"));
        journey.close();
    }
};

WARPLOOM_JOURNEY_MAIN(tst_JourneyHuge)
#include "tst_JourneyHuge.moc"
