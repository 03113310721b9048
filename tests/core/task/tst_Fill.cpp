// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest/QtTest>

#include "TestSupport.h"
#include "task/Fill.h"

using namespace warploom;

class tst_Fill : public QObject {
    Q_OBJECT

private slots:
    void readsEveryKind_data();
    void readsEveryKind();
    void boundsMayUseSizes();
    void rejects_data();
    void rejects();
};

void tst_Fill::readsEveryKind_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<int>("kind");
    QTest::newRow("uniform") << "uniform(-1, 2.5)" << static_cast<int>(Fill::Kind::Uniform);
    QTest::newRow("normal") << "normal(0.5, 2)" << static_cast<int>(Fill::Kind::Normal);
    QTest::newRow("integers") << "integers(0, 256)" << static_cast<int>(Fill::Kind::Integers);
    QTest::newRow("permutation") << "permutation()" << static_cast<int>(Fill::Kind::Permutation);
    QTest::newRow("offsets") << "offsets(n * 2)" << static_cast<int>(Fill::Kind::Offsets);
    QTest::newRow("constant") << "constant(-3)" << static_cast<int>(Fill::Kind::Constant);
}

void tst_Fill::readsEveryKind()
{
    QFETCH(QString, text);
    QFETCH(int, kind);
    const auto fill = Fill::parse(" " + text.toStdString() + " ", {});
    QVERIFY_RESULT(fill);
    QCOMPARE(static_cast<int>(fill->kind), kind);
    QCOMPARE(QString::fromStdString(fill->toString()), text);
    const auto again = Fill::parse(fill->toString(), {});
    QVERIFY_RESULT(again);
    QCOMPARE(again->first, fill->first);
    QCOMPARE(again->second, fill->second);
}

void tst_Fill::boundsMayUseSizes()
{
    const auto fill = Fill::parse("integers(min(n, 4), n * (n + 1))", {});
    QVERIFY_RESULT(fill);
    QCOMPARE(fill->low.evaluate({{"n", 10}}).value_or(-1), std::int64_t{4});
    QCOMPARE(fill->high.evaluate({{"n", 10}}).value_or(-1), std::int64_t{110});
}

void tst_Fill::rejects_data()
{
    QTest::addColumn<QString>("text");
    for (const char* text : {"",
                             "uniform",
                             "uniform(",
                             ")",
                             "()",
                             "uniform(1)",
                             "uniform(1, 2, 3)",
                             "uniform(2, 1)",
                             "uniform(a, 1)",
                             "uniform(0, inf)",
                             "normal(0, -1)",
                             "normal(0, nan)",
                             "gaussian(0, 1)",
                             "integers(0)",
                             "integers(, 4)",
                             "integers(0, 1/)",
                             "permutation(3)",
                             "offsets()",
                             "constant(1e999)",
                             "constant(1) x"})
        QTest::newRow(text) << text;
}

void tst_Fill::rejects()
{
    QFETCH(QString, text);
    const auto fill = Fill::parse(text.toStdString(), {"task.toml", 4, 8});
    QVERIFY(!fill);
    QCOMPARE(fill.error().code, ErrorCode::InvalidInput);
    QCOMPARE(fill.error().place.file, std::string("task.toml"));
    QCOMPARE(fill.error().place.line, 4);
    QVERIFY(!fill.error().expected.empty());
}

QTEST_APPLESS_MAIN(tst_Fill)
#include "tst_Fill.moc"
