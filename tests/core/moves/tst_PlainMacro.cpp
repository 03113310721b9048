// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

#include "moves/PreprocessedTokens.h"

using namespace warploom;
using namespace warploom::test;

namespace {

/// A kernel that is plain but for what macros make.
std::string kernel(const std::string& macros, const std::string& body)
{
    return macros
        + "\n// warploom: launch g<<<ceil_div(n, 256), 256>>>(x, y, o, n, m)\n"
          "__global__ void g(const float* x, float* y, const int* o, int n, int m)\n{\n"
          "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i >= n)\n        return;\n    "
        + body + "\n}\n";
}

std::string plain(const std::string& source)
{
    const auto made = plainSource(source, "test.cu");
    return made ? *made : made.error().toString();
}

}  // namespace

/// Macros with parameters, written out.
class TestPlainMacro : public QObject {
    Q_OBJECT

private slots:
    void tokens()
    {
        QVERIFY(!preprocessedTokens("#error no\nx"));
        QVERIFY(!preprocessedTokens("#define F(a, b) a\nF(x)"));
        const auto made = preprocessedTokens("#include <cuda_fp16.h>\n#define F(a) -a + #a\n-F(x - 1) // end");
        QVERIFY(made);
        QCOMPARE(*made, (std::vector<std::string>{"-", "-", "x", "-", "1", "+", "\"x - 1\""}));
    }

    void writtenOut_data()
    {
        QTest::addColumn<std::string>("macros");
        QTest::addColumn<std::string>("body");
        QTest::addColumn<std::string>("part");
        const auto row = [](const char* name, const char* macros, const char* body, const char* part) {
            QTest::newRow(name) << std::string(macros) << std::string(body) << std::string(part);
        };
        row("place", "#define AT(r, c) x[(size_t)(r) * m + (c)]", "y[i] = AT(i, 3);",
            "y[i] = x[(size_t)(i) * m + (3)];");
        row("place stored to", "#define AT(r, c) y[(r) * m + (c)]", "AT(i, 0) = x[i];", "    y[(i) * m + (0)] = x[i];");
        row("no parentheses around arguments", "#define TWICE(a) 2 * a", "y[i] = TWICE(x[i] + 1);",
            "y[i] = 2 * x[i] + 1;");
        row("no parentheses around all", "#define SUM(a, b) (a) + (b)", "y[i] = SUM(x[i], 1) * 3;",
            "y[i] = (x[i]) + (1) * 3;");
        row("signs that meet", "#define MINUS(a) -a", "y[i] = -MINUS(-x[i]);", "y[i] = - - -x[i];");
        row("signs that meet behind", "#define PLUS(a) a +", "y[i] = PLUS(x[i])+x[0];", "y[i] = x[i] + +x[0];");
        row("words that meet", "#define OF(a) return a", "y[i] = 0; OF(;)", "return ;");
        row("macro of another", "#define ROW(r) ((r) * m)\n#define AT(r, c) x[ROW(r) + (c)]", "y[i] = AT(i, 3);",
            "y[i] = x[((i) * m) + (3)];");
        row("macro in an argument", "#define ROW(r) ((r) * m)\n#define AT(k) x[k]", "y[i] = AT(ROW(i) + ROW(3));",
            "y[i] = x[((i) * m) + ((3) * m)];");
        row("itself in an argument", "#define LARGER(a, b) ((a) > (b) ? (a) : (b))",
            "y[i] = LARGER(x[i], LARGER(x[0], 1.0f));",
            "y[i] = ((x[i]) > (((x[0]) > (1.0f) ? (x[0]) : (1.0f))) ? (x[i]) : (((x[0]) > (1.0f) ? (x[0]) : "
            "(1.0f))));");
        row("a parameter called as another macro is", "#define F(a) (a)\n#define G(F) (F + 1)", "y[i] = G(x[i]);",
            "y[i] = (x[i] + 1);");
        row("arguments that hold parameters' names", "#define AT(r, c) x[(r) * m + c]",
            "int c = 2;\n    int r = 3;\n    y[i] = AT(c, r) + c;", "x[(c) * m + r]");
        row("what changes something", "#define SQUARE(a) ((a) * (a))", "int k = 0;\n    y[i] = SQUARE(x[k++]);",
            "((x[k++]) * (x[k++]))");
        row("statement", "#define PUT(k, v) y[k] = (v);", "PUT(i, x[i])", "    y[i] = (x[i]);\n");
        row("statements", "#define PUT(k, v) do { y[k] = (v); } while (0)", "PUT(i, x[i]);",
            "do { y[i] = (x[i]); } while (0);");
        row("a return", "#define LEAVE(c) if (c) return", "LEAVE(x[i] < 0);\n    y[i] = x[i];",
            "if (x[i] < 0) return;");
        row("a declaration", "#define LOAD(v, k) const float v = x[k]", "LOAD(a, i);\n    y[i] = a;",
            "const float a = x[i];");
        row("no parameters but parentheses", "#define FIRST() x[0]", "y[i] = FIRST();", "y[i] = x[0];");
        row("an empty argument", "#define BOTH(a, b) (a b)", "y[i] = BOTH(-, x[i]) + BOTH(, 1);",
            "y[i] = (- x[i]) + ( 1);");
        row("commas in brackets", "#define OF(a, b) a[b]", "y[i] = OF(x, (i, 3));", "y[i] = x[(i, 3)];");
        row("more arguments", "#define CALL(f, ...) f(__VA_ARGS__)", "y[i] = CALL(fmaxf, x[i], 1.0f);",
            "y[i] = fmaxf(x[i], 1.0f);");
        row("over lines", "#define AT(r, c) \\\n    x[(r) * m \\\n      + (c)]", "y[i] = AT(i, // the row\n    3);",
            "y[i] = x[(i) * m + (3)];");
        row("with remarks", "#define AT(k) /* at k */ x[k] // of x", "y[i] = AT(i);", "y[i] = x[i];");
        row("half an expression", "#define OF(k) (1 + x[k]", "y[i] = OF(i) * 2);", "y[i] = (1 + x[i] * 2);");
        row("text with a comma", "#define SAY(t, k) printf(t, x[k])", "SAY(\"a, b)\", i);\n    y[i] = 0;",
            "printf(\"a, b)\", x[i]);");
        row("only where there is none", "#ifndef AT\n#define AT(k) x[k]\n#endif", "y[i] = AT(i);", "y[i] = x[i];");
        row("beside a tunable", "// warploom: tune TILE = 16 32\n#define AT(k) x[(k) % TILE]", "y[i] = AT(i);",
            "y[i] = x[(i) % TILE];");
        row("beside a number", "#define TILE 16\n#define AT(k) x[(k) % TILE]", "y[i] = AT(i);",
            "y[i] = x[(i) % TILE];");
        row("named by another that is defined twice",
            "#define AT(k) x[k]\n#define FIRST AT(0)\n#undef FIRST\n"
            "#define FIRST AT(1)",
            "y[i] = AT(i) + FIRST;", "y[i] = x[i] + FIRST;");
    }
    void writtenOut()
    {
        QFETCH(std::string, macros);
        QFETCH(std::string, body);
        QFETCH(std::string, part);
        const auto source = kernel(macros, body);
        QCOMPARE(errorOf(source), std::string());
        const auto made = plain(source);
        VERIFY_CONTAINS(made, part);
        // Nothing else of these kernels could be plainer.
        QVERIFY(preprocessedTokens(source).has_value());
        QCOMPARE(preprocessedTokens(made), preprocessedTokens(source));
    }

    void leftAlone_data()
    {
        QTest::addColumn<std::string>("macros");
        QTest::addColumn<std::string>("body");
        const auto row = [](const char* name, const char* macros, const char* body) {
            QTest::newRow(name) << std::string(macros) << std::string(body);
        };
        row("a number", "#define TILE 16", "y[i] = x[i % TILE];");
        row("a word", "#define HERE x[i]", "y[i] = HERE;");
        row("a tunable", "// warploom: tune TILE = 16 32", "y[i] = x[i % TILE];");
        row("defined twice", "#define AT(k) x[k]\n#undef AT\n#define AT(k) x[(k) + 1]", "y[i] = AT(i);");
        row("forgotten behind", "#define AT(k) x[k]", "y[i] = AT(i);\n#undef AT");
        row("two ways", "#if TILE == 16\n#define AT(k) x[k]\n#else\n#define AT(k) x[(k) + 1]\n#endif", "y[i] = AT(i);");
        row("one way of a tunable",
            "// warploom: tune TILE = 16 32\n__device__ float AT(int k) { return k; }\n#if TILE == 16\n#define AT(k) "
            "x[k]\n#endif",
            "y[i] = AT(i);");
        row("the other way than without", "#ifndef AT\n#elif 1\n#endif\n#ifndef OTHER\n#define AT(k) x[k]\n#endif",
            "y[i] = AT(i);");
        row("makes words", "#define OF(a, k) a##o[k]", "const float* xo = x;\n    xo += 1;\n    y[i] = OF(x, i);");
        row("makes text", "#define SAY(k) printf(#k)", "SAY(i);");
        row("of a header", "#include <cuda_fp16.h>", "y[i] = __builtin_nanf(\"\");");
        row("a circle", "__device__ float A(int);\n#define A(k) B(k)\n#define B(k) A(k)", "y[i] = A(i);");
        row("itself", "__device__ float A(int);\n#define A(k) A((k) + 1)", "y[i] = A(i);");
        row("an argument that is two", "#define PAIR x, i\n#define OF(p) AT(p)\n#define AT(a, k) a[k]",
            "y[i] = OF(PAIR);");
        row("told its line", "#define SAME(k) k", "y[i] = SAME(\n        i);\n    y[i] += __LINE__;");
        row("a function by another name", "#define AT(k) x[k]\n#define OF AT", "y[i] = OF(i);");
        row("more than anyone reads", "#define R1(k) (k + k)\n#define R2(k) R1(R1(R1(k)))\n#define R3(k) R2(R2(R2(k)))",
            "y[i] = R3(R1(i));");
    }
    void leftAlone()
    {
        QFETCH(std::string, macros);
        QFETCH(std::string, body);
        const auto source = kernel(macros, body);
        QCOMPARE(errorOf(source), std::string());
        const auto made = plain(source);
        QVERIFY(preprocessedTokens(source).has_value());
        QCOMPARE(preprocessedTokens(made), preprocessedTokens(source));
        if (QString(QTest::currentDataTag()) != "more than anyone reads")
            QCOMPARE(made, source);
        QVERIFY(made.size() < 10'000);
    }

    void inAFunction()
    {
        const auto made = plain(kernel("#define AT(k) p[k]\n"
                                       "__device__ float of(const float* p, int k) { return AT(k) + AT(0); }",
                                       "y[i] = of(x, i);"));
        VERIFY_CONTAINS(made, "y[i] = (x[i] + x[0]);");
    }

    /// One that must stay keeps no other from being written out.
    void eachByItself()
    {
        const auto made =
            plain(kernel("__device__ float A(int);\n#define A(k) B(k)\n#define B(k) A(k)\n#define AT(k) x[k]",
                         "y[i] = A(i) + AT(i);"));
        VERIFY_CONTAINS(made, "y[i] = A(i) + x[i];");
    }

    /// Indices that macros work out hide no contraction.
    void contractions()
    {
        const auto source = readFile(sourceFolder() / "tests/bench/agent/unseen/mp2_amplitudes/baseline.cu");
        const auto made = proposals(source, "pipeline-contraction");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].title, "written with macros written out");
        QCOMPARE(errorOf(made[0].source), std::string());
    }
};

QTEST_APPLESS_MAIN(TestPlainMacro)
#include "tst_PlainMacro.moc"
