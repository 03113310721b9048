// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "PlainFormKernels.h"

using namespace warploom;
using namespace warploom::test;

/// Kernels that have no plainer form, or none that is known to be the same.
class TestPlainFormLeftAlone : public QObject {
    Q_OBJECT

private slots:
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
                                                             "y[2] = {1, 2};\n        p[0] = y[m & 1];\n    }");
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
        QTest::newRow("recurrence from two elements before")
            << launched("1, 1", "y[0] = 1;\n    for (int i = 2; i < n; ++i)\n        y[i] = y[i - 2] + x[i];");
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
                        "gridDim.x * blockDim.x) {\n        y[i] = last[m & 1];\n        last[0] = x[i];\n    }");
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
            << guarded("float* q = y + i * m;\n    for (int c = 1; c < m / 2; ++c)\n        q[c] = q[c - 1] + x[c];");
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
};

QTEST_APPLESS_MAIN(TestPlainFormLeftAlone)
#include "tst_PlainFormLeftAlone.moc"
