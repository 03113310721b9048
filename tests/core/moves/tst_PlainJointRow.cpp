// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

/// Blocks, warps and columns of blocks that share a row out, written for one thread a row.
class tst_PlainJointRow : public QObject {
    Q_OBJECT

private slots:
    void becomeOneThread_data()
    {
        QTest::addColumn<std::string>("source");
        const auto add = [](const char* name, const std::string& source) { QTest::newRow(name) << source; };
        add("a tree that halves", kernel({}));
        add("a tree that doubles",
            kernel({.sum = "    part[t] = s;\n    __syncthreads();\n    for (int h = 1; h < blockDim.x; h *= 2) {\n"
                           "        if (t % (2 * h) == 0)\n            part[t] += part[t + h];\n"
                           "        __syncthreads();\n    }\n    s = part[0];\n"}));
        add("a block that is no power of two, in which one thread sums",
            kernel({.block = "96",
                    .sum = "    part[t] = s;\n    __syncthreads();\n    s = 0.0f;\n"
                           "    for (int h = 0; h < 96; ++h)\n        s += part[h];\n"}));
        add("every size that a tunable gives",
            kernel({.directives = "// warploom: tune BLOCK = 128 64 256\n", .block = "BLOCK"}));
        add("shared memory of the launch",
            kernel({.block = "128, 128 * 4", .shared = "extern __shared__ float part[]"}));
        add("shuffles and a slot a warp", kernel({.sum = kSlots}));
        add("a loop around the one that is shared out",
            kernel({.loop = "    for (int k = 0; k < 3; ++k)\n        for (int c = t; c < m; c += blockDim.x)\n"
                            "            s += line[k * m + c];\n"}));
        add("loops around it, with what they need for it",
            kernel({.loop = "    for (int k = 0; k < 3; ++k) {\n        const float* own = line + k * m;\n"
                            "        for (int c = t; c < m; c += blockDim.x)\n            s += own[c];\n    }\n"}));
        add("an own function", kernel({.functions = kFunction, .sum = "    s = together(s);\n"}));
        add("warps that meet between steps",
            kernel({.sum = "    part[t] = s;\n    __syncthreads();\n    if (t < 32) {\n"
                           "        s = part[t] + part[t + 32] + part[t + 64] + part[t + 96];\n"
                           "        for (int h = 16; h > 0; h /= 2)\n"
                           "            s += __shfl_down_sync(0xffffffffu, s, h);\n    }\n",
                    .end = "    if (t == 0)\n        y[row] = s;\n"}));
    }
    void becomeOneThread()
    {
        QFETCH(std::string, source);
        const auto plain = plainOf(source);
        VERIFY_LACKS(plain, "__syncthreads");
        VERIFY_LACKS(plain, "__shared__");
        VERIFY_LACKS(plain, "__shfl");
        VERIFY_CONTAINS(plain, "y[row] = s");
        QCOMPARE(errorOf(plain), std::string());
        QVERIFY(!proposals(source, "row-per-block").empty());
    }

    void sayWhatTheyGain()
    {
        const auto made = proposals(kernel({}), "row-per-block");
        QVERIFY(!made.empty());
        QVERIFY(made[0].predictedGain < 1.2);
        VERIFY_CONTAINS(made[0].title, std::string("a thread a row"));
    }

    void leftAlone_data()
    {
        QTest::addColumn<std::string>("source");
        const auto add = [](const char* name, const std::string& source) { QTest::newRow(name) << source; };
        add("a barrier that some do not come to",
            kernel({.sum = "    part[t] = s;\n    __syncthreads();\n    for (int h = 64; h > 0; h /= 2)\n"
                           "        if (t < h) {\n            part[t] += part[t + h];\n            __syncthreads();\n"
                           "        }\n    s = part[0];\n"}));
        add("no barrier",
            kernel({.sum = "    part[t] = s;\n    for (int h = 64; h > 0; h /= 2) {\n"
                           "        if (t < h)\n            part[t] += part[t + h];\n"
                           "        __syncthreads();\n    }\n    s = part[0];\n"}));
        add("a tree that leaves elements out", kernel({.block = "96"}));
        add("one of the sizes of a tunable leaves elements out",
            kernel({.directives = "// warploom: tune BLOCK = 128 96\n", .block = "BLOCK"}));
        add("a tree that begins too low",
            kernel({.sum = "    part[t] = s;\n    __syncthreads();\n    for (int h = 32; h > 0; h /= 2) {\n"
                           "        if (t < h)\n            part[t] += part[t + h];\n"
                           "        __syncthreads();\n    }\n    s = part[0];\n"}));
        add("a slot that the next phase writes before all have read",
            kernel({.end = "    part[t] = s * t;\n    y[row] = part[0];\n"}));
        add("what each thread has of its own", kernel({.sum = "", .end = "    y[row * 128 + t] = s;\n"}));
        add("what each has after a warp's sum",
            kernel({.sum = "    for (int h = 16; h > 0; h /= 2)\n        s += __shfl_xor_sync(0xffffffffu, s, h);\n",
                    .end = "    if (t == 0)\n        y[row] = s;\n"}));
        add("a result that threads use otherwise", kernel({.end = "    y[row * 128 + t] = s;\n"}));
        add("a sum that starts from something", kernel({.start = "1.0f"}));
        add("a loop with gaps",
            kernel({.loop = "    for (int c = t; c < m; c += blockDim.x * 2)\n        s += line[c];\n"}));
        add("a loop that is done twice",
            kernel({.loop = "    for (int c = t / 2; c < m; c += blockDim.x / 2)\n        s += line[c];\n"}));
        add("a loop that ends early",
            kernel({.loop = "    for (int c = t; c < m; c += blockDim.x) {\n        if (line[c] < 0)\n"
                            "            break;\n        s += line[c];\n    }\n"}));
        add("what depends on the last element",
            kernel({.loop = "    for (int c = t; c < m; c += blockDim.x)\n        s = s * 0.5f + line[c];\n"}));
        add("a sum that is halved in between",
            kernel(
                {.loop =
                     "    for (int k = 0; k < 3; ++k) {\n        s *= 0.5f;\n"
                     "        for (int c = t; c < m; c += blockDim.x)\n            s += line[k * m + c];\n    }\n"}));
        add("a sum of each thread's that is added once more",
            kernel({.loop = "    for (int k = 0; k < 3; ++k) {\n        for (int c = t; c < m; c += blockDim.x)\n"
                            "            s += line[k * m + c];\n        s += s;\n    }\n"}));
        add("one more a round and thread",
            kernel({.loop = "    for (int k = 0; k < 3; ++k) {\n        for (int c = t; c < m; c += blockDim.x)\n"
                            "            s += line[k * m + c];\n        s += 1.0f;\n    }\n"}));
        add("a loop around it that some leave",
            kernel(
                {.loop =
                     "    for (int k = 0; k < 3; ++k) {\n        if (line[t] < k)\n            break;\n"
                     "        for (int c = t; c < m; c += blockDim.x)\n            s += line[k * m + c];\n    }\n"}));
        add("a loop around it that is another for each",
            kernel({.loop = "    for (int k = 0; k < t; ++k)\n        for (int c = t; c < m; c += blockDim.x)\n"
                            "            s += line[k * m + c];\n"}));
        add("an addition by everybody", kernel({.end = "    atomicAdd(&y[row], s);\n"}));
        add("halves of a sum", kernel({.shared = "__shared__ int part[128]"}));
        add("shuffles that pass lanes over",
            kernel({.sum = "    for (int h = 8; h > 0; h /= 2)\n        s += __shfl_xor_sync(0xffffffffu, s, h);\n"
                           "    part[t] = s;\n    __syncthreads();\n"
                           "    s = part[0] + part[32] + part[64] + part[96];\n"}));
        add("a thread that adds more",
            kernel({.loop = "    for (int c = t; c < m; c += blockDim.x)\n"
                            "        s += line[c] * threadIdx.x;\n"}));
    }
    void leftAlone()
    {
        QFETCH(std::string, source);
        const auto plain = plainOf(source);
        QVERIFY2(plain.empty() || plain.find("__syncthreads") != std::string::npos
                     || plain.find("__shfl") != std::string::npos
                     || plain.find("threadIdx.x * 128") != std::string::npos
                     || plain.find("y[row * 128 + t]") != std::string::npos,
                 plain.c_str());
        QVERIFY(proposals(source, "row-per-block").empty());
    }

    void severalAtATime()
    {
        const auto plain = plainOf(kernel({.loop = "    for (int c = t * 2; c < m; c += blockDim.x * 2)\n"
                                                   "        s += line[c] + line[c + 1];\n"}));
        VERIFY_CONTAINS(plain, std::string("for (int c = 0; c < m; c += 2)"));
        VERIFY_LACKS(plain, "__syncthreads");
    }

    void rowsOfWarps()
    {
        const std::string source =
            "// warploom: launch g<<<ceil_div(w, 4), 128>>>(x, y, w, m)\n"
            "__global__ void g(const float* x, float* y, int rows, int m)\n{\n"
            "    int lane = threadIdx.x % 32;\n    int row = (blockIdx.x * blockDim.x + threadIdx.x) / 32;\n"
            "    if (row >= rows)\n        return;\n    float top = x[(size_t)row * m];\n"
            "    for (int c = lane; c < m; c += 32)\n        top = fminf(top, x[(size_t)row * m + c]);\n"
            "    for (int h = 16; h > 0; h /= 2)\n        top = fminf(top, __shfl_xor_sync(0xffffffffu, top, h));\n"
            "    if (lane == 0)\n        y[row] = top;\n}\n";
        const auto plain = plainOf(source);
        VERIFY_CONTAINS(plain, std::string("int row = blockIdx.x * blockDim.x + threadIdx.x;"));
        VERIFY_CONTAINS(plain, std::string("<<<ceil_div(w, 4), 4>>>"));
        VERIFY_LACKS(plain, "__shfl");
        QVERIFY(!proposals(source, "row-per-block").empty());
    }

    void columnsOfBlocks_data()
    {
        QTest::addColumn<std::string>("source");
        QTest::addColumn<bool>("isKnown");
        const auto add = [](const char* name, const std::string& source, bool isKnown) {
            QTest::newRow(name) << source << isKnown;
        };
        const std::string halves = "    for (int h = 4; h > 0; h >>= 1) {\n        if (ty < h) {\n"
                                   "            left[ty][tx] += left[ty + h][tx];\n"
                                   "            right[ty][tx] += right[ty + h][tx];\n        }\n"
                                   "        __syncthreads();\n    }\n    if (ty == 0 && c < m) {\n"
                                   "        y[c] = left[0][tx];\n        z[c] = right[0][tx];\n    }\n";
        add("one thread goes through what the others have", columns({}), true);
        add("a tree over the lanes of a column", columns({.end = halves}), true);
        add("the edge is asked for apart",
            columns({.end = "    if (ty == 0) {\n        for (int k = 1; k < 8; ++k) {\n"
                            "            a += left[k][tx];\n            b += right[k][tx];\n        }\n"
                            "        if (c < m) {\n            y[c] = a;\n            z[c] = b;\n        }\n    }\n"}),
            true);
        add("lanes of a line of threads", columns({.block = "256", .tx = "threadIdx.x % 32", .ty = "threadIdx.x / 32"}),
            true);
        add("no barrier", columns({.barrier = ""}), false);
        add("a lane is left out",
            columns({.end = "    if (ty == 0 && c < m) {\n        for (int k = 2; k < 8; ++k) {\n"
                            "            a += left[k][tx];\n            b += right[k][tx];\n        }\n"
                            "        y[c] = a;\n        z[c] = b;\n    }\n"}),
            false);
        add("the lanes of the next column",
            columns({.end = "    if (ty == 0 && c < m) {\n        for (int k = 1; k < 8; ++k) {\n"
                            "            a += left[k][(tx + 1) % 32];\n            b += right[k][tx];\n        }\n"
                            "        y[c] = a;\n        z[c] = b;\n    }\n"}),
            false);
        add("rows that no lane has", columns({.step = "16"}), false);
        add("sums of each other",
            columns({.end = "    if (ty == 0 && c < m) {\n        for (int k = 1; k < 8; ++k) {\n"
                            "            a += right[k][tx];\n            b += left[k][tx];\n        }\n"
                            "        y[c] = a;\n        z[c] = b;\n    }\n"}),
            false);
        add("every lane stores what it has",
            columns({.end = "    if (c < m) {\n        y[c] = a + left[0][tx];\n        z[c] = b;\n    }\n"}), false);
    }
    void columnsOfBlocks()
    {
        QFETCH(std::string, source);
        QFETCH(bool, isKnown);
        const auto made = proposals(source, "split-sum");
        QCOMPARE(!made.empty(), isKnown);
        if (isKnown) {
            VERIFY_LACKS(made[0].source, "__syncthreads");
            VERIFY_CONTAINS(made[0].source, "a += partial_a[");
            VERIFY_CONTAINS(made[0].source, "b += partial_b[");
            QCOMPARE(errorOf(made[0].source), std::string());
        }
    }

    /// What is made of one kernel leaves the other as its threads share it.
    void othersKeepTheirSharing()
    {
        const auto source = columns({}) + kernel({});
        const auto strips = proposals(source, "split-sum");
        QCOMPARE(strips.size(), std::size_t{1});
        VERIFY_CONTAINS(strips[0].source, "part[t] += part[t + h];");
        VERIFY_LACKS(strips[0].source, "left[");
        const auto rows = proposals(source, "row-per-block");
        QVERIFY(!rows.empty());
        for (const auto& made : rows) {
            VERIFY_CONTAINS(made.source, "left[ty][tx] = a;");
            VERIFY_LACKS(made.source, "part[t + h]");
        }
    }

    void sumsOfAll_data()
    {
        QTest::addColumn<std::string>("end");
        QTest::addColumn<bool>("isKnown");
        const std::string shuffles =
            "    for (int h = 16; h > 0; h /= 2)\n        v += __shfl_down_sync(0xffffffffu, v, h);\n";
        const std::string stored = "    if (t % 32 == 0)\n        part[t / 32] = v;\n    __syncthreads();\n";
        QTest::newRow("a slot a warp") << shuffles + stored
                + "    if (t == 0)\n        atomicAdd(y, part[0] + part[1] + part[2] + part[3]);\n"
                                       << true;
        QTest::newRow("an addition a warp") << shuffles + "    if (t % 32 == 0)\n        atomicAdd(y, v);\n" << true;
        QTest::newRow("within a warp's part")
            << shuffles + stored + "    if (t < 32) {\n        v = t < 4 ? part[t] : 0.0f;\n" + shuffles
                + "        if (t == 0)\n            atomicAdd(y, v);\n    }\n"
            << true;
        QTest::newRow("a slot is left out")
            << shuffles + stored + "    if (t == 0)\n        atomicAdd(y, part[0] + part[1] + part[2]);\n"
            << false;
        QTest::newRow("a slot counts twice")
            << shuffles + stored + "    if (t == 0)\n        atomicAdd(y, part[0] + part[1] + part[2] + part[2]);\n"
            << false;
        QTest::newRow("every lane adds a warp's sum")
            << std::string("    for (int h = 16; h > 0; h /= 2)\n        v += __shfl_xor_sync(0xffffffffu, v, h);\n"
                           "    if (t < 64)\n        atomicAdd(y, v);\n")
            << false;
        QTest::newRow("something else is stored")
            << shuffles + "    if (t % 32 == 0) {\n        y[1] = v;\n        atomicAdd(y, v);\n    }\n"
            << false;
        QTest::newRow("no barrier") << shuffles
                + "    if (t % 32 == 0)\n        part[t / 32] = v;\n    if (t == 0)\n"
                  "        atomicAdd(y, part[0] + part[1] + part[2] + part[3]);\n"
                                    << false;
        QTest::newRow("places that threads differ in")
            << shuffles + "    if (t % 32 == 0)\n        atomicAdd(y + t, v);\n"
            << false;
    }
    void sumsOfAll()
    {
        QFETCH(std::string, end);
        QFETCH(bool, isKnown);
        const auto source = "// warploom: zero y\n// warploom: launch g<<<ceil_div(n, 128), 128>>>(x, y, n)\n"
                            "__global__ void g(const float* x, float* y, int n)\n{\n    __shared__ float part[4];\n"
                            "    int t = threadIdx.x;\n    int i = blockIdx.x * blockDim.x + threadIdx.x;\n"
                            "    float v = i < n ? x[i] : 0.0f;\n"
            + end + "}\n";
        const auto plain = plainOf(source);
        QCOMPARE(plain.find("atomicAdd(y, float(x[i]))") != std::string::npos, isKnown);
        QCOMPARE(proposals(source, "accumulate-local").empty(), !isKnown);
    }

    void placesOfExtrema_data()
    {
        QTest::addColumn<std::string>("source");
        QTest::addColumn<bool>("isKnown");
        const auto add = [](const char* name, const std::string& source, bool isKnown) {
            QTest::newRow(name) << source << isKnown;
        };
        add("one thread goes through what the others have", places({}), true);
        add("a tree", places({.together = placesTree("at[t + h] < at[t]")}), true);
        add("places first, the other way round",
            places({.found = "if (hi < v) { hi_at = c; hi = v; } if (lo > v) { lo_at = c; lo = v; }"}), true);
        add("without a name for the element",
            places({.found = "if (line[c] > hi) { hi = line[c]; hi_at = c; } if (line[c] < lo) { lo = line[c]; lo_at = "
                             "c; }"}),
            true);
        add("ties go to whoever comes first", places({.tie = ""}), false);
        add("ties go to the last", places({.together = placesTree("at[t + h] > at[t]")}), false);
        add("equal elements displace the first",
            places({.found = "if (v >= hi) { hi = v; hi_at = c; } if (v < lo) { lo = v; lo_at = c; }"}), false);
        add("one or the other",
            places({.found = "if (v > hi) { hi = v; hi_at = c; } else if (v < lo) { lo = v; lo_at = c; }"}), false);
        add("places of something else",
            places({.found = "if (v > hi) { hi = v; hi_at = c + 1; } if (v < lo) { lo = v; lo_at = c; }"}), false);
        add("places of each other",
            places({.found = "if (v > hi) { hi = v; lo_at = c; } if (v < lo) { lo = v; hi_at = c; }"}), false);
        add("what is kept is read",
            places({.found = "if (v > hi) { hi = v; hi_at = c; } if (v < lo) { lo = v; lo_at = "
                             "c; } line_sum += hi;"}),
            false);
        add("threads begin otherwise", places({.start = "line[t]"}), false);
        add("not all of them", places({.first = "2"}), false);
        add("no barrier", places({.barrier = ""}), false);
    }
    void placesOfExtrema()
    {
        QFETCH(std::string, source);
        QFETCH(bool, isKnown);
        const auto plain = plainOf(source);
        QCOMPARE(!plain.empty() && plain.find("__syncthreads") == std::string::npos, isKnown);
        const auto made = proposals(source, "row-per-block");
        QCOMPARE(!made.empty(), isKnown);
        if (isKnown) {
            VERIFY_CONTAINS(made[0].source, "blockFirstMax(hi, hi_at);");
            VERIFY_CONTAINS(made[0].source, "blockFirstMin(lo, lo_at);");
            QCOMPARE(errorOf(made[0].source), std::string());
        }
    }

    void movesOwnStayAsTheyAre()
    {
        for (const auto& made : proposals(baseline("layernorm"), "row-per-block"))
            VERIFY_LACKS(plainOf(made.source), "ceil_div(rows, 256), 256");
    }

private:
    static constexpr const char* kSlots =
        "    for (int h = 16; h > 0; h /= 2)\n        s += __shfl_down_sync(0xffffffffu, s, h);\n"
        "    if (!(t & 31))\n        part[t / 32] = s;\n    __syncthreads();\n"
        "    s = part[0] + part[1] + part[2] + part[3];\n";
    static constexpr const char* kFunction =
        "__device__ float together(float v)\n{\n    __shared__ float slots[32];\n"
        "    for (int h = 16; h > 0; h /= 2)\n        v += __shfl_xor_sync(0xffffffffu, v, h);\n"
        "    if (threadIdx.x % 32 == 0)\n        slots[threadIdx.x / 32] = v;\n    __syncthreads();\n"
        "    v = threadIdx.x % 32 < blockDim.x / 32 ? slots[threadIdx.x % 32] : 0.0f;\n"
        "    for (int h = 16; h > 0; h /= 2)\n        v += __shfl_xor_sync(0xffffffffu, v, h);\n    return v;\n}\n";

    struct Places {
        std::string start = "-1e30f";
        std::string found = "if (v > hi) { hi = v; hi_at = c; } if (v < lo) { lo = v; lo_at = c; }";
        std::string barrier = "__syncthreads();";
        std::string first = "1";
        std::string tie = " || (best[h] == hi && at[h] < hi_at)";
        std::string together = "";
    };

    static std::string placesTree(const std::string& earlier)
    {
        return "    for (int h = 32; h > 0; h /= 2) {\n        if (t < h) {\n"
               "            if (best[t + h] > best[t] || (best[t + h] == best[t] && "
            + earlier
            + ")) { best[t] = best[t + h]; at[t] = at[t + h]; }\n"
              "            if (least[t + h] < least[t] || (least[t] == least[t + h] && least_at[t] > least_at[t + h])) "
              "{\n"
              "                least_at[t] = least_at[t + h];\n                least[t] = least[t + h];\n            "
              "}\n"
              "        }\n        __syncthreads();\n    }\n    if (t == 0) {\n        y[row] = best[0];\n"
              "        z[row] = at[0];\n        y[row + w] = least[0];\n        z[row + w] = least_at[0];\n    }\n";
    }

    /// The largest and the smallest of a row, with their places.
    static std::string places(const Places& parts)
    {
        const auto serial = "    if (t == 0) {\n        for (int h = " + parts.first
            + "; h < 64; ++h) {\n            if (best[h] > hi" + parts.tie
            + ") { hi = best[h]; hi_at = at[h]; }\n"
              "            if (lo > least[h] || (least[h] == lo && least_at[h] < lo_at)) { lo = least[h]; lo_at = "
              "least_at[h]; }\n        }\n        y[row] = hi;\n        z[row] = hi_at;\n        y[row + w] = lo;\n"
              "        z[row + w] = lo_at;\n    }\n";
        return "// warploom: launch g<<<w, 64>>>(x, y, z, w, m)\n"
               "__global__ void g(const float* x, float* y, int* z, int w, int m)\n{\n"
               "    __shared__ float best[64], least[64];\n    __shared__ int at[64], least_at[64];\n"
               "    int row = blockIdx.x;\n    int t = threadIdx.x;\n    const float* line = x + (size_t)row * m;\n"
               "    float hi = "
            + parts.start
            + ";\n    float lo = 1e30f;\n    float line_sum = 0.0f;\n    int hi_at = m;\n    int lo_at = m;\n"
              "    for (int c = t; c < m; c += 64) {\n        const float v = line[c];\n        "
            + parts.found
            + "\n    }\n    best[t] = hi;\n    least[t] = lo;\n    at[t] = hi_at;\n    least_at[t] = lo_at;\n    "
            + parts.barrier + "\n" + (parts.together.empty() ? serial : parts.together) + "}\n";
    }

    struct Columns {
        std::string block = "dim3(32, 8)";
        std::string tx = "threadIdx.x";
        std::string ty = "threadIdx.y";
        std::string step = "8";
        std::string barrier = "    __syncthreads();\n";
        std::string end = "    if (ty == 0 && c < m) {\n        for (int k = 1; k < 8; ++k) {\n"
                          "            a += left[k][tx];\n            b += right[k][tx];\n        }\n"
                          "        y[c] = a;\n        z[c] = b;\n    }\n";
    };

    /// Two sums of each column, of which several lanes have a part each.
    static std::string columns(const Columns& parts)
    {
        return "// warploom: launch sums<<<ceil_div(m, 32), " + parts.block
            + ">>>(x, y, z, w, m)\n"
              "__global__ void sums(const float* x, float* y, float* z, int rows, int m)\n{\n"
              "    __shared__ float left[8][32];\n    __shared__ float right[8][32];\n    const int tx = "
            + parts.tx + ", ty = " + parts.ty
            + ";\n    const int c = blockIdx.x * 32 + tx;\n    float a = 0.f, b = 0.f;\n    if (c < m) {\n"
              "        for (int r = ty; r < rows; r += "
            + parts.step
            + ") {\n            float v = x[(size_t)r * m + c];\n            a += v * v;\n            b += v;\n"
              "        }\n    }\n    left[ty][tx] = a;\n    right[ty][tx] = b;\n"
            + parts.barrier + parts.end + "}\n";
    }

    struct Parts {
        std::string directives;
        std::string functions;
        std::string block = "128";
        std::string shared = "__shared__ float part[256]";
        std::string start = "0.0f";
        std::string loop = "    for (int c = t; c < m; c += blockDim.x)\n        s += line[c];\n";
        std::string sum = "    part[t] = s;\n    __syncthreads();\n"
                          "    for (int h = blockDim.x / 2; h > 0; h >>= 1) {\n        if (t < h)\n"
                          "            part[t] += part[t + h];\n        __syncthreads();\n    }\n    s = part[0];\n";
        std::string end = "    if (t == 0)\n        y[row] = s / m;\n";
    };

    static std::string kernel(const Parts& parts)
    {
        return parts.directives + "// warploom: launch g<<<w, " + parts.block + ">>>(x, y, w, m)\n" + parts.functions
            + "__global__ void g(const float* x, float* y, int rows, int m)\n{\n    " + parts.shared
            + ";\n    int row = blockIdx.x;\n    int t = threadIdx.x;\n    const float* line = x + (size_t)row * m;\n"
              "    float s = "
            + parts.start + ";\n" + parts.loop + parts.sum + parts.end + "}\n";
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

QTEST_APPLESS_MAIN(tst_PlainJointRow)
#include "tst_PlainJointRow.moc"
