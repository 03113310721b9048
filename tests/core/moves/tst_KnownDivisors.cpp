// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

using Sizes = std::map<std::string, std::vector<std::int64_t>>;

class TestKnownDivisors : public QObject {
    Q_OBJECT

private slots:
    void depthwise()
    {
        const Sizes sizes = {
            {"images", {64, 64}}, {"channels", {96, 384}}, {"height", {112, 56}}, {"width", {112, 56}}};
        const auto made = proposed(baseline("depthwise_conv"), sizes);
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source,
                        "else if (pixels == 77070336 && channels == 384 && height == 56 && width == 56)");
        VERIFY_CONTAINS(made[0].source, "depthwise_of(x, filters, y, 77070336, 96, 112, 112);");
        VERIFY_CONTAINS(made[0].source, "depthwise_of(x, filters, y, pixels, channels, height, width);");
        COMPARE_GOLDEN("known-divisors-depthwise", made[0].source);
        // Nothing is left to do.
        QVERIFY(proposed(made[0].source, sizes).empty());
    }

    void argumentsThatAreExpressions()
    {
        auto source = linear("y[i] = x[i % w];");
        source.replace(source.find("n, w, h)"), 8, "n, w + 1, h)");
        const auto made = proposed(source, {{"n", {1, 3000000000}}, {"w", {7, 15}}, {"h", {1, 1}}});
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "if (n == 1 && w == 8 && h == 1)");
        VERIFY_CONTAINS(made[0].source, "g_of(x, y, 3000000000LL, 16, 1);");
    }

    void divisionsThatAreMeant_data()
    {
        QTest::addColumn<QString>("body");
        QTest::newRow("remainder") << "y[i] = x[i % w];";
        QTest::newRow("product") << "y[i] = x[i / (w * h)];";
        QTest::newRow("of floats") << "y[i] = int((i + 0.5f) / w);";
        QTest::newRow("within a loop") << "for (int k = 0; k < 3; ++k) y[i] += x[(i + k) % size_t(w)];";
    }
    void divisionsThatAreMeant()
    {
        QFETCH(QString, body);
        QCOMPARE(proposed(linear(body.toStdString()), kKnown).size(), std::size_t{1});
    }

    void notThere_data()
    {
        QTest::addColumn<QString>("body");
        QTest::newRow("no division") << "y[i] = x[i];";
        QTest::newRow("by a constant") << "y[i] = x[i / 3];";
        QTest::newRow("by a local") << "int d = x[i]; y[i] = i % d;";
        QTest::newRow("by an element") << "y[i] = i % x[i];";
        QTest::newRow("by a call") << "y[i] = i % max(w, 2);";
        QTest::newRow("arrays of the block") << "__shared__ int t[4]; t[i % w] = 0;";
    }
    void notThere()
    {
        QFETCH(QString, body);
        QVERIFY(proposed(linear(body.toStdString()), kKnown).empty());
    }

    void sizesThatTellNothing()
    {
        const auto source = linear("y[i] = x[i % w];");
        QVERIFY(proposed(source, {}).empty());
        QVERIFY(proposed(source, {{"other", {1}}}).empty());
        // More copies than are worth it, and lists that do not fit one another.
        QVERIFY(proposed(source, {{"n", {9, 9, 9, 9}}, {"w", {1, 2, 3, 4}}, {"h", {1, 1, 1, 1}}}).empty());
        QVERIFY(proposed(source, {{"n", {9, 9}}, {"w", {1}}}).empty());
        // The same sizes twice are one copy.
        QCOMPARE(proposed(source, {{"n", {9, 9, 9, 9}}, {"w", {1, 1, 1, 1}}, {"h", {1, 1, 1, 1}}}).size(),
                 std::size_t{1});
    }

private:
    inline static const Sizes kKnown = {{"n", {4096}}, {"w", {64}}, {"h", {64}}};

    static std::string linear(const std::string& body)
    {
        return "// warploom: launch g<<<ceil_div(n, 128), 128>>>(x, y, n, w, h)\n"
               "__global__ void g(const int* x, int* y, long long n, int w, int h) {\n"
               "    long long i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i >= n) return;\n    "
            + body + "\n}\n";
    }

    static std::vector<MoveProposal> proposed(const std::string& source, const Sizes& sizes)
    {
        MoveRequest request{source, "test.cu", {"known-divisors"}, {}, {}};
        request.timeSizes = sizes;
        const auto answer = proposeMoves(request);
        if (!answer)
            qFatal("%s", answer.error().toString().c_str());
        for (const auto& made : answer->proposals)
            if (const auto error = errorOf(made.source); !error.empty())
                qFatal("%s\n%s", error.c_str(), made.source.c_str());
        return answer->proposals;
    }
};

QTEST_APPLESS_MAIN(TestKnownDivisors)
#include "tst_KnownDivisors.moc"
