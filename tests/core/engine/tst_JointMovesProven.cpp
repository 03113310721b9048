// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ProvenMoves.h"

using namespace warploom;
using namespace warploom::test;

namespace {

const char* const kDescription = R"toml(format    = 1
name      = "joint"
title     = "Several sums of products"
summary   = "as the baseline"
tags      = ["contraction"]
baseline  = "baseline.cu"
reference = "reference.cu"

[[buffer]]
name = "a"
type = "TYPE"
shape = ["m", "k"]
role = "in"
fill = "uniform(-1, 1)"

[[buffer]]
name = "b"
type = "TYPE"
shape = ["m", "k"]
role = "in"
fill = "uniform(-1, 1)"

[[buffer]]
name = "u"
type = "TYPE"
shape = ["2 * n", "k"]
role = "in"
fill = "uniform(-1, 1)"

[[buffer]]
name = "v"
type = "TYPE"
shape = ["n", "k"]
role = "in"
fill = "uniform(-1, 1)"

[[buffer]]
name = "t"
type = "TYPE"
shape = ["k", "3 * n"]
role = "in"
fill = "uniform(-1, 1)"

[[buffer]]
name = "c"
type = "f32"
shape = ["m", "n"]
role = "out"

[[size]]
name = "timed"
m = 256
n = 256
k = 2048
use = ["time", "verify"]

[[size]]
name = "emulator"
m = 48
n = 40
k = 64
use = ["emulator"]

[[size]]
name = "emulator_ragged"
m = 19
n = 29
k = 37
use = ["emulator"]

[verify]
rtol = 1e-3
atol = 1e-3

[domain]
sizes = { m = [1, 4096], n = [1, 4096], k = [1, 4096] }

[work]
reads  = "2 * m * k"
writes = "4 * m * n"
flops  = "4 * m * n * k"
)toml";

const char* const kBaseline =
    R"(// warploom: launch joint<<<dim3(ceil_div(n, 16), ceil_div(m, 16)), dim3(16, 16)>>>(a, b, u, v, t, c, m, n, k)
INCLUDE
extern "C" __global__ void joint(const ELEMENT* a, const ELEMENT* b, const ELEMENT* u, const ELEMENT* v,
                                 const ELEMENT* t, float* c, int m, int n, int k)
{
    int j = blockIdx.x * blockDim.x + threadIdx.x;
    int i = blockIdx.y * blockDim.y + threadIdx.y;
    if (i >= m || j >= n)
        return;
BODY}
)";

const char* const kReference =
    R"(// warploom: launch joint<<<dim3(ceil_div(n, 16), ceil_div(m, 16)), dim3(16, 16)>>>(a, b, u, v, t, c, m, n, k)
INCLUDE
__device__ double load(ELEMENT value) { return double(CONVERT(value)); }
extern "C" __global__ void joint(const ELEMENT* a, const ELEMENT* b, const ELEMENT* u, const ELEMENT* v,
                                 const ELEMENT* t, double* c, int m, int n, int k)
{
    int j = blockIdx.x * blockDim.x + threadIdx.x;
    int i = blockIdx.y * blockDim.y + threadIdx.y;
    if (i >= m || j >= n)
        return;
BODY}
)";

/// A task of \p type ("f32", "bf16", "f16") whose kernel does \p body: in it L(x) loads an element, SUM is what sums
/// are.
Result<Task> jointTask(const TemporaryFolder& folder, const std::string& type, const std::string& body)
{
    const std::string element = type == "f32" ? "float" : type == "f16" ? "__half" : "__nv_bfloat16";
    const std::string convert = type == "f32" ? "" : type == "f16" ? "__half2float" : "__bfloat162float";
    const std::string header = type == "f32" ? "" : type == "f16" ? "#include <cuda_fp16.h>" : "#include <cuda_bf16.h>";
    const auto withTypes = [&](const char* text, const std::string& own) {
        std::string filled = replacedAll(replacedAll(text, "INCLUDE", header), "ELEMENT", element);
        return replacedAll(replacedAll(filled, "CONVERT", convert), "BODY", own);
    };
    folder.write("task.toml", replacedAll(kDescription, "TYPE", type));
    folder.write("baseline.cu",
                 withTypes(kBaseline, replacedAll(replacedAll(body, "L(", convert + "("), "SUM", "float")));
    folder.write("reference.cu", withTypes(kReference, replacedAll(replacedAll(body, "L(", "load("), "SUM", "double")));
    return loadTask(folder.path());
}

}  // namespace

/// Kernels whose one loop feeds several sums: what the moves on contractions make of them, with default tunables.
class tst_JointMovesProven : public QObject {
    Q_OBJECT

    /// Loops that make anything but products of a left and a right factor.
    static void addFolds(const auto& add)
    {
        const std::string squares = R"(    SUM s = 0;
    for (int p = 0; p < k; ++p) {
        const SUM t = L(a[i * k + p]) - L(u[j * k + p]);
        s += t * t;
    }
    c[i * n + j] = sqrt(s);
)";
        add("distances", "f16", "tile-contraction#1", squares);
        add("distances", "f32", "pipeline-contraction", squares);
        const std::string extremes = R"(    SUM least = 1e30, most = -1e30;
    for (int p = 0; p < k; ++p) {
        const SUM t = L(a[i * k + p]) + L(u[2 * j * k + p]) * L(u[(2 * j + 1) * k + p]);
        if (t < least)
            least = t;
        most = fmax(most, t);
    }
    c[i * n + j] = most - least;
)";
        add("extremes", "f32", "tile-contraction#1", extremes);
        add("extremes", "f32", "pipeline-contraction", extremes);
        const std::string bits = R"(    int s = 1;
    for (int p = 0; p < k; ++p)
        s += __popc(__float2int_rn(1000 * float(L(a[i * k + p]))) ^ __float2int_rn(1000 * float(L(t[p * 3 * n + j]))));
    c[i * n + j] = s;
)";
        add("bits", "f32", "tile-contraction#1", bits);
    }

private slots:
    void expertsAreRight()
    {
        const std::string objection = objectionToMade("../tests/bench/agent/unseen/expert_glu", {"tensor-contraction"});
        QVERIFY2(objection.empty(), objection.c_str());
    }

    /// Tensor cores that take strips of several products.
    void stripsAreRight()
    {
        const TemporaryFolder folder;
        const auto task = jointTask(folder, "f16", R"(    SUM s = 0;
    for (int p = 0; p < k; ++p) {
        s += L(a[i * k + p]) * L(u[j * k + p]);
        s += L(a[i * k + p]) * L(v[j * k + p]);
    }
    c[i * n + j] = s;
)");
        QVERIFY_RESULT(task);
        const auto source = madeBy(*task, {"split-contraction", "tensor-contraction"});
        QVERIFY_RESULT(source);
        const std::string objection = objectionToSource(*task, *source);
        QVERIFY2(objection.empty(), objection.c_str());
    }

    void madeKernelsAreRight_data()
    {
        QTest::addColumn<std::string>("type");
        QTest::addColumn<std::string>("move");
        QTest::addColumn<std::string>("body");
        const auto add = [](const char* name, const std::string& type, const std::string& move,
                            const std::string& body) {
            QTest::newRow((std::string(name) + ", " + type + ", " + move).c_str()) << type << move << body;
        };
        const std::string separate = R"(    SUM gate = 0, up = 0;
    for (int p = 0; p < k; ++p) {
        const SUM x = L(a[i * k + p]);
        gate += x * L(u[j * k + p]);
        up += x * L(v[j * k + p]);
    }
    c[i * n + j] = gate / (1 + fabs(gate)) * (up + 1);
)";
        add("separate matrices", "bf16", "tensor-contraction", separate);
        add("separate matrices", "f32", "tile-contraction", separate);
        add("separate matrices", "f32", "tile-contraction#1", separate);
        add("separate matrices", "f32", "pipeline-contraction", separate);
        const std::string three = R"(    SUM q = 0;
    SUM r = 0;
    SUM s = 0;
    for (int p = 0; p < k; ++p) {
        q += L(a[i * k + p]) * L(t[p * 3 * n + j]);
        r += L(a[i * k + p]) * L(t[p * 3 * n + n + j]);
        s += L(a[i * k + p]) * L(t[p * 3 * n + 2 * n + j]);
    }
    c[i * n + j] = q * r - s;
)";
        add("three sums", "f16", "tensor-contraction", three);
        add("three sums", "f32", "pipeline-contraction", three);
        const std::string sameSum = R"(    SUM s = 0;
    for (int p = 0; p < k; ++p) {
        s += L(a[i * k + p]) * L(t[p * 3 * n + j]);
        s += L(a[i * k + p]) * L(t[p * 3 * n + n + j]);
        s += L(b[i * k + p]) * L(t[p * 3 * n + n + j]);
    }
    c[i * n + j] = s;
)";
        add("several products of a sum", "f16", "tensor-contraction", sameSum);
        add("several products of a sum", "f32", "pipeline-contraction", sameSum);
        add("several products of a sum", "f32", "tile-contraction#1", sameSum);
        const std::string apart = R"(    SUM s = 0, r = 0;
    for (int p = 0; p < k; ++p) {
        s += L(a[i * k + p]) * L(u[j * k + p]);
        r += L(b[i * k + p]) * L(t[p * 3 * n + j]);
    }
    c[i * n + j] = s - r;
)";
        add("no factor shared", "f16", "tensor-contraction", apart);
        add("no factor shared", "f32", "pipeline-contraction", apart);
        const std::string four = R"(    SUM s00 = 0, s01 = 0, s10 = 0, s11 = 0;
    for (int p = 0; p < k; ++p) {
        s00 += L(a[i * k + p]) * L(u[j * k + p]);
        s01 += L(a[i * k + p]) * L(v[j * k + p]);
        s10 += L(b[i * k + p]) * L(u[j * k + p]);
        s11 += L(b[i * k + p]) * L(v[j * k + p]);
    }
    c[i * n + j] = s00 * s11 - s01 * s10;
)";
        add("four of two and two", "bf16", "tensor-contraction", four);
        add("four of two and two", "f32", "pipeline-contraction", four);
        const std::string loops = R"(    SUM s = 0;
    for (int p = 0; p < k; ++p)
        s += L(a[i * k + p]) * L(u[j * k + p]);
    SUM r = 0;
    for (int p = 0; p < k; ++p)
        r += L(b[i * k + p]) * L(u[j * k + p]);
    c[i * n + j] = s > r ? s : r;
)";
        add("a loop each", "bf16", "tensor-contraction", loops);
        add("a loop each", "f32", "tile-contraction#1", loops);
        const std::string pointers = R"(    const auto* row = &a[i * k];
    const auto* even = u + 2 * j * k;
    const auto* odd = even + k;
    SUM s = L(v[j * k]);
    SUM r = L(v[j * k]);
    for (int p = 0; p < k; ++p) {
        const SUM x = L(*row++);
        s += x * L(*even++);
        r += x * L(*odd++);
    }
    c[i * n + j] = s > 0 ? s + r : r;
)";
        add("pointers", "bf16", "tensor-contraction", pointers);
        add("pointers", "f32", "tile-contraction#1", pointers);
        addFolds(add);
    }
    void madeKernelsAreRight()
    {
        QFETCH(std::string, type);
        QFETCH(std::string, move);
        QFETCH(std::string, body);
        const TemporaryFolder folder;
        const auto task = jointTask(folder, type, body);
        QVERIFY_RESULT(task);
        const auto source = madeBy(*task, {move});
        QVERIFY_RESULT(source);
        const std::string objection = objectionToSource(*task, *source);
        QVERIFY2(objection.empty(), objection.c_str());
    }
};

QTEST_GUILESS_MAIN(tst_JointMovesProven)
#include "tst_JointMovesProven.moc"
