// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

/// Functions that hide loops or memory, written out where a kernel calls them.
class TestPlainCalls : public QObject {
    Q_OBJECT

private slots:
    void writtenOut_data()
    {
        QTest::addColumn<std::string>("helper");
        QTest::addColumn<std::string>("body");
        QTest::addColumn<std::string>("made");
        const auto add = [](const char* name, const std::string& helper, const std::string& body,
                            const std::string& made) { QTest::newRow(name) << helper << body << made; };
        const std::string sum = "__device__ float total(const float* p, int len)\n{\n    float sum = 0;\n"
                                "    for (int k = 0; k < len; ++k)\n        sum += p[k];\n    return sum;\n}\n";
        add("as what is declared", sum, "float s = total(x + i * m, m);\n    y[i] = s;",
            "float s = 0;\n    for (int k = 0; k < m; ++k)\n        s += ");
        add("in an assignment", sum, "y[i] = total(x, m);",
            "float sum = 0;\n    for (int k = 0; k < m; ++k)\n        sum += x[k];\n    y[i] = sum;");
        add("in an expression", sum, "y[i] = 2 * total(x, m) + 1;", "    y[i] = 2 * sum + 1;");
        add("in a condition", sum, "if (total(x, m) > 0)\n        y[i] = 1;", "    if (sum > 0)\n");
        add("as what is declared, converted", sum, "double s = total(x, m);\n    y[i] = s;", "double s = sum;");
        add("twice", sum, "y[i] = total(x, m) - total(x + m, n);", "y[i] = sum - sum2;");
        add("where its names are taken", sum, "int k = 3, sum = 4;\n    y[i] = total(x, m) + k + sum;",
            "float sum2 = 0;\n    for (int k2 = 0; k2 < m; ++k2)\n        sum2 += x[k2];");
        add("with a number", sum, "y[i] = total(x, 7);", "for (int k = 0; k < 7; ++k)");
        add("with a number of another type", sum, "y[i] = total(x, size_t(n));", "int len = size_t(n);");
        add("that counts its parameter down",
            "__device__ float total(const float* p, int len)\n{\n    float sum = 0;\n    while (len-- > 0)\n        "
            "sum += p[len];\n    return sum;\n}\n",
            "y[i] = total(x, m);", "int len = m;");
        add("that stores", "__device__ void put(float* to, float value)\n{\n    *to = value;\n}\n", "put(y + i, x[i]);",
            "float *to = y + i;\n    float value = x[i];\n    *to = value;");
        add("that adds atomically", "__device__ void add(float* to, float value)\n{\n    atomicAdd(to, value);\n}\n",
            "add(y, x[i]);", "atomicAdd(y, value);");
        add("that changes a variable",
            "__device__ void raise(float& to, float value)\n{\n    to = fmaxf(to, value);\n}\n",
            "float top = 0;\n    raise(top, 3.0f);\n    y[i] = top;", "top = fmaxf(top, 3.0f);");
        add("that returns a shorter number",
            "__device__ unsigned char low(const float* p, int at)\n{\n    int value = int(p[at]);\n    return "
            "value;\n}\n",
            "y[i] = low(x, i);", "y[i] = static_cast<unsigned char>(value);");
        add("of a function that calls one",
            sum + "__device__ float mean(const float* p, int len)\n{\n    return total(p, len) / len;\n}\n",
            "y[i] = mean(x, m);", "sum += x[k];\n    y[i] = (sum / m);");
        add("of a structure", "__device__ void add(Pair* to, int value)\n{\n    to->low += value;\n}\n",
            "add(q + i, 2);", "to[0].low += 2;");
        add("whose value nobody wants", "__device__ float take(float* to)\n{\n    return atomicAdd(to, 1.0f);\n}\n",
            "take(y + i);", "(atomicAdd(to, 1.0f));");
        add("as nothing", "__device__ void put(float* to, float value)\n{\n    *to = value;\n}\n",
            "static_cast<void>(put(y + i, 3.0f));", "*to = 3.0f;");
        add("without braces", sum, "if (i > 2)\n        y[i] = total(x, m);",
            "    if (i > 2) {\n        float sum = 0;\n");
        add("without braces, otherwise", sum, "if (i > 2)\n        y[i] = 1;\n    else\n        y[i] = total(x, m);",
            "    else {\n        float sum = 0;\n");
        const std::string scaled =
            "template <typename T, int kTimes>\n__device__ T scaled(const T* p, int at)\n{\n    T "
            "value = p[at];\n    for (int k = 0; k < kTimes; ++k)\n        value += T(k);\n    "
            "return value;\n}\n";
        add("of a template", scaled, "y[i] = scaled<float, 3>(x, i);",
            "for (int k = 0; k < 3; ++k)\n        value += float(k);");
        add("that leaves early",
            "__device__ void put(float* to, float value)\n{\n    if (value < 0)\n        return;\n    "
            "*to = value;\n}\n",
            "put(y + i, x[i]);", "if (!(value < 0)) {\n        *to = value;\n    }\n");
        add("that chooses what it returns",
            "__device__ int side(const float* p, int at)\n{\n    const float v = p[at];\n    if (v < 0)\n        "
            "return "
            "-1;\n    if (v > 0) {\n        return 1;\n    }\n    return 0;\n}\n",
            "y[i] = side(x, i);", "y[i] = ((v < 0) ? (-1) : (v > 0) ? (1) : (0));");
        add("where it may not run, as a value", "__device__ float at(const float* p, int k) { return p[k]; }\n",
            "y[i] = i > 3 ? at(x, i - 3) : 0;", "y[i] = i > 3 ? (x[(i - 3)]) : 0;");
        add("for each of some", sum, "for (int r = 0; r < 3; ++r) {\n        y[r] = total(x + r, m);\n    }",
            "        float sum = 0;\n");
    }
    void writtenOut()
    {
        QFETCH(std::string, helper);
        QFETCH(std::string, body);
        QFETCH(std::string, made);
        const auto plain = plainOf(guarded(helper, body));
        VERIFY_CONTAINS(plain, made);
        QCOMPARE(errorOf(plain), std::string());
        // What nothing calls any more is gone.
        if (helper.find("template") == std::string::npos)
            VERIFY_LACKS(plain, "__device__");
    }

    void leftAlone_data()
    {
        QTest::addColumn<std::string>("helper");
        QTest::addColumn<std::string>("body");
        const auto add = [](const char* name, const std::string& helper, const std::string& body) {
            QTest::newRow(name) << helper << body;
        };
        const std::string sum = "__device__ float total(const float* p, int len)\n{\n    float sum = 0;\n"
                                "    for (int k = 0; k < len; ++k)\n        sum += p[k];\n    return sum;\n}\n";
        add("of values alone",
            "__device__ float total(float a, float b)\n{\n    float sum = a;\n    sum += b;\n    return sum;\n}\n",
            "y[i] = total(x[i], 2.0f);");
        add("that returns early",
            "__device__ float total(const float* p, int len)\n{\n    for (int k = 0; k < len; ++k)\n        if (p[k] > "
            "0)\n"
            "            return p[k];\n    return 0;\n}\n",
            "y[i] = total(x, m);");
        add("where it may not run", sum, "y[i] = i > 3 ? total(x, m) : 0;");
        add("where both must hold", sum, "if (i > 3 && total(x, m) > 0)\n        y[i] = 1;");
        add("at each turn", sum, "for (int r = 0; r < total(x, m); ++r)\n        y[r] = 1;");
        add("beside a change", sum, "int r = 0;\n    y[r++] = total(x, m);");
        add("that calls itself",
            "__device__ float total(const float* p, int len)\n{\n    return total(p + 1, len - 1) + *p;\n}\n",
            "y[i] = total(x, m);");
        add("that keeps a value",
            "__device__ float total(const float* p, int len)\n{\n    static float sum = 0;\n    sum += p[len];\n    "
            "return sum;\n}\n",
            "y[i] = total(x, m);");
        add("of nothing, in a return", "__device__ void total(float* to)\n{\n    *to = 1;\n}\n", "return total(y);");
        add("that changes what is read beside it",
            "__device__ float total(float* p)\n{\n    p[0] += 1;\n    return p[0];\n}\n",
            "y[i] = int(y[0]) << int(total(y));");
        add("that meets others",
            "__device__ float total(const float* p, int len)\n{\n    float sum = p[len];\n    for (int k = 16; k > 0; "
            "k /= 2)\n"
            "        sum += __shfl_xor_sync(~0u, sum, k);\n    return sum;\n}\n",
            "y[i] = total(x, m);");
        add("whose names mean others here",
            "__constant__ float scale[4];\n__device__ float total(const float* p, int len)\n{\n    return p[len] * "
            "scale[1];\n}\n",
            "float scale = 3;\n    y[i] = total(x, m) + scale;");
    }
    void leftAlone()
    {
        QFETCH(std::string, helper);
        QFETCH(std::string, body);
        const auto source = guarded(helper, body);
        const auto plain = plainOf(source);
        VERIFY_CONTAINS(plain.empty() ? source : plain, "total(");
        VERIFY_CONTAINS(plain.empty() ? source : plain, helper.substr(helper.find("__device__"), 20));
    }

    void staysForOthers()
    {
        const std::string helper =
            "// Of len values.\n__device__ float total(const float* p, int len)\n{\n    float sum = 0;\n"
            "    for (int k = 0; k < len; ++k)\n        sum += p[k];\n    return sum;\n}\n";
        const auto once = plainOf(guarded(helper, "y[i] = total(x, m);"));
        VERIFY_LACKS(once, "Of len values");
        const auto other = "__global__ void other(const float* x, float* y)\n{\n    y[threadIdx.x] = threadIdx.x > 3 ? "
                           "total(x, 3) : 0;\n}\n";
        const auto both = plainOf(guarded(helper + other, "y[i] = total(x, m);"));
        VERIFY_CONTAINS(both, "Of len values.\n__device__ float total(");
        VERIFY_CONTAINS(both, "sum += x[k];");
    }

    void whatStandsAroundStays_data()
    {
        QTest::addColumn<QString>("before");
        QTest::addColumn<QString>("after");
        QTest::newRow("namespace") << "namespace {\n" << "}\n";
        QTest::newRow("remark") << "/* Sums;\n   of some values */\n" << "";
        QTest::newRow("structure") << "struct Other { int a; }; " << "";
        QTest::newRow("template that calls it")
            << "" << "template <typename T>\n__device__ float other(const T* p) { return total(p, 3); }\n";
    }
    void whatStandsAroundStays()
    {
        QFETCH(QString, before);
        QFETCH(QString, after);
        const std::string helper = "__device__ float total(const float* p, int len)\n{\n    float sum = 0;\n"
                                   "    for (int k = 0; k < len; ++k)\n        sum += p[k];\n    return sum;\n}\n";
        const auto plain = plainOf(guarded(before.toStdString() + helper + after.toStdString(), "y[i] = total(x, m);"));
        VERIFY_CONTAINS(plain, "sum += x[k];");
        VERIFY_CONTAINS(plain, before.toStdString());
        VERIFY_CONTAINS(plain, after.toStdString());
        QCOMPARE(errorOf(plain), std::string());
    }

    void theHeadOfTheFileStays()
    {
        const std::string head = "// SPDX-License-Identifier: 0BSD\n";
        const auto plain = plainOf(head
                                   + "__device__ float total(const float* p) { return p[0] + p[1]; }\n"
                                     "// warploom: launch g<<<ceil_div(n, 256), 256>>>(x, y, n)\n"
                                     "__global__ void g(const float* x, float* y, int n)\n{\n"
                                     "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i < n)\n    {\n"
                                     "        y[i] = total(x + i);\n    }\n}\n");
        QCOMPARE(plain.find(head), std::size_t{0});
        QCOMPARE(errorOf(plain), std::string());
    }

    void blindTasks()
    {
        for (const char* name : {"asr_ffn_int8", "gbdt_level_hist", "radar_corner_turn"}) {
            const auto source = readFile(sourceFolder() / "tests/bench/agent/unseen" / name / "baseline.cu");
            COMPARE_GOLDEN(std::string("plain-calls-") + name, plainOf(source));
        }
    }

private:
    static std::string guarded(const std::string& helper, const std::string& body)
    {
        return "// warploom: launch g<<<ceil_div(n, 256), 256>>>(x, y, q, n, m)\n"
               "struct Pair { int low, high; };\n\n"
            + helper
            + "\n__global__ void g(const float* x, float* y, Pair* q, int n, int m)\n{\n"
              "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i >= n)\n        return;\n    "
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

QTEST_APPLESS_MAIN(TestPlainCalls)
#include "tst_PlainCalls.moc"
