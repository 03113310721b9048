// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "PlainFormKernels.h"

using namespace warploom;
using namespace warploom::test;

namespace {

/// Rows in the grid, columns along the threads.
std::string columns(const std::string& body)
{
    return "// warploom: launch g<<<dim3(ceil_div(n, 128), m), 128>>>(x, w, y, n, m, k)\n"
           "__global__ void g(const float* x, const float* w, float* y, int n, int m, int k)\n{\n"
           "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i >= n)\n        return;\n"
           "    int r = blockIdx.y;\n    "
        + body + "\n}\n";
}

}  // namespace

/// Pointers to a thread's own column, said with indices.
class TestPlainColumn : public QObject {
    Q_OBJECT

private slots:
    void inTheIndex_data()
    {
        QTest::addColumn<std::string>("body");
        QTest::addColumn<std::string>("made");
        const auto add = [](const char* name, const std::string& body, const std::string& made) {
            QTest::newRow(name) << body << made;
        };
        const std::string loop = "    float s = 0;\n    for (int t = 0; t < k; ++t)\n        s += ";
        const std::string store = ";\n    y[r * n + i] = s;";
        add("wide", "const float* p = x + (size_t)r * n + i;\n" + loop + "p[t * n]" + store,
            "s += x[(size_t)r * n + i + t * n];");
        add("narrow", "const float* p = x + r * n + i;\n" + loop + "p[t * n]" + store,
            "s += x[(long long)(r * n) + i + t * n];");
        add("moved along",
            "const float* p = w + i;\n    float s = 0;\n    for (int t = 0; t < k; ++t, p += n)\n        s += *p"
                + store,
            "s += w[i + size_t(t) * n");
        add("two", "const float* p = x + i;\n    const float* q = w + i;\n" + loop + "p[t * n] * q[t * n]" + store,
            "s += x[(long long)i + t * n] * w[(long long)i + t * n];");
        add("written to", "float* p = y + (size_t)r * n + i;\n" + loop + "x[t * n + i];\n    p[0] = s;",
            "y[(size_t)r * n + i] = s;");
        add("back", "const float* p = x + i;\n" + loop + "p[-t]" + store, "s += x[(long long)i + (-t)];");
        add("a choice", "const float* p = x + i;\n" + loop + "p[t > 3 ? n : 0]" + store,
            "s += x[(long long)i + (t > 3 ? n : 0)];");
    }
    void inTheIndex()
    {
        QFETCH(std::string, body);
        QFETCH(std::string, made);
        const auto plain = plainOf(columns(body));
        VERIFY_CONTAINS(plain, made);
        VERIFY_LACKS(plain, "float* p");
        QCOMPARE(errorOf(plain), std::string());
    }

    void leftAlone_data()
    {
        QTest::addColumn<std::string>("body");
        const auto add = [](const char* name, const std::string& body) { QTest::newRow(name) << body; };
        add("a row of the thread's own", "const float* p = x + (size_t)i * k;\n    y[i] = p[0] + p[1];");
        add("a row of all", "const float* p = x + (size_t)r * n;\n    y[r * n + i] = p[i] + p[0];");
        add("every second", "const float* p = x + 2 * i;\n    y[r * n + i] = p[0] + p[1];");
        add("one that is set anew",
            "const float* p = x + i;\n    if (r > 3)\n        p = w + i;\n    y[r * n + i] = p[n];");
        add("one that goes elsewhere",
            "const float* p = x + i;\n    const float* q = r > 3 ? p : w;\n    y[r * n + i] = q[n];");
        add("a number that changes",
            "int c = i;\n    const float* p = x + c;\n    for (int t = 0; t < k; ++t)\n        "
            "c += int(w[t]);\n    y[r * n + i] = p[n] + c;");
        add("a number from memory", "const float* p = x + i + int(w[r]);\n    y[r * n + i] = p[n];");
        add("a volatile one", "const volatile float* p = x + i;\n    y[r * n + i] = p[n];");
    }
    void leftAlone()
    {
        QFETCH(std::string, body);
        const auto plain = plainOf(columns(body));
        QVERIFY2(plain.empty() || plain.find("float* p = ") != std::string::npos, plain.c_str());
    }

    /// Several columns a thread, which is what it is for.
    void vectors()
    {
        const auto made =
            proposals(columns("const float* p = x + (size_t)r * n + i;\n    const float* q = w + i;\n"
                              "    float s = 0;\n    for (int t = 0; t < k; ++t)\n"
                              "        s += p[(size_t)t * n] * q[(size_t)t * n];\n    y[(size_t)r * n + i] = s;"),
                      "vectorize");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].title, "across the columns of g, written with columns in the index");
    }
};

QTEST_GUILESS_MAIN(TestPlainColumn)
#include "tst_PlainColumn.moc"
