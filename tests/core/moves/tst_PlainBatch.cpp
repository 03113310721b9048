// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

namespace {

const char* const kPlain = "dim3(ceil_div(m, 32), ceil_div(r, 8), f), dim3(32, 8)";
const char* const kIndices = "    int k = blockIdx.x * blockDim.x + threadIdx.x;\n"
                             "    int i = blockIdx.y * blockDim.y + threadIdx.y;\n";
const char* const kSum = "    float s = 0;\n    for (int p = 0; p < d; ++p)\n"
                         "        s += w[(k * r + i) * d + p] * x[(j * d + p) * m + k];\n";

/// A sum for each batch k, row i and column j.
std::string batched(const std::string& shape, const std::string& indices, const std::string& guard,
                    const std::string& body)
{
    return "// warploom: launch g<<<" + shape
        + ">>>(y, x, w, q, m, r, d)\n"
          "__global__ void g(float* y, const float* x, const float* w, const int* q, int m, int r, int d)\n{\n"
        + indices + "    if (" + guard + ")\n        return;\n" + body + "    y[(j * r + i) * m + k] = s;\n}\n";
}

std::string product(const std::string& body)
{
    return batched(kPlain, std::string(kIndices) + "    int j = blockIdx.z;\n", "k >= m || i >= r", body);
}

/// The same with the loop for some elements alone.
std::string chosen(const std::string& condition, const std::string& left = "w[(k * r + i) * d + p]")
{
    return product("    float s = 0;\n    if (" + condition
                   + ")\n        for (int p = 0; p < d; ++p)\n            s += " + left
                   + " * x[(j * d + p) * m + k];\n");
}

std::vector<BufferFact> buffers(const std::vector<std::string>& left = {"m", "r", "d"})
{
    return {{"y", "f32", "out", {"f", "r", "m"}},
            {"x", "f32", "in", {"f", "d", "m"}},
            {"w", "f32", "in", left},
            {"q", "i32", "in", {"m"}}};
}

}  // namespace

/// Products of matrices, one for each number that both factors share, whichever coordinate of the grid that is.
class TestPlainBatch : public QObject {
    Q_OBJECT

private slots:
    void turned_data()
    {
        QTest::addColumn<std::string>("source");
        QTest::addColumn<std::string>("launch");
        QTest::addColumn<std::string>("guard");
        const auto add = [](const char* name, const std::string& source, const std::string& launch,
                            const std::string& guard) { QTest::newRow(name) << source << launch << guard; };
        add("along x", product(kSum),
            "g<<<dim3(ceil_div(f, 32), ceil_div(r, 8), m), dim3(32, 8)>>>(y, x, w, q, m, r, d, f)",
            "column >= f || i >= r");
        add("along y",
            batched("dim3(ceil_div(r, 32), ceil_div(m, 8), f), dim3(32, 8)",
                    "    int i = blockIdx.x * blockDim.x + threadIdx.x;\n"
                    "    int k = blockIdx.y * blockDim.y + threadIdx.y;\n    int j = blockIdx.z;\n",
                    "k >= m || i >= r", kSum),
            "dim3(ceil_div(r, 32), ceil_div(f, 8), m), dim3(32, 8)", "i >= r || row >= f");
        add("of blocks' numbers",
            batched("dim3(ceil_div(m, 128), r, f), 128",
                    "    int k = blockIdx.x * blockDim.x + threadIdx.x;\n    int i = blockIdx.y;\n"
                    "    int j = blockIdx.z;\n",
                    "k >= m", kSum),
            "dim3(ceil_div(f, 16), ceil_div(r, 16), m), dim3(16, 16)", "column >= f || i >= r");
        add("of threads in three directions",
            batched("dim3(ceil_div(m, 32), ceil_div(r, 4), ceil_div(d, 2)), dim3(32, 4, 2)",
                    std::string(kIndices) + "    int j = blockIdx.z * blockDim.z + threadIdx.z;\n",
                    "k >= m || i >= r || j >= d", kSum),
            "dim3(ceil_div(d, 16), ceil_div(r, 16), m), dim3(16, 16)", "j >= d || i >= r");
    }
    void turned()
    {
        QFETCH(std::string, source);
        QFETCH(std::string, launch);
        QFETCH(std::string, guard);
        const auto made = *plainSource(source, "test.cu");
        VERIFY_CONTAINS(made, launch);
        VERIFY_CONTAINS(made, guard);
        QCOMPARE(errorOf(made), std::string());
        QCOMPARE(proposals(source, "tile-contraction").size(), 2U);
    }

    void depthOfItsOwn()
    {
        // All threads of a layer go as far.
        auto source = product(kSum);
        source.replace(source.find("p < d;"), 6, "p < k;");
        const auto made = proposals(source, "tile-contraction");
        QCOMPARE(made.size(), 2U);
        VERIFY_CONTAINS(made[1].source, "tile_begin < int(blockIdx.z)");
    }

    void leftAlone_data()
    {
        QTest::addColumn<std::string>("source");
        const auto sum = [](const std::string& end, const std::string& product) {
            return "    float s = 0;\n    for (int p = 0; p < " + end + "; ++p)\n        s += " + product + ";\n";
        };
        const std::string left = "w[(k * r + i) * d + p]";
        const std::string right = "x[(j * d + p) * m + k]";
        QTest::newRow("a factor of all three") << product(sum("d", left + " * x[((j * r + i) * d + p) * m + k]"));
        QTest::newRow("a factor of the batch alone") << product(sum("d", left + " * x[p * m + k]"));
        QTest::newRow("a batch that one factor has") << product(sum("d", left + " * x[j * d + p]"));
        QTest::newRow("a depth of its own for each row") << product(sum("i", left + " * " + right));
        QTest::newRow("places that memory says") << product(sum("d", left + " * x[q[k] + p + j]"));
        QTest::newRow("threads that meet") << product("    __syncthreads();\n" + std::string(kSum));
        QTest::newRow("how many blocks there are")
            << product(std::string(kSum) + "    s += gridDim.z;\n    s += threadIdx.x;\n");
        QTest::newRow("factors that are written") << product(std::string(kSum) + "    ((float*)w)[k * r + i] = s;\n");
    }
    void leftAlone()
    {
        QFETCH(std::string, source);
        QCOMPARE(errorOf(source), std::string());
        VERIFY_LACKS(*plainSource(source, "test.cu"), "int(blockIdx.z), m)");
        QVERIFY(proposals(source, "tile-contraction", buffers()).empty());
    }

    void keepsPromisedBlocks()
    {
        auto source = product(kSum);
        source.insert(source.find("void g(") + 5, "__launch_bounds__(256) ");
        QCOMPARE(errorOf(source), std::string());
        QVERIFY(proposals(source, "tile-contraction").empty());
    }

    void launchedTwice()
    {
        const auto source = product(kSum);
        const auto line = source.substr(0, source.find('\n') + 1);
        QVERIFY(proposals(line + source, "tile-contraction").empty());
    }

    void chosenElements_data()
    {
        QTest::addColumn<std::string>("condition");
        QTest::addColumn<std::string>("depth");
        QTest::addColumn<std::string>("otherwise");
        QTest::newRow("rows from the batch on")
            << std::string("k <= i") << std::string("int(blockIdx.z) <= highest_i ? d : 0")
            << std::string("if (int(blockIdx.z) > i)");
        QTest::newRow("rows before the batch")
            << std::string("k > i") << std::string("lowest_i < int(blockIdx.z) ? d : 0")
            << std::string("if (int(blockIdx.z) <= i)");
        QTest::newRow("rows and columns") << std::string("i >= j") << std::string("lowest_column <= highest_i ? d : 0")
                                          << std::string("if (i < column)");
        QTest::newRow("something else") << std::string("(i + k) % 2 == 0") << std::string("tile_begin < d;")
                                        << std::string("if (!((i + int(blockIdx.z)) % 2 == 0))");
    }
    void chosenElements()
    {
        QFETCH(std::string, condition);
        QFETCH(std::string, depth);
        QFETCH(std::string, otherwise);
        for (const char* move : {"tile-contraction", "pipeline-contraction"}) {
            const auto made = proposals(chosen(condition), move, buffers());
            QVERIFY(!made.empty());
            for (const auto& one : made) {
                VERIFY_CONTAINS(one.source, depth);
                VERIFY_CONTAINS(one.source, otherwise);
            }
        }
    }

    void asWritten()
    {
        const auto made = proposals(chosen("k <= i"), "tile-contraction", buffers());
        QCOMPARE(made.size(), 2U);
        COMPARE_GOLDEN("tile-contraction-batch", made[1].source);
    }

    void notChosen_data()
    {
        QTest::addColumn<std::string>("source");
        QTest::addColumn<bool>("isLarge");
        // Elements that nobody asks for have factors beyond the end of the array.
        QTest::newRow("a packed triangle") << chosen("k <= i", "w[(i * (i + 1) / 2 + k) * d + p]") << true;
        QTest::newRow("an array that ends sooner") << chosen("k <= i") << false;
        QTest::newRow("places before the first") << chosen("k <= i", "w[(k * r + i - 1) * d + p]") << true;
        QTest::newRow("what memory says") << chosen("q[k] > 0") << true;
    }
    void notChosen()
    {
        QFETCH(std::string, source);
        QFETCH(bool, isLarge);
        QCOMPARE(errorOf(source), std::string());
        const auto known = isLarge ? buffers() : buffers({"m", "r", "d - 1"});
        for (const char* move : {"tile-contraction", "pipeline-contraction"})
            QVERIFY(proposals(source, move, known).empty());
        // Of arrays that nobody tells of nothing is certain.
        QVERIFY(proposals(chosen("k <= i"), "tile-contraction").empty());
    }

    void loopsApart_data()
    {
        QTest::addColumn<std::string>("body");
        QTest::addColumn<std::string>("made");
        const std::string loop =
            "for (int p = 0; p < d; ++p)\n            s += w[(k * r + i) * d + p] * x[(j * d + p) * m + k];\n";
        QTest::newRow("an early exit")
            << "    if (i < k) {\n        y[(j * r + i) * m + k] = 7;\n        return;\n    }\n    float s = 0;\n    "
                + loop
            << std::string("    if (i < int(blockIdx.z)) {\n        y[(column * r + i) * m + int(blockIdx.z)] = 7;\n   "
                           " } else {");
        QTest::newRow("an early exit without a store")
            << "    if (i < k)\n        return;\n    float s = 0;\n    " + loop
            << std::string(
                   "    if (i >= int(blockIdx.z)) {\n        y[(column * r + i) * m + int(blockIdx.z)] = s;\n    }");
        QTest::newRow("more than a loop")
            << "    float s = 0;\n    if (i >= k) {\n        " + loop + "        s *= 3;\n    }\n"
            << std::string("    if (i >= int(blockIdx.z)) {\n        s *= 3;\n    }");
        QTest::newRow("two ways") << "    float s = 0;\n    if (i >= k)\n        " + loop + "    else\n        s = 1;\n"
                                  << std::string("    if (i < int(blockIdx.z)) {\n        s = 1;\n    } else {");
    }
    void loopsApart()
    {
        QFETCH(std::string, body);
        QFETCH(std::string, made);
        const auto source = product(body);
        QCOMPARE(errorOf(source), std::string());
        VERIFY_CONTAINS(*plainSource(source, "test.cu"), made);
        QCOMPARE(proposals(source, "tile-contraction", buffers()).size(), 2U);
        QVERIFY(proposals(source, "tile-contraction").empty());
    }

    void loopsLeftTogether_data()
    {
        QTest::addColumn<std::string>("body");
        const std::string loop =
            "for (int p = 0; p < d; ++p)\n            s += w[(k * r + i) * d + p] * x[(j * d + p) * m + k];\n";
        QTest::newRow("what memory says")
            << "    float s = 0;\n    if (q[k] > i) {\n        " + loop + "        s *= 3;\n    }\n";
        QTest::newRow("something before the loop")
            << "    float s = 0;\n    if (i >= k) {\n        s = q[k];\n        " + loop + "    }\n";
        QTest::newRow("another loop") << "    float s = 0;\n    if (i >= k) {\n        " + loop
                + "        for (int p = 0; p < i; ++p)\n            s += 1;\n    }\n";
        QTest::newRow("a return behind it") << "    float s = 0;\n    if (i >= k) {\n        " + loop
                + "        if (s > 3)\n            return;\n    }\n";
    }
    void loopsLeftTogether()
    {
        QFETCH(std::string, body);
        QCOMPARE(errorOf(product(body)), std::string());
        QVERIFY(proposals(product(body), "tile-contraction", buffers()).empty());
    }

    void oneName()
    {
        const auto made = *plainSource(product("    const int rows = r;\n    const float* const left = w;\n"
                                               "    float s = 0;\n    for (int p = 0; p < d; ++p)\n"
                                               "        s += left[(k * rows + i) * d + p] * x[(j * d + p) * m + k];\n"),
                                       "test.cu");
        VERIFY_LACKS(made, "rows");
        VERIFY_LACKS(made, "left");
        VERIFY_CONTAINS(made, "ceil_div(r, 8), m)");
        // A name that something else has meanwhile, and a value that changes.
        const auto other = *plainSource(product("    const short rows = r;\n    float s = rows;\n"), "test.cu");
        VERIFY_CONTAINS(other, "short rows = r;");
        const auto counted = *plainSource(
            product("    int rows = r;\n    if (q[k] > 2)\n        rows = 7;\n    float s = rows;\n"), "test.cu");
        VERIFY_CONTAINS(counted, "int rows = r;");
    }

    void structures()
    {
        // Views of arrays, and operators of complex numbers.
        const std::string source =
            "// warploom: launch g<<<dim3(ceil_div(n, 16), ceil_div(m, 16)), dim3(16, 16)>>>(c, a, b, m, n, d)\n"
            "template <typename T>\nclass Rows {\npublic:\n    __device__ Rows(T* at, int n) : at_(at), n_(n) {}\n"
            "    __device__ T& operator()(int i, int j) const { return at_[i * n_ + j]; }\n\nprivate:\n    T* at_;\n"
            "    int n_;\n};\n"
            "__device__ float2 operator*(float2 a, float2 b)\n{\n"
            "    return make_float2(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x);\n}\n"
            "__device__ float2& operator+=(float2& a, float2 b)\n{\n    a.x += b.x;\n    a.y += b.y;\n    return "
            "a;\n}\n"
            "__global__ void g(float2* c, const float2* a, const float2* b, int m, int n, int d)\n{\n"
            "    int j = blockIdx.x * blockDim.x + threadIdx.x;\n    int i = blockIdx.y * blockDim.y + threadIdx.y;\n"
            "    if (i >= m || j >= n)\n        return;\n"
            "    const Rows<const float2> left(a, d), right(b, n);\n    const Rows<float2> out(c, n);\n"
            "    float2 s = make_float2(0, 0);\n    for (int p = 0; p < d; ++p)\n        s += left(i, p) * right(p, "
            "j);\n"
            "    out(i, j) = s;\n}\n";
        auto apart = source;
        const std::string both = "(a, d), right(b, n);";
        apart.replace(apart.find(both), both.size(), "(a, d);\n    const Rows<const float2> right(b, n);");
        for (const char* move : {"tile-contraction", "pipeline-contraction"}) {
            const auto made = proposals(apart, move);
            QVERIFY(!made.empty());
            VERIFY_CONTAINS(made.back().source, "float2");
            VERIFY_LACKS(made.back().source, "out(");
        }
    }
};

QTEST_APPLESS_MAIN(TestPlainBatch)
#include "tst_PlainBatch.moc"
