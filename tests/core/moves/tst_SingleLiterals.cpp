// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

namespace {

std::vector<MoveProposal> proposed(const std::string& source, double rtol)
{
    MoveRequest request{source, "test.cu", {"single-literals"}, {}, {}};
    request.rtol = rtol;
    const auto answer = proposeMoves(request);
    if (!answer)
        qFatal("%s\n%s", answer.error().toString().c_str(), source.c_str());
    return answer->proposals;
}

std::string kernelWith(const std::string& statement)
{
    return "#include <math.h>\n#define HALF 0.5\n#define TWICE(a) (2.0 * (a))\n"
           "__device__ double wide(double v) { return v; }\n__device__ float narrow(float v) { return 0.1 * v; }\n"
           "__global__ void k(const float* x, float* y, const double* d, int n) {\n    int i = threadIdx.x;\n"
           "    float v = x[i];\n    "
        + statement + "\n}\n";
}

}  // namespace

class TestSingleLiterals : public QObject {
    Q_OBJECT

private slots:
    void gelu()
    {
        const auto made = proposed("// warploom: launch gelu<<<ceil_div(n, 256), 256>>>(x, y, n)\n"
                                   "__global__ void gelu(const float* x, float* y, int n)\n{\n"
                                   "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i >= n)\n        "
                                   "return;\n    float v = x[i];\n"
                                   "    y[i] = 0.5 * v * (1.0 + tanh(0.79788456 * (v + 0.044715 * v * v * v)));\n}\n",
                                   1e-5);
        QCOMPARE(made.size(), std::size_t{1});
        COMPARE_GOLDEN("single-literals-gelu", made[0].source);
        VERIFY_CONTAINS(made[0].source, "y[i] = 0.5f * v * (1.0f + tanh(0.79788456f * (v + 0.044715f * v * v * v)));");
        QVERIFY(proposed(made[0].source, 1e-5).empty());
    }

    void there_data()
    {
        QTest::addColumn<QString>("statement");
        QTest::addColumn<QString>("becomes");
        QTest::newRow("product") << "y[i] = 0.5 * v;" << "y[i] = 0.5f * v;";
        QTest::newRow("compound") << "v *= .25; y[i] = v;" << "v *= .25f;";
        QTest::newRow("named") << "y[i] = v * HALF;" << "v * float(HALF);";
        QTest::newRow("in a macro's argument") << "y[i] = fmaxf(v * 1e-3, v);" << "v * 1e-3f";
        QTest::newRow("whole numbers multiply") << "y[i] = v * (1.0 / n);" << "v * (1.0f / n)";
        QTest::newRow("compared exactly") << "if (v > 0.5) y[i] = 0;" << "v > 0.5f";
        QTest::newRow("chosen") << "y[i] = v > 0 ? v * 2. : 0.0;" << "v * 2.f : 0.0f";
        QTest::newRow("function") << "y[i] = exp(-0.1 * v);" << "exp(-0.1f * v)";
        QTest::newRow("cast") << "y[i] = (float)(v - 1.5);" << "(float)(v - 1.5f)";
        QTest::newRow("pi") << "y[i] = M_PI * v;" << "float(M_PI) * v";
        QTest::newRow("in a function") << "y[i] = narrow(v);" << "return 0.1f * v;";
    }
    void there()
    {
        QFETCH(QString, statement);
        QFETCH(QString, becomes);
        const auto made = proposed(kernelWith(statement.toStdString()), 1e-5);
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, becomes.toStdString());
        QCOMPARE(errorOf(made[0].source), std::string());
    }

    void notThere_data()
    {
        QTest::addColumn<QString>("statement");
        QTest::addColumn<double>("rtol");
        QTest::newRow("exact task") << "y[i] = 0.5 * v;" << 0.0;
        QTest::newRow("tight task") << "y[i] = 0.5 * v;" << 1e-7;
        QTest::newRow("float already") << "y[i] = 0.5f * v;" << 1e-5;
        QTest::newRow("double data") << "y[i] = 0.5 * d[i];" << 1e-5;
        QTest::newRow("double meant") << "y[i] = 0.5 * (double)v;" << 1e-5;
        QTest::newRow("double sum") << "double s = 0; s += 0.5 * v; y[i] = s;" << 1e-5;
        QTest::newRow("double function") << "y[i] = wide(0.5 * v);" << 1e-5;
        QTest::newRow("compared by a hair") << "if (v > 0.1) y[i] = 0;" << 1e-5;
        QTest::newRow("whole numbers added") << "y[i] = v * ((i + n) + 0.5);" << 1e-5;
        QTest::newRow("too large") << "y[i] = v * 1e300;" << 1e-5;
        QTest::newRow("too small") << "y[i] = v * 1e-300;" << 1e-5;
        QTest::newRow("hidden in a macro") << "y[i] = TWICE(v);" << 1e-5;
        QTest::newRow("literals alone") << "y[i] = 0.1;" << 1e-5;
        QTest::newRow("whole result") << "y[(int)(0.5 * v)] = 1;" << 1e-5;
    }
    void notThere()
    {
        QFETCH(QString, statement);
        QFETCH(double, rtol);
        QVERIFY(proposed(kernelWith(statement.toStdString()), rtol).empty());
    }
};

QTEST_APPLESS_MAIN(TestSingleLiterals)
#include "tst_SingleLiterals.moc"
