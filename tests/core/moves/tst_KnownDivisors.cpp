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
        VERIFY_CONTAINS(made[0].source, "int col = remainderOf<112, 56>(i, width);");
        VERIFY_CONTAINS(made[0].source,
                        "remainderOf<96, 384>(quotientOf<112, 56>(quotientOf<112, 56>(i, width), height), channels)");
        COMPARE_GOLDEN("known-divisors-depthwise", made[0].source);
        // Nothing is left to do, and other moves still know what the indices are.
        QVERIFY(proposed(made[0].source, sizes).empty());
    }

    void indicesStayKnown()
    {
        const auto source = linear("y[i] = x[i / w % h + i % w];", "int i");
        const auto made = proposed(source, {{"n", {4096}}, {"w", {64}}, {"h", {64}}});
        QCOMPARE(made.size(), std::size_t{1});
        QCOMPARE(proposals(made[0].source, "vectorize").size(), proposals(source, "vectorize").size());
    }

    void wideOnesNeedNoSizes()
    {
        const auto made = proposed(linear("y[i] = x[i % w];", "long long i"), {});
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "x[remainderOf(i, w)]");
    }

    void productsOfSizes()
    {
        const auto made = proposed(linear("y[i] = x[i / (w * h)];", "int i"), {{"n", {1}}, {"w", {6}}, {"h", {7}}});
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "quotientOf<42>(i, w * h)");
    }

    void argumentsThatAreExpressions()
    {
        auto source = linear("y[i] = x[i % w];", "int i");
        source.replace(source.find("n, w, h)"), 8, "n, w + 1, h)");
        const auto made = proposed(source, {{"n", {1, 2}}, {"w", {7, 15}}, {"h", {1, 1}}});
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "remainderOf<8, 16>(i, w)");
    }

    void notThere_data()
    {
        QTest::addColumn<QString>("body");
        QTest::newRow("no division") << "y[i] = x[i];";
        QTest::newRow("by a constant") << "y[i] = x[i / 3];";
        QTest::newRow("by what changes") << "for (; w > 1; --w) y[i] = x[i % w];";
        QTest::newRow("by a local") << "int d = x[i]; y[i] = i % d;";
        QTest::newRow("by an element") << "y[i] = i % x[i];";
        QTest::newRow("of floats") << "y[i] = float(i) / w;";
        QTest::newRow("in a macro") << "y[i] = HALF(i);";
    }
    void notThere()
    {
        QFETCH(QString, body);
        const auto source = "#define HALF(v) ((v) / w)\n" + linear(body.toStdString(), "int i");
        QVERIFY(proposed(source, {{"n", {4096}}, {"w", {64}}, {"h", {64}}}).empty());
    }

    void sizesThatTellNothing()
    {
        const auto source = linear("y[i] = x[i % w];", "int i");
        QVERIFY(proposed(source, {}).empty());
        QVERIFY(proposed(source, {{"n", {1}}, {"h", {1}}}).empty());
        QVERIFY(proposed(source, {{"n", {1}}, {"w", {0}}}).empty());
        QVERIFY(proposed(source, {{"w", {1, 2, 3, 4, 5}}}).empty());
    }

private:
    static std::string linear(const std::string& body, const std::string& index)
    {
        return "// warploom: launch g<<<ceil_div(n, 128), 128>>>(x, y, n, w, h)\n"
               "__global__ void g(const int* x, int* y, int n, int w, int h) {\n    "
            + index + " = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i >= n) return;\n    " + body + "\n}\n";
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
