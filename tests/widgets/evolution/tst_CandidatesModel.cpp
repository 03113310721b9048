// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "WidgetTestSupport.h"
#include "evolution/CandidatesFilter.h"
#include "evolution/CandidatesModel.h"
#include "session/LiveLineage.h"

using namespace warploom;
using namespace warploom::test;

namespace {

using Column = CandidatesModel::Column;

struct Table {
    LiveLineage lineage;
    CandidatesModel model{lineage};
    CandidatesFilter filter{model};
    QAbstractItemModelTester modelTester{&model, QAbstractItemModelTester::FailureReportingMode::Fatal};
    QAbstractItemModelTester filterTester{&filter, QAbstractItemModelTester::FailureReportingMode::Fatal};

    explicit Table(WorkspaceContent content) { lineage.reset(Lineage(std::move(content))); }

    QString text(int row, Column column) const { return model.index(row, column).data().toString(); }
    QList<double> sorted(Column column) const
    {
        QList<double> values;
        for (int row = 0; row < filter.rowCount(); ++row)
            if (const QVariant value = filter.index(row, column).data(CandidatesModel::SortRole); value.isValid())
                values << value.toDouble();
        return values;
    }
};

std::vector<EventRecord> batchOf(const WorkspaceContent& content, std::size_t from, std::size_t to,
                                 EventSequence sequence)
{
    std::vector<EventRecord> events;
    for (std::size_t i = from; i < to; ++i)
        events.push_back(eventOf(content.evaluations[i], ++sequence));
    return events;
}

}  // namespace

class TestCandidatesModel : public QObject {
    Q_OBJECT

private slots:
    void rowsAreEvaluations();
    void figuresSayWhatTheyAre();
    void batchesAreAppended();
    void resetForgets();
    void unitFollowsTheColumn();
    void sortsByValue_data();
    void sortsByValue();
    void filtersByText_data();
    void filtersByText();
    void filtersByVerdict();
    void failuresAreCounted();
    void unknownVariant();
};

void TestCandidatesModel::rowsAreEvaluations()
{
    const Table table(syntheticContent(12, 30, false));
    QCOMPARE(table.model.rowCount(), 30);
    QCOMPARE(table.model.columnCount(), static_cast<int>(CandidatesModel::ColumnCount));
    QCOMPARE(table.text(1, Column::Variant), QStringLiteral("#2"));
    QCOMPARE(table.text(1, Column::Title), QStringLiteral("try unroll"));
    QCOMPARE(table.text(1, Column::Configured), QStringLiteral("BLOCK=64 UNROLL=2"));
    QCOMPARE(table.text(13, Column::VerdictColumn), QStringLiteral("compile error"));
    QCOMPARE(table.text(13, Column::Speedup), QString());
    QCOMPARE(table.text(13, Column::Time), QString());
    QCOMPARE(table.text(1, Column::Agent), QStringLiteral("rules"));
    QCOMPARE(table.text(1, Column::Trust), QStringLiteral("2"));
    QVERIFY(table.model.index(13, 0).data(Qt::ToolTipRole).toString().contains(QLatin1String("wrong at y[0, 0]")));
}

void TestCandidatesModel::figuresSayWhatTheyAre()
{
    const Table measured(syntheticContent(5, 5, false));
    QCOMPARE(measured.text(0, Column::Speedup), QStringLiteral("1.00× [0.990, 1.01]"));
    QCOMPARE(measured.text(0, Column::Time), QStringLiteral("5.00 [4.95, 5.05]"));
    const Table modelled(syntheticContent(5, 5, true));
    QCOMPARE(modelled.text(0, Column::Speedup), QStringLiteral("1.00× modelled"));
    QCOMPARE(modelled.text(0, Column::Time), QStringLiteral("5.00 modelled"));
    WorkspaceContent hot = syntheticContent(5, 5, false);
    hot.evaluations[0].cold = false;
    QVERIFY(Table(hot).text(0, Column::Speedup).endsWith(QLatin1String("hot")));
}

void TestCandidatesModel::batchesAreAppended()
{
    const WorkspaceContent whole = syntheticContent(12, 40, false);
    WorkspaceContent start = whole;
    start.evaluations.resize(10);
    start.lastSequence = 100;
    Table table(start);
    QSignalSpy inserted(&table.model, &QAbstractItemModel::rowsInserted);
    QSignalSpy reset(&table.model, &QAbstractItemModel::modelReset);
    table.lineage.apply(batchOf(whole, 10, 25, 100));
    table.lineage.apply(batchOf(whole, 25, 40, 200));
    QCOMPARE(inserted.size(), 2);
    QCOMPARE(inserted[1][1].toInt(), 25);
    QCOMPARE(inserted[1][2].toInt(), 39);
    QCOMPARE(reset.size(), 0);
    QCOMPARE(table.model.rowCount(), 40);
    QCOMPARE(table.filter.rowCount(), 40);
    QCOMPARE(table.model.evaluationAt(39).id, EvaluationId{40});
    // Nothing new in the table.
    table.lineage.apply({eventOf(whole.variants[0], 300)});
    QCOMPARE(inserted.size(), 2);
}

void TestCandidatesModel::resetForgets()
{
    Table table(syntheticContent(12, 40, false));
    table.lineage.reset({});
    QCOMPARE(table.model.rowCount(), 0);
    for (const Verdict verdict : allVerdicts())
        QCOMPARE(table.model.countOf(verdict), 0);
    table.lineage.reset(Lineage(syntheticContent(3, 3, false)));
    QCOMPARE(table.model.rowCount(), 3);
}

void TestCandidatesModel::unitFollowsTheColumn()
{
    WorkspaceContent content = syntheticContent(2, 2, false);
    Table table(content);
    const auto header = [&] {
        return table.model.headerData(Column::Time, Qt::Horizontal, Qt::DisplayRole).toString();
    };
    QCOMPARE(header(), QStringLiteral("Time (ms)"));
    EvaluationRecord fast = content.evaluations[1];
    fast.id = 3;
    fast.time = Interval{0.5, 0.4, 0.6};
    QSignalSpy changed(&table.model, &QAbstractItemModel::headerDataChanged);
    table.lineage.apply({eventOf(fast, 100)});
    QCOMPARE(header(), QStringLiteral("Time (µs)"));
    QCOMPARE(changed.size(), 1);
    QCOMPARE(table.text(2, Column::Time), QStringLiteral("0.500 [0.400, 0.600]"));
    QCOMPARE(table.text(0, Column::Time), QStringLiteral("5000 [4950, 5050]"));
}

void TestCandidatesModel::sortsByValue_data()
{
    QTest::addColumn<int>("column");
    QTest::newRow("variant") << static_cast<int>(Column::Variant);
    QTest::newRow("time") << static_cast<int>(Column::Time);
    QTest::newRow("speedup") << static_cast<int>(Column::Speedup);
    QTest::newRow("trust") << static_cast<int>(Column::Trust);
}

void TestCandidatesModel::sortsByValue()
{
    QFETCH(int, column);
    Table table(syntheticContent(30, 200, false));
    const auto sorted = [&](Qt::SortOrder order) {
        table.filter.sort(column, order);
        return table.sorted(static_cast<Column>(column));
    };
    const QList<double> rising = sorted(Qt::AscendingOrder);
    QVERIFY(rising.size() >= 160);
    QVERIFY(std::is_sorted(rising.begin(), rising.end()));
    const QList<double> falling = sorted(Qt::DescendingOrder);
    QVERIFY(std::is_sorted(falling.rbegin(), falling.rend()));
    if (column != Column::Speedup)
        return;
    // What has no figure comes last either way.
    for (const auto order : {Qt::AscendingOrder, Qt::DescendingOrder}) {
        table.filter.sort(column, order);
        QVERIFY(table.filter.index(0, column).data(CandidatesModel::SortRole).isValid());
        QVERIFY(!table.filter.index(199, column).data(CandidatesModel::SortRole).isValid());
    }
}

void TestCandidatesModel::filtersByText_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<int>("rows");
    QTest::newRow("nothing") << QString() << 30;
    QTest::newRow("title") << QStringLiteral("TRY unr") << 5;
    QTest::newRow("move") << QStringLiteral("vectorize") << 5;
    QTest::newRow("verdict") << QStringLiteral("compile error") << 1;
    QTest::newRow("configuration") << QStringLiteral("block=1024") << 5;
    QTest::newRow("none") << QStringLiteral("no such thing") << 0;
}

void TestCandidatesModel::filtersByText()
{
    QFETCH(QString, text);
    Table table(syntheticContent(30, 30, false));
    table.filter.setFilter(VerdictFilter::All, Verdict::Ok, text);
    QTEST(table.filter.rowCount(), "rows");
    table.filter.setFilter(VerdictFilter::All, Verdict::Ok, {});
    QCOMPARE(table.filter.rowCount(), 30);
}

void TestCandidatesModel::filtersByVerdict()
{
    Table table(syntheticContent(30, 300, false));
    table.filter.setFilter(VerdictFilter::Right, Verdict::Ok, {});
    const int right = table.filter.rowCount();
    table.filter.setFilter(VerdictFilter::Failed, Verdict::Ok, {});
    const int failed = table.filter.rowCount();
    table.filter.setFilter(VerdictFilter::One, Verdict::Suspect, {});
    QCOMPARE(table.filter.rowCount(), table.model.countOf(Verdict::Suspect));
    QVERIFY(table.filter.rowCount() > 0);
    QCOMPARE(right + failed + table.filter.rowCount(), 300);
    table.filter.setFilter(VerdictFilter::One, Verdict::Race, QStringLiteral("block=256"));
    for (int row = 0; row < table.filter.rowCount(); ++row)
        QVERIFY(table.filter.index(row, Column::Configured).data().toString().contains(QLatin1String("BLOCK=256")));
    QVERIFY(table.filter.rowCount() < table.model.countOf(Verdict::Race));
}

void TestCandidatesModel::failuresAreCounted()
{
    const WorkspaceContent whole = syntheticContent(30, 300, false);
    WorkspaceContent start = whole;
    start.evaluations.resize(100);
    start.lastSequence = 0;
    Table table(start);
    QSignalSpy counted(&table.model, &CandidatesModel::counted);
    table.lineage.apply(batchOf(whole, 100, 300, 0));
    QCOMPARE(counted.size(), 1);
    for (const Verdict verdict : allVerdicts()) {
        const auto expected =
            std::count_if(whole.evaluations.begin(), whole.evaluations.end(),
                          [verdict](const auto& evaluation) { return evaluation.verdict == verdict; });
        QCOMPARE(table.model.countOf(verdict), static_cast<int>(expected));
    }
    QCOMPARE(table.model.countOf(Verdict::Wrong), 5);
}

void TestCandidatesModel::unknownVariant()
{
    WorkspaceContent content = syntheticContent(2, 2, false);
    content.evaluations[1].variant = 77;
    const Table table(content);
    QCOMPARE(table.text(1, Column::Variant), QStringLiteral("#77"));
    QCOMPARE(table.text(1, Column::Title), QString());
    QVERIFY(!table.model.matches(1, QStringLiteral("try")));
}

WARPLOOM_WIDGET_TEST_MAIN(TestCandidatesModel)
#include "tst_CandidatesModel.moc"
