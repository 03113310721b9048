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

    void leftAlone_data()
    {
        QTest::addColumn<std::string>("source");
        QTest::newRow("a way for some, before the others")
            << guarded("if (o[i] != 0) {\n        for (int c = 0; c < m; ++c)\n            y[c] = x[c];\n    }\n    "
                       "y[i] = 1;");
        QTest::newRow("loops for all") << guarded(
            "if (o[i] != 0) {\n        for (int c = 0; c < m; ++c)\n            y[c] = x[c];\n    } else {\n "
            "       for (int c = 0; c < m; ++c)\n            y[c] = 0;\n    }");
        QTest::newRow("a name that is another outside") << guarded(
            "int k = 1;\n    if (o[i] != 0) {\n        int k = 2;\n        for (int c = 0; c < m; ++c)\n       "
            "     y[c * k] = x[c];\n    }");
        QTest::newRow("a condition of the item alone")
            << guarded("if (i > 3) {\n        for (int c = 0; c < m; ++c)\n            y[c] = x[c];\n    }");
        QTest::newRow("factor used twice") << plane("float s = 0;\n    for (int c = 0; c < m; ++c) {\n        float "
                                                    "a = x[c];\n        s += a * a;\n    }\n    y[i] "
                                                    "= s;");
        QTest::newRow("factor that is more than an element")
            << plane("float s = 0;\n    for (int c = 0; c < m; ++c) {\n        float a = x[c] + x[c + 1];\n        s "
                     "+= a * 2;\n    "
                     "}\n    y[i] = s;");
        QTest::newRow("factor that goes to memory")
            << plane("for (int c = 0; c < m; ++c) {\n        float a = x[c];\n        y[c] = a * 2;\n    }");
        QTest::newRow("base that is passed on")
            << plane("float* p = y + i * m;\n    p[0] = x[i];\n    atomicAdd(p, 1.0f);");
        QTest::newRow("base whose offset moves")
            << plane("int k = i;\n    float* p = y + k;\n    if (m > 2)\n        k = 2;\n    p[k] = x[i];");
        QTest::newRow("base whose array is hidden") << plane("float* p = y + i * m;\n    if (m > 2) {\n        float "
                                                             "y[2] = {1, 2};\n        p[0] = y[1] + y[0];\n    }");
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
        QTest::newRow("step that a condition skips")
            << guarded("const float* p = x;\n    float s = 0;\n    for (int r = 0; r < m; r++)\n        s += s > 0 ? "
                       "*p++ : 1;\n    y[i] = s;");
        QTest::newRow("step that an && skips")
            << guarded("const float* p = x;\n    int s = 0;\n    for (int r = 0; r < m; r++)\n        s += s < 9 && "
                       "*p++ > 0;\n    y[i] = s;");
        QTest::newRow("step that an iteration skips") << guarded(
            "const float* p = x;\n    float s = 0;\n    for (int r = 0; r < m; r++) {\n        if (r == 2) {\n         "
            "   y[i] = 1;\n            continue;\n        }\n        s += *p++;\n    }\n    y[i] = s;");
        QTest::newRow("steps twice") << guarded(
            "const float* p = x;\n    float s = 0;\n    for (int r = 0; r < m; r++)\n        s += *p++ * "
            "*p++;\n    y[i] = s;");
        QTest::newRow("stepping pointer used after") << guarded(
            "const float* p = x;\n    float s = 0;\n    for (int r = 0; r < m; r++)\n        s += *p++;\n    "
            "y[i] = s + *p;");
        QTest::newRow("stepping pointer of an outer loop")
            << guarded("const float* p = x;\n    float s = 0;\n    for (int k = 0; k < 3; ++k) {\n        for (int r = "
                       "0; r < m; r++)\n            s += *p++;\n    }\n    y[i] = s;");
        QTest::newRow("step in an inner loop") << guarded(
            "const float* p = x;\n    float s = 0;\n    for (int r = 0; r < m; r++)\n        for (int k = 0; "
            "k < o[r]; ++k)\n            s += *p++;\n    y[i] = s;");
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
        QTest::newRow("count by what the body declares")
            << guarded("int c = 0;\n    int s = 1;\n    while (c < m) {\n        int s = 2;\n        y[c] = x[c];\n    "
                       "    c += s;\n    }\n    y[i] = s;");
        QTest::newRow("count from a name that is hidden")
            << guarded("float s = 0;\n    {\n        int c = n;\n        int n = o[i];\n        while (c < n) {\n      "
                       "      s += x[c];\n            ++c;\n        }\n    }\n    y[i] = s;");
        QTest::newRow("pointer moved by what the body declares")
            << guarded("const float* p = x;\n    float s = 0;\n    for (int r = 0; r < m; ++r) {\n        int d = "
                       "o[r];\n        s += *p;\n        p += d;\n    }\n    y[i] = s;");
        QTest::newRow("pointer in a loop of the same counter")
            << guarded("const float* p = x;\n    float s = 0;\n    for (int r = 0; r < m; ++r, p += n)\n        for "
                       "(int r = 0; r < 4; ++r)\n            s += p[r];\n    y[i] = s;");
        QTest::newRow("pointer moved by a name that is hidden")
            << guarded("const float* p = x;\n    float s = 0;\n    for (int r = 0; r < m; ++r, p += n)\n        for "
                       "(int n = 0; n < 4; ++n)\n            s += p[n];\n    y[i] = s;");
        QTest::newRow("sum whose place moves before it")
            << guarded("int k = i;\n    y[k] = 0;\n    int j = k++;\n    for (int c = 0; c < m; ++c)\n        y[k] += "
                       "x[c];\n    y[j] = 1;");
        QTest::newRow("sum with another name") << guarded("float& r = y[i];\n    y[i] = 1;\n    for (int c = 0; c < m; "
                                                          "++c) {\n        y[i] += x[c];\n        r *= 2;\n    }");
        QTest::newRow("sum that a lambda reads")
            << guarded("const auto last = [&] { return y[i]; };\n    y[i] = 1;\n    for (int c = 0; c < m; ++c)\n      "
                       "  y[i] += last() * x[c];");
        QTest::newRow("sum that others may follow") << guarded(
            "y[i] = 0;\n    for (int c = 0; c < m; ++c) {\n        y[i] += x[c];\n        __threadfence();\n    }");
        QTest::newRow("range cut to a type")
            << guarded("const int b = o[i];\n    const int e = o[i + 1];\n    const unsigned char len = e - b;\n    "
                       "float s = 0;\n    for (int c = 0; c < len; ++c)\n        s += x[b + c];\n    y[i] = s;");
        QTest::newRow("range whose end is cut")
            << guarded("const int b = o[i];\n    const int e = o[i + 1];\n    float s = 0;\n    for (int c = 0; c < "
                       "(unsigned char)e - b; ++c)\n        s += x[b + c];\n    y[i] = s;");
        QTest::newRow("range whose begin is hidden")
            << guarded("const int b = o[i];\n    const int e = o[i + 1];\n    float s = 0;\n    for (int c = 0; c < e "
                       "- b; ++c) {\n        int b = o[c];\n        s += x[b + c];\n    }\n    y[i] = s;");
        QTest::newRow("counter up to the largest number")
            << guarded("unsigned none = 0xffffffffu;\n    float s = 0;\n    for (unsigned c = 0; c < none; ++c) {\n    "
                       "    if (x[c] > 3)\n            break;\n        s += x[c];\n    }\n    y[i] = s;");
        QTest::newRow("counter up to a product")
            << guarded("unsigned total = n * m;\n    float s = 0;\n    for (unsigned c = 0; c < total; ++c)\n        s "
                       "+= x[c];\n    y[i] = s;");
        QTest::newRow("counter that goes down") << guarded("int d = -1;\n    float s = 0;\n    for (unsigned c = m; c "
                                                           "< n; c += d)\n        s += x[c];\n    y[i] = s;");
        QTest::newRow("counter up to what may be below zero")
            << guarded("int limit = i < 5 ? -1 : 3;\n    float s = 0;\n    for (unsigned c = 0; c < limit; ++c) {\n    "
                       "    if (c >= m)\n            break;\n        s += x[c];\n    }\n    y[i] = s;");
        QTest::newRow("element that moves as it is compared")
            << guarded("float b = 0;\n    int k = 0;\n    for (int c = 0; c < m; ++c) {\n        float v = x[k];\n     "
                       "   if (++k < m && v > b)\n            b = v;\n    }\n    y[i] = b;");
        QTest::newRow("element that changes as it is compared")
            << guarded("float b = 0;\n    for (int c = 0; c < m; ++c) {\n        float v = y[c];\n        if "
                       "(atomicAdd(&y[c], 1.0f) > 0)\n            b = v;\n    }\n    y[i] = b;");
        QTest::newRow("element that others change")
            << guarded("const volatile float* w = x;\n    float b = 0;\n    for (int c = 0; c < m; ++c) {\n        "
                       "float v = w[c];\n        if (v > b)\n            b = v;\n    }\n    y[i] = b;");
        QTest::newRow("index of a name that is hidden")
            << guarded("int c = m - 1;\n    size_t at = size_t(i) * m + c;\n    for (int c = 0; c < m; ++c)\n        "
                       "y[at] += x[c];");
        QTest::newRow("start from an element that moves")
            << guarded("int k = 0;\n    float s = x[k];\n    for (int c = 0; c < m; ++c) {\n        s += x[c];\n       "
                       " ++k;\n    }\n    y[i] = s;");
        QTest::newRow("recurrence that may have no element")
            << guarded("float* q = y + i * m;\n    q[0] = x[0];\n    for (int c = 1; c < m / 2; ++c)\n        q[c] = "
                       "q[c - 1] + x[c];");
        QTest::newRow("products of other reals added") << guarded(
            "double s = 0;\n    for (int c = 0; c < m; ++c)\n        s = fmaf(x[c], x[c], s);\n    y[i] = s;");
        QTest::newRow("stride that goes on from itself")
            << launched("64, 128",
                        "for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)\n     "
                        "   y[i] = x[i] + (i >= 8192 ? y[i - 8192] : 0);");
        QTest::newRow("stride with a slot a thread")
            << launched("64, 128",
                        "for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)\n     "
                        "   y[i % 8192] += x[i];");
        QTest::newRow("stride where the last one counts")
            << launched("64, 128",
                        "for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)\n     "
                        "   y[i % 8192] = x[i];");
        QTest::newRow("one thread that carries in an object")
            << launched("1, 1",
                        "struct Sum { float s = 0; __device__ void add(float v) { s += v; } };\n    Sum a;\n    for "
                        "(int i = 0; i < n; ++i) {\n        a.add(x[i]);\n        y[i] = a.s;\n    }");
        QTest::newRow("one thread that writes through an object")
            << launched("1, 1",
                        "struct View { float* p; __device__ float& operator[](int i) const { return p[i]; } };\n    "
                        "View v{y};\n    for (int i = 0; i < n; ++i)\n        v[i / 2] = x[i];");
        QTest::newRow("one thread that writes through a structure")
            << launched("1, 1",
                        "float2* w = reinterpret_cast<float2*>(y);\n    for (int i = 0; i < n; ++i) {\n        w->x += "
                        "x[i];\n        y[i + 2] = w->x;\n    }");
        QTest::newRow("one thread that carries in assembly")
            << launched("1, 1",
                        "float s = 0;\n    for (int i = 0; i < n; ++i) {\n        asm(\"add.f32 %0, %0, %1;\" : "
                        "\"+f\"(s) : \"f\"(x[i]));\n        y[i] = s;\n    }");
        QTest::newRow("rows and columns in short numbers")
            << launched("ceil_div(n * m, 256), 256",
                        "int at = blockIdx.x * blockDim.x + threadIdx.x;\n    if (at >= n * m)\n        return;\n    "
                        "short r = at / m;\n    short c = at % m;\n    y[at] = x[r + c];");
        QTest::newRow("rows and columns as reals")
            << launched("ceil_div(n * m, 256), 256",
                        "int at = blockIdx.x * blockDim.x + threadIdx.x;\n    if (at >= n * m)\n        return;\n    "
                        "float r = at / m;\n    float c = at % m;\n    y[at] = r + c;");
        QTest::newRow("a column of the same name within")
            << launched("ceil_div(n * m, 256), 256",
                        "int at = blockIdx.x * blockDim.x + threadIdx.x;\n    if (at >= n * m)\n        return;\n    "
                        "int r = at / m;\n    int c = at % m;\n    float s = 0;\n    for (int c = 0; c < 2; ++c)\n     "
                        "   s += x[at] + c;\n    y[at] = s + r + c;");
        QTest::newRow("integer sums of reals")
            << launched("64, 128",
                        "int s = 0;\n    int* q = reinterpret_cast<int*>(y);\n    for (int i = blockIdx.x * blockDim.x "
                        "+ threadIdx.x; i < n; i += gridDim.x * blockDim.x)\n        s += x[i];\n    atomicAdd(q, s);");
        QTest::newRow("a counter that is used behind its loop")
            << guarded("float s = 0;\n    int c;\n    for (c = 0; c < m; ++c)\n        s += x[c];\n    y[i] = s * c;");
        QTest::newRow("a layer by what is hidden later") << guarded(
            "const int h = blockIdx.z / m;\n    for (int m = 0; m < 4; ++m)\n        y[h * n + i + m] = x[i];");
        QTest::newRow("a layer of another dimension")
            << guarded("const int h = blockIdx.y / m;\n    y[h * n + i] = x[i];");
        QTest::newRow("blocks of one in clusters") << clustered();
        QTest::newRow("blocks that promise to be of one") << promising();
        QTest::newRow("one thread that tells the file")
            << "__device__ int count;\n__device__ int next() { return count++; }\n"
                + launched("1, 1", "for (int i = 0; i < n; ++i)\n        y[i] = x[i] + next();");
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

    /// Each thread's addition can stand for a tree only if nobody needs its barriers, or what it cuts off.
    void treesThatStay_data()
    {
        QTest::addColumn<std::string>("from");
        QTest::addColumn<std::string>("to");
        QTest::newRow("as it is") << std::string() << std::string();
        QTest::newRow("another array")
            << std::string("float part[256];")
            << std::string("float part[256];\n    __shared__ float other[256];\n    other[threadIdx.x] = 1;");
        QTest::newRow("memory behind the barriers")
            << std::string("    if (threadIdx.x == 0)") << std::string("    y[1] = x[0];\n    if (threadIdx.x == 0)");
        QTest::newRow("integers of reals") << std::string("__shared__ float") << std::string("__shared__ int");
    }
    void treesThatStay()
    {
        QFETCH(std::string, from);
        QFETCH(std::string, to);
        auto source =
            launched("ceil_div(n, 256), 256",
                     "__shared__ float part[256];\n    float v = x[threadIdx.x];\n    part[threadIdx.x] = v;\n"
                     "    __syncthreads();\n    for (int s = blockDim.x / 2; s > 0; s /= 2) {\n"
                     "        if (threadIdx.x < s)\n            part[threadIdx.x] += part[threadIdx.x + s];\n"
                     "        __syncthreads();\n    }\n    if (threadIdx.x == 0)\n        atomicAdd(y, part[0]);");
        QVERIFY(source.find(from) != std::string::npos);
        source.replace(source.find(from), from.size(), to);
        QCOMPARE(plainOf(source).find("atomicAdd(y, v)") != std::string::npos, from.empty());
    }

    void valuesThatChangeBehindATree()
    {
        const auto plain =
            plainOf(launched("ceil_div(n, 256), 256",
                             "__shared__ float part[256];\n    float v = x[threadIdx.x];\n    part[threadIdx.x] = v;\n"
                             "    __syncthreads();\n    for (int s = blockDim.x / 2; s > 0; s /= 2) {\n"
                             "        if (threadIdx.x < s)\n            part[threadIdx.x] += part[threadIdx.x + s];\n"
                             "        __syncthreads();\n    }\n    v = 0;\n    if (threadIdx.x == 0)\n"
                             "        atomicAdd(y, part[0]);"));
        VERIFY_CONTAINS(plain, "atomicAdd(y, v)");
        VERIFY_LACKS(plain, "v = 0;");
    }

    /// What is half of one block is not half of the other.
    void treesOfTwoLaunches()
    {
        const std::string body =
            "__shared__ float part[512];\n    part[threadIdx.x] = x[threadIdx.x];\n    __syncthreads();\n"
            "    for (int s = 128; s > 0; s /= 2) {\n        if (threadIdx.x < s)\n"
            "            part[threadIdx.x] += part[threadIdx.x + s];\n        __syncthreads();\n    }\n"
            "    y[blockIdx.x] = part[0];";
        const auto source = launched("n, 256", body);
        QCOMPARE(proposals(source, "shuffle-tree").size(), std::size_t{1});
        QVERIFY(proposals("// warploom: launch g<<<n, 512>>>(x, y, o, n, m)\n" + source, "shuffle-tree").empty());
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
    static std::string inOneLine()
    {
        return "// warploom: launch g<<<m, 1>>>(y, m)\n__global__ void g(float* y, int m) { y[blockIdx.x] = 1; }\n";
    }

    static std::string clustered()
    {
        auto source = inOneLine();
        return source.replace(source.find("(y, m)\n"), 6, "(y, m) cluster=2");
    }

    static std::string promising()
    {
        auto source = inOneLine();
        return source.replace(source.find("void"), 4, "void __launch_bounds__(1)");
    }

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

    static std::string masked(const std::string& guard, const std::string& end)
    {
        return launched("ceil_div(n, 256), 256",
                        "int i = blockIdx.x * blockDim.x + threadIdx.x;\n    " + guard
                            + "\n    float s = 0;\n    for (int c = 0; c < m; ++c)\n        s += x[c];\n    y[i] = s;"
                            + end);
    }

    /// A thread an element of a plane of h x w.
    static std::string plane(const std::string& body)
    {
        return "// warploom: launch g<<<dim3(ceil_div(w, 16), ceil_div(h, 16)), dim3(16, 16)>>>(x, y, w, h, m)\n"
               "__global__ void g(const float* x, float* y, int w, int h, int m)\n{\n"
               "    int j = blockIdx.x * blockDim.x + threadIdx.x;\n    int i = blockIdx.y * blockDim.y + "
               "threadIdx.y;\n"
               "    if (i >= h || j >= w)\n        return;\n    "
            + body + "\n}\n";
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
