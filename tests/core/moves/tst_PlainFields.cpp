// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

/// Structures, their functions and templates, said with variables.
class TestPlainFields : public QObject {
    Q_OBJECT

private slots:
    void writtenOut_data()
    {
        QTest::addColumn<std::string>("types");
        QTest::addColumn<std::string>("body");
        QTest::addColumn<std::string>("made");
        const auto add = [](const char* name, const std::string& types, const std::string& body,
                            const std::string& made) { QTest::newRow(name) << types << body << made; };
        const std::string pair = "struct Pair { float a; int n = 2; };\n";
        add("a list", pair, "const Pair p = {x[i], m};\n    y[i] = p.a * p.n;",
            "const float p_a = x[i];\n    const int p_n = m;\n    y[i] = p_a * p_n;");
        add("a shorter list", pair, "Pair p{1.5f};\n    p.n++;\n    y[i] = p.a * p.n;",
            "float p_a = 1.5f;\n    int p_n = 2;\n    p_n++;");
        add("nothing", pair, "Pair p;\n    p.a = 3;\n    y[i] = p.a + p.n;",
            "float p_a;\n    int p_n = 2;\n    p_a = 3;");
        add("zeros", "struct Z { float a; int* p; };\n", "Z z = {};\n    y[i] = z.a;",
            "float z_a = 0;\n    int *z_p = nullptr;");
        add("two at once", pair, "Pair p, q;\n    p.a = q.n;\n    y[i] = p.a;", "int q_n = 2;\n    p_a = q_n;");
        add("an element", pair, "const Pair p = z[i];\n    y[i] = p.a + p.n;",
            "const float p_a = z[i].a;\n    const int p_n = z[i].n;");
        add("a store", pair, "Pair p = {1, 2};\n    p.n += m;\n    z[i] = p;", "z[i] = Pair{p_a, p_n_2};");
        add("a set one", pair, "Pair p;\n    p = {x[i], m};\n    y[i] = p.a + p.n;", "p_a = x[i];\n    int p_n_2 = m;");
        add("a turned one", "struct V { float a, b; };\n", "V v = {1, 2};\n    v = {v.b, v.a};\n    y[i] = v.a;",
            "const float v_a_new = v_b;\n        const float v_b_new = v_a;\n        v_a = v_a_new;");
        add("a constructor",
            "struct C { float s; int n; __device__ C(float v, int k) : s(v), n(k) { if (n > 4) n = 4; } };\n",
            "C c(x[i], m);\n    y[i] = c.s + c.n;",
            "float c_v = x[i];\n    float c_s = c_v;\n    int c_n = m;\n    if (c_n > 4) c_n = 4;");
        add("functions",
            "struct S { float s = 0; __device__ void add(float v) { s += v; } __device__ float twice() const "
            "{ return 2 * s; } };\n",
            "S s;\n    for (int k = 0; k < m; ++k)\n        s.add(x[k]);\n    y[i] = s.twice();",
            "float s_s = 0;\n    for (int k = 0; k < m; ++k) {\n        float v = x[k];\n        s_s += v;\n    }\n    "
            "y[i] "
            "= (2 * s_s);");
        add("of a template",
            "template <typename T> struct Lim { T least; __device__ bool is(T v) const { return v >= "
            "least; } };\n",
            "const Lim<short> lim = {short(m)};\n    y[i] = i > 3 && lim.is(n) ? 1 : 2;",
            "i > 3 && (static_cast<short>(n) >= lim_least)");
        add("CUDA's", "", "float2 v = make_float2(0, 1);\n    v.x += x[i];\n    y[i] = v.x * v.y;",
            "float v_x = 0;\n    float v_y = 1;\n    v_x += x[i];");
    }
    void writtenOut()
    {
        QFETCH(std::string, types);
        QFETCH(std::string, body);
        QFETCH(std::string, made);
        const auto plain = plainOf(guarded(types, body));
        VERIFY_CONTAINS(plain, made);
        QCOMPARE(errorOf(plain), std::string());
    }

    void leftAlone_data()
    {
        QTest::addColumn<std::string>("types");
        QTest::addColumn<std::string>("body");
        const auto add = [](const char* name, const std::string& types, const std::string& body) {
            QTest::newRow(name) << types << body;
        };
        const std::string pair = "struct Pair { float a; int n; };\n";
        add("whose address is taken", pair,
            "Pair held = {1, 2};\n    Pair* p = &held;\n    p->n = m;\n    y[i] = held.n;");
        add("a member's address", pair, "Pair held = {1, 2};\n    float* p = &held.a;\n    y[i] = p[m] + held.n;");
        add("another name", pair, "Pair held = {1, 2};\n    Pair& p = held;\n    p.n = m;\n    y[i] = held.n;");
        add("volatile", pair, "volatile Pair held = {1, 2};\n    y[i] = held.n;");
        add("of a union", "union Pair { float a; int n; };\n", "Pair held = {1};\n    y[i] = held.n;");
        add("with bits", "struct Pair { float a; int n : 3; };\n",
            "Pair held = {1, 2};\n    held.n += m;\n    y[i] = held.n;");
        add("with a base", "struct Base { int n = 2; };\nstruct Pair : Base { float a = 1; };\n",
            "Pair held;\n    held.n += m;\n    y[i] = held.n;");
        add("with functions that are chosen late",
            "struct Pair { float a = 1; __device__ virtual float get() const { return a; } };\n",
            "Pair held;\n    y[i] = held.get();");
        add("that copies as it likes",
            "struct Pair { float a = 1; __device__ Pair() {} __device__ Pair(const Pair& p) : a(p.a + 1) {} };\n",
            "Pair held;\n    Pair p = held;\n    y[i] = p.a;");
        add("that ends as it likes", "struct Pair { float a = 1; float* p; __device__ ~Pair() { *p = a; } };\n",
            "Pair held;\n    held.p = y + i;\n    held.a = 3;");
        add("wide loads", "", "float4 held = reinterpret_cast<const float4*>(x)[i];\n    y[i] = held.x + held.w;");
        add("sizes that are searched",
            "// warploom: tune SIDE = 4 8\ntemplate <int N> struct Pair { float a[N]; int n; };\n",
            "Pair<SIDE> held;\n    held.n = m;\n    held.a[0] = x[i];\n    y[i] = held.a[0] + held.n;");
    }
    void leftAlone()
    {
        QFETCH(std::string, types);
        QFETCH(std::string, body);
        const auto source = guarded(types, body);
        const auto plain = plainOf(source);
        VERIFY_LACKS(plain, "held_");
        VERIFY_CONTAINS(plain.empty() ? source : plain, " held");
    }

    void templatesAsInstances_data()
    {
        QTest::addColumn<std::string>("source");
        QTest::addColumn<std::string>("made");
        const auto kernel = [](const std::string& parameters, const std::string& arguments, const std::string& value) {
            return "// warploom: tune TILE = 4 8\n// warploom: launch g<" + arguments
                + "><<<ceil_div(n, 256), 256>>>(x, y, n)\ntemplate <" + parameters
                + ">\n__global__ void g(const float* x, float* y, int n)\n{\n    int i = blockIdx.x * blockDim.x + "
                  "threadIdx.x;\n    if (i < n)\n        y[i] = "
                + value + ";\n}\n";
        };
        QTest::newRow("number") << kernel("int R", "6", "x[i] * R") << std::string("x[i] * 6;");
        QTest::newRow("tunable") << kernel("int R", "TILE", "x[i] * R") << std::string("x[i] * TILE;");
        QTest::newRow("other number") << kernel("unsigned R", "6", "x[i] * R")
                                      << std::string("x[i] * static_cast<unsigned int>(6);");
        QTest::newRow("type and default") << kernel("typename T, bool kOn = true", "double", "kOn ? T(x[i]) : 0")
                                          << std::string("true ? double(x[i]) : 0");
        QTest::newRow("sum") << kernel("int R", "2 + 3", "x[i] * R") << std::string("static_cast<int>(2 + 3)");
    }
    void templatesAsInstances()
    {
        QFETCH(std::string, source);
        QFETCH(std::string, made);
        const auto plain = plainOf(source);
        VERIFY_CONTAINS(plain, made);
        VERIFY_CONTAINS(plain, "launch g<<<");
        VERIFY_LACKS(plain, "template");
        QCOMPARE(errorOf(plain), std::string());
    }

    void severalInstancesStay()
    {
        const std::string source = "// warploom: launch g<1><<<ceil_div(n, 256), 256>>>(x, y, n)\n"
                                   "// warploom: launch g<2><<<ceil_div(n, 256), 256>>>(x, y, n)\n"
                                   "template <int R>\n__global__ void g(const float* x, float* y, int n)\n{\n    int i "
                                   "= blockIdx.x * blockDim.x "
                                   "+ threadIdx.x;\n    if (i < n)\n        y[i] = x[i] * R;\n}\n";
        QCOMPARE(plainOf(source), std::string());
    }

    void blindTasks()
    {
        for (const char* name : {"ocean_zonal", "depth_bilateral"}) {
            const auto source = readFile(sourceFolder() / "tests/bench/agent/unseen" / name / "baseline.cu");
            COMPARE_GOLDEN(std::string("plain-fields-") + name, plainOf(source));
        }
    }

private:
    static std::string guarded(const std::string& types, const std::string& body)
    {
        const std::string known =
            types.find("struct Pair") == std::string::npos ? "struct Pair { float a; int n; };\n" : "";
        const bool isStored = body.find("z[i]") != std::string::npos;
        return "// warploom: launch g<<<ceil_div(n, 256), 256>>>(x, y, " + std::string(isStored ? "z, " : "")
            + "n, m)\n" + (isStored ? known : "") + types + "\n__global__ void g(const float* x, float* y, "
            + (isStored ? "Pair* z, " : "")
            + "int n, int m)\n{\n    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i >= n)\n        "
              "return;\n    "
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

QTEST_APPLESS_MAIN(TestPlainFields)
#include "tst_PlainFields.moc"
