// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

namespace {

std::vector<MoveProposal> proposed(const std::string& source, double rtol, double atol = 0)
{
    MoveRequest request{source, "test.cu", {"fast-math"}, {}, {}};
    request.rtol = rtol;
    request.atol = atol;
    const auto answer = proposeMoves(request);
    if (!answer)
        qFatal("%s\n%s", answer.error().toString().c_str(), source.c_str());
    return answer->proposals;
}

std::string kernelWith(const std::string& statement)
{
    return "#define OVER(a, b) ((a) / (b))\n__device__ float own(float v) { return v; }\n"
           "namespace mine { __device__ float expf(float v) { return v; } }\n"
           "__device__ float twice(float v) { return 2.0f / v; }\n"
           "__global__ void k(const float* x, float* y, const double* d, int n) {\n    int i = threadIdx.x;\n"
           "    float a = x[i], b = x[i + 1], c = x[i + 2];\n    "
        + statement + "\n}\n";
}

}  // namespace

class TestFastMath : public QObject {
    Q_OBJECT

private slots:
    void softmax()
    {
        const auto made = proposed(baseline("softmax"), 3e-5, 1e-7);
        QCOMPARE(made.size(), std::size_t{2});
        VERIFY_CONTAINS(made[0].source, "__fdividef(__expf(in[c] - largest), sum)");
        COMPARE_GOLDEN("fast-math-softmax", made[0].source);
        QVERIFY(proposed(made[0].source, 3e-5, 1e-7).empty());
        // The quotient alone may pass where exponentials do not.
        VERIFY_LACKS(made[1].source, "__expf");
        VERIFY_CONTAINS(made[1].source, "__fdividef(expf(in[c] - largest), sum)");
    }

    void layernorm()
    {
        const auto made = proposed(baseline("layernorm"), 1e-5, 1e-6);
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "float scale = rsqrtf(__fdividef(squares, cols) + eps);");
        COMPARE_GOLDEN("fast-math-layernorm", made[0].source);
    }

    void there_data()
    {
        QTest::addColumn<QString>("statement");
        QTest::addColumn<QString>("becomes");
        QTest::newRow("chain") << "y[i] = a / b / c;" << "__fdividef(__fdividef(a, b), c)";
        QTest::newRow("nested") << "y[i] = a / (b / c);" << "__fdividef(a, (__fdividef(b, c)))";
        QTest::newRow("product first") << "y[i] = a * b / c + 1;" << "__fdividef(a * b, c) + 1";
        QTest::newRow("compound") << "a /= b + c; y[i] = a;" << "a = __fdividef(a, b + c);";
        QTest::newRow("whole divisor") << "y[i] = a / n;" << "__fdividef(a, n)";
        QTest::newRow("root") << "y[i] = a / sqrtf(b);" << "a * rsqrtf(b)";
        QTest::newRow("root's reciprocal") << "y[i] = 1.0f / sqrtf(b / c);" << "rsqrtf(__fdividef(b, c))";
        QTest::newRow("compound root") << "y[i] /= sqrt(b);" << "y[i] *= rsqrtf(b)";
        QTest::newRow("overload") << "y[i] = exp(a);" << "__expf(a)";
        QTest::newRow("power") << "y[i] = powf(a, b);" << "__powf(a, b)";
        QTest::newRow("tangent") << "y[i] = tanhf(a);" << "__tanhf(a)";
        QTest::newRow("sine") << "y[i] = sinf(a) + cosf(b);" << "__sinf(a) + __cosf(b)";
        QTest::newRow("logarithm") << "y[i] = logf(a);" << "__logf(a)";
        QTest::newRow("in a function") << "y[i] = twice(a);" << "return __fdividef(2.0f, v);";
    }
    void there()
    {
        QFETCH(QString, statement);
        QFETCH(QString, becomes);
        const auto made = proposed(kernelWith(statement.toStdString()), 2e-3, 1e-5);
        QVERIFY(!made.empty());
        VERIFY_CONTAINS(made[0].source, becomes.toStdString());
        QCOMPARE(errorOf(made[0].source), std::string());
        QVERIFY(proposed(made[0].source, 2e-3, 1e-5).empty());
    }

    void notThere_data()
    {
        QTest::addColumn<QString>("statement");
        QTest::addColumn<double>("rtol");
        QTest::addColumn<double>("atol");
        QTest::newRow("exact task") << "y[i] = a / b;" << 0.0 << 0.0;
        QTest::newRow("tight task") << "y[i] = a / b;" << 1e-7 << 1e-3;
        QTest::newRow("exponential") << "y[i] = expf(a);" << 2e-6 << 1e-3;
        QTest::newRow("logarithm near one") << "y[i] = logf(a);" << 1e-3 << 0.0;
        QTest::newRow("sine near zero") << "y[i] = sinf(a);" << 1e-3 << 0.0;
        QTest::newRow("power") << "y[i] = powf(a, b);" << 1e-5 << 1e-3;
        QTest::newRow("tangent") << "y[i] = tanhf(a);" << 1e-4 << 1e-3;
        QTest::newRow("double") << "y[i] = d[i] / d[0];" << 1e-3 << 1e-3;
        QTest::newRow("whole numbers") << "y[i] = n / 3;" << 1e-3 << 1e-3;
        QTest::newRow("constant divisor") << "y[i] = a / 3.0f;" << 1e-3 << 1e-3;
        QTest::newRow("whole result") << "y[(int)(a / b)] = 1;" << 1e-3 << 1e-3;
        QTest::newRow("whole by a variable") << "float q = a / b; float r = q + c; y[(int)r] = 1;" << 1e-3 << 1e-3;
        QTest::newRow("rounded") << "y[i] = floorf(a / b);" << 1e-3 << 1e-3;
        QTest::newRow("macro") << "y[i] = OVER(a, b);" << 1e-3 << 1e-3;
        QTest::newRow("one's own") << "y[i] = own(a) + mine::expf(b);" << 1e-3 << 1e-3;
        QTest::newRow("element divided") << "y[i] /= a;" << 1e-3 << 1e-3;
        QTest::newRow("commented") << "y[i] = a / /* not zero */ b;" << 1e-3 << 1e-3;
    }
    void notThere()
    {
        QFETCH(QString, statement);
        QFETCH(double, rtol);
        QFETCH(double, atol);
        QVERIFY(proposed(kernelWith(statement.toStdString()), rtol, atol).empty());
    }

    /// What the task bears reaches the move whole.
    /// Of a place between others, the part over a whole number weighs its neighbours: a little less of it changes
    /// little. Where the whole number alone counts, it would.
    void placesBetween()
    {
        const auto made = proposed(baseline("bilinear_resize"), 1e-6, 5e-4);
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "float v = fmaxf(__fdividef((row + 0.5f) * h, oh) - 0.5f, 0.0f);");
        VERIFY_CONTAINS(made[0].source, "float u = fmaxf(__fdividef((col + 0.5f) * w, ow) - 0.5f, 0.0f);");
        const auto onFloor =
            proposed(kernelWith("float p = a / b; float q = floorf(p); y[i] = x[int(q)] * (p - q);"), 1e-5);
        QCOMPARE(onFloor.size(), std::size_t{1});
        VERIFY_CONTAINS(onFloor[0].source, "float p = __fdividef(a, b);");
        QVERIFY(proposed(kernelWith("float p = a / b; y[i] = x[int(p)] * (c - int(p));"), 1e-5).empty());
        QVERIFY(
            proposed(kernelWith("float p = a / b; float q = roundf(p); y[i] = x[int(q)] * (p - q);"), 1e-5).empty());
        QVERIFY(proposed(kernelWith("float o = a / b; float p = o * c; int t = int(o); y[i] = (p - int(p)) * t;"), 1e-5)
                    .empty());
    }

    void toleranceTravels()
    {
        MoveRequest request{baseline("softmax"), "a.cu", {"fast-math"}, {}, {"rows"}};
        request.timeSizes = {{"rows", {4096}}};
        request.rtol = 3e-5;
        request.atol = 1e-7;
        request.multiprocessors = 132;
        const auto read = moveRequestFromJson(nlohmann::json(request));
        QVERIFY_RESULT(read);
        QVERIFY(*read == request);
        // Of an older sender nothing is known.
        auto json = nlohmann::json(request);
        json.erase("rtol");
        QCOMPARE(moveRequestFromJson(json)->rtol, 0.0);
    }

    void fastAlready()
    {
        const auto source = "// warploom: flags --use_fast_math\n" + kernelWith("y[i] = a / b;");
        QVERIFY(proposed(source, 1e-3).empty());
    }
};

QTEST_APPLESS_MAIN(TestFastMath)
#include "tst_FastMath.moc"
