// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "EvidenceShown.h"
#include "look/Theme.h"

using namespace warploom;
using namespace warploom::test;

namespace {

/// What of \p widget's children stands outside of it or in another's place; empty where nothing does.
QString misfitIn(const QWidget& widget)
{
    QList<const QWidget*> placed;
    for (const QWidget* child : widget.findChildren<QWidget*>(QString(), Qt::FindDirectChildrenOnly)) {
        if (!child->isVisible())
            continue;
        const QString name =
            QString::fromLatin1(child->metaObject()->className()) + QLatin1Char(' ') + child->accessibleName();
        if (!widget.rect().contains(child->geometry()))
            return name + QStringLiteral(" is outside");
        for (const QWidget* other : placed)
            if (other->geometry().intersects(child->geometry()))
                return name + QStringLiteral(" covers ") + QString::fromLatin1(other->metaObject()->className());
        placed << child;
    }
    return {};
}

}  // namespace

class TestEvidenceRoom : public QObject {
    Q_OBJECT

private slots:
    void fitsEveryRoom_data();
    void fitsEveryRoom();
    void pictures_data();
    void pictures();
};

void TestEvidenceRoom::fitsEveryRoom_data()
{
    QTest::addColumn<QSize>("size");
    QTest::newRow("beside the editor at 1440×900") << QSize(576, 760);
    QTest::newRow("below the editor at 1440×900") << QSize(1100, 280);
    QTest::newRow("below the editor at 3840×2160") << QSize(2200, 720);
}

void TestEvidenceRoom::fitsEveryRoom()
{
    QFETCH(const QSize, size);
    const Shown shown(cardEvaluation(), size);
    const QScrollArea* scroll = shown.view.findChild<QScrollArea*>();
    const QSplitter* splitter = shown.view.findChild<QSplitter*>();
    const QWidget* page = scroll->widget();
    for (const bool isRead : {false, true}) {
        shown.histogram().setBin(isRead ? 5 : -1);
        QCoreApplication::processEvents();
        QCOMPARE(scroll->horizontalScrollBar()->maximum(), 0);
        QVERIFY(page->height() >= page->layout()->minimumHeightForWidth(page->width()));
        QVERIFY2(misfitIn(*page).isEmpty(), qPrintable(misfitIn(*page)));
        QCOMPARE(splitter->count(), 3);
        for (int i = 0; i < splitter->count(); ++i)
            QVERIFY2(misfitIn(*splitter->widget(i)).isEmpty(), qPrintable(misfitIn(*splitter->widget(i))));
        for (const FigureTable* table : {&shown.cases(), &shown.facts()})
            QVERIFY(table->viewport()->height() >= table->rowHeight(0));
        for (const QWidget* part : QList<QWidget*>{&shown.cases(), &shown.histogram(), &shown.facts()})
            QVERIFY(part->width() >= part->minimumSizeHint().width());
    }
    for (const QLabel* label : shown.view.findChildren<QLabel*>())
        if (label->isVisible())
            QVERIFY2(label->height() >= label->heightForWidth(label->width()), qPrintable(label->text()));
}

void TestEvidenceRoom::pictures_data()
{
    QTest::addColumn<QSize>("size");
    QTest::addColumn<QString>("sample");
    QTest::addColumn<bool>("isDark");
    for (const bool isDark : {false, true})
        for (const char* sample : {"card", "softmax-baseline", "softmax-saboteur", "nothing"})
            for (const QSize size : {QSize(576, 760), QSize(1100, 280), QSize(2200, 720)})
                QTest::addRow("%s-%d-%s", sample, size.width(), isDark ? "dark" : "light")
                    << size << QString::fromLatin1(sample) << isDark;
}

void TestEvidenceRoom::pictures()
{
    QFETCH(const QSize, size);
    QFETCH(const QString, sample);
    QFETCH(const bool, isDark);
    Theme::instance().choose(isDark ? ThemeChoice::Dark : ThemeChoice::Light);
    Shown shown({}, size);
    if (sample != QStringLiteral("nothing"))
        shown.view.showEvidence(QStringLiteral("#7 unroll the inner loop  BLOCK=256"),
                                sample == QStringLiteral("card") ? cardEvaluation()
                                                                 : recordedEvaluation(sample.toStdString()),
                                &shown.task);
    QCoreApplication::processEvents();
    const QImage image = shown.view.grab().toImage();
    QCOMPARE(image.pixelColor(1, image.height() - 2), Theme::instance().color(Token::Panel));
    if (sample != QStringLiteral("nothing")) {
        const QImage bars = shown.histogram().grab().toImage();
        const QColor wanted =
            Theme::instance().color(sample == QStringLiteral("softmax-baseline") ? Token::Accent : Token::Wrong);
        QVERIFY(pixelsOf(bars, wanted) > 200);
    }
    keepPicture(shown.view, QStringLiteral("evidence-") + QString::fromLatin1(QTest::currentDataTag()));
    Theme::instance().choose(ThemeChoice::Light);
}

WARPLOOM_WIDGET_TEST_MAIN(TestEvidenceRoom)
#include "tst_EvidenceRoom.moc"
