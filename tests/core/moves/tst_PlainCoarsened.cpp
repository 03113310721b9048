// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

/// Threads that do several places get one each.
class TestPlainCoarsened : public QObject {
    Q_OBJECT

private slots:
    /// Nobody searches for the best of what is not there any more.
    void theirTunableGoes()
    {
        const auto source =
            rows({.grid = "ceil_div(n, 64 * EACH)", .count = "EACH", .top = "// warploom: tune EACH = 2 4\n"});
        const auto made = proposals(source, "row-per-block");
        QVERIFY(!made.empty());
        for (const auto& one : made)
            VERIFY_LACKS(one.source, "EACH");
    }

    void aPlaceAThread_data()
    {
        QTest::addColumn<std::string>("source");
        QTest::addColumn<std::string>("made");
        const auto add = [](const char* name, const std::string& source, const std::string& made) {
            QTest::newRow(name) << source << made;
        };
        add("the launch", rows({}), "launch g<<<ceil_div(n, 64), 64>>>(x, y, n, m)");
        add("the position", rows({}), "const int base = blockIdx.x * blockDim.x + threadIdx.x;");
        add("the exit", rows({}), "if (base >= n)\n        return;\n    float sum = 0.f;");
        add("the round", rows({}), "    for (int c = 0; c < m; ++c) {\n        sum += x[base * m + c];\n    }\n");
        add("the store", rows({}), "    }\n    y[base] = sum;\n}");
        add("rounds in more bits", rows({.load = "sum[o] += x[(base + (long long)o) * m + c];"}),
            "sum += x[static_cast<long long>(base) * m + c];");
        add("a number of their own", rows({.store = "const int row = base + o; if (row < n) y[row] = sum[o];"}),
            "    y[base] = sum;\n");
        add("a round that goes on", rows({.store = "if (base + o >= n) continue; y[base + o] = sum[o];"}),
            "    y[base] = sum;\n");
        add("elements a block apart",
            rows({.base = "blockIdx.x * blockDim.x * 2 + threadIdx.x", .place = "base + o * blockDim.x"}),
            "sum += x[static_cast<unsigned int>(base) * m + c];");
        add("the block in parentheses",
            rows({.base = "blockIdx.x * (blockDim.x * 2) + threadIdx.x", .place = "base + o * blockDim.x"}),
            "launch g<<<ceil_div(n, 64), 64>>>");
        add("rounded up twice", rows({.grid = "ceil_div(ceil_div(n, 2), 64)"}),
            "launch g<<<ceil_div(n, 64), 64>>>(x, y, n, m)");
        add("rounded up by hand", rows({.grid = "(n + 127) / 128"}), "launch g<<<ceil_div(n, 64), 64>>>(x, y, n, m)");
        add("a tunable",
            rows({.grid = "ceil_div(n, 64 * EACH)", .count = "EACH", .top = "// warploom: tune EACH = 2 4\n"}),
            "launch g<<<ceil_div(n, 64), 64>>>(x, y, n, m)");
        add("a number of its own name", rows({.count = "EACH", .top = "constexpr int EACH = 2;\n"}),
            "launch g<<<ceil_div(n, 64), 64>>>(x, y, n, m)");
        add("a smaller exit", rows({.exit = "    if (base >= n)\n        return;\n"}),
            "    if (base >= n)\n        return;\n    float sum = 0.f;");
        add("another exit", rows({.exit = "    if (m < 1)\n        return;\n"}), "if (m < 1 || base >= n)");
        add("a grid of whole threads",
            rows({.grid = "n / 128", .load = "sum[o] += x[(base + o) * m + c];", .store = "y[base + o] = sum[o];"}),
            "launch g<<<n / 128 * 2, 64>>>(x, y, n, m)");
        add("channels of blocks", channels({}), "launch f<<<dim3(ceil_div(p, 64), ceil_div(k, 4)), dim3(64, 4)>>>");
        add("threads of channels", channels({}), "const int first = blockIdx.y * blockDim.y + threadIdx.y;");
        add("both exits", channels({}), "if (i >= p || first >= k)");
        // One number counts them then, whose digits are coordinates again.
        add("blocks that are full", channels({.block = "512"}),
            "launch f<<<dim3(ceil_div(p, 32), ceil_div(k, 8)), dim3(32, 8)>>>");
        add("blocks that are promised", channels({.attribute = "__launch_bounds__(64) "}),
            "launch f<<<dim3(ceil_div(p, 64), k), 64>>>");
        add("both axes of a block", registers(), "launch h<<<dim3(ceil_div(n, 16), ceil_div(m, 16)), dim3(16, 16)>>>");
        add("both axes of the sum", registers(), "acc += a[row * k + p] * b[p * n + col];");
        add("the exit of both axes", registers(), "if (row >= m || col >= n)");
    }
    void aPlaceAThread()
    {
        QFETCH(std::string, source);
        QFETCH(std::string, made);
        const auto plain = plainOf(source);
        VERIFY_CONTAINS(plain, made);
        VERIFY_LACKS(plain, "sum[");
        QCOMPARE(errorOf(plain), std::string());
    }

    /// The moves for one result a thread see the kernel then.
    void getsMoves()
    {
        QVERIFY(!proposals(rows({}), "row-per-block").empty());
        QVERIFY(!proposals(registers(), "tile-contraction").empty());
        QVERIFY(!proposals(registers(), "tensor-split").empty());
    }

    void leftAlone_data()
    {
        QTest::addColumn<std::string>("source");
        const auto add = [](const char* name, const std::string& source) { QTest::newRow(name) << source; };
        add("where a sum is of all places", rows({.store = "total += sum[o]; y[base + o] = total;"}));
        add("where an array is longer", rows({.length = "3"}));
        add("where a place reads another's", rows({.store = "if (base + o < n) y[base + o] = sum[o] + sum[0];"}));
        add("where a place reads the next", rows({.store = "if (base + o < n) y[base + o] = sum[o] + sum[1 - o];"}));
        add("where the round says more than the place", rows({.store = "if (base + o < n) y[base + o] = sum[o] * o;"}));
        add("where the position says more than the place",
            rows({.store = "if (base + o < n) y[base + o] = sum[o] * base;"}));
        add("where places are further apart", rows({.place = "base + o * 3"}));
        add("where places lie over each other", rows({.base = "blockIdx.x * blockDim.x + threadIdx.x"}));
        add("where threads do more places than rounds", rows({.base = "(blockIdx.x * blockDim.x + threadIdx.x) * 4"}));
        add("where all places store one element", rows({.store = "if (base + o < n) y[m] = sum[o];"}));
        add("where something else is stored", rows({.after = "    y[n] = 1.f;\n"}));
        add("where a place is read that another stores", rows({.after = "    y[base] = y[base + 1];\n"}));
        add("where places are added to one element", rows({.store = "if (base + o < n) atomicAdd(&y[0], sum[o]);"}));
        add("where stores are not guarded", rows({.store = "y[base + o] = sum[o];"}));
        add("where the guard is another's", rows({.store = "if (base + o < m) y[base + o] = sum[o];"}));
        add("where a loop breaks", rows({.store = "if (base + o >= n) break; y[base + o] = sum[o];"}));
        add("where a thread leaves at a place", rows({.store = "if (base + o >= n) return; y[base + o] = sum[o];"}));
        add("where threads are missing", rows({.grid = "ceil_div(n, 256)"}));
        add("where a rest is left out", rows({.grid = "n / 128"}));
        add("where the grid is asked", rows({.store = "if (base + o < n) y[base + o] = sum[o] * gridDim.x;"}));
        add("where the thread is asked", rows({.store = "if (base + o < n) y[base + o] = sum[o] * threadIdx.x;"}));
        add("where threads wait", rows({.after = "    __syncthreads();\n"}));
        add("where the array's address is taken",
            rows({.store = "const float* s = &sum[o]; if (base + o < n) y[base + o] = s[0];"}));
        add("where places start with numbers", rows({.start = "{1.f, 2.f}"}));
        add("where arrays are one", rows({.arguments = "y, y, n, m"}));
        add("where the array's size is asked", rows({.after = "    if (m > sizeof(sum)) return;\n"}));
        add("where a variable is carried", rows({.load = "carry += 1.f; sum[o] += x[(base + o) * m + c] * carry;"}));
    }
    void leftAlone()
    {
        QFETCH(std::string, source);
        const auto plain = plainOf(source);
        QVERIFY2(plain.empty() || plain.find("sum[") != std::string::npos, plain.c_str());
    }

private:
    struct Parts {
        std::string grid = "ceil_div(n, 64 * 2)";
        std::string base = "(blockIdx.x * blockDim.x + threadIdx.x) * COUNT";
        std::string place = "base + o";
        std::string count = "2";
        std::string length;
        std::string start = "{}";
        std::string top;
        std::string exit;
        std::string load = "if (PLACE < n)\n                sum[o] += x[(PLACE) * m + c];";
        std::string store = "if (PLACE < n)\n            y[PLACE] = sum[o];";
        std::string after;
        std::string arguments = "x, y, n, m";
    };

    static std::string with(std::string text, const std::string& what, const std::string& other)
    {
        for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + other.size()))
            text.replace(at, what.size(), other);
        return text;
    }

    /// Sums of rows, some a thread.
    static std::string rows(const Parts& parts)
    {
        const auto source = parts.top + "// warploom: launch g<<<" + parts.grid + ", 64>>>(" + parts.arguments
            + ")\n__global__ void g(const float* x, float* y, int n, int m)\n{\n    const int base = " + parts.base
            + ";\n" + parts.exit + "    float sum[" + (parts.length.empty() ? "COUNT" : parts.length)
            + "] = " + parts.start + ";\n    float total = 0.f, carry = 0.f;\n"
            + "    for (int c = 0; c < m; ++c) {\n        for (int o = 0; o < COUNT; ++o) {\n            " + parts.load
            + "\n        }\n    }\n    for (int o = 0; o < COUNT; ++o) {\n        " + parts.store + "\n    }\n"
            + parts.after + "}\n";
        const bool usesMore =
            parts.store.find("total") != std::string::npos || parts.load.find("carry") != std::string::npos;
        return with(
            with(usesMore ? source : with(source, "    float total = 0.f, carry = 0.f;\n", ""), "PLACE", parts.place),
            "COUNT", parts.count);
    }

    struct Blocks {
        std::string block = "64";
        std::string attribute;
    };

    /// Channels of pixels, four a block of threads.
    static std::string channels(const Blocks& blocks)
    {
        return "// warploom: launch f<<<dim3(ceil_div(p, " + blocks.block + "), ceil_div(k, 4)), " + blocks.block
            + ">>>(x, w, y, c, k, p)\n__global__ void " + blocks.attribute
            + "f(const float* x, const float* w, float* y, int c, int k, int p)\n{\n"
              "    const int i = blockIdx.x * blockDim.x + threadIdx.x;\n    const int first = blockIdx.y * 4;\n"
              "    if (i >= p)\n        return;\n    float sum[4] = {0.f};\n    for (int e = 0; e < c; ++e) {\n"
              "        const float v = x[e * p + i];\n        for (int o = 0; o < 4; ++o)\n"
              "            if (first + o < k)\n                sum[o] += v * w[(first + o) * c + e];\n    }\n"
              "    for (int o = 0; o < 4; ++o)\n        if (first + o < k)\n"
              "            y[(first + o) * p + i] = sum[o];\n}\n";
    }

    /// A product with four by four results a thread.
    static std::string registers()
    {
        return "// warploom: launch h<<<dim3(ceil_div(n, 64), ceil_div(m, 64)), dim3(16, 16)>>>(a, b, c, m, n, k)\n"
               "__global__ void h(const float* a, const float* b, float* c, int m, int n, int k)\n{\n"
               "    const int row = (blockIdx.y * blockDim.y + threadIdx.y) * 4;\n"
               "    const int col = (blockIdx.x * blockDim.x + threadIdx.x) * 4;\n    float acc[4][4] = {{0.f}};\n"
               "    for (int p = 0; p < k; ++p) {\n        float u[4];\n        float v[4];\n"
               "        for (int i = 0; i < 4; ++i)\n            u[i] = row + i < m ? a[(row + i) * k + p] : 0.f;\n"
               "        for (int j = 0; j < 4; ++j)\n            v[j] = col + j < n ? b[p * n + col + j] : 0.f;\n"
               "        for (int i = 0; i < 4; ++i)\n            for (int j = 0; j < 4; ++j)\n"
               "                acc[i][j] += u[i] * v[j];\n    }\n    for (int i = 0; i < 4; ++i)\n"
               "        for (int j = 0; j < 4; ++j)\n            if (row + i < m && col + j < n)\n"
               "                c[(row + i) * n + col + j] = acc[i][j];\n}\n";
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

QTEST_APPLESS_MAIN(TestPlainCoarsened)
#include "tst_PlainCoarsened.moc"
