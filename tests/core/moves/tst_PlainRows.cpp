// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

/// Rows of several layers, a thread each, counted in one line.
class TestPlainRows : public QObject {
    Q_OBJECT

private slots:
    void inOneLine_data()
    {
        QTest::addColumn<std::string>("source");
        QTest::addColumn<std::string>("made");
        QTest::newRow("two dimensions") << kernel({})
                                        << std::string("const long long row = (long long)(blockIdx.x) * blockDim.x + "
                                                       "threadIdx.x;\n    int j = row % rows_each;");
        QTest::newRow("the layer") << kernel({}) << std::string("const int k = int(row / rows_each);");
        QTest::newRow("the guard") << kernel({}) << std::string("if (row >= rows)");
        QTest::newRow("the launch") << kernel({})
                                    << std::string("launch g<<<ceil_div(w * d, 64), 64>>>(x, y, w, m, d, w * d)");
        QTest::newRow("a let") << kernel({"BLOCKS, d", "// warploom: let BLOCKS = ceil_div(w, 64)\n"})
                               << std::string("launch g<<<ceil_div(w * d, 64), 64>>>");
    }
    void inOneLine()
    {
        QFETCH(std::string, source);
        QFETCH(std::string, made);
        const auto plain = plainOf(source);
        VERIFY_CONTAINS(plain, made);
        QCOMPARE(errorOf(plain), std::string());
        QVERIFY(!proposals(source, "row-per-block").empty());
    }

    void leftAlone_data()
    {
        QTest::addColumn<std::string>("source");
        const auto add = [](const char* name, const std::string& source) { QTest::newRow(name) << source; };
        add("where threads are missing", kernel({"ceil_div(w, 128), d"}));
        add("where a loop writes the row", kernel({.loop = "z[((size_t)k * rows_each + j) * m + c] = line[c];"}));
        add("where neighbours read neighbours", kernel({.loop = "s += x[((size_t)k * m + c) * rows_each + j];"}));
        add("where blocks know each other", kernel({.loop = "s += line[c] * gridDim.y;"}));
        add("where memory is read before the guard", kernel({.before = "    const float first = x[blockIdx.y];\n"}));
        add("where the guard asks for more", kernel({.guard = "j >= rows_each || k > 7"}));
        add("where the kernel is declared before",
            "__global__ void g(const float* x, float* y, int rows_each, int m, int d);\n" + kernel({}));
        add("where blocks are promised", kernel({.attribute = "__launch_bounds__(64) "}));
    }
    void leftAlone()
    {
        QFETCH(std::string, source);
        VERIFY_LACKS(plainOf(source), "long long row");
    }

private:
    struct Parts {
        std::string grid = "ceil_div(w, 64), d";
        std::string directives;
        std::string loop = "s += line[c];";
        std::string before;
        std::string guard = "j >= rows_each";
        std::string attribute;
    };

    static std::string kernel(const Parts& parts)
    {
        const bool stores = parts.loop.find("z[") != std::string::npos;
        return parts.directives + "// warploom: launch g<<<dim3(" + parts.grid + "), 64>>>(x, y, w, m, d"
            + (stores ? ", z" : "") + ")\n__global__ void " + parts.attribute
            + "g(const float* x, float* y, int rows_each, int m, int d" + (stores ? ", float* z" : "")
            + ")\n{\n    int j = blockIdx.x * blockDim.x + threadIdx.x;\n    const int k = blockIdx.y;\n" + parts.before
            + "    if (" + parts.guard
            + ")\n        return;\n    const float* line = x + ((size_t)k * rows_each + j) * m;\n    float s = 0;\n"
              "    for (int c = 0; c < m; ++c) {\n        "
            + parts.loop + "\n    }\n    y[k * rows_each + j] = s" + (parts.before.empty() ? "" : " + first")
            + ";\n}\n";
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

QTEST_APPLESS_MAIN(TestPlainRows)
#include "tst_PlainRows.moc"
