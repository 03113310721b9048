// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

#include "DeclaredCalls.h"
#include "headers/NarrowFloats.h"

using namespace warploom;
using test::errorOf;
using test::proposals;

namespace {

std::string map(const std::string& headers, const std::string& type, const std::string& value)
{
    return headers + "// warploom: launch k<<<ceil_div(n, 256), 256>>>(x, y, n)\n__global__ void k(const " + type
        + "* x, " + type
        + "* y, int n)\n{\n    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i < n)\n        "
        + "y[i] = " + value + ";\n}\n";
}

}  // namespace

/// Kernels that use what CUDA declares are read without its headers.
class TestCudaHeaders : public QObject {
    Q_OBJECT

private slots:
    void declaredFunctions()
    {
        const auto launch = std::string("// warploom: launch k<<<1, 32>>>()\n");
        QCOMPARE(errorOf(launch + test::declaredCalls(cudaFunctions())), std::string());
        QCOMPARE(errorOf(launch + "#include <cuda_fp16.h>\n" + test::declaredCalls(narrowFunctions(halfFloat()))),
                 std::string());
        QCOMPARE(errorOf(launch + "#include <cuda_bf16.h>\n" + test::declaredCalls(narrowFunctions(bfloat16()))),
                 std::string());
    }

    void kernelsOf_data()
    {
        QTest::addColumn<std::string>("headers");
        QTest::addColumn<std::string>("type");
        QTest::addColumn<std::string>("value");
        const auto row = [](const char* name, const char* headers, const char* type, const char* value) {
            QTest::newRow(name) << std::string(headers) << std::string(type) << std::string(value);
        };
        row("rounding", "", "double", "__dadd_rn(__dmul_rz(x[i], 2.0), __fma_rn(x[i], x[i], 1.0))");
        row("rounded conversions", "", "float", "__ll2float_rn(__float2ll_rd(x[i]))");
        row("lanes of a word", "", "unsigned", "__vadd4(__vabsdiffu4(x[i], 7u), __vmaxs2(x[i], 3u))");
        row("wide products", "", "unsigned long long", "__umul64hi(x[i], 12345ull)");
        row("halves of a double", "", "double", "__hiloint2double(__double2hiint(x[i]), 0)");
        row("narrow functions", "#include <cuda_fp16.h>\n", "half", "__hfma_relu(hsqrt(__habs(x[i])), x[i], -x[i])");
        row("narrow tests", "#include <cuda_bf16.h>\n", "__nv_bfloat16", "__hgt(x[i], x[0]) ? x[i] : __hneg(x[i])");
        row("bounds", "#include <limits>\n", "float", "fminf(x[i], std::numeric_limits<float>::max())");
        row("bounds of integers", "#include <cuda/std/limits>\n", "int",
            "x[i] == cuda::std::numeric_limits<int>::lowest() ? 0 : x[i]");
        row("integers of C", "#include <cstdint>\n", "uint32_t", "x[i] % std::uint32_t(7) + (UINT32_MAX >> 4)");
        row("std's mathematics", "#include <cmath>\n", "float", "std::sqrt(std::fabs(x[i])) + float(M_2_SQRTPI)");
        row("constants", "#include <math_constants.h>\n", "double", "x[i] * CUDART_SQRT_2PI + CUDART_THIRD");
        row("complex numbers", "#include <cuComplex.h>\n", "float2", "cuCmulf(x[i], cuConjf(x[i]))");
        row("an unknown header of which nothing is used", "#include <algorithm>\n#include <my/own.hpp>\n", "float",
            "x[i] + 1");
    }
    void kernelsOf()
    {
        QFETCH(std::string, headers);
        QFETCH(std::string, type);
        QFETCH(std::string, value);
        const auto source = map(headers, type, value);
        QCOMPARE(errorOf(source), std::string());
        QVERIFY(!proposals(source, "vectorize").empty() || !proposals(source, "restrict-const").empty());
    }

    void bounds()
    {
        std::string tests;
        const auto holds = [&](const std::string& type, const std::string& of, const std::string& value) {
            tests += "static_assert(std::numeric_limits<" + type + ">::" + of + " == " + value + ");\n";
        };
        holds("int", "max()", "2147483647");
        holds("int", "lowest()", "-2147483647 - 1");
        holds("unsigned", "max()", "4294967295u");
        holds("long long", "max()", "9223372036854775807ll");
        holds("unsigned long long", "max()", "18446744073709551615ull");
        holds("signed char", "min()", "-128");
        holds("unsigned char", "max()", "255");
        holds("short", "digits", "15");
        holds("float", "max()", "3.402823466e+38f");
        holds("float", "epsilon()", "1.1920929e-7f");
        holds("double", "min()", "2.2250738585072014e-308");
        QCOMPARE(errorOf("#include <limits>\n" + tests + map("", "float", "x[i]")), std::string());
    }

    /// Where sums of maxima begin is told by its name.
    void infinity()
    {
        const auto kernel = [](const std::string& start) {
            return "#include <cmath>\n// warploom: launch k<<<ceil_div(m, 128), 128>>>(x, y, m, n)\n"
                   "__global__ void k(const float* x, float* y, int m, int n)\n{\n"
                   "    int r = blockIdx.x * blockDim.x + threadIdx.x;\n    if (r >= m)\n        return;\n    float s "
                   "= "
                + start
                + ";\n    for (int c = 0; c < n; ++c)\n        s = fmaxf(s, x[(size_t)r * n + c]);\n    y[r] = s;\n}\n";
        };
        QVERIFY(!proposals(kernel("-INFINITY"), "row-per-block").empty());
        QVERIFY(!proposals(kernel("-HUGE_VALF"), "row-per-block").empty());
    }

    /// What it declares is not known, and nobody may guess.
    void unknownHeaders()
    {
        QVERIFY(!errorOf(map("#include <my/own.hpp>\n", "float", "fromElsewhere(x[i])")).empty());
        QVERIFY(!errorOf(map("#include \"own.hpp\"\n", "float", "x[i]")).empty());
        QVERIFY(!errorOf(map("#include <limits>\n", "float", "std::numeric_limits<float2>::max().x")).empty());
    }
};

QTEST_GUILESS_MAIN(TestCudaHeaders)
#include "tst_CudaHeaders.moc"
