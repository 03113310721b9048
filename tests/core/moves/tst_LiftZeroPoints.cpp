// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

namespace {

/// A quantised layer: a zero point for all activations, one for each output's weights.
const std::string kLayer =
    R"(// warploom: launch layer<<<dim3(ceil_div(outs, 32), ceil_div(rows, 8)), dim3(32, 8)>>>(x, w, zeros, y, rows, outs, depth, zero)
__global__ void layer(const unsigned char* x, const signed char* w, const signed char* zeros, int* y, int rows, int outs,
                      int depth, int zero)
{
    const int o = blockIdx.x * blockDim.x + threadIdx.x;
    const int r = blockIdx.y * blockDim.y + threadIdx.y;
    if (r >= rows || o >= outs)
        return;
    int sum = 0;
    const int own = zeros[o];
    for (int k = 0; k < depth; ++k)
        sum += (x[r * depth + k] - zero) * (w[o * depth + k] - own);
    y[r * outs + o] = sum;
}
)";

std::string replaced(const std::string& text, const std::string& from, const std::string& to)
{
    auto result = QString::fromStdString(text);
    if (!result.contains(QString::fromStdString(from)))
        qFatal("no '%s'", from.c_str());
    return result.replace(QString::fromStdString(from), QString::fromStdString(to)).toStdString();
}

}  // namespace

class TestLiftZeroPoints : public QObject {
    Q_OBJECT

private slots:
    void layer()
    {
        const auto made = proposals(kLayer, "lift-zero-points");
        // By warpgroups, and by warps.
        QCOMPARE(made.size(), std::size_t{2});
        for (const auto& one : made)
            QCOMPARE(errorOf(one.source), std::string());
        const auto& text = made[1].source;
        VERIFY_CONTAINS(text, "// warploom: scratch x_sums i32[rows]");
        VERIFY_CONTAINS(text,
                        "// warploom: launch sum_w<<<ceil_div(outs, 8), 256>>>(x, w, zeros, y, rows, outs, depth, "
                        "zero, w_sums)");
        VERIFY_CONTAINS(text, "mma.sync.aligned.m16n8k32.row.col.s32.u8.s8.s32");
        VERIFY_LACKS(text, "const int own");
        COMPARE_GOLDEN("lift-zero-points-layer", text);
    }

    void oneOfThem()
    {
        const auto made = proposals(replaced(replaced(kLayer, " - own", ""), "    const int own = zeros[o];\n", ""),
                                    "lift-zero-points");
        QVERIFY(!made.empty());
        VERIFY_CONTAINS(made[0].source, "sum = sum - zero * w_sums[o];");
        VERIFY_LACKS(made[0].source, "x_sums");
    }

    void leftAlone_data()
    {
        QTest::addColumn<QString>("from");
        QTest::addColumn<QString>("to");
        const auto row = [](const char* name, const char* from, const char* to) {
            QTest::newRow(name) << QString::fromLatin1(from) << QString::fromLatin1(to);
        };
        row("nothing is taken off", "(x[r * depth + k] - zero) * (w[o * depth + k] - own)",
            "x[r * depth + k] * w[o * depth + k]");
        row("what changes along the depth", "- own", "- zeros[k]");
        row("scaled", "- own", "* own");
        row("taken from", "(w[o * depth + k] - own)", "(own - w[o * depth + k])");
        row("of words", "const unsigned char* x", "const int* x");
        row("cut to a byte", "(x[r * depth + k] - zero)", "(signed char)(x[r * depth + k] - zero)");
        row("in 64 bits", "int sum = 0", "long long sum = 0");
        row("in floats", "int sum = 0", "float sum = 0");
        row("needed afterwards", "= sum;", "= sum * own;");
        row("of the other side", "- own", "- zeros[r]");
        row("the result", "const int own = zeros[o]", "const int own = y[o]");
    }
    void leftAlone()
    {
        QFETCH(QString, from);
        QFETCH(QString, to);
        QVERIFY(proposals(replaced(kLayer, from.toStdString(), to.toStdString()), "lift-zero-points").empty());
    }
};

QTEST_GUILESS_MAIN(TestLiftZeroPoints)
#include "tst_LiftZeroPoints.moc"
