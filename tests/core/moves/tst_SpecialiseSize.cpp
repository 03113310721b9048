// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

class TestSpecialiseSize : public QObject {
    Q_OBJECT

private slots:
    void conv2d()
    {
        const auto made = proposed(baseline("conv2d"), {{"k", {5}}, {"height", {1080}}, {"width", {1920}}});
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "const int k = KNOWN > 0 ? KNOWN : k_given;");
        VERIFY_CONTAINS(made[0].source, "if (k == 5)\n        conv2d_of<5>(");
        QCOMPARE(countOf(made[0].source, "#pragma unroll"), 2);
        COMPARE_GOLDEN("specialise-size-conv2d", made[0].source);
        // Nothing is left to do.
        QVERIFY(proposed(made[0].source, {{"k", {5}}}).empty());
    }

    void notThere_data()
    {
        QTest::addColumn<QString>("replaced");
        QTest::addColumn<QString>("by");
        QTest::addColumn<int>("value");
        QTest::newRow("large") << "" << "" << 64;
        QTest::newRow("one") << "" << "" << 1;
        QTest::newRow("changed") << "float s = 0;" << "float s = 0; k = k / 2;" << 5;
        QTest::newRow("no loop over it") << "p < k" << "p < n" << 5;
        QTest::newRow("arrays of the block") << "float s = 0;" << "__shared__ float t[4]; t[0] = 0; float s = 0;" << 5;
        QTest::newRow("passed otherwise") << "(x, y, n, k)" << "(x, y, n, k + 1)" << 5;
    }
    void notThere()
    {
        QFETCH(QString, replaced);
        QFETCH(QString, by);
        QFETCH(int, value);
        auto source = QStringLiteral("// warploom: launch g<<<ceil_div(n, 128), 128>>>(x, y, n, k)\n"
                                     "__global__ void g(const float* x, float* y, int n, int k) {\n"
                                     "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i >= n) return;\n"
                                     "    float s = 0;\n    for (int p = 0; p < k; ++p)\n        s += x[i + p];\n"
                                     "    y[i] = s;\n}\n");
        QCOMPARE(proposed(source.toStdString(), {{"k", {5}}}).size(), std::size_t{1});
        if (!replaced.isEmpty())
            source.replace(replaced, by);
        QVERIFY(proposed(source.toStdString(), {{"k", {value}}}).empty());
    }

    void severalValues()
    {
        QVERIFY(proposed(baseline("conv2d"), {{"k", {5, 7}}}).empty());
        QVERIFY(proposed(baseline("conv2d"), {}).empty());
        QCOMPARE(proposed(baseline("conv2d"), {{"k", {5, 5}}}).size(), std::size_t{1});
    }

private:
    static std::vector<MoveProposal> proposed(const std::string& source,
                                              const std::map<std::string, std::vector<std::int64_t>>& sizes)
    {
        MoveRequest request{source, "test.cu", {"specialise-size"}, {}, {}};
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

QTEST_APPLESS_MAIN(TestSpecialiseSize)
#include "tst_SpecialiseSize.moc"
