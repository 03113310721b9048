// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

class TestPlainForm : public QObject {
    Q_OBJECT

private slots:
    void saidMorePlainly_data()
    {
        QTest::addColumn<std::string>("source");
        QTest::addColumn<std::string>("plain");
        QTest::newRow("products added") << guarded(
            "float s = 0; for (int c = 0; c < m; ++c) s = fmaf(x[c], x[i], s); y[i] = s;")
                                        << std::string("s += x[c] * x[i];");
        QTest::newRow("counting") << guarded("float s = 0;\n    int c = 0;\n    while (c < m) {\n        s += x[c];\n  "
                                             "      c += 2;\n    }\n    y[i] = s;")
                                  << std::string("for (int c = 0; c < m; c += 2) {");
        QTest::newRow("counting from an element") << guarded(
            "float s = 0;\n    int c = o[i];\n    int e = o[i + 1];\n    while (c < e) {\n        s += x[c];\n"
            "        c++;\n    }\n    y[i] = s;") << std::string("for (int c = o[i]; c < e; c++) {");
        QTest::newRow("pointer") << guarded("float s = 0;\n    const float* p = x + i;\n    for (int r = 0; r < m; "
                                            "r++, p += n)\n        s += *p * p[2];\n    y[i] = s;")
                                 << std::string("s += p[size_t(r) * n] * p[size_t(r) * n + 2];");
        QTest::newRow("continue") << guarded("for (int c = 0; c < m; ++c) {\n        if (c < 2 || c >= n)\n            "
                                             "continue;\n        y[i] = x[c];\n    }")
                                  << std::string("if (c >= 2 && c < n) {");
        QTest::newRow("sum")
            << guarded("y[i] = 0.0f;\n    for (int c = 0; c < m; ++c)\n        y[i] += x[c];")
            << std::string("float sum = 0.0f;\n    for (int c = 0; c < m; ++c)\n        sum += x[c];\n    y[i] = sum;");
        QTest::newRow("declarations") << guarded("int a = m, b = n;\n    y[i] = x[a + b];")
                                      << std::string("int a = m;\n    int b = n;");
        QTest::newRow("advance") << guarded(
            "y += size_t(i) * m;\n    for (int c = 0; c < m; ++c)\n        y[c] = x[c];")
                                 << std::string("float *y_row = y + size_t(i) * m;");
        QTest::newRow("range") << guarded("const int b = o[i];\n    const int e = o[i + 1];\n    float s = 0;\n    for "
                                          "(int c = 0; c < e - b; ++c)\n        s += x[b + c];\n    y[i] = s;")
                               << std::string("for (int c = b; c < e; ++c)\n        s += x[c];");
        QTest::newRow("start") << guarded(
            "float s = x[i];\n    for (int c = 0; c < m; ++c)\n        s += x[c];\n    y[i] = s;")
                               << std::string("float total = s + x[i];\n    y[i] = total;");
        QTest::newRow("element") << guarded(
            "float b = x[0];\n    int at = 0;\n    for (int c = 1; c < m; ++c) {\n        float v = x[c];\n        if "
            "(v > b) {\n            b = v;\n            at = c;\n        }\n    }\n    y[i] = at;")
                                 << std::string("if (x[c] > b) {\n            b = x[c];");
        QTest::newRow("blocks of one") << launched("m, 1", "int row = blockIdx.x;\n    y[row] = x[row];")
                                       << std::string("launch g<<<ceil_div(m, 256), 256>>>(x, y, o, n, m)");
        QTest::newRow("stride") << launched("64, 128",
                                            "for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x "
                                            "* blockDim.x)\n        y[i] = x[i];")
                                << std::string("launch g<<<ceil_div(n, 128), 128>>>(x, y, o, n, m)");
        QTest::newRow("one thread") << launched("1, 1", "for (int i = 0; i < n; ++i)\n        y[i] = x[i];")
                                    << std::string("if (i >= n)\n        return;\n    y[i] = x[i];");
        QTest::newRow("one thread sums") << launched(
            "1, 1", "float s = 0;\n    for (int i = 0; i < n; ++i)\n        s += x[i];\n    y[0] = s;")
                                         << std::string("// warploom: zero y\n");
        QTest::newRow("recurrence") << launched(
            "1, 1", "y[0] = x[0];\n    for (int i = 1; i < n; ++i)\n        y[i] = y[i - 1] + x[i];")
                                    << std::string("sum += x[i];\n        y[i] = sum;");
        QTest::newRow("blocks of data") << launched("n, m", "y[blockIdx.x * m + threadIdx.x] = x[threadIdx.x];")
                                        << std::string("launch g<<<ceil_div(m * n, 256), 256>>>(x, y, o, n, m, m * n)");
        QTest::newRow("rows and columns")
            << launched("ceil_div(n * m, 256), 256",
                        "int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i >= n * m)\n        return;\n    int "
                        "r = i / m;\n    int c = i % m;\n    y[c * n + r] = x[i];")
            << std::string("y[c * n + r] = x[(r * m + c)];");
    }
    void saidMorePlainly()
    {
        QFETCH(std::string, source);
        QFETCH(std::string, plain);
        const auto made = plainOf(source);
        VERIFY_CONTAINS(made, plain);
        // Plain is plain.
        QVERIFY2(plainOf(made).empty(), plainOf(made).c_str());
    }

    void leftAlone_data()
    {
        QTest::addColumn<std::string>("source");
        QTest::newRow("another sum") << guarded(
            "float s = 0;\n    float t = 1;\n    s = fmaf(x[0], x[1], t);\n    y[i] = s + t;");
        QTest::newRow("count from what changes") << guarded(
            "int c = int(y[i]);\n    int e = atomicAdd(&y[i], 1.0f);\n    while (c < e) {\n        ++c;\n    }");
        QTest::newRow("count used after")
            << guarded("int c = 0;\n    while (c < m) {\n        y[c] = 0;\n        ++c;\n    }\n    y[i] = c;");
        QTest::newRow("count changed twice")
            << guarded("int c = 0;\n    while (c < m) {\n        if (x[c] > 0)\n            ++c;\n        ++c;\n    }");
        QTest::newRow("continue past the count") << guarded(
            "int c = 0;\n    while (c < m) {\n        if (x[c] > 0) { c += 2; continue; }\n        ++c;\n    }");
        QTest::newRow("pointer used after") << guarded("const float* p = x;\n    float s = 0;\n    for (int r = 0; r < "
                                                       "m; r++, p += n)\n        s += *p;\n    y[i] = s + *p;");
        QTest::newRow("pointer of an outer loop")
            << guarded("const float* p = x;\n    float s = 0;\n    for (int k = 0; k < 3; ++k) {\n        for (int r = "
                       "0; r < m; r++, p += n)\n            s += *p;\n    }\n    y[i] = s;");
        QTest::newRow("amount that changes")
            << guarded("const float* p = x;\n    float s = 0;\n    int d = 1;\n    for (int r = 0; r < m; r++, p += d) "
                       "{\n        s += *p;\n        d *= 2;\n    }\n    y[i] = s;");
        QTest::newRow("sum read elsewhere")
            << guarded("y[i] = 0.0f;\n    for (int c = 0; c < m; ++c)\n        y[i] += y[c];");
        QTest::newRow("sum that moves") << guarded(
            "y[0] = 0.0f;\n    for (int c = 0; c < m; ++c)\n        y[c] += x[c];");
        QTest::newRow("sum left early") << guarded("y[i] = 0.0f;\n    for (int c = 0; c < m; ++c) {\n        y[i] += "
                                                   "x[c];\n        if (x[c] > 0)\n            return;\n    }");
        QTest::newRow("maximum with a start")
            << guarded("float s = x[i];\n    for (int c = 0; c < m; ++c)\n        s = fmaxf(s, x[c]);\n    y[i] = s;");
        QTest::newRow("element that is kept") << guarded(
            "for (int c = 1; c < m; ++c) {\n        float v = x[c];\n        if (v > 0)\n            y[c] = v;\n    }");
        QTest::newRow("blocks of one that meet") << launched(
            "m, 1", "__shared__ float s;\n    s = x[blockIdx.x];\n    __syncthreads();\n    y[blockIdx.x] = s;");
        QTest::newRow("blocks of one that count") << launched("m, 1", "y[blockIdx.x] = x[gridDim.x - 1 - blockIdx.x];");
        QTest::newRow("one block that depends")
            << launched("1, 128", "for (int i = threadIdx.x; i < n - 1; i += blockDim.x)\n        y[i] = y[i + 1];");
        QTest::newRow("one thread that carries") << launched(
            "1, 1",
            "float s = 0;\n    for (int i = 0; i < n; ++i) {\n        s = s * 0.5f + x[i];\n        y[i] = s;\n    }");
        QTest::newRow("one thread, colliding")
            << launched("1, 1", "for (int i = 0; i < n; ++i)\n        y[i / 2] = x[i];");
        QTest::newRow("stride that asks who it is")
            << launched("64, 128",
                        "int t = blockIdx.x * blockDim.x + threadIdx.x;\n    for (int i = blockIdx.x * blockDim.x + "
                        "threadIdx.x; i < n; i += gridDim.x * blockDim.x)\n        y[i] = x[i] + t;");
        QTest::newRow("recurrence of another start")
            << launched("1, 1", "y[0] = 1;\n    for (int i = 1; i < n; ++i)\n        y[i] = y[i - 1] + x[i];");
        QTest::newRow("bound that is no product")
            << launched("ceil_div(n, 256), 256",
                        "int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i >= n)\n        return;\n    int r = "
                        "i / m;\n    int c = i % m;\n    y[i] = x[c + r];");
        QTest::newRow("element that moves with what is set") << guarded(
            "int at = 0;\n    float b = 0;\n    for (int c = 0; c < m; ++c) {\n        float v = x[at];\n"
            "        if (v > b) {\n            at = c;\n            b = v;\n        }\n    }\n    y[i] = b;");
        QTest::newRow("stride with an array of the thread's own")
            << launched("64, 128",
                        "float last[2] = {};\n    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += "
                        "gridDim.x * blockDim.x) {\n        y[i] = last[0];\n        last[0] = x[i];\n    }");
        QTest::newRow("sums that go where the thread says") << launched(
            "64, 128",
            "int t = threadIdx.x;\n    float s = 0;\n    for (int i = blockIdx.x * blockDim.x + "
            "threadIdx.x; i < n; i += gridDim.x * blockDim.x)\n        s += x[i];\n    atomicAdd(&y[t % 4], s);");
        QTest::newRow("sums of what the thread says") << launched(
            "64, 128",
            "int t = threadIdx.x;\n    float s = 0;\n    for (int i = blockIdx.x * blockDim.x + "
            "threadIdx.x; i < n; i += gridDim.x * blockDim.x)\n        s += x[i] * x[t];\n    atomicAdd(y, s);");
        QTest::newRow("sums after what each block does")
            << launched("64, 128",
                        "y[blockIdx.x + 1] = 0;\n    float s = 0;\n    for (int i = blockIdx.x * blockDim.x + "
                        "threadIdx.x; i < n; i += gridDim.x * blockDim.x)\n        s += x[i];\n    atomicAdd(y, s);");
    }
    void leftAlone()
    {
        QFETCH(std::string, source);
        const auto made = plainOf(source);
        QVERIFY2(made.empty(), made.c_str());
    }

    void hintsGoOnlyWhereNobodyTuned()
    {
        const auto source = guarded(
            "float s = 0;\n    #pragma unroll 4\n    for (int c = 0; c < m; ++c)\n        s += x[c];\n    y[i] = s;");
        VERIFY_LACKS(plainOf(source), "#pragma");
        QVERIFY(!plainOf(source).empty());
        QVERIFY(plainOf("// warploom: tune U = 4 8\n" + source).empty());
    }

    void unsignedCounters()
    {
        const auto source = guarded(
            "float s = 0;\n    for (unsigned c = 0; c < m; c++)\n        s += x[size_t(c) * n];\n    y[i] = s;");
        VERIFY_CONTAINS(plainOf(source), "for (int c = 0; c < m; c++)");
        // Products of unsigned numbers hold more than those of ints.
        QVERIFY(
            plainOf(
                guarded("float s = 0;\n    for (unsigned c = 0; c < m; c++)\n        s += x[c * n];\n    y[i] = s;"))
                .empty());
    }

    void trees()
    {
        const std::string tree =
            "__shared__ float part[256];\n    int i = blockIdx.x * blockDim.x + threadIdx.x;\n"
            "    part[threadIdx.x] = i < n ? x[i] : 0.0f;\n    __syncthreads();\n"
            "    for (int s = blockDim.x / 2; s > 0; s /= 2) {\n"
            "        if (threadIdx.x < s)\n            part[threadIdx.x] += part[threadIdx.x + s];\n"
            "        __syncthreads();\n    }\n";
        const auto added =
            launched("ceil_div(n, 256), 256", tree + "    if (threadIdx.x == 0)\n        atomicAdd(y, part[0]);");
        VERIFY_CONTAINS(plainOf(added), "if (i < n)\n        atomicAdd(y, x[i]);");
        VERIFY_LACKS(plainOf(added), "__shared__");
        const auto stored =
            launched("ceil_div(n, 256), 256", tree + "    if (threadIdx.x == 0)\n        y[blockIdx.x] = part[0];");
        QVERIFY(plainOf(stored).empty());
        const auto shuffled = proposals(stored, "shuffle-tree");
        QCOMPARE(shuffled.size(), std::size_t{1});
        VERIFY_CONTAINS(shuffled[0].source, "const float blocksSum = blockSum(i < n ? x[i] : 0.0f);");
        VERIFY_CONTAINS(shuffled[0].source, "y[blockIdx.x] = blocksSum;");
        VERIFY_LACKS(shuffled[0].source, "part[256]");
        QVERIFY(proposals(shuffled[0].source, "shuffle-tree").empty());
    }

    void treesThatAreNone_data()
    {
        QTest::addColumn<std::string>("from");
        QTest::addColumn<std::string>("to");
        QTest::newRow("other elements used") << std::string("= part[0]") << std::string("= part[1]");
        QTest::newRow("half a block") << std::string("blockDim.x / 2") << std::string("blockDim.x / 4");
        QTest::newRow("to the last but one") << std::string("s > 0") << std::string("s > 1");
        QTest::newRow("a product") << std::string("part[threadIdx.x] += ") << std::string("part[threadIdx.x] *= ");
        QTest::newRow("another partner") << std::string("part[threadIdx.x + s]")
                                         << std::string("part[threadIdx.x + s + 1]");
        QTest::newRow("no barrier") << std::string("        __syncthreads();\n    }")
                                    << std::string("        ;\n    }");
        QTest::newRow("blocks of 96") << std::string(", 256>>>") << std::string(", 96>>>");
        QTest::newRow("blocks of 16") << std::string(", 256>>>") << std::string(", 16>>>");
    }
    void treesThatAreNone()
    {
        QFETCH(std::string, from);
        QFETCH(std::string, to);
        auto source =
            launched("ceil_div(n, 256), 256",
                     "__shared__ float part[256];\n    part[threadIdx.x] = x[threadIdx.x];\n    __syncthreads();\n"
                     "    for (int s = blockDim.x / 2; s > 0; s /= 2) {\n"
                     "        if (threadIdx.x < s)\n            part[threadIdx.x] += part[threadIdx.x + s];\n"
                     "        __syncthreads();\n    }\n    y[blockIdx.x] = part[0];");
        QCOMPARE(proposals(source, "shuffle-tree").size(), std::size_t{1});
        QVERIFY(source.find(from) != std::string::npos);
        source.replace(source.find(from), from.size(), to);
        QVERIFY(proposals(source, "shuffle-tree").empty());
    }

    void movesSayHowTheyCameToIt()
    {
        const auto source = launched("m, 1",
                                     "float s = 0;\n    for (int c = 0; c < n; ++c)\n        s += x[blockIdx.x * n + "
                                     "c];\n    y[blockIdx.x] = s;");
        const auto made = proposals(source, "row-per-block");
        QVERIFY(!made.empty());
        VERIFY_CONTAINS(made[0].title, ", written with items to threads");
        const auto plain = proposals(source, "plain-form");
        QCOMPARE(plain.size(), std::size_t{1});
        QVERIFY(proposals(plain[0].source, "plain-form").empty());
    }

private:
    static std::string launched(const std::string& shape, const std::string& body)
    {
        return "// warploom: launch g<<<" + shape
            + ">>>(x, y, o, n, m)\n"
              "__global__ void g(const float* x, float* y, const int* o, int n, int m)\n{\n    "
            + body + "\n}\n";
    }

    static std::string guarded(const std::string& body)
    {
        return launched("ceil_div(n, 256), 256",
                        "int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i >= n)\n        return;\n    "
                            + body);
    }

    /// Empty where nothing is to be said otherwise.
    static std::string plainOf(const std::string& source)
    {
        const auto plain = plainSource(source, "test.cu");
        if (!plain)
            qFatal("%s\n%s", plain.error().toString().c_str(), source.c_str());
        return *plain == source ? std::string() : *plain;
    }
};

QTEST_APPLESS_MAIN(TestPlainForm)
#include "tst_PlainForm.moc"
