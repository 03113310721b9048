// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

/// Kernels that stage tiles by hand.
class TestPlainStaged : public QObject {
    Q_OBJECT

private slots:
    void product()
    {
        const auto text = plain(tiled(kLeft, kRight));
        VERIFY_CONTAINS(text,
                        "for (int t_k = 0; t_k < (n / TILE) * (TILE); ++t_k)\n"
                        "        acc += a[row * n + t_k] * b[(t_k) * n + col];");
        VERIFY_CONTAINS(text, "if (col >= n || row >= n)\n        return;");
        VERIFY_LACKS(text, "__shared__");
        VERIFY_LACKS(text, "__syncthreads");
        QCOMPARE(errorOf(text), std::string());
    }

    /// Zeros behind the edges, by a choice of stores or of values; halves; variables of the stores; turned tiles.
    void productsWithEdges()
    {
        COMPARE_GOLDEN("plain-staged-sgemm-c", plain(style("sgemm-c")));
        COMPARE_GOLDEN("plain-staged-hgemm-b", plain(style("hgemm-b")));
        QVERIFY(!proposals(style("sgemm-c"), "tensor-split").empty());
        QVERIFY(!proposals(style("hgemm-b"), "wgmma-contraction").empty());
    }

    void staysStaged_data()
    {
        QTest::addColumn<std::string>("source");
        const auto with = [](const std::string& what, const std::string& text) {
            return replaced(tiled(kLeft, kRight), what, text);
        };
        const std::string first = "        __syncthreads();\n        for";
        QTest::newRow("no barrier before it is read") << with(first, "        for");
        QTest::newRow("no barrier before it is stored anew") << with("        __syncthreads();\n    }", "    }");
        QTest::newRow("another barrier") << with("    c[row", "    __syncthreads();\n    c[row");
        QTest::newRow("another thread's element")
            << with("as[threadIdx.y][threadIdx.x] =", "as[threadIdx.y][15 - threadIdx.x] =");
        QTest::newRow("one element for all") << with("as[threadIdx.y][threadIdx.x] =", "as[threadIdx.y][0] =");
        QTest::newRow("further than is stored") << with("k < TILE", "k < 17");
        QTest::newRow("added to") << with("as[threadIdx.y][threadIdx.x] =", "as[threadIdx.y][threadIdx.x] +=");
        QTest::newRow("stored twice") << with(first, "        as[threadIdx.y][threadIdx.x] = 0;\n" + first);
        QTest::newRow("in some cases") << with("        as[thr", "        if (row < 7)\n            as[thr");
        QTest::newRow("written meanwhile") << with("const float* a", "float* a") + "// a is the result too\n";
        QTest::newRow("a larger block") << with("dim3(16, 16)>>>", "dim3(16, 32)>>>");
        QTest::newRow("threads that have left")
            << with("    float acc = 0;", "    if (row > 100)\n        return;\n    float acc = 0;");
        QTest::newRow("loops of each thread") << with("t < n / TILE", "t < n / TILE + threadIdx.x % 2");
        QTest::newRow("its address") << with("    c[row", "    float* p = &as[0][0];\n    c[row");
        QTest::newRow("a place that moves") << replaced(
            replaced(with("        as[thr", "        int at = off + threadIdx.x;\n        off += 16;\n        as[thr"),
                     "float acc = 0;", "float acc = 0;\n    int off = 0;"),
            kLeft, "a[row * n + at]");
        QTest::newRow("a place that moves on before the barrier") << replaced(
            replaced(with(first, "        off += 16;\n" + first), "float acc = 0;", "float acc = 0;\n    int off = 0;"),
            kLeft, "a[row * n + off + threadIdx.x]");
        QTest::newRow("a value that moves") << with(first, "        ++t;\n" + first);
    }
    void staysStaged()
    {
        QFETCH(std::string, source);
        if (source.find("the result too") != std::string::npos)
            source = replaced(source, "        __syncthreads();\n    }",
                              "        a[row] = acc;\n        __syncthreads();\n    }");
        QCOMPARE(errorOf(source), std::string());
        VERIFY_CONTAINS(plain(source), "__shared__");
    }

    /// What a thread has worked out by itself is not what another has under the same name.
    void ownValues_data()
    {
        QTest::addColumn<std::string>("value");
        QTest::newRow("a sum") << std::string(
            "float s = 0;\n    for (int r = threadIdx.y; r < rows; r += 8)\n        s += x[r * m + c];");
        QTest::newRow("set later") << std::string("float s;\n    s = x[threadIdx.y * m + c];");
        QTest::newRow("set in some cases") << std::string("float s = 0;\n    if (threadIdx.y > 3)\n        s = 1;");
        QTest::newRow("worked out of such a one")
            << std::string("int r = 1;\n    r += threadIdx.y;\n    float s = x[r * m + c];");
    }
    void ownValues()
    {
        QFETCH(std::string, value);
        const auto source = "// warploom: launch g<<<ceil_div(m, 32), dim3(32, 8)>>>(x, y, w, m)\n"
                            "__global__ void g(const float* x, float* y, int rows, int m)\n{\n"
                            "    __shared__ float part[8][32];\n    int c = blockIdx.x * 32 + threadIdx.x;\n    "
            + value
            + "\n    part[threadIdx.y][threadIdx.x] = s;\n    __syncthreads();\n    if (c < m) {\n"
              "        float a = 0;\n        for (int k = 0; k < 8; ++k)\n            a += k * part[k][threadIdx.x];\n"
              "        y[threadIdx.y * m + c] = a;\n    }\n}\n";
        QCOMPARE(errorOf(source), std::string());
        const auto text = plain(source);
        QVERIFY2(text.empty() || text.find("__shared__") != std::string::npos, text.c_str());
    }

    /// Words that would mean another thing where the tile is read, and barriers that others need too.
    void staysInItsTile_data()
    {
        QTest::addColumn<std::string>("source");
        const auto row = [](const char* name, const std::string& tile, const std::string& store, const std::string& sum,
                            const std::string& end) { QTest::newRow(name) << line(tile, store, sum, end); };
        row("whole numbers in a tile of reals", "float", "tile[threadIdx.x] = o[i];", "tile[k] / 3", "y[i] = s;");
        row("reals in a tile of whole numbers", "int", "tile[threadIdx.x] = x[i];", "tile[k]", "y[i] = s;");
        row("reals in a wider tile", "double", "tile[threadIdx.x] = x[i];", "tile[k] * tile[k]", "y[i] = s;");
        row("indices in an unsigned tile", "unsigned", "tile[threadIdx.x] = threadIdx.x;", "tile[k] - 9 > 9",
            "y[i] = s;");
        row("a variable of what is written later", "float", "float v = y[i];\n    tile[threadIdx.x] = v;", "tile[k]",
            "y[i] = v / s;");
        row("a variable of a variable of what is written later", "float",
            "float u = y[i];\n    float v = u * 2.0f;\n    tile[threadIdx.x] = v;", "tile[k]", "y[i] = v / s;");
        row("a barrier for what is written too", "float", "tile[threadIdx.x] = x[i];\n    y[i] = x[i] * 2.0f;",
            "tile[k]", "z[i] = s + y[blockIdx.x * 64 + 63 - threadIdx.x];");
        row("each thread's ticket", "int", "int ticket = atomicAdd(o, 1);\n    tile[threadIdx.x] = ticket;", "tile[k]",
            "y[i] = s - ticket;");
        row("each thread's clock", "int", "int ticket = clock();\n    tile[threadIdx.x] = ticket;", "tile[k]",
            "y[i] = s - ticket;");
        QTest::newRow("a function that asks for the thread") << "__device__ int own() { return threadIdx.x; }\n"
                + line("float", "int t = own();\n    tile[threadIdx.x] = x[t];", "tile[k]", "y[i] = s;");
        QTest::newRow("a counter of the same name within")
            << replaced(tiled("a[row * n + k + threadIdx.x]", "b[(k + threadIdx.y) * n + col]"),
                        "int t = 0; t < n / TILE; ++t", "int k = 0; k < n; k += TILE");
    }
    void staysInItsTile()
    {
        QFETCH(std::string, source);
        QCOMPARE(errorOf(source), std::string());
        const auto text = plain(source);
        QVERIFY2(text.find("__shared__") != std::string::npos && text.find("__syncthreads") != std::string::npos,
                 text.c_str());
        // It is that alone: other stores are read where they come from.
        VERIFY_LACKS(plain(line("float", "tile[threadIdx.x] = x[i];", "tile[k]", "y[i] = s;")), "__shared__");
    }

    void typesOfWords_data()
    {
        QTest::addColumn<std::string>("source");
        QTest::addColumn<std::string>("made");
        const auto row = [](const char* name, const std::string& tile, const std::string& store,
                            const std::string& made) {
            QTest::newRow(name) << line(tile, store, "tile[k] * o[k]", "y[i] = s;") << made;
        };
        row("compared with less than 0", "float",
            "int c = blockIdx.x * 64 + threadIdx.x;\n    tile[threadIdx.x] = c - 3 >= 0 ? x[c - 3] : 0.0f;",
            "static_cast<int>(blockIdx.x * 64 + k) - 3");
        row("cut off", "int", "int q = x[i] * 10.0f;\n    tile[threadIdx.x] = q;", "static_cast<int>(x[");
        row("an index by itself", "float", "tile[threadIdx.x] = x[i];", "x[(blockIdx.x * 64 + k)]");
        row("a wider index", "float", "tile[threadIdx.x] = x[i + 4LL * n];",
            "x[static_cast<int>(blockIdx.x * 64 + k) + 4LL * n]");
        row("a wrapped index", "float", "tile[threadIdx.x] = threadIdx.x - 1 < n ? x[threadIdx.x - 1] : 0.0f;",
            "unsigned(k) - 1 < n");
    }
    void typesOfWords()
    {
        QFETCH(std::string, source);
        QFETCH(std::string, made);
        QCOMPARE(errorOf(source), std::string());
        const auto text = plain(source);
        VERIFY_LACKS(text, "__shared__");
        VERIFY_CONTAINS(text, made);
        QCOMPARE(errorOf(text), std::string());
    }

    /// Brackets go, but what stood behind them must not come to stand in a comment.
    void bracketsBesideComments()
    {
        const auto kernel = [](const std::string& block) {
            return "// warploom: launch k<<<ceil_div(n, 128), 128>>>(x, y, n)\n"
                   "__global__ void k(const float* x, float* y, int n)\n{\n"
                   "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i >= n)\n        return;\n"
                   "    float s = 0.0f;\n    {\n        for (int k = 0; k < 4; ++k)\n            s += x[i * 4 + k];\n"
                + block + "\n}\n";
        };
        const std::string open = "    {\n";
        VERIFY_LACKS(plain(kernel("        s *= 0.5f;  // half\n    }\n    y[i] = s;")), open);
        VERIFY_LACKS(plain(kernel("        s *= 0.5f;\n    } y[i] = s;")), open);
        VERIFY_CONTAINS(plain(kernel("        s *= 0.5f;  // half\n    } y[i] = s;")), open);
        VERIFY_CONTAINS(plain(kernel("#ifndef WHOLE\n        s *= 0.5f;\n#endif\n    }\n    y[i] = s;")), open);
    }

    void loopsThatStayTwo_data()
    {
        QTest::addColumn<std::string>("body");
        const std::string turns = "for (int t = 0; t < n; ++t) for (int k = 0; k < 4; ++k) ";
        QTest::newRow("more than both") << turns + "s += x[t * 5 + k];";
        QTest::newRow("one of the two") << turns + "s += x[t * 4 + k] * y[k];";
        QTest::newRow("an end that moves") << "int e = n; "
                + std::string("for (int t = 0; t < e; ++t) for (int k = 0; k < 4; ++k) { s += "
                              "x[t * 4 + k]; if (s > 9) e = 2; }");
        QTest::newRow("an end that is loaded")
            << std::string("for (int t = 0; t < o[i]; ++t) for (int k = 0; k < 4; ++k) s += x[t * 4 + k];");
        QTest::newRow("left early") << turns + "{ if (s > 9) break; s += x[t * 4 + k]; }";
        QTest::newRow("from 1") << std::string(
            "for (int t = 0; t < n; ++t) for (int k = 1; k < 4; ++k) s += x[t * 4 + k];");
        QTest::newRow("a length that the run knows")
            << std::string("for (int t = 0; t < n; ++t) for (int k = 0; k < m; ++k) s += x[t * m + k];");
        QTest::newRow("a quotient") << turns + "s += x[(t + k) / 4];";
        const std::string steps = "for (int t = 0; t < n; t += 4) for (int k = 0; k < ";
        QTest::newRow("steps that are shorter") << steps + "5; ++k) s += x[t + k];";
        QTest::newRow("steps that are longer") << steps + "3; ++k) s += x[t + k];";
        QTest::newRow("steps and a number of them") << steps + "4; ++k) s += x[t * 4 + k];";
        QTest::newRow("steps from 1") << std::string(
            "for (int t = 1; t < n; t += 4) for (int k = 0; k < 4; ++k) s += x[t + k];");
        QTest::newRow("steps of the inner one") << steps + "4; k += 2) s += x[t + k];";
        QTest::newRow("steps that the run knows")
            << std::string("for (int t = 0; t < n; t += m) for (int k = 0; k < 4; ++k) s += x[t + k];");
    }
    void loopsThatStayTwo()
    {
        QFETCH(std::string, body);
        const auto kernel = [](const std::string& inner) {
            return "// warploom: launch g<<<ceil_div(m, 128), 128>>>(x, y, o, m, n)\n"
                   "__global__ void g(const float* x, float* y, const int* o, int m, int n)\n{\n"
                   "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i >= m)\n        return;\n"
                   "    float s = 0;\n    "
                + inner + "\n    y[i] = s;\n}\n";
        };
        VERIFY_CONTAINS(plain(kernel("for (int t = 0; t < n; ++t) for (int k = 0; k < 4; ++k) s += x[t * 4 + k];")),
                        "t_k < n * 4; ++t_k)");
        VERIFY_CONTAINS(plain(kernel("for (int t = 0; t < n; t += 4) for (int k = 0; k < 4; ++k) s += x[t + k];")),
                        "t_k < (n + 3) / 4 * 4; ++t_k)");
        QCOMPARE(errorOf(kernel(body)), std::string());
        VERIFY_LACKS(plain(kernel(body)), "t_k");
    }

    /// A grid of whole blocks without a guard.
    void boundsOfTheGrid()
    {
        const auto kernel = [](const std::string& grid, const std::string& body) {
            return "// warploom: launch k<<<" + grid
                + ", 256>>>(x, y, n)\n"
                  "__global__ void k(const float* x, float* y, int n)\n{\n"
                  "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    "
                + body + "\n}\n";
        };
        VERIFY_CONTAINS(plain(kernel("n / 256", "y[i] = x[i];")), "if (i >= n)\n        return;");
        VERIFY_CONTAINS(plain(kernel("n * 4 / 256", "y[i] = x[i];")), "if (i >= 1LL * n * 4)\n        return;");
        VERIFY_CONTAINS(plain(kernel("(n + 8) / 256", "y[i] = x[i];")), "if (i >= (n + 8))\n        return;");
        QVERIFY(!proposals(kernel("n / 256", "y[i] = x[i];"), "vectorize").empty());
        // A sum of which a part is divided, blocks in part, another name, threads that are used otherwise.
        VERIFY_LACKS(plain(kernel("n + 8 / 256", "y[i] = x[i];")), "return");
        VERIFY_LACKS(plain(kernel("ceil_div(n, 256)", "y[i] = x[i];")), "return");
        VERIFY_LACKS(plain(kernel("m / 256", "y[i] = x[i];")), "return");
        VERIFY_LACKS(plain(kernel("n / 128", "y[i] = x[i];")), "return");
        VERIFY_LACKS(plain(kernel("n / 256", "y[i] = x[threadIdx.x];").replace(0, 0, "")), "n * 256");
        VERIFY_LACKS(
            plain(kernel(
                "n / 256",
                "__shared__ float s[256]; s[threadIdx.x] = x[i]; __syncthreads(); y[i] = s[255 - threadIdx.x];")),
            "return");
    }

    void loopsThatAddNothing_data()
    {
        QTest::addColumn<QString>("bound");
        QTest::addColumn<QString>("sum");
        QTest::newRow("one factor is not masked") << "(n + 15) / 16 * 16" << "(k < n ? x[k] : 0.0f) * y[k]";
        QTest::newRow("not zero") << "(n + 15) / 16 * 16" << "(k < n ? x[k] : 1.0f) * (k < n ? y[k] : 0.0f)";
        QTest::newRow("less than there is") << "n / 16 * 16" << "(k < n ? x[k] : 0.0f) * (k < n ? y[k] : 0.0f)";
        QTest::newRow("not far enough") << "(n + 14) / 16 * 16" << "(k < n ? x[k] : 0.0f) * (k < n ? y[k] : 0.0f)";
        QTest::newRow("one too few") << "((n - 2) / 16 + 1) * 16" << "(k < n ? x[k] : 0.0f) * (k < n ? y[k] : 0.0f)";
        QTest::newRow("of another number")
            << "((n - 1) / 15 + 1) * 16" << "(k < n ? x[k] : 0.0f) * (k < n ? y[k] : 0.0f)";
        QTest::newRow("two bounds") << "(n + 15) / 16 * 16" << "(k < n ? x[k] : 0.0f) * (k < m ? y[k] : 0.0f)";
    }
    void loopsThatAddNothing()
    {
        QFETCH(QString, bound);
        QFETCH(QString, sum);
        VERIFY_CONTAINS(plain(masked("(n + 15) / 16 * 16", "(k < n ? x[k] : 0.0f) * (k < n ? y[k] : 0.0f)")),
                        "k < n; ++k");
        for (const char* end : {"((n - 1) / 16 + 1) * 16", "(n / 16 + 1) * 16", "(n + 31) / 16 * 16"})
            VERIFY_CONTAINS(plain(masked(end, "(k < n ? x[k] : 0.0f) * (k < n ? y[k] : 0.0f)")), "k < n; ++k");
        VERIFY_CONTAINS(plain(masked("(n + 15) / 16 * 16", "(k < n && i > 2 ? x[k] : 0.0f) * (k < n ? y[k] : 0.0f)")),
                        "(i > 2 ? x[k] : 0.0f) * (y[k])");
        VERIFY_LACKS(plain(masked(bound.toStdString(), sum.toStdString())), "k < n; ++k");
    }

private:
    static constexpr const char* kLeft = "a[row * n + t * 16 + threadIdx.x]";
    static constexpr const char* kRight = "b[(t * 16 + threadIdx.y) * n + col]";

    static std::string style(const std::string& name)
    {
        return readFile(sourceFolder() / "tests/core/engine/styles" / (name + ".cu"));
    }

    static std::string replaced(std::string text, const std::string& what, const std::string& with)
    {
        const auto at = text.find(what);
        if (at == std::string::npos)
            qFatal("no %s", what.c_str());
        return text.replace(at, what.size(), with);
    }

    static std::string masked(const std::string& bound, const std::string& sum)
    {
        return "// warploom: launch g<<<ceil_div(m, 128), 128>>>(x, y, z, m, n)\n"
               "__global__ void g(const float* x, const float* y, float* z, int m, int n)\n{\n"
               "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i >= m)\n        return;\n    float s = "
               "0;\n"
               "    for (int k = 0; k < "
            + bound + "; ++k)\n        s += " + sum + ";\n    z[i] = s;\n}\n";
    }

    /// A thread an element, a line of 64 of them in a tile.
    static std::string line(const std::string& tile, const std::string& store, const std::string& sum,
                            const std::string& end)
    {
        return "// warploom: launch g<<<n / 64, 64>>>(x, y, z, o, n)\n"
               "__global__ void g(const float* x, float* y, float* z, int* o, int n)\n{\n    __shared__ "
            + tile + " tile[64];\n    int i = blockIdx.x * 64 + threadIdx.x;\n    " + store
            + "\n    __syncthreads();\n    float s = 0.0f;\n    for (int k = 0; k < 64; ++k)\n        s += " + sum
            + ";\n    " + end + "\n}\n";
    }

    static std::string tiled(const std::string& left, const std::string& right)
    {
        return "// warploom: launch mm<<<dim3(n / 16, n / 16), dim3(16, 16)>>>(a, b, c, n)\n"
               "#define TILE 16\n"
               "__global__ void mm(const float* a, const float* b, float* c, int n)\n{\n"
               "    __shared__ float as[TILE][TILE], bs[TILE][TILE + 1];\n"
               "    int row = blockIdx.y * TILE + threadIdx.y;\n    int col = blockIdx.x * TILE + threadIdx.x;\n"
               "    float acc = 0;\n    for (int t = 0; t < n / TILE; ++t) {\n"
               "        as[threadIdx.y][threadIdx.x] = "
            + left + ";\n        bs[threadIdx.y][threadIdx.x] = " + right
            + ";\n        __syncthreads();\n        for (int k = 0; k < TILE; ++k)\n"
              "            acc += as[threadIdx.y][k] * bs[k][threadIdx.x];\n        __syncthreads();\n    }\n"
              "    c[row * n + col] = acc;\n}\n";
    }

    static std::string plain(const std::string& source)
    {
        const auto form = plainSource(source, "test.cu");
        return form ? *form : form.error().toString();
    }
};

QTEST_APPLESS_MAIN(TestPlainStaged)
#include "tst_PlainStaged.moc"
