// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include "device/cuda/GuardLayout.h"

using namespace warploom;

class TestGuardLayout : public QObject {
    Q_OBJECT

private slots:
    void arithmetic_data();
    void arithmetic();
    void impossible();
    void brokenCanary();
};

void TestGuardLayout::arithmetic_data()
{
    QTest::addColumn<quint64>("size");
    QTest::addColumn<quint64>("granularity");
    for (const quint64 granularity : {quint64{256}, quint64{65536}, quint64{2} << 20}) {
        for (const quint64 size : {quint64{0}, quint64{1}, quint64{255}, quint64{256}, quint64{257}, granularity - 1,
                                   granularity, granularity + 1, 7 * granularity + 300, quint64{1} << 40})
            QTest::addRow("%llu in %llu", size, granularity) << size << granularity;
    }
}

void TestGuardLayout::arithmetic()
{
    QFETCH(quint64, size);
    QFETCH(quint64, granularity);
    const auto layout = guardLayout({size}, granularity);
    QVERIFY(layout);
    QCOMPARE(layout->size, size);
    QCOMPARE(layout->mapped % granularity, quint64{0});
    QVERIFY(layout->mapped >= std::max<quint64>(size, 1) && layout->mapped < size + 2 * granularity);
    QCOMPARE(layout->mappedAt, granularity);
    QCOMPARE(layout->reserved, layout->mapped + 2 * granularity);
    QCOMPARE(layout->bufferAt % GuardLayout::kAlignment, quint64{0});
    QVERIFY(layout->bufferAt >= layout->mappedAt);
    QCOMPARE(layout->headSlack() + size + layout->tailSlack(), layout->mapped);
    QVERIFY(layout->tailSlack() < GuardLayout::kAlignment);
    QVERIFY(layout->checkedHead() <= GuardLayout::kCheckedHead && layout->checkedHead() <= layout->headSlack());
}

void TestGuardLayout::impossible()
{
    QVERIFY(!guardLayout({~quint64{0}}, 2 << 20));
    QVERIFY(!guardLayout({16}, 0));
}

void TestGuardLayout::brokenCanary()
{
    const std::string pattern(canaryPattern());
    QCOMPARE(pattern.size(), std::size_t{GuardLayout::kCheckedHead});
    std::string head = pattern.substr(pattern.size() - 512);
    std::string tail = pattern.substr(0, 24);
    QVERIFY(!describeBrokenCanary(head, tail, "x"));
    QVERIFY(!describeBrokenCanary("", "", "x"));
    head[500] = static_cast<char>(head[500] ^ 1);
    QCOMPARE(describeBrokenCanary(head, tail, "x").value(), std::string("1 byte written before x (nearest at x - 12)"));
    tail[0] = static_cast<char>(tail[0] ^ 1);
    tail[3] = static_cast<char>(tail[3] ^ 1);
    QCOMPARE(
        describeBrokenCanary(head, tail, "x").value(),
        std::string("1 byte written before x (nearest at x - 12), 2 bytes written past the end of x (first 0 bytes "
                    "past it)"));
    // No byte value fills the slack unnoticed.
    for (int value = 0; value < 256; ++value)
        QVERIFY(describeBrokenCanary(std::string(8, static_cast<char>(value)), {}, "x"));
}

QTEST_APPLESS_MAIN(TestGuardLayout)
#include "tst_GuardLayout.moc"
