// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

/// What only the result of a product needs, behind its sum.
class TestPlainEpilogue : public QObject {
    Q_OBJECT

private slots:
    void behind_data()
    {
        QTest::addColumn<QString>("before");
        QTest::addColumn<QString>("after");
        QTest::newRow("early return")
            << "if (j >= l[i]) {\n        c[i * n + j] = -1;\n        return;\n    }\n    "
            << "if (j >= l[i]) {\n        c[i * n + j] = -1;\n    } else {\n        c[i * n + j] = s;\n    }";
        QTest::newRow("early return without a store")
            << "if (l[j] == 0)\n        return;\n    "
            << "if (l[j] == 0) {\n    } else {\n        c[i * n + j] = s;\n    }";
        QTest::newRow("bias") << "const float bias = l[j];\n    " << "const float bias = l[j];\n    c[i * n + j] = s;";
        QTest::newRow("place") << "float* to = c + i * n;\n    " << "float* to = c + i * n;\n    c[i * n + j] = s;";
        QTest::newRow("one after the other")
            << "const int len = l[i];\n    if (j >= len || l[j] > 3)\n        "
               "return;\n    if (l[i + j] < 0) {\n        c[i * n + j] = 0;\n "
               "       return;\n    }\n    "
            << "            if (l[i + j] < 0) {\n                c[i * n + j] = 0;\n            } else {\n"
               "                c[i * n + j] = s;\n            }\n        }\n    }";
    }
    void behind()
    {
        QFETCH(QString, before);
        QFETCH(QString, after);
        const auto source = product(before.toStdString(), "a[i * k + p]");
        const auto made = *plainSource(source, "test.cu");
        VERIFY_CONTAINS(made, after.toStdString());
        QCOMPARE(errorOf(made), std::string());
        QVERIFY(!proposals(source, "tile-contraction").empty());
    }

    void leftAlone_data()
    {
        QTest::addColumn<QString>("before");
        QTest::addColumn<QString>("left");
        const QString plain = "a[i * k + p]";
        // Places may be outside where such elements do not leave.
        QTest::newRow("leaves by its place") << "if (j > i)\n        return;\n    " << QString(plain);
        QTest::newRow("places that memory says")
            << "const int at = l[i];\n    if (at < 0)\n        return;\n    " << "a[at * k + p]";
        QTest::newRow("an atomic") << "if (atomicAdd(&c[0], 1.0f) > 3)\n        return;\n    " << QString(plain);
        QTest::newRow("a barrier") << "__syncthreads();\n    if (l[i] < 0)\n        return;\n    " << QString(plain);
    }
    void knowsTheSumAsItWas()
    {
        // What it is before the loop it is not behind it.
        for (const char* between : {"float was = s + 1;", "if (l[i] < s)\n        return;"}) {
            auto source = product("", "a[i * k + p]");
            const std::string sum = "float s = 0;";
            source.insert(source.find(sum) + sum.size(), std::string("\n    ") + between);
            QCOMPARE(errorOf(source), std::string());
            QVERIFY(proposals(source, "tile-contraction").empty());
        }
    }

    void leftAlone()
    {
        QFETCH(QString, before);
        QFETCH(QString, left);
        QVERIFY(proposals(product("float s2 = 0;\n    " + before.toStdString(), left.toStdString()), "tile-contraction")
                    .empty());
    }

private:
    static std::string product(const std::string& before, const std::string& left)
    {
        return "// warploom: launch g<<<dim3(ceil_div(n, 16), ceil_div(m, 16)), dim3(16, 16)>>>(a, b, c, l, m, n, k)\n"
               "__global__ void g(const float* a, const float* b, float* c, const int* l, int m, int n, int k)\n{\n"
               "    int j = blockIdx.x * blockDim.x + threadIdx.x;\n"
               "    int i = blockIdx.y * blockDim.y + threadIdx.y;\n"
               "    if (i >= m || j >= n)\n        return;\n    "
            + before + "float s = 0;\n    for (int p = 0; p < k; ++p)\n        s += " + left
            + " * b[p * n + j];\n    c[i * n + j] = s;\n}\n";
    }
};

QTEST_APPLESS_MAIN(TestPlainEpilogue)
#include "tst_PlainEpilogue.moc"
