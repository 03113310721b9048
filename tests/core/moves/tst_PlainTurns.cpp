// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "PlainFormKernels.h"

using namespace warploom;
using namespace warploom::test;

/// Short loops over arrays of a thread's own, and a variable for each of their elements.
class TestPlainTurns : public QObject {
    Q_OBJECT

private slots:
    void writtenOut_data()
    {
        QTest::addColumn<std::string>("body");
        QTest::addColumn<std::string>("made");
        const auto add = [](const char* name, const std::string& body, const std::string& made) {
            QTest::newRow(name) << body << made;
        };
        add("each element",
            "float g[3];\n    for (int k = 0; k < 3; ++k)\n        g[k] = x[k * n + i];\n    y[i] = g[0] * g[1] + "
            "g[2];",
            "g_0 = x[0 * n + i];\n    g_1 = x[1 * n + i];\n    g_2 = x[2 * n + i];\n    y[i] = g_0 * g_1 + g_2;");
        add("with a hint",
            "float g[2];\n    #pragma unroll\n    for (int k = 0; k < 2; k++) {\n        g[k] = x[i + k];\n    }\n    "
            "y[i] = g[1];",
            "float g_0;\n    float g_1;\n    g_0 = x[i + 0];\n    g_1 = x[i + 1];\n    y[i] = g_1;");
        add("variables of a turn",
            "float g[2];\n    for (int k = 0; k < 2; ++k) {\n        const int at = k * n + i;\n        g[k] = x[at] + "
            "at;\n    }\n"
            "    y[i] = g[0] + g[1];",
            "const int at_1 = 1 * n + i;\n    g_1 = x[at_1] + at_1;");
        add("a list", "const float* p = x;\n    float g[2] = {1.5f, p[i]};\n    y[i] = g[0] + g[1];",
            "float g_0 = 1.5f;\n    float g_1 = p[i];\n    y[i] = g_0 + g_1;");
        add("zeros",
            "float g[3] = {2};\n    for (int k = 1; k < 3; ++k)\n        g[k] += x[i];\n    y[i] = g[0] + g[2];",
            "float g_0 = 2;\n    float g_1 = 0;\n    float g_2 = 0;\n    g_1 += x[i];\n    g_2 += x[i];");
        add("loops in loops",
            "float g[4];\n    for (int r = 0; r < 2; ++r)\n        for (int c = 0; c < 2; ++c)\n            g[r * 2 + "
            "c] = x[i + r - c];\n"
            "    y[i] = g[0] + g[3];",
            "y[i] = g_0 + g_3;");
        add("from below zero",
            "float g[3];\n    for (int k = -1; k < 2; ++k)\n        g[k + 1] = x[i + k];\n    y[i] = g[0] - g[2];",
            "g_0 = x[i + (-1)];");
        add("a wide counter",
            "float g[2];\n    for (size_t k = 0; k < 2; ++k)\n        g[k] = x[k * n + i];\n    y[i] = g[0] - g[1];",
            "g_1 = x[1ul * n + i];");
        add("steps",
            "float g[4];\n    for (int k = 0; k < 4; k += 2) {\n        g[k] = x[i + k];\n        g[k + 1] = k;\n    "
            "}\n"
            "    y[i] = g[0] + g[1] + g[2] + g[3];",
            "g_3 = 2;");
    }
    void writtenOut()
    {
        QFETCH(std::string, body);
        QFETCH(std::string, made);
        const auto plain = plainOf(guarded(body));
        VERIFY_CONTAINS(plain, made);
        QCOMPARE(errorOf(plain), std::string());
        VERIFY_LACKS(plain, "for (");
    }

    void leftAlone_data()
    {
        QTest::addColumn<std::string>("body");
        const auto add = [](const char* name, const std::string& body) { QTest::newRow(name) << body; };
        const std::string four = "float g[4];\n    for (int k = 0; k < 4; ++k)\n        g[k] = x[k * n + i];\n    ";
        add("beside a loop as long as the run knows",
            four + "for (int k = 0; k < m; ++k)\n        y[i] += x[k] * g[0];");
        add("beside one that a value ends", four + "while (g[0] > 1)\n        g[0] *= 0.5f;\n    y[i] = g[0] + g[3];");
        add("left early",
            "float g[4] = {};\n    for (int k = 0; k < 4; ++k) {\n        if (x[k] > 9)\n            break;\n"
            "        g[k] = x[k * n + i];\n    }\n    y[i] = g[0] + g[3];");
        add("of many turns",
            "float g[32];\n    for (int k = 0; k < 32; ++k)\n        g[k] = x[k * n + i];\n    y[i] = g[0] + g[31];");
        add("that counts on",
            "float g[4];\n    for (int k = 0; k < 4; ++k) {\n        g[k] = x[k * n + i];\n        k += x[i] > 3;\n"
            "    }\n    y[i] = g[0];");
        add("with barriers",
            "float g[2];\n    for (int k = 0; k < 2; ++k) {\n        g[k] = x[k * n + i];\n        __syncthreads();\n"
            "    }\n    y[i] = g[0];");
        add("over memory alone", "for (int k = 0; k < 4; ++k)\n        y[k * n + i] = x[k * n + i];");
    }
    void leftAlone()
    {
        QFETCH(std::string, body);
        const auto plain = plainOf(guarded(body));
        QVERIFY(plain.find("g_0") == std::string::npos || plain.find("for (") != std::string::npos);
        VERIFY_LACKS(plain, "1 * n + i");
    }

    void arraysThatStay_data()
    {
        QTest::addColumn<std::string>("body");
        const auto add = [](const char* name, const std::string& body) { QTest::newRow(name) << body; };
        add("an element that a value picks", "float g[2] = {x[i], 1};\n    y[i] = g[o[i] & 1] + g[0];");
        add("one whose address is taken", "float g[2] = {x[i], 1};\n    float* p = &g[0];\n    y[i] = p[1] + g[0];");
        add("one that goes as a whole",
            "float g[2] = {x[i], 1};\n    const float* p = g;\n    y[i] = p[n & 1] + g[0];");
        add("a place that does not exist", "float g[2] = {x[i], 1};\n    y[i] = n > 0 ? g[0] : g[2];");
        add("shared by the block", "__shared__ float g[2];\n    g[0] = x[i];\n    y[i] = g[0] + g[1];");
        add("of structures", "float2 g[2];\n    g[0].x = x[i];\n    y[i] = g[0].x;");
    }
    void arraysThatStay()
    {
        QFETCH(std::string, body);
        const auto plain = plainOf(guarded(body));
        VERIFY_LACKS(plain, "g_0");
        VERIFY_LACKS(plain, "g_1");
    }
};

QTEST_GUILESS_MAIN(TestPlainTurns)
#include "tst_PlainTurns.moc"
