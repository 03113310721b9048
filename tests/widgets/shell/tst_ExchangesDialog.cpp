// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <QAbstractItemModelTester>

#include "ExchangeSamples.h"
#include "profiler/FigureTable.h"
#include "session/LiveLineage.h"
#include "shell/ExchangeStrip.h"
#include "shell/ExchangeView.h"
#include "shell/ExchangeWords.h"
#include "shell/ExchangesDialog.h"
#include "shell/ExchangesModel.h"
#include "shell/PromptView.h"

using namespace warploom;
using namespace warploom::test;

namespace {

struct Scene {
    explicit Scene(int exchanges)
    {
        lineage.reset(Lineage(contentWithExchanges(exchanges)));
        dialog = std::make_unique<ExchangesDialog>(
            lineage, [this](ExchangeId id, const EngineSession::Answer<ExchangeRecord>& answer) {
                ++loads;
                if (id > 900)
                    return answer(fail(ErrorCode::NotFound, "there is no such exchange"));
                ExchangeRecord exchange = sampleExchange(id);
                exchange.finished = lineage.data().exchanges().find(id)->finished;
                answer(exchange);
            });
        dialog->show();
    }

    ExchangeView& view() { return *dialog->findChild<ExchangeView*>(); }
    FigureTable& table() { return *dialog->findChild<FigureTable*>(QStringLiteral("exchangeTable")); }
    FigureTable& sums() { return *dialog->findChild<FigureTable*>(QStringLiteral("exchangeSums")); }
    QComboBox& box(const char* name) { return *dialog->findChild<QComboBox*>(QLatin1String(name)); }
    QString sum(int row, int column) { return sums().model()->index(row, column).data().toString(); }

    LiveLineage lineage;
    int loads = 0;
    std::unique_ptr<ExchangesDialog> dialog;
};

}  // namespace

class tst_ExchangesDialog : public QObject {
    Q_OBJECT

private slots:
    void emptySaysWhatFillsIt()
    {
        Scene scene(0);
        QVERIFY(scene.view().headText().contains(QStringLiteral("Ask a model")));
        QCOMPARE(scene.loads, 0);
        keepPicture(*scene.dialog, QStringLiteral("exchanges-empty-light"));
    }

    void theNewestIsOpenAndOthersAreReached()
    {
        Scene scene(14);
        QCOMPARE(scene.dialog->current(), ExchangeId{14});
        QVERIFY(scene.view().headText().contains(QStringLiteral("<b>Exchange 14</b>")));
        QCOMPARE(scene.view().prompt().shownMessages()[1].toStdString(), sampleExchange(14).messages[1].text);
        QVERIFY(scene.view().headText().contains(QStringLiteral("href=\"variant:15\"")));
        QSignalSpy chosen(scene.dialog.get(), &ExchangesDialog::variantChosen);
        emit scene.dialog->findChild<QLabel*>(QStringLiteral("exchangeHead"))
            ->linkActivated(QStringLiteral("variant:15"));
        QCOMPARE(chosen.count(), 1);
        QCOMPARE(chosen[0][0].toLongLong(), 15);
        QTest::keyClick(&scene.table(), Qt::Key_Up);
        QCOMPARE(scene.dialog->current(), ExchangeId{13});
        scene.dialog->showExchange(6);
        QVERIFY(scene.view().headText().contains(QStringLiteral("did not begin to answer within 600 s")));
        keepPicture(*scene.dialog, QStringLiteral("exchanges-failed-light"));
        scene.dialog->showExchange(5);
        QVERIFY(scene.view().headText().contains(QStringLiteral("is not in the source")));
        scene.dialog->showExchange(99);
        QVERIFY(scene.view().headText().contains(QStringLiteral("There is no exchange 99")));
    }

    void filtersAndSums()
    {
        Scene scene(30);
        const QAbstractItemModelTester tester(scene.table().model(),
                                              QAbstractItemModelTester::FailureReportingMode::Fatal);
        QCOMPARE(scene.table().model()->rowCount(), 30);
        QCOMPARE(scene.box("exchangeModels").count(), 4);
        scene.box("exchangeModels").setCurrentText(QStringLiteral("own-model"));
        QCOMPARE(scene.table().model()->rowCount(), 10);
        scene.box("exchangeOutcomes").setCurrentText(outcomeName(ExchangeOutcome::Failed));
        QCOMPARE(scene.table().model()->rowCount(), 2);
        // What is asked for is shown, whatever the filter says.
        scene.dialog->showExchange(4);
        QCOMPARE(scene.dialog->current(), ExchangeId{4});
        QCOMPARE(scene.table().model()->rowCount(), 30);
        QCOMPARE(scene.sums().model()->rowCount(), 4);
        QCOMPARE(scene.sum(0, 0), QStringLiteral("small-coder"));
        QCOMPARE(scene.sum(0, 1), QStringLiteral("10"));
        std::int64_t cost = 0;
        for (ExchangeId id = 1; id <= 30; id += 3)
            cost += sampleExchange(id).costMicroDollars.value();
        QCOMPARE(scene.sum(0, 3), costText(cost));
        QCOMPARE(scene.sum(1, 0), QStringLiteral("own-model"));
        QCOMPARE(scene.sum(1, 3), QStringLiteral("unknown"));
        QVERIFY(scene.sum(3, 3).startsWith(QStringLiteral("≥ ")));
    }

    void whatGoesOnGetsItsAnswer()
    {
        Scene scene(3);
        ExchangeRecord next = sampleExchange(4);
        next.finished = false;
        next.variants.clear();
        const auto eventAt = [&](std::string_view type, nlohmann::json data) {
            return EventRecord{scene.lineage.data().lastSequence() + 1, 0, 1, std::string(type), std::move(data)};
        };
        scene.lineage.apply({eventAt(eventType::kExchangeStarted, summaryOf(next))});
        QCOMPARE(scene.table().model()->rowCount(), 4);
        scene.dialog->showExchange(4);
        QVERIFY(scene.view().headText().contains(QStringLiteral("no answer yet")));
        const int before = scene.loads;
        next.finished = true;
        scene.lineage.apply({eventAt(eventType::kExchangeFinished, summaryOf(next))});
        QCOMPARE(scene.loads, before + 1);
        QVERIFY(scene.view().headText().contains(QStringLiteral("tokens sent")));
        QCOMPARE(scene.dialog->current(), ExchangeId{4});
    }

    void whoIsAskedStandsInTheStrip()
    {
        ExchangeStrip strip;
        QVERIFY(strip.isHidden());
        OpenQuestion question;
        question.exchange = 3;
        question.model = "big-coder";
        question.parent = 12;
        question.elapsed = Seconds(14);
        question.answerBytes = 3214;
        QCOMPARE(questionText(question), QStringLiteral("big-coder is asked about #12: 00:14, 3.21 kB so far"));
        std::vector<OpenQuestion> questions(6, question);
        questions.back().approval = 9;
        strip.showQuestions(questions);
        QVERIFY(!strip.isHidden());
        QVERIFY2(strip.text().startsWith(QStringLiteral("A prompt for big-coder about #12 waits")),
                 qPrintable(strip.text()));
        QVERIFY(strip.text().endsWith(QStringLiteral("and 2 more")));
        QSignalSpy waiting(&strip, &ExchangeStrip::waitingChosen);
        QSignalSpy exchange(&strip, &ExchangeStrip::exchangeChosen);
        emit strip.findChild<QLabel*>()->linkActivated(QStringLiteral("waiting:9"));
        emit strip.findChild<QLabel*>()->linkActivated(QStringLiteral("exchange:3"));
        QCOMPARE(waiting.count(), 1);
        QCOMPARE(exchange.count(), 1);
        strip.showQuestions({});
        QVERIFY(strip.isHidden());
    }

    void picturesOfManyExchanges()
    {
        Scene scene(500);
        QElapsedTimer timer;
        timer.start();
        scene.box("exchangeOutcomes").setCurrentIndex(1);
        scene.box("exchangeOutcomes").setCurrentIndex(0);
        QVERIFY2(timer.elapsed() < 3000, qPrintable(QString::number(timer.elapsed())));
        scene.dialog->showExchange(498);
        keepPicture(*scene.dialog, QStringLiteral("exchanges-many-light"));
        Theme::instance().choose(ThemeChoice::Dark);
        keepPicture(*scene.dialog, QStringLiteral("exchanges-many-dark"));
        Theme::instance().choose(ThemeChoice::Light);
    }
};

WARPLOOM_WIDGET_TEST_MAIN(tst_ExchangesDialog)
#include "tst_ExchangesDialog.moc"
