// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

/// What a thread of several columns says of each.
class TestStridedWindowText : public QObject {
    Q_OBJECT

private slots:
    /// A column that is past the end loads nothing of its own: it stands for the first one.
    void loadsBesideTheLines()
    {
        const auto made = proposals(kernel("float from = x[i];"), "vectorize");
        QCOMPARE(made.size(), std::size_t{1});
        // Where sums begin, and where they go on.
        QCOMPARE(countOf(made[0].source, "const int i = first + output < n ? first + output : first;"), 2);
        QCOMPARE(errorOf(made[0].source), std::string());
    }

    void loadsNothingElse_data()
    {
        QTest::addColumn<QString>("before");
        QTest::newRow("of all columns") << "float from = x[0];";
        QTest::newRow("worked out") << "float from = 0.5f * i;";
    }
    void loadsNothingElse()
    {
        QFETCH(QString, before);
        const auto made = proposals(kernel(before.toStdString()), "vectorize");
        QCOMPARE(made.size(), std::size_t{1});
        QCOMPARE(countOf(made[0].source, "first + output < n ? first + output : first"), 1);
    }

private:
    static std::string kernel(const std::string& before)
    {
        return "// warploom: launch g<<<ceil_div(n, 256), 256>>>(x, y, n, k)\n"
               "__global__ void g(const float* x, float* y, int n, int k) {\n"
               "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i >= n) return;\n    "
            + before
            + "\n    float s = 0;\n    for (int p = 0; p < k; ++p)\n        s += x[p * n + i] - from;\n    y[i] = "
              "s;\n}\n";
    }
};

QTEST_APPLESS_MAIN(TestStridedWindowText)
#include "tst_StridedWindowText.moc"
