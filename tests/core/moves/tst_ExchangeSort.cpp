// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

namespace {

constexpr const char* kSearch = "        for (int j = i + 1; j < 5; ++j)\n            if (v[j] < v[at])\n"
                                "                at = j;\n";
constexpr const char* kExchange = "        float kept = v[i];\n        v[i] = v[at];\n        v[at] = kept;\n";

/// A thread's own five elements, sorted as far as \p head says.
std::string kernel(const std::string& head, const std::string& search, const std::string& exchange,
                   const std::string& result, const std::string& before = {})
{
    return before
        + "// warploom: launch k<<<ceil_div(n, 256), 256>>>(x, y, n)\n"
          "__global__ void k(const float* x, float* y, int n)\n{\n"
          "    int t = blockIdx.x * blockDim.x + threadIdx.x;\n    if (t >= n)\n        return;\n    float v[5];\n"
          "    for (int i = 0; i < 5; ++i)\n        v[i] = x[t * 5 + i];\n    "
        + head + " {\n        int at = i;\n" + search + exchange + "    }\n    y[t] = " + result + ";\n}\n";
}

}  // namespace

class TestExchangeSort : public QObject {
    Q_OBJECT

private slots:
    void sorts()
    {
        const auto made =
            proposals(kernel("for (int i = 0; i < 5; ++i)", kSearch, kExchange, "v[4] - v[0]"), "exchange-sort");
        QCOMPARE(made.size(), std::size_t{1});
        COMPARE_GOLDEN("exchange-sort", made[0].source);
        QCOMPARE(errorOf(made[0].source), std::string());
        QVERIFY(proposals(made[0].source, "exchange-sort").empty());
    }

    void styles_data()
    {
        QTest::addColumn<std::string>("source");
        QTest::addColumn<std::string>("part");
        const std::string part = "const auto ahead = v[j] < v[i] ? v[j] : v[i];";
        const std::string whole = "for (int i = 0; i < 4; i++)";
        QTest::newRow("first half") << kernel("for (int i = 0; i <= 2; ++i)", kSearch, kExchange, "v[2]") << part;
        QTest::newRow("largest first") << kernel(
            whole,
            "        for (int j = i + 1; j < 5; j++) {\n"
            "            if (v[at] < v[j]) {\n                at = j;\n            }\n"
            "        }\n",
            kExchange, "v[0]") << std::string("v[j] > v[i] ? v[j] : v[i]");
        QTest::newRow("where it moved") << kernel(whole, kSearch,
                                                  "        if (at != i) {\n            float kept = v[at];\n"
                                                  "            v[at] = v[i];\n            v[i] = kept;\n        }\n",
                                                  "v[0]")
                                        << part;
        QTest::newRow("with hints") << kernel("#pragma unroll\n    for (int i = 0; i < 4; i++)",
                                              std::string("#pragma unroll\n") + kSearch, kExchange, "v[0]")
                                    << part;
        const std::string change = "__device__ void change(float& a, float& b)\n{\n    const float t = a;\n    a = b;\n"
                                   "    b = t;\n}\n";
        QTest::newRow("by a function") << kernel(whole, kSearch, "        change(v[at], v[i]);\n", "v[0]", change)
                                       << part;
        const std::string median = "template <typename T, int N>\n__device__ T middle(T (&w)[N])\n{\n"
                                   "    for (int i = 0; i <= N / 2; ++i) {\n        int at = i;\n"
                                   "        for (int j = i + 1; j < N; ++j)\n            if (w[j] < w[at])\n"
                                   "                at = j;\n        T kept = w[i];\n        w[i] = w[at];\n"
                                   "        w[at] = kept;\n    }\n    return w[N / 2];\n}\n";
        QTest::newRow("in a template") << calling(median, "middle(v)")
                                       << std::string("const auto ahead = w[j] < w[i] ? w[j] : w[i];");
    }
    void styles()
    {
        QFETCH(std::string, source);
        QFETCH(std::string, part);
        const auto made = proposals(source, "exchange-sort");
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, part);
        QCOMPARE(errorOf(made[0].source), std::string());
    }

    void notThere_data()
    {
        QTest::addColumn<std::string>("source");
        const std::string half = "for (int i = 0; i <= 2; ++i)";
        const std::string whole = "for (int i = 0; i < 5; ++i)";
        QTest::newRow("what is not in order is read") << kernel(half, kSearch, kExchange, "v[2] + v[4]");
        QTest::newRow("wherever it is read") << kernel(half, kSearch, kExchange, "v[t % 5]");
        QTest::newRow("the place is asked for")
            << kernel(whole, kSearch, std::string(kExchange) + "        y[0] = at;\n", "v[0]");
        QTest::newRow("something else") << kernel(whole, kSearch, kExchange + std::string("        v[i] += 1.0f;\n"),
                                                  "v[0]");
        QTest::newRow("not exchanged") << kernel(
            whole, kSearch, "        float kept = v[i];\n        v[i] = v[at];\n        v[at] = v[i];\n", "v[0]");
        QTest::newRow("cut off") << kernel(
            whole, kSearch, "        int kept = v[i];\n        v[i] = v[at];\n        v[at] = kept;\n", "v[0]");
        QTest::newRow("from elsewhere on") << kernel(whole,
                                                     "        for (int j = 1; j < 5; ++j)\n"
                                                     "            if (v[j] < v[at])\n                at = j;\n",
                                                     kExchange, "v[0]");
        QTest::newRow("of distances") << kernel(
            whole,
            "        for (int j = i + 1; j < 5; ++j)\n"
            "            if (fabsf(v[j]) < fabsf(v[at]))\n                at = j;\n",
            kExchange, "v[0]");
        QTest::newRow("as far as the data says") << kernel("for (int i = 0; i < n; ++i)", kSearch, kExchange, "v[0]");
        const std::string first = "__device__ float second(float (&w)[5])\n{\n    for (int i = 0; i < 2; ++i) {\n"
                                  "        int at = i;\n        for (int j = i + 1; j < 5; ++j)\n"
                                  "            if (w[j] < w[at])\n                at = j;\n        float kept = w[i];\n"
                                  "        w[i] = w[at];\n        w[at] = kept;\n    }\n    return w[1];\n}\n";
        QVERIFY(!proposals(calling(first, "second(v)"), "exchange-sort").empty());
        QTest::newRow("the caller reads the rest") << calling(first, "second(v) + v[3]");
    }
    void notThere()
    {
        QFETCH(std::string, source);
        QVERIFY(proposals(source, "exchange-sort").empty());
    }

private:
    static std::string calling(const std::string& functions, const std::string& result)
    {
        return functions
            + "// warploom: launch k<<<ceil_div(n, 256), 256>>>(x, y, n)\n"
              "__global__ void k(const float* x, float* y, int n)\n{\n"
              "    int t = blockIdx.x * blockDim.x + threadIdx.x;\n    if (t >= n)\n        return;\n    float v[5];\n"
              "    for (int i = 0; i < 5; ++i)\n        v[i] = x[t * 5 + i];\n    y[t] = "
            + result + ";\n}\n";
    }
};

QTEST_APPLESS_MAIN(TestExchangeSort)
#include "tst_ExchangeSort.moc"
