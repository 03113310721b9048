// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include <QSignalSpy>

#include "profiler/FigureTable.h"
#include "profiler/LinesModel.h"
#include "profiler/LinesView.h"

using namespace warploom;

namespace {

const QString kSource = QStringLiteral("// a kernel\n    sum += a[i];\n    __syncthreads();\n    c[i] = sum;\n");

VariantProfile counted()
{
    VariantProfile profile;
    profile.lines[2].warpInstructions = 900;
    profile.lines[2].globalRequests = 100;
    profile.lines[2].globalSectors = 400;
    profile.lines[3].warpInstructions = 100;
    return profile;
}

VariantProfile sampled()
{
    VariantProfile profile = counted();
    profile.linesOrigin = FigureOrigin::Measured;
    profile.stalls = InstructionReport();
    profile.stalls->samples = 1000;
    profile.stalls->plays = 2;
    profile.observation.stalledLines[3] = {800, 790, {{"barrier", 760}, {"wait", 30}, {"selected", 10}}};
    profile.observation.stalledLines[2] = {200, 100, {{"long_scoreboard", 100}, {"selected", 100}}};
    return profile;
}

QString textAt(const LinesView& view, int row, int column)
{
    return view.table().model()->index(row, column).data().toString();
}

}  // namespace

class TestLinesView : public QObject {
    Q_OBJECT

private slots:
    void withoutSamplesInstructionsRank()
    {
        LinesView view;
        view.showLines(counted(), kSource);
        QCOMPARE(view.table().model()->rowCount(), 2);
        QCOMPARE(textAt(view, 0, LinesModel::Line), QStringLiteral("2"));
        QCOMPARE(textAt(view, 0, LinesModel::Share), QStringLiteral("90 %"));
        QCOMPARE(textAt(view, 0, LinesModel::SectorsARequest), QStringLiteral("4.0"));
        QCOMPARE(textAt(view, 0, LinesModel::Source), QStringLiteral("sum += a[i];"));
        QCOMPARE(textAt(view, 1, LinesModel::SectorsARequest), QStringLiteral("–"));
        QVERIFY(view.table().isColumnHidden(LinesModel::Reason));
    }

    void samplesRankWhereThereAreAny()
    {
        LinesView view;
        view.showLines(sampled(), kSource);
        QCOMPARE(textAt(view, 0, LinesModel::Line), QStringLiteral("3"));
        QCOMPARE(textAt(view, 0, LinesModel::Share), QStringLiteral("80 %"));
        QVERIFY(textAt(view, 0, LinesModel::Reason).startsWith(QStringLiteral("95 % waiting at a barrier")));
        QVERIFY(!view.table().isColumnHidden(LinesModel::Reason));
        const QString toolTip = view.table().model()->index(0, LinesModel::Reason).data(Qt::ToolTipRole).toString();
        QCOMPARE(toolTip.count(QLatin1Char('\n')), 1);
        QVERIFY(toolTip.contains(QStringLiteral("(wait)")));
    }

    void enterJumps()
    {
        LinesView view;
        view.resize(700, 300);
        view.show();
        view.showLines(sampled(), kSource);
        QSignalSpy chosen(&view, &LinesView::lineChosen);
        view.table().setFocus();
        view.table().selectRow(0);
        QTest::keyClick(&view.table(), Qt::Key_Return);
        QCOMPARE(chosen.size(), 1);
        QCOMPARE(chosen.first().first().toInt(), 3);
    }

    void sortedByAHeaderTheRightLineIsChosen()
    {
        LinesView view;
        view.showLines(sampled(), kSource);
        view.table().sortByColumn(LinesModel::Instructions, Qt::DescendingOrder);
        QSignalSpy chosen(&view, &LinesView::lineChosen);
        emit view.table().activated(view.table().model()->index(0, 0));
        QCOMPARE(chosen.first().first().toInt(), 2);
    }

    void nothingKnownIsSaid()
    {
        LinesView view;
        view.showLines(VariantProfile(), kSource);
        QCOMPARE(view.table().model()->rowCount(), 0);
    }
};

QTEST_MAIN(TestLinesView)
#include "tst_LinesView.moc"
