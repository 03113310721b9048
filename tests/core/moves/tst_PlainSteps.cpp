// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

/// Numbers that are taken apart digit by digit, in one variable.
class TestPlainSteps : public QObject {
    Q_OBJECT

private slots:
    void eachValueHasAName()
    {
        const auto text =
            plain("int t = i / w; int c = t % h; t /= h + 1; int n = t % 5; t = t / 5; y[i] = x[t * n + c];");
        VERIFY_CONTAINS(text, "int t = i / w;");
        VERIFY_CONTAINS(text, "int c = t % h;");
        VERIFY_CONTAINS(text, "int t_2 = t / (h + 1);");
        VERIFY_CONTAINS(text, "int n = t_2 % 5;");
        VERIFY_CONTAINS(text, "int t_3 = t_2 / 5;");
        VERIFY_CONTAINS(text, "y[i] = x[t_3 * n + c];");
        QCOMPARE(errorOf(text), std::string());
    }

    void narrowOnesStayNarrow()
    {
        VERIFY_CONTAINS(plain("unsigned char t = i; t += 3; y[i] = x[t];"), "unsigned char t_2 = t + 3;");
    }

    void staysAsItIs_data()
    {
        QTest::addColumn<QString>("body");
        QTest::newRow("in some cases") << "int t = i / w; if (i > h) t /= h; y[i] = x[t];";
        QTest::newRow("in a loop") << "int t = i; for (int k = 0; k < h; ++k) t /= 2; y[i] = x[t];";
        QTest::newRow("in two ways") << "int t = i; t /= h; ++t; y[i] = x[t];";
        QTest::newRow("a sum") << "float t = x[i]; t += x[w]; y[i] = t;";
        QTest::newRow("volatile") << "volatile int t = i; t /= h; y[i] = x[t];";
        QTest::newRow("with an effect") << "int t = i; int k = 1; t /= ++k; y[i] = x[t + k];";
        QTest::newRow("its address") << "int t = i; int* p = &t; t /= h; y[i] = x[*p];";
    }
    void staysAsItIs()
    {
        QFETCH(QString, body);
        VERIFY_LACKS(plain(body.toStdString()), "t_2");
    }

    void permutationsAreSeen()
    {
        const auto made = proposals("// warploom: launch k<<<ceil_div(n * w * h * c, 128), 128>>>(x, y, n, w, h, c)\n"
                                    "__global__ void k(const float* x, float* y, int n, int w, int h, int c) {\n"
                                    "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n"
                                    "    if (i >= n * w * h * c) return;\n"
                                    "    int a = i % w; int t = i / w; int b = t % h; t /= h; int d = t % c; t /= c;\n"
                                    "    y[i] = x[((t * h + b) * w + a) * c + d];\n}\n",
                                    "tile-transpose");
        QCOMPARE(made.size(), std::size_t{1});
        QCOMPARE(errorOf(made[0].source), std::string());
    }

private:
    static std::string plain(const std::string& body)
    {
        const auto source = "// warploom: launch k<<<ceil_div(m, 128), 128>>>(x, y, m, w, h)\n"
                            "__global__ void k(const float* x, float* y, int m, int w, int h) {\n"
                            "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    if (i >= m) return;\n    "
            + body + "\n}\n";
        const auto form = plainSource(source, "test.cu");
        return form ? *form : form.error().toString();
    }
};

QTEST_APPLESS_MAIN(TestPlainSteps)
#include "tst_PlainSteps.moc"
