// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <set>

#include "TestSupport.h"
#include "measure/HalfFloats.h"
#include "measure/HostFill.h"

using namespace warploom;

class tst_HostFill : public QObject {
    Q_OBJECT

private:
    static TaskBuffer buffer(ElementType type, const char* fill)
    {
        TaskBuffer result;
        result.name = "x";
        result.type = type;
        result.shape = {Expression::constant(1000)};
        result.fill = *Fill::parse(fill, {});
        return result;
    }

    template <typename T>
    static std::vector<T> values(const TaskBuffer& buffer, std::uint64_t seed)
    {
        std::vector<T> data(1000);
        const auto fill = hostFill(buffer, {}, seed);
        (*fill)(0, std::as_writable_bytes(std::span(data)));
        return data;
    }

private slots:
    void uniformStaysInItsRange()
    {
        const auto data = values<float>(buffer(ElementType::F32, "uniform(-2, 3)"), 7);
        for (const float value : data)
            QVERIFY(value >= -2 && value <= 3);
        QVERIFY(*std::max_element(data.begin(), data.end()) > 2.8f);
        QVERIFY(*std::min_element(data.begin(), data.end()) < -1.8f);
    }

    void normalHasItsMoments()
    {
        double sum = 0;
        double squares = 0;
        const auto data = values<double>(buffer(ElementType::F64, "normal(5, 2)"), 3);
        for (const double value : data) {
            sum += value;
            squares += (value - 5) * (value - 5);
        }
        // Four standard errors of 1000 draws.
        QVERIFY(std::abs(sum / 1000 - 5) < 0.26);
        QVERIFY(std::abs(std::sqrt(squares / 1000) - 2) < 0.18);
    }

    void permutationHasEveryValueOnce()
    {
        const auto data = values<std::int32_t>(buffer(ElementType::I32, "permutation()"), 11);
        const std::set<std::int32_t> distinct(data.begin(), data.end());
        QCOMPARE(distinct.size(), std::size_t{1000});
        QCOMPARE(*distinct.begin(), 0);
        QCOMPARE(*distinct.rbegin(), 999);
        QVERIFY(!std::is_sorted(data.begin(), data.end()));
    }

    void offsetsAscendFromZeroToTotal()
    {
        const auto data = values<std::int64_t>(buffer(ElementType::I64, "offsets(50000)"), 13);
        QCOMPARE(data.front(), 0);
        QCOMPARE(data.back(), 50000);
        QVERIFY(std::is_sorted(data.begin(), data.end()));
    }

    void integersExcludeTheUpperBound()
    {
        const auto data = values<std::uint8_t>(buffer(ElementType::U8, "integers(3, 6)"), 17);
        const std::set<int> distinct(data.begin(), data.end());
        QCOMPARE(distinct, (std::set<int>{3, 4, 5}));
    }

    void piecesEqualTheWhole()
    {
        const TaskBuffer wanted = buffer(ElementType::F32, "normal(0, 1)");
        const auto whole = values<float>(wanted, 23);
        std::vector<float> piece(10);
        (*hostFill(wanted, {}, 23))(400, std::as_writable_bytes(std::span(piece)));
        QVERIFY(std::equal(piece.begin(), piece.end(), whole.begin() + 100));
        QVERIFY(values<float>(wanted, 24) != whole);
    }

    void halfFloatsRoundTrip()
    {
        for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
            const auto half = static_cast<std::uint16_t>(bits);
            const double value = halfToDouble(half);
            if (!std::isnan(value))
                QCOMPARE(doubleToHalf(value), half);
        }
        QCOMPARE(doubleToHalf(1.0 + 0x1.0p-11), std::uint16_t{0x3C00});  // tie to even
        QCOMPARE(doubleToBfloat(1.0), std::uint16_t{0x3F80});
        QCOMPARE(bfloatToDouble(0x4049), 3.140625);
    }
};

QTEST_APPLESS_MAIN(tst_HostFill)
#include "tst_HostFill.moc"
