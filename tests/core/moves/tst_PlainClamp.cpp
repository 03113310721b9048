// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

/// Loops over a window that is cut at the edges.
class TestPlainClamp : public QObject {
    Q_OBJECT

private slots:
    void saidAsOneSize_data()
    {
        QTest::addColumn<std::string>("source");
        QTest::addColumn<std::string>("made");
        const auto add = [](const char* name, const std::string& body, const std::string& made) {
            QTest::newRow(name) << guarded(body) << made;
        };
        const std::string turn = "\n        s += x[k];\n    y[i] = s;";
        add("in the head", "for (int k = max(i - 2, 0); k <= min(i + 2, n - 1); ++k)" + turn,
            "    for (int k_step = -2; k_step <= 2; ++k_step) {\n        const int k = i + k_step;\n"
            "        if (k >= 0 && k < n) {\n            s += x[k];\n        }\n    }\n    y[i] = s;");
        add("in variables, operands swapped",
            "const int from = max(0, i - 2);\n    const int to = min(n - 1, i + 2);\n    for (int k = from; k <= to; "
            "k++)"
                + turn,
            "float s = 0;\n    for (int k_step = -2; k_step <= 2; ++k_step) {\n        const int k = i + k_step;\n"
            "        if (k >= 0 && k < n) {\n");
        add("end excluded", "for (int k = max(i - 1, 0); k < min(i + 3, n); ++k)" + turn, "k_step = -1; k_step <= 2; ");
        add("by choices",
            "int from = i - 3 < 0 ? 0 : i - 3;\n    int to = i + 3 > n - 1 ? n - 1 : i + 3;\n    for (int k = from; k "
            "<= to; ++k)"
                + turn,
            "k_step = -3; k_step <= 3; ");
        add("by choices, said the other way",
            "for (int k = 0 > i - 3 ? 0 : i - 3; k < (i + 4 <= n ? i + 4 : n); ++k)" + turn,
            "k_step <= 3; ++k_step) {");
        add("cut before only", "for (int k = max(i - 4, 0); k <= i; ++k)" + turn, "        if (k >= 0) {\n");
        add("strides", "const int at = 2 * i - 1;\n    for (int k = max(at, 0); k < min(at + 3, m); ++k)" + turn,
            "k_step = 0; k_step <= 2; ++k_step) {\n        const int k = at + k_step;\n        if (k >= 0 && k < m) "
            "{\n");
        add("left by break and continue",
            "for (int k = max(i - 2, 0); k <= min(i + 2, n - 1); ++k) {\n        if (x[k] > 3.0f)\n            break;\n"
            "        s += x[k];\n    }\n    y[i] = s;",
            "        if (k >= 0 && k < n) {\n            if (x[k] > 3.0f)\n                break;\n");
    }
    void saidAsOneSize()
    {
        QFETCH(std::string, source);
        QFETCH(std::string, made);
        const auto plain = plainOf(source);
        VERIFY_CONTAINS(plain, made);
        VERIFY_LACKS(plain, "int from");
        QCOMPARE(errorOf(plain), std::string());
    }

    void leftAlone_data()
    {
        QTest::addColumn<std::string>("source");
        const auto add = [](const char* name, const std::string& body) { QTest::newRow(name) << guarded(body); };
        const std::string turn = "\n        s += x[k];\n    y[i] = s;";
        add("of unknown width", "for (int k = max(i - m, 0); k <= min(i + m, n - 1); ++k)" + turn);
        add("that is far too wide", "for (int k = max(i - 400, 0); k <= min(i + 400, n - 1); ++k)" + turn);
        add("that nothing cuts", "for (int k = i - 2; k <= i + 2; ++k)" + turn);
        add("a part of something longer", "for (int k = 4 * i; k < min(4 * i + 4, n); ++k)" + turn);
        add("the wrong way round", "for (int k = min(i - 2, 0); k <= max(i + 2, n - 1); ++k)" + turn);
        add("a choice the wrong way round",
            "for (int k = i - 3 > 0 ? 0 : i - 3; k < (i + 4 <= n ? i + 4 : n); ++k)" + turn);
        add("of unsigned numbers",
            "const unsigned q = i;\n    for (int k = max(q - 2, 0u); k <= min(q + 2, n - 1u); ++k)" + turn);
        add("whose end moves",
            "int to = i + 2;\n    for (int k = max(i - 2, 0); k <= min(to, n - 1); ++k) {\n        to -= 1;\n        "
            "s += x[k];\n    }\n    y[i] = s;");
        add("whose middle changes",
            "int c = i;\n    for (int k = max(c - 2, 0); k <= min(c + 2, n - 1); ++k) {\n        c += 1;\n        s += "
            "x[k];\n    }\n    y[i] = s;");
        add("whose counter is set",
            "for (int k = max(i - 2, 0); k <= min(i + 2, n - 1); ++k) {\n        if (x[k] > 2.0f)\n            ++k;\n"
            "        s += 1;\n    }\n    y[i] = s;");
        add("by twos", "for (int k = max(i - 2, 0); k <= min(i + 2, n - 1); k += 2)" + turn);
        add("an end that data says", "for (int k = max(i - 2, 0); k <= min(i + 2, o[i]); ++k)" + turn);
        add("with a name that is hidden",
            "const int from = max(i - 2, 0);\n    {\n        const int i = 4;\n        for (int k = from; k <= min(i + "
            "2, n); ++k)\n            s += x[k];\n    }\n    y[i] = s;");
        QTest::newRow("a function of its own called max") << "__device__ int max(int a, int b) { return a - b; }\n"
                + guarded("for (int k = max(i - 2, 0); k <= min(i + 2, n - 1); ++k)" + turn);
    }
    void leftAlone()
    {
        QFETCH(std::string, source);
        VERIFY_LACKS(plainOf(source), "_step");
    }

private:
    static std::string guarded(const std::string& body)
    {
        return "// warploom: launch g<<<ceil_div(n, 256), 256>>>(x, y, o, n, m)\n"
               "__global__ void g(const float* x, float* y, const int* o, int n, int m)\n{\n"
               "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i >= n)\n        return;\n    float s = "
               "0;\n"
               "    "
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

QTEST_APPLESS_MAIN(TestPlainClamp)
#include "tst_PlainClamp.moc"
