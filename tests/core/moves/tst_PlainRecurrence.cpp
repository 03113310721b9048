// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "PlainFormKernels.h"

using namespace warploom;
using namespace warploom::test;

namespace {

/// A row of m elements a thread.
std::string row(const std::string& body)
{
    return guarded("const float* in = x + i * m;\n    float* out = y + i * m;\n    " + body);
}

}  // namespace

/// Loops along a row that go on from what they have stored, and ways to say where they end.
class tst_PlainRecurrence : public QObject {
    Q_OBJECT

private slots:
    void saidMorePlainly_data()
    {
        QTest::addColumn<std::string>("source");
        QTest::addColumn<std::string>("plain");
        const auto add = [](const char* name, const std::string& body, const std::string& plain) {
            QTest::newRow(name) << row(body) << plain;
        };
        // The element before is kept.
        add("an average from the first element",
            "out[0] = in[0];\n    for (int c = 1; c < m; ++c)\n        out[c] = 0.5f * in[c] + 0.5f * out[c - 1];",
            "last = 0.5f * in[c] + 0.5f * last;");
        add("a first element of its own",
            "out[0] = 2;\n    for (int c = 1; c < m; ++c)\n        out[c] = out[c - 1] + in[c];", "float last = 2;");
        add("a first element behind the loop",
            "float s = in[0];\n    out[0] = s;\n    for (int c = 1; c < m; ++c) {\n        s = 0.5f * s + in[c];\n"
            "        out[c] = s;\n    }",
            "out[0] = first;");
        add("in place", "for (int c = 1; c < m; ++c)\n        out[c] += 0.5f * out[c - 1];", " + (0.5f * last);");
        add("a first round of its own",
            "for (int c = 0; c < m; ++c)\n        out[c] = c == 0 ? in[c] : in[c] + 0.5f * out[c - 1];",
            "last = c == 0 ? in[c] : in[c] + 0.5f * last;");
        add("later rounds first",
            "for (int c = 0; c < m; ++c)\n        out[c] = in[c] + (c >= 1 ? 0.5f * out[c - 1] : 0.0f);",
            "(c >= 1 ? 0.5f * last : 0.0f)");
        add("from the end",
            "for (int c = m - 1; c >= 0; --c)\n        out[c] = in[c] + (c + 1 < m ? 0.5f * out[c + 1] : 0.0f);",
            "0.5f * last");
        add("by way of a local",
            "out[0] = in[0];\n    for (int c = 1; c < m; ++c) {\n        const float was = out[c - 1];\n"
            "        out[c] = was + 0.5f * (in[c] - was);\n    }",
            "const float was = last;");
        add("a filter of the value before",
            "float p = 0;\n    float q = 0;\n    for (int c = 0; c < m; ++c) {\n        const float v = in[c];\n"
            "        const float w = 0.5f * v + 0.25f * p + 0.25f * q;\n        out[c] = w;\n        p = v;\n"
            "        q = w;\n    }",
            "0.25f * q;\n        q = w;\n");
        add("one assignment in another",
            "float s = 0;\n    for (int c = 0; c < m; ++c)\n        out[c] = s = 0.5f * s + in[c];",
            "s = 0.5f * s + in[c];\n            out[c] = s;\n");
        add("a change in another",
            "float s = 0;\n    for (int c = 0; c < m; ++c) {\n        out[c] += (s *= in[c]);\n    }",
            "        s *= in[c];\n        out[c] += s;\n");
        // An element of the thread's own.
        add("a state in memory", "for (int c = 0; c < m; ++c) {\n        y[i] = 0.5f * y[i] + in[c];\n    }",
            "float sum = y[i];");
        // The end of a loop.
        add("until it is there", "float s = 0;\n    for (int c = 0; c != m; ++c)\n        s += in[c];\n    y[i] = s;",
            "c < m;");
        add("from elsewhere until it is there",
            "float s = 0;\n    for (int c = 3; m != c; c += 1)\n        s += in[c];\n    y[i] = s;", "c < m; ++c");
        add("up to the last",
            "float s = 0;\n    for (int c = 0; c <= m - 1; c = c + 1)\n        s += in[c];\n    y[i] = s;",
            "c < m; ++c");
        add("up to a number", "float s = 0;\n    for (int c = 0; o[i] >= c; ++c)\n        s += in[c];\n    y[i] = s;",
            "c < (o[i]) + 1;");
        add("the other way round", "float s = 0;\n    for (int c = 0; m > c; ++c)\n        s += in[c];\n    y[i] = s;",
            "c < m;");
    }
    void saidMorePlainly()
    {
        QFETCH(std::string, source);
        QFETCH(std::string, plain);
        const auto made = plainOf(source);
        VERIFY_CONTAINS(made, plain);
        QCOMPARE(errorOf(made), std::string());
    }

    /// What a function keeps of a variable is seen where it is called.
    void functionsOfValues_data()
    {
        QTest::addColumn<std::string>("function");
        QTest::addColumn<std::string>("step");
        QTest::addColumn<bool>("isWritten");
        const auto add = [](const char* name, const std::string& value, const std::string& step, bool isWritten) {
            QTest::newRow(name) << "__device__ float mixed(float a, float b, float w)\n{\n    return " + value
                    + ";\n}\n" << step
                                << isWritten;
        };
        const std::string step = "s = mixed(s, in[c], 0.5f);";
        add("sums and products", "(1 - w) * a + w * b", step, true);
        add("steps towards", "a + w * (b - a)", step, true);
        add("a choice", "a > b ? a : b", step, false);
        add("another function", "fmaxf(a, b) * w", step, false);
        add("nothing is carried", "a * w + b", "s = mixed(in[c], in[c], 0.5f);", false);
        add("added to", "a * w + b", "s += mixed(s, in[c], 0.5f);", false);
    }
    void functionsOfValues()
    {
        QFETCH(std::string, function);
        QFETCH(std::string, step);
        QFETCH(bool, isWritten);
        const auto source = function
            + row("float s = 0;\n    for (int c = 0; c < m; ++c) {\n        " + step + "\n        out[c] = s;\n    }");
        const auto plain = plainOf(source);
        const auto made = plain.empty() ? source : plain;
        QCOMPARE(made.find("mixed(") == std::string::npos, isWritten);
        QCOMPARE(errorOf(made), std::string());
        QCOMPARE(proposals(source, "scan-row").size(), isWritten ? std::size_t{2} : std::size_t{0});
    }

    void leftAlone_data()
    {
        QTest::addColumn<std::string>("body");
        QTest::addColumn<std::string>("lacking");
        const auto add = [](const char* name, const std::string& body, const std::string& lacking) {
            QTest::newRow(name) << body << lacking;
        };
        const std::string kept = "last";
        add("two before",
            "out[0] = in[0];\n    for (int c = 1; c < m; ++c)\n        out[c] = in[c] + out[c - 1] + out[c - 2];",
            kept);
        add("two behind the first",
            "out[0] = 1;\n    for (int c = 2; c < m; ++c)\n        out[c] = in[c] + out[c - 2];", kept);
        add("by two", "out[0] = in[0];\n    for (int c = 1; c < m; c += 2)\n        out[c] = out[c - 1] + in[c];",
            kept);
        add("a row before", "for (int c = 0; c < m; ++c)\n        out[c] = in[c] + out[c - m];", kept);
        add("read when it is stored",
            "out[0] = in[0];\n    for (int c = 1; c < m; ++c) {\n        out[c] = out[c - 1] + in[c];\n"
            "        y[i + n * m] = out[c - 1];\n    }",
            kept);
        add("now and then",
            "out[0] = in[0];\n    for (int c = 1; c < m; ++c) {\n        if (in[c] > 0)\n            out[c] = out[c - "
            "1] + "
            "in[c];\n    }",
            kept);
        add("rounds that are cut",
            "out[0] = in[0];\n    for (int c = 1; c < m; ++c) {\n        if (in[c] > 0)\n            continue;\n"
            "        out[c] = out[c - 1] + in[c];\n    }",
            kept);
        add("the row before the first element",
            "for (int c = 0; c < m; ++c)\n        out[c] = in[c] + (c < 5 ? 0.5f * out[c - 1] : 0.0f);", kept);
        add("a row that may be empty", "for (int c = 1; c < m / 2; ++c)\n        out[c] = out[c - 1] + in[c];", kept);
        add("by another name",
            "float* again = y;\n    for (int c = 1; c < m; ++c) {\n        out[c] = out[c - 1] + in[c];\n"
            "        again[o[c]] = 0;\n    }",
            kept);
        const std::string moved = "first";
        add("a first element that the loop reads",
            "float s = 0;\n    out[0] = s;\n    for (int c = 1; c < m; ++c) {\n        s = 0.5f * s + in[c];\n"
            "        out[c] = s + out[0];\n    }",
            moved);
        add("an element that the loop writes",
            "float s = 0;\n    out[1] = s;\n    for (int c = 1; c < m; ++c) {\n        s = 0.5f * s + in[c];\n"
            "        out[c] = s;\n    }",
            moved);
        const std::string sum = "sum";
        add("an element that others have too",
            "for (int c = 0; c < m; ++c) {\n        y[n] = 0.5f * y[n] + in[c];\n    }", sum);
        add("an element of two threads",
            "for (int c = 0; c < m; ++c) {\n        y[i / 2] = 0.5f * y[i / 2] + in[c];\n    }", sum);
        add("a state that is set now and then",
            "for (int c = 0; c < m; ++c) {\n        if (in[c] > 0)\n            y[i] = 0.5f * y[i] + in[c];\n    }",
            sum);
        const std::string sooner = "q;\n        q = w;\n";
        add("a value that is read before it is kept",
            "float p = 0;\n    float q = 0;\n    for (int c = 0; c < m; ++c) {\n        const float v = in[c];\n"
            "        const float w = v + 0.25f * p + 0.25f * q;\n        out[c] = w + q;\n        p = v;\n"
            "        q = w;\n    }",
            sooner);
        add("a value that is kept only now and then",
            "float p = 0;\n    float q = 0;\n    for (int c = 0; c < m; ++c) {\n        const float v = in[c];\n"
            "        const float w = v + 0.25f * p + 0.25f * q;\n        out[c] = w;\n        if (v > 0) {\n           "
            " p = v;\n"
            "        }\n        q = w;\n    }",
            sooner);
        const std::string apart = "s;\n        y";
        add("one element in another",
            "float s = 0;\n    for (int c = 0; c < m; ++c) {\n        out[c] = y[n * m] = s + in[c];\n    }", apart);
        const std::string below = "c < ";
        add("an end that moves",
            "float s = 0;\n    int e = m;\n    for (int c = 0; c != e; ++c) {\n        s += in[c];\n        if (s > "
            "9)\n"
            "            e = m / 2;\n    }\n    y[i] = s;",
            below);
        add("up to the largest number",
            "float s = 0;\n    for (unsigned c = 0; c <= unsigned(o[i]); ++c)\n        s += in[c];\n    y[i] = s;",
            below);
        add("a window", "float s = 0;\n    for (int c = -m; c <= m; ++c)\n        s += in[c];\n    y[i] = s;", below);
        add("a window of one size",
            "float s = 0;\n    for (int c = 0; c <= 2; ++c)\n        s += in[c];\n    y[i] = s;", below);
        add("over the end", "float s = 0;\n    for (int c = 0; c != m; c += 2)\n        s += in[c];\n    y[i] = s;",
            below);
        add("down", "float s = 0;\n    for (int c = m; c != 0; c--)\n        s += in[c];\n    y[i] = s;", below);
    }
    void leftAlone()
    {
        QFETCH(std::string, body);
        QFETCH(std::string, lacking);
        const auto source = row(body);
        const auto made = plainOf(source);
        VERIFY_LACKS(made.empty() ? source : made, lacking);
    }
};

QTEST_APPLESS_MAIN(tst_PlainRecurrence)
#include "tst_PlainRecurrence.moc"
