// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ProvenMoves.h"

using namespace warploom;
using namespace warploom::test;

namespace {

const char* const kDescription = R"toml(format    = 1
name      = "bytes"
title     = "Products of bytes"
summary   = "as the baseline"
tags      = ["contraction"]
baseline  = "baseline.cu"
reference = "reference.cu"

[[buffer]]
name = "a"
type = "LEFT"
shape = ["m", "k"]
role = "in"
fill = "integers(0, 128)"

[[buffer]]
name = "b"
type = "RIGHT"
shape = ["n", "k"]
role = "in"
fill = "integers(RANGE)"

[[buffer]]
name = "l"
type = "i32"
shape = ["m"]
role = "in"
fill = "integers(0, 40)"

[[buffer]]
name = "c"
type = "i32"
shape = ["m", "n"]
role = "out"

[[size]]
name = "timed"
m = 256
n = 256
k = 256
use = ["time", "verify"]

[[size]]
name = "emulator"
m = 48
n = 40
k = 160
use = ["emulator"]

[[size]]
name = "emulator_words"
m = 33
n = 21
k = 68
use = ["emulator"]

[[size]]
name = "emulator_ragged"
m = 19
n = 29
k = 37
use = ["emulator"]

[verify]
rtol = 0
atol = 0

[domain]
sizes = { m = [1, 4096], n = [1, 4096], k = [1, 4096] }

[work]
reads  = "m * k + n * k"
writes = "4 * m * n"
flops  = "2 * m * n * k"
)toml";

const char* const kKernel =
    R"(// warploom: launch product<<<dim3(ceil_div(n, 16), ceil_div(m, 16)), dim3(16, 16)>>>(a, b, l, c, m, n, k)
__device__ int dot(const LEFT* x, const RIGHT* y, int length)
{
    int sum = 0;
    for (int p = 0; p < length; ++p)
        sum += x[p] * y[p];
    return sum;
}
extern "C" __global__ void product(const LEFT* a, const RIGHT* b, const int* l, OUT* c, int m, int n, int k)
{
    int j = blockIdx.x * blockDim.x + threadIdx.x;
    int i = blockIdx.y * blockDim.y + threadIdx.y;
    if (i >= m || j >= n)
        return;
    if (l[i] < 5) {
        c[i * n + j] = -1;
        return;
    }
    c[i * n + j] = dot(a + i * k, b + j * k, k) + l[i];
}
)";

Result<Task> byteTask(const TemporaryFolder& folder, const std::string& left, const std::string& right)
{
    const auto typed = [&](const std::string& out) {
        const auto element = [](const std::string& type) { return type == "i8" ? "signed char" : "unsigned char"; };
        return replacedAll(replacedAll(replacedAll(kKernel, "LEFT", element(left)), "RIGHT", element(right)), "OUT",
                           out);
    };
    folder.write("task.toml",
                 replacedAll(replacedAll(replacedAll(kDescription, "LEFT", left), "RIGHT", right), "RANGE",
                             right == "i8" ? "-128, 128" : "0, 256"));
    folder.write("baseline.cu", typed("int"));
    folder.write("reference.cu", typed("int"));
    return loadTask(folder.path());
}

}  // namespace

/// Functions written out, early returns behind sums, and products of bytes on tensor cores, from one kernel.
class tst_ByteMovesProven : public QObject {
    Q_OBJECT

private slots:
    void productsAreRight_data()
    {
        QTest::addColumn<std::string>("left");
        QTest::addColumn<std::string>("right");
        QTest::addColumn<std::string>("move");
        const auto add = [](const std::string& left, const std::string& right, const std::string& move) {
            QTest::newRow((left + " " + right + ", " + move).c_str()) << left << right << move;
        };
        add("i8", "i8", "tensor-contraction");
        add("u8", "i8", "tensor-contraction");
        add("u8", "i8", "tile-contraction#1");
    }
    void productsAreRight()
    {
        QFETCH(std::string, left);
        QFETCH(std::string, right);
        QFETCH(std::string, move);
        const TemporaryFolder folder;
        const auto task = byteTask(folder, left, right);
        QVERIFY2(task.has_value(), task ? "" : task.error().toString().c_str());
        const auto made = madeBy(*task, {move});
        QVERIFY2(made.has_value(), made ? "" : made.error().toString().c_str());
        const auto objection = objectionToSource(*task, *made);
        QVERIFY2(objection.empty(), objection.c_str());
    }

    void cornersAreTurnedRight()
    {
        const auto objection = objectionToMade("../tests/bench/agent/unseen/radar_corner_turn", {"stage-stores"});
        QVERIFY2(objection.empty(), objection.c_str());
    }
};

QTEST_GUILESS_MAIN(tst_ByteMovesProven)
#include "tst_ByteMovesProven.moc"
