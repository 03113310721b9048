// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "PlainFormKernels.h"

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
        QTest::newRow("stepping pointers") << guarded(
            "const float* p = x + i;\n    float* q = y + i;\n    for (int r = 0; r < m; r++)\n        *q++ = "
            "2 * *(p++);") << std::string("q[r] = 2 * p[r];");
        QTest::newRow("pointer and an operator") << guarded("float s = 0;\n    const float* p = x;\n    for (int r = "
                                                            "0; r < m; ++r, p += n)\n        s += p[i & 7];\n    "
                                                            "y[i] = s;")
                                                 << std::string("s += p[size_t(r) * n + (i & 7)];");
        QTest::newRow("pointer with an unsigned count") << guarded(
            "float s = 0;\n    const float* p = x + 1;\n    for (unsigned r = 0; r < m; ++r, ++p)\n        s += "
            "p[-1] * r;\n    y[i] = s;") << std::string("s += p[size_t(r) + (-1)] * r;");
        QTest::newRow("pointer and a macro")
            << "#define PITCH n + 1\n"
                + guarded(
                    "float s = 0;\n    const float* p = x;\n    for (int r = 0; r < m; ++r, p += PITCH)\n        s += "
                    "*p;\n    y[i] = s;")
            << std::string("s += p[size_t(r) * (PITCH)];");
        QTest::newRow("continue after an assignment") << guarded(
            "float v = 0;\n    for (int c = 0; c < m; ++c) {\n        if (!(v = x[c]) || c > 4)\n            "
            "continue;\n        y[i] = v;\n    }") << std::string("if ((v = x[c]) && c <= 4) {");
        QTest::newRow("continue") << guarded("for (int c = 0; c < m; ++c) {\n        if (c < 2 || c >= n)\n            "
                                             "continue;\n        y[i] = x[c];\n    }")
                                  << std::string("if (c >= 2 && c < n) {");
        QTest::newRow("sum")
            << guarded("y[i] = 0.0f;\n    for (int c = 0; c < m; ++c)\n        y[i] += x[c];")
            << std::string("float sum = 0.0f;\n    for (int c = 0; c < m; ++c)\n        sum += x[c];\n    y[i] = sum;");
        QTest::newRow("a guard and a mask")
            << masked("if (i >= n || o[i] == 0) return;", "")
            << std::string("if (i >= n)\n        return;\n    if (o[i] == 0)\n        return;\n    float s");
        QTest::newRow("within a guard and a mask")
            << masked("if (i < n && o[i] != 0) {", "\n    }")
            << std::string("if (i < n) {\n        if (o[i] == 0)\n            return;\n        float s = 0;");
        QTest::newRow("one way for some, a loop for others")
            << guarded("if (o[i] > 3) {\n        float s = 0;\n        for (int c = 0; c < m; ++c)\n            s += "
                       "x[c];\n        y[i] = s;\n    } else\n        y[i] = 1;")
            << std::string(
                   "    if (!(o[i] > 3)) {\n        y[i] = 1;\n        return;\n    }\n    float s = 0;\n    for");
        QTest::newRow("a loop for the others")
            << guarded(
                   "if (o[i] == 3)\n        y[i] = 1;\n    else {\n        for (int c = 0; c < m; ++c)\n            "
                   "y[i * m + c] = x[c];\n    }")
            << std::string("    if (o[i] == 3) {\n        y[i] = 1;\n        return;\n    }\n    for (int c");
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
        QTest::newRow("factors") << plane("float s = 0;\n    for (int c = 0; c < m; ++c) {\n        float a = "
                                          "x[c];\n        const float b = x[c + m];\n"
                                          "        s += a * b;\n    }\n    y[i] = s;")
                                 << std::string("s += x[c] * x[c + m];");
        QTest::newRow("factor of another type") << plane(
            "double s = 0;\n    for (int c = 0; c < m; ++c) {\n        double a = x[c];\n        s += a * a;\n        "
            "}\n    "
            "for (int c = 0; c < m; ++c) {\n        double a = x[c];\n        s += a * 2;\n    }\n    y[i] = s;")
                                                << std::string("s += static_cast<double>(x[c]) * 2;");
        QTest::newRow("base") << plane("const float* row = x + i * w;\n    float s = 0;\n    for (int c = 0; c < m; "
                                       "++c)\n        s += row[c + 1];\n    y[i] = s;")
                              << std::string("s += x[static_cast<long long>(i * w) + (c + 1)];");
        QTest::newRow("layer") << guarded("const int z = blockIdx.z;\n    y[z * n + i] = x[z * n + i];")
                               << std::string("y[int(blockIdx.z) * n + i] = x[int(blockIdx.z) * n + i];");
        QTest::newRow("layer worked out")
            << guarded(
                   "const int h = blockIdx.z / m;\n    const int b = blockIdx.z % m;\n    y[h * n + i] = x[b * n + i];")
            << std::string("y[int(blockIdx.z / m) * n + i] = x[int(blockIdx.z % m) * n + i];");
        QTest::newRow("a counter before its loops")
            << guarded(
                   "float s = 0;\n    int c;\n    for (c = 0; c < m; ++c)\n        s += x[c];\n    for (c = 1; c < n; "
                   "++c)\n        s += x[c * m];\n    y[i] = s;")
            << std::string(
                   "float s = 0;\n    for (int c = 0; c < m; ++c)\n        s += x[c];\n    for (int c = 1; c < n;");
        QTest::newRow("blocks of one") << launched("m, 1", "int row = blockIdx.x;\n    y[row] = x[row];")
                                       << std::string("launch g<<<ceil_div(m, 256), 256>>>(x, y, o, n, m)");
        QTest::newRow("blocks of one that count on")
            << launched("m, 1", "y[blockIdx.x] = (blockIdx.x * 2654435761u) % 97u;")
            << std::string("y[item] = (unsigned(item) * 2654435761u) % 97u;");
        QTest::newRow("blocks of one that compare")
            << launched("m, 1", "if (blockIdx.x < n - 50)\n        y[blockIdx.x] = 1;")
            << std::string("if (unsigned(item) < n - 50)");
        QTest::newRow("blocks of one with a loop of the same name")
            << launched("m, 1",
                        "int r = blockIdx.x;\n    for (int r = 0; r < n; ++r)\n        y[blockIdx.x * n + r] = "
                        "x[r];\n    y[r] += 1;")
            << std::string("y[unsigned(item) * n + r] = x[r];");
        QTest::newRow("blocks of one on a line")
            << inOneLine() << std::string("if (item >= m)\n    return;\ny[item] = 1; }");
        QTest::newRow("stride that may have no item")
            << launched("64, 128",
                        "for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n - 1; i += gridDim.x * "
                        "blockDim.x)\n        y[i] = x[i];")
            << std::string("launch g<<<max(1, ceil_div(n - 1, 128)), 128>>>(");
        QTest::newRow("stride over a transposition")
            << launched("64, 128",
                        "for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n * m; i += gridDim.x * "
                        "blockDim.x)\n        y[i % m * n + i / m] = x[i];")
            << std::string("launch g<<<ceil_div(n * m, 128), 128>>>(");
        QTest::newRow("stride in place") << launched(
            "64, 128",
            "for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * "
            "blockDim.x)\n        y[i] += x[i];")
                                         << std::string("launch g<<<ceil_div(n, 128), 128>>>(");
        QTest::newRow("blocks of half the data")
            << launched("n >> 1, m", "y[blockIdx.x * m + threadIdx.x] = threadIdx.x - 1 < m;")
            << std::string("m * (n >> 1))\n");
        QTest::newRow("blocks of data that count on")
            << launched("n, m", "y[blockIdx.x * m + threadIdx.x] = threadIdx.x - 1 < m;")
            << std::string("= unsigned(item % m) - 1 < m;");
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
};

QTEST_APPLESS_MAIN(TestPlainForm)
#include "tst_PlainForm.moc"
