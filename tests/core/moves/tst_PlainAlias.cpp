// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

/// A second name for where a thread stands goes.
class TestPlainAlias : public QObject {
    Q_OBJECT

private slots:
    void oneName()
    {
        const auto plain = plainOf(kernel({}));
        VERIFY_CONTAINS(plain, "sum += x[t * m + c];");
        VERIFY_CONTAINS(plain, "y[t] = sum;");
        VERIFY_LACKS(plain, "row");
        QCOMPARE(errorOf(plain), std::string());
    }

    void severalOffsets()
    {
        const auto plain = plainOf(image("x + (size_t)c * p + i"));
        VERIFY_CONTAINS(plain, "x[(size_t)c * p + i + (e * p)]");
        QCOMPARE(errorOf(plain), std::string());
        VERIFY_CONTAINS(plainOf(image("x + c * p + i")), "x[static_cast<long long>(c * p) + i + (e * p)]");
        VERIFY_LACKS(plainOf(image("x + p - i")), "x[");
    }

    void leftAlone_data()
    {
        QTest::addColumn<std::string>("source");
        QTest::newRow("where it is of another type") << kernel({.type = "long long"});
        QTest::newRow("where it is changed")
            << kernel({.after = "    if (m > 3)\n        row += 1;\n    y[row] = 0.f;\n"});
        QTest::newRow("where the first is changed")
            << kernel({.after = "    if (m > 3)\n        t += 1;\n    y[t] = row;\n"});
        QTest::newRow("where the first's name is another's too")
            << kernel({.after = "    { int t = 3; y[n + t] = row; }\n"});
        QTest::newRow("where it is the same for all threads") << kernel({.first = "n / 2"});
    }
    void leftAlone()
    {
        QFETCH(std::string, source);
        const auto plain = plainOf(source);
        QVERIFY2(plain.empty() || plain.find(" row = t;") != std::string::npos, plain.c_str());
    }

private:
    struct Parts {
        std::string first = "blockIdx.x * blockDim.x + threadIdx.x";
        std::string type = "int";
        std::string after;
    };

    static std::string kernel(const Parts& parts)
    {
        return "// warploom: launch g<<<ceil_div(n, 64), 64>>>(x, y, n, m)\n"
               "__global__ void g(const float* x, float* y, int n, int m)\n{\n    int t = "
            + parts.first + ";\n    " + parts.type
            + " row = t;\n    if (row >= n)\n        return;\n    float sum = 0.f;\n"
              "    for (int c = 0; c < m; ++c)\n        sum += x[row * m + c];\n    y[row] = sum;\n"
            + parts.after + "}\n";
    }

    /// Channels of images, each image at a pointer of its own.
    static std::string image(const std::string& start)
    {
        return "// warploom: launch f<<<dim3(ceil_div(p, 16), ceil_div(k, 16), n), dim3(16, 16)>>>(x, w, y, c, k, p)\n"
               "__global__ void f(const float* x, const float* w, float* y, int c, int k, int p)\n{\n"
               "    const int i = blockIdx.x * blockDim.x + threadIdx.x;\n"
               "    const int o = blockIdx.y * blockDim.y + threadIdx.y;\n    if (i >= p || o >= k)\n        return;\n"
               "    const float* in = "
            + start
            + ";\n    float sum = 0.f;\n    for (int e = 0; e < c; ++e)\n        sum += in[e * p] * w[o * c + e];\n"
              "    y[((size_t)blockIdx.z * k + o) * p + i] = sum;\n}\n";
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

QTEST_APPLESS_MAIN(TestPlainAlias)
#include "tst_PlainAlias.moc"
