// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <QAbstractItemModelTester>

#include "WidgetTestSupport.h"
#include "look/Theme.h"
#include "profiler/ProfileModel.h"
#include "protocol/CompileProduct.h"
#include "protocol/Counters.h"

using namespace warploom;

namespace {

EvaluationRecord evaluation(double speedup, std::uint32_t registers, std::uint64_t sectors)
{
    EvaluationRecord record;
    record.verdict = Verdict::Ok;
    record.time = Interval{5000 / speedup, 4990 / speedup, 5010 / speedup};
    record.speedup = Interval{speedup, speedup * 0.99, speedup * 1.01};
    KernelResources kernel;
    kernel.name = "k";
    kernel.registers = registers;
    record.resources = std::vector<KernelResources>{kernel};
    LaunchCounters counters;
    counters.globalLoadSectors = sectors;
    counters.globalLoadRequests = 1000;
    record.counters = std::vector<LaunchCounters>{counters};
    record.evidence["occupancy"] = 0.75;
    return record;
}

QString cell(const ProfileModel& model, const QString& name, ProfileModel::Column column, int role = Qt::DisplayRole)
{
    for (int row = 0; row < model.rowCount(); ++row)
        if (model.index(row, ProfileModel::Name).data().toString() == name) {
            const QVariant value = model.index(row, column).data(role);
            return role == Qt::ForegroundRole ? value.value<QColor>().name() : value.toString();
        }
    return QStringLiteral("(no such row)");
}

QString colourName(Token token) { return Theme::instance().color(token).name(); }

}  // namespace

class tst_ProfileModel : public QObject {
    Q_OBJECT

private slots:
    void figuresStandBesideTheParents()
    {
        ProfileModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
        QCOMPARE(model.rowCount(), 0);
        model.setEvaluations(evaluation(4, 40, 16'000), evaluation(2, 32, 32'000), QStringLiteral("Parent #1"));
        QCOMPARE(model.headerData(ProfileModel::Other, Qt::Horizontal, Qt::DisplayRole).toString(),
                 QStringLiteral("Parent #1"));
        QCOMPARE(cell(model, QStringLiteral("Time of one plan"), ProfileModel::Value),
                 QStringLiteral("1.25 ms [1.25, 1.25]"));
        QCOMPARE(cell(model, QStringLiteral("Speedup over the baseline"), ProfileModel::Value),
                 QStringLiteral("4.00× [3.96, 4.04]"));
        QCOMPARE(cell(model, QStringLiteral("Time of one plan"), ProfileModel::Change), QStringLiteral("−50.0 %"));
        QCOMPARE(cell(model, QStringLiteral("Time of one plan"), ProfileModel::Change, Qt::ForegroundRole),
                 colourName(Token::Ok));
        QCOMPARE(cell(model, QStringLiteral("Registers a thread"), ProfileModel::Change), QStringLiteral("+25.0 %"));
        QCOMPARE(cell(model, QStringLiteral("Registers a thread"), ProfileModel::Change, Qt::ForegroundRole),
                 colourName(Token::Wrong));
        QCOMPARE(cell(model, QStringLiteral("Sectors a load request"), ProfileModel::Value), QStringLiteral("16"));
        QCOMPARE(cell(model, QStringLiteral("Occupancy"), ProfileModel::Change), QStringLiteral("≈"));
    }

    void nothingIsMadeUp()
    {
        ProfileModel model;
        EvaluationRecord failed;
        failed.verdict = Verdict::CompileError;
        model.setEvaluations(failed, std::nullopt, {});
        // What is not known has no row.
        QCOMPARE(model.rowCount(), 0);
        EvaluationRecord modelled = evaluation(2, 32, 100);
        modelled.modelled = true;
        model.setEvaluations(modelled, std::nullopt, {});
        QVERIFY(model.headerData(ProfileModel::Value, Qt::Horizontal, Qt::DisplayRole)
                    .toString()
                    .contains(QStringLiteral("modelled")));
        QCOMPARE(cell(model, QStringLiteral("Time of one plan"), ProfileModel::Value),
                 QStringLiteral("2.50 ms modelled"));
        QCOMPARE(cell(model, QStringLiteral("Time of one plan"), ProfileModel::Value, Qt::ForegroundRole),
                 colourName(Token::Modelled));
        QCOMPARE(cell(model, QStringLiteral("Time of one plan"), ProfileModel::Other), QStringLiteral("–"));
        model.setEvaluations(std::nullopt, std::nullopt, {});
        QCOMPARE(model.rowCount(), 0);
    }
};

WARPLOOM_WIDGET_TEST_MAIN(tst_ProfileModel)
#include "tst_ProfileModel.moc"
