// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

/// Loops that walk a pointer to an end.
class TestPlainPointers : public QObject {
    Q_OBJECT

private slots:
    void saidAsCounts_data()
    {
        QTest::addColumn<std::string>("source");
        QTest::addColumn<std::string>("head");
        QTest::addColumn<std::string>("use");
        const auto add = [](const char* name, const std::string& body, const std::string& head,
                            const std::string& use) { QTest::newRow(name) << guarded(body) << head << use; };
        const std::string row = "const float* b = x + i * m;\n    const float* e = b + m;\n    float s = 0;\n    ";
        add("up to an end", row + "for (const float* p = b; p < e; p++)\n        s += *p;\n    y[i] = s;",
            "for (int p_at = 0; p_at < m; ++p_at)", "s += b[p_at];");
        add("up to the end, which is first",
            row + "for (const float* p = b; e > p; ++p)\n        s += *p;\n    y[i] = s;",
            "for (int p_at = 0; p_at < m; ++p_at)", "s += b[p_at];");
        add("until it is there", row + "for (auto p = b; p != e; ++p)\n        s += p[0];\n    y[i] = s;",
            "for (int p_at = 0; p_at < m; ++p_at)", "s += b[p_at + 0];");
        add("from the second",
            row + "s = *b;\n    for (const float* p = b + 1; p < e; p++)\n        s = fmaxf(s, *p);\n    y[i] = s;",
            "for (int p_at = 1; p_at < m; ++p_at)", "s = b[0];");
        add("every other", row + "for (const float* p = b; p < e; p += 2)\n        s += *p;\n    y[i] = s;",
            "for (int p_at = 0; p_at < m; p_at += 2)", "s += b[p_at];");
        add("an end without a name",
            row + "for (const float* p = b; p < b + m - 1; ++p)\n        s += *p * p[1];\n    y[i] = s;",
            "p_at < static_cast<long long>(m) - 1; ++p_at)", "s += b[p_at] * b[p_at + 1];");
        add("a start without a name",
            "float s = 0;\n    for (const float* p = x + i * m; p != x + i * m + m; ++p)\n        s += *p;\n    y[i] = "
            "s;",
            "const float *p_begin = x + i * m;\n    for (int p_at = 0; p_at < m; ++p_at)", "s += p_begin[p_at];");
        add("the address of an element",
            "const float* b = &x[i * m];\n    const float* e = &b[m];\n    float s = 0;\n    for (const float* p = b; "
            "p < e; "
            "++p)\n        s += *p;\n    y[i] = s;",
            "for (int p_at = 0; p_at < m; ++p_at)", "s += b[p_at];");
        add("where data says",
            "const float* e = x + o[i + 1];\n    float s = 0;\n    for (const float* p = x + o[i]; p < e; ++p)\n       "
            " "
            "s += *p;\n    y[i] = s;",
            "for (int p_at = o[i]; p_at < o[i + 1]; ++p_at)", "s += x[p_at];");
        add("a count of 64 bits",
            "const size_t k = size_t(m) * n;\n    const float* e = x + k;\n    float s = 0;\n    for (const float* p = "
            "x; "
            "p < e; ++p)\n        s += *p;\n    y[i] = s;",
            "for (size_t p_at = 0; p_at < k; ++p_at)", "s += x[p_at];");
        add("its number", row + "for (const float* p = b; p < e; ++p)\n        s += *p * y[p - b];\n    y[i] = s;",
            "for (int p_at = 0; p_at < m; ++p_at)", "s += b[p_at] * y[p_at];");
        add("its number, multiplied",
            row + "for (const float* p = b; p < e; ++p)\n        s += *p * x[(p - b) * n];\n    y[i] = s;",
            "for (int p_at = 0; p_at < m; ++p_at)", "x[(static_cast<long long>(p_at)) * n]");
        add("given to a function", row + "for (const float* p = b; p < e; ++p)\n        s += __ldg(p);\n    y[i] = s;",
            "for (int p_at = 0; p_at < m; ++p_at)", "s += __ldg((b + p_at));");
        add("with another count",
            row + "int k = 0;\n    for (const float* p = b; p < e; ++p, k += 3)\n        s += *p * k;\n    y[i] = s;",
            "for (int p_at = 0; p_at < m; ++p_at, k += 3)", "s += b[p_at] * k;");
        add("continued",
            row
                + "for (const float* p = b; p < e; ++p) {\n        if (*p < 0)\n            continue;\n        s += "
                  "*p;\n "
                  "   }\n    y[i] = s;",
            "for (int p_at = 0; p_at < m; ++p_at)", "s += b[p_at];");
        add("while it is not there",
            row + "const float* p = b;\n    while (p != e) {\n        s += *p;\n        ++p;\n    }\n    y[i] = s;",
            "for (int p_at = 0; p_at < m; ++p_at)", "s += b[p_at];");
        add("read as it moves", row + "const float* p = b;\n    while (p != e)\n        s += *p++;\n    y[i] = s;",
            "for (int p_at = 0; p_at < m; ++p_at)", "s += b[p_at];");
        add("read as it moves, into a variable",
            row
                + "const float* p = b;\n    while (p < e) {\n        float v = *p++;\n        s += v * v;\n    }\n    "
                  "y[i] = s;",
            "for (int p_at = 0; p_at < m; ++p_at)", "float v = b[p_at];");
        add("an end that was set from it",
            "const float* p = x + i * m;\n    const float* e = p + m;\n    float s = 0;\n    while (p < e) {\n        "
            "s += *p;\n        p += 2;\n    }\n    y[i] = s;",
            "for (int p_at = 0; p_at < m; p_at += 2)", "s += p[p_at];");
        add("written through", "float* b = y + i * m;\n    for (float* p = b; p != b + m; ++p)\n        *p = x[i];",
            "for (int p_at = 0; p_at < m; ++p_at)", "b[p_at] = x[i];");
    }
    void saidAsCounts()
    {
        QFETCH(std::string, source);
        QFETCH(std::string, head);
        QFETCH(std::string, use);
        const auto made = plainOf(source);
        VERIFY_CONTAINS(made, head);
        VERIFY_CONTAINS(made, use);
        QCOMPARE(errorOf(made), std::string());
        VERIFY_LACKS(made, "*p;");
    }

    void leftAlone_data()
    {
        QTest::addColumn<std::string>("source");
        const auto add = [](const char* name, const std::string& body) { QTest::newRow(name) << guarded(body); };
        const std::string row = "const float* b = x + i * m;\n    const float* e = b + m;\n    float s = 0;\n    ";
        add("by two until it is there",
            row + "for (const float* p = b; p != e; p += 2)\n        s += *p;\n    y[i] = s;");
        add("up to the last one", row + "for (const float* p = b; p <= e; ++p)\n        s += *p;\n    y[i] = s;");
        add("backwards", row + "for (const float* p = e - 1; p >= b; --p)\n        s += *p;\n    y[i] = s;");
        add("moved in the body",
            row
                + "for (const float* p = b; p < e; ++p) {\n        if (*p < 0)\n            ++p;\n        s += *p;\n   "
                  " }\n    y[i] = s;");
        add("moved on a condition",
            row
                + "const float* p = b;\n    while (p != e) {\n        if (s < 9)\n            s += *p++;\n    }\n    "
                  "y[i] = s;");
        add("moved by a choice",
            row + "const float* p = b;\n    while (p != e)\n        s += s > 0 ? *p++ : 1;\n    y[i] = s;");
        add("moved where both must hold",
            row + "const float* p = b;\n    while (p != e)\n        s += (s < 9 && *p++ > 0) ? 1 : 2;\n    y[i] = s;");
        add("read after it has moved",
            row
                + "const float* p = b;\n    while (p < e) {\n        s += *p++;\n        s *= *p;\n    }\n    y[i] = "
                  "s;");
        add("past its count",
            row
                + "const float* p = b;\n    while (p < e) {\n        if (*p < 0) { p += 2; continue; }\n        ++p;\n "
                  "  "
                  " }\n    y[i] = s;");
        add("used after",
            row
                + "const float* p = b;\n    while (p < e) {\n        s += *p;\n        ++p;\n    }\n    y[i] = p[-1] + "
                  "s;");
        add("of an outer loop",
            row
                + "const float* p = b;\n    for (int k = 0; k < 2; ++k) {\n        while (p < e) {\n            s += "
                  "*p;\n            "
                  "++p;\n        }\n    }\n    y[i] = s;");
        add("an end of another array",
            "const float* e = y + m;\n    float s = 0;\n    for (const float* p = x; p < e; ++p)\n        s += *p;\n   "
            " y[i] = s;");
        add("an end that data is",
            "const float* const* list = reinterpret_cast<const float* const*>(o);\n    float s = 0;\n    for "
            "(const float* p = x; p < list[i]; ++p)\n        s += *p;\n    y[i] = s;");
        add("an end that moves",
            row
                + "for (const float* p = b; p < e; ++p) {\n        s += *p;\n        if (s > 9)\n            --e;\n    "
                  "}\n    y[i] = s;");
        add("an end from what changes",
            "int k = m;\n    const float* b = x + i * m;\n    const float* e = b + k;\n    if (m > 9)\n        k = "
            "2;\n    float s = 0;\n  "
            "  for (const "
            "float* p = b; p < e; ++p)\n        s += *p;\n    y[i] = s + k;");
        add("an end from what is written",
            "float* w = y;\n    const float* e = x + int(w[i]);\n    float s = 0;\n    for (const float* p = x; p < e; "
            "++p) {\n     "
            "   s += *p;\n        y[i] = s;\n    }");
        add("an end from a name that is hidden",
            "const int k = m;\n    const float* e = x + k;\n    float s = 0;\n    {\n        const int k = 2;\n        "
            "for (const "
            "float* p = x; p < e; ++p)\n            s += *p * k;\n    }\n    y[i] = s;");
        add("whose address is taken",
            row
                + "for (const float* p = b; p < e; ++p) {\n        const float** q = &p;\n        s += **q;\n    }\n   "
                  " y[i] = s;");
        add("with another name",
            row
                + "for (const float* p = b; p < e; ++p) {\n        const float*& q = p;\n        s += *q;\n        "
                  "++q;\n    }\n    y[i] = s;");
        add("of other elements",
            "const float4* b = reinterpret_cast<const float4*>(x);\n    const float* e = x + m;\n    float s = 0;\n    "
            "for (const float* "
            "p = reinterpret_cast<const float*>(b); p < e; ++p)\n        s += *p;\n    y[i] = s;");
    }
    void leftAlone()
    {
        QFETCH(std::string, source);
        VERIFY_LACKS(plainOf(source), "_at");
    }

    void rowsOfPointersGetBlocks()
    {
        const auto source = readFile(sourceFolder() / "tests/bench/agent/unseen/distill_kl/baseline.cu");
        COMPARE_GOLDEN("plain-pointers-distill_kl", plainOf(source));
    }

private:
    static std::string guarded(const std::string& body)
    {
        return "// warploom: launch g<<<ceil_div(n, 256), 256>>>(x, y, o, n, m)\n"
               "__global__ void g(const float* x, float* y, const int* o, int n, int m)\n{\n"
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

QTEST_APPLESS_MAIN(TestPlainPointers)
#include "tst_PlainPointers.moc"
