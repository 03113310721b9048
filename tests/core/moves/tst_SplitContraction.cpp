// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

namespace {

using Sizes = std::map<std::string, std::vector<std::int64_t>>;

const Sizes kDeep = {{"m", {256}}, {"n", {256}}, {"k", {65536}}};

std::vector<MoveProposal> split(const std::string& source, const Sizes& sizes = kDeep)
{
    const auto answer = proposeMoves({source, "test.cu", {"split-contraction"}, {}, {}, sizes});
    if (!answer)
        qFatal("%s\n%s", answer.error().toString().c_str(), source.c_str());
    return answer->proposals;
}

std::string replaced(std::string source, const std::string& from, const std::string& to)
{
    const auto at = source.find(from);
    if (at == std::string::npos)
        qFatal("no %s", from.c_str());
    return source.replace(at, from.size(), to);
}

}  // namespace

class TestSplitContraction : public QObject {
    Q_OBJECT

private slots:
    void sgemm()
    {
        const auto made = split(baseline("sgemm"));
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "// warploom: tune STRIPS = 64 ");
        VERIFY_CONTAINS(made[0].source, "// warploom: scratch partial f32[STRIP_COUNT * (m) * (n)]\n");
        COMPARE_GOLDEN("split-contraction-sgemm", made[0].source);
        QCOMPARE(errorOf(made[0].source), std::string());
    }

    /// Strips are contractions like any other, with whole vectors where those of the whole had them.
    void stripsAreTiled()
    {
        const auto f32 = split(baseline("sgemm")).at(0).source;
        const auto pipelined = proposals(f32, "pipeline-contraction");
        QCOMPARE(pipelined.size(), std::size_t{1});
        VERIFY_CONTAINS(pipelined[0].source, "n % 4 == 0 && (size_t(blockIdx.z) * strip_length * n) % 4 == 0");
        VERIFY_CONTAINS(pipelined[0].source, "dim3(ceil_div(n, TILE_N), ceil_div(m, TILE_M), STRIP_COUNT)");
        QCOMPARE(proposals(f32, "tile-contraction").size(), std::size_t{2});
        for (const char* task : {"hgemm", "bgemm"})
            for (const char* move : {"wgmma-contraction", "tensor-contraction"}) {
                const auto made = proposals(split(baseline(task)).at(0).source, move);
                QCOMPARE(made.size(), std::size_t{1});
                QCOMPARE(errorOf(made[0].source), std::string());
                VERIFY_LACKS(made[0].source, "is_wide = false");
            }
    }

    void theRestIsDoneOnce()
    {
        const auto made =
            split(product("float", "a[p * m + i]", "b[j * k + p]", "c[i * n + j] = 2 * s + c[i * n + j];"));
        QCOMPARE(made.size(), std::size_t{1});
        QCOMPARE(countOf(made[0].source, "c[i * n + j] = 2 * s + c[i * n + j];"), 1);
        VERIFY_CONTAINS(made[0].source, "    a += size_t(blockIdx.z) * strip_length * m;\n");
        VERIFY_CONTAINS(made[0].source, "    b += size_t(blockIdx.z) * strip_length;\n");
        VERIFY_CONTAINS(made[0].source, "s += partial[(size_t(strip) * (m) + i) * (n) + j];");
        QCOMPARE(errorOf(made[0].source), std::string());
    }

    /// A matrix with itself: its pointer moves once.
    void oneFactorTwice()
    {
        const auto made = split(product("double", "a[i * k + p]", "a[j * k + p]", "c[i * n + j] = s;"));
        QCOMPARE(made.size(), std::size_t{1});
        QCOMPARE(countOf(made[0].source, "a += size_t(blockIdx.z)"), 1);
        VERIFY_CONTAINS(made[0].source, "scratch partial f64[");
        QVERIFY(split(product("double", "a[i * k + p]", "a[p * n + j]", "c[i * n + j] = s;")).empty());
    }

    /// Each of a strip's sums takes all products.
    void severalProducts()
    {
        auto source = product("float", "a[i * k + p]", "b[j * k + p]", "c[i * n + j] = s;");
        const std::string update = "s += a[i * k + p] * b[j * k + p];";
        const auto at = source.find(update);
        QVERIFY(at != std::string::npos);
        source.replace(at, update.size(), "{ " + update + " s += a[i * k + p] * a[j * k + p]; }");
        const auto made = split(source);
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source,
                        ") {\n        " + update + "\n        s += a[i * k + p] * a[j * k + p];\n    }\n");
        QCOMPARE(countOf(made[0].source, "    a += size_t(blockIdx.z) * strip_length;\n"), 1);
        QCOMPARE(errorOf(made[0].source), std::string());
        // Pieces of one array that lie differently cannot both begin where a strip does.
        source.replace(source.find("a[j * k + p]"), 12, "a[p * n + j]");
        QVERIFY(split(source).empty());
    }

    void depthsThatAreWorkedOut()
    {
        auto source = product("float", "a[i * k * 8 + p]", "b[p * n + j]", "c[i * n + j] = s;");
        const auto at = source.find("p < k");
        QVERIFY(at != std::string::npos);
        source.replace(at, 5, "p < k * 8");
        const auto made = split(source);
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "let STRIP_COUNT = ceil_div(max((k * 8), 1), STRIP_LENGTH)");
        QCOMPARE(errorOf(made[0].source), std::string());
    }

    void unsignedAndWideIndices()
    {
        for (const std::string type : {"unsigned ", "size_t ", "long long "}) {
            auto source = product("float", "a[i * k + p]", "b[p * n + j]", "c[i * n + j] = s;");
            for (auto at = source.find("int "); at != std::string::npos; at = source.find("int ", at + type.size()))
                source.replace(at, 4, type);
            const auto made = split(source);
            QCOMPARE(made.size(), std::size_t{1});
            QCOMPARE(errorOf(made[0].source), std::string());
        }
    }

    void onlyWhereTilesAreFew_data()
    {
        QTest::addColumn<int>("rows");
        QTest::addColumn<int>("depth");
        QTest::addColumn<int>("strips");
        QTest::newRow("few and deep") << 256 << 65536 << 64;
        QTest::newRow("one") << 64 << 65536 << 128;
        QTest::newRow("half of the card") << 1024 << 65536 << 4;
        QTest::newRow("shallow") << 256 << 1000 << 0;
        QTest::newRow("not deep") << 256 << 2048 << 4;
        QTest::newRow("enough") << 2048 << 65536 << 0;
        QTest::newRow("many") << 1000000 << 65536 << 0;
    }
    void onlyWhereTilesAreFew()
    {
        QFETCH(int, rows);
        QFETCH(int, depth);
        QFETCH(int, strips);
        const auto made = split(baseline("sgemm"), {{"m", {rows}}, {"n", {rows}}, {"k", {depth}}});
        QCOMPARE(made.size(), std::size_t(strips > 0 ? 1 : 0));
        if (strips > 0)
            VERIFY_CONTAINS(made[0].source, "tune STRIPS = " + std::to_string(strips) + " ");
    }

    void sizesThatDisagree()
    {
        // One of the timed sizes fills the card by itself.
        QVERIFY(split(baseline("sgemm"), {{"m", {256, 4096}}, {"n", {256, 4096}}, {"k", {65536, 4096}}}).empty());
        QVERIFY(split(baseline("sgemm"), {}).empty());
        QVERIFY(split(baseline("sgemm"), {{"m", {256}}, {"n", {256}}}).empty());
    }

    void nothingTwice()
    {
        const auto made = split(baseline("sgemm")).at(0).source;
        QVERIFY(split(made).empty());
        for (const auto& tiled : proposals(made, "pipeline-contraction"))
            QVERIFY(split(tiled.source).empty());
    }

    void notThere_data()
    {
        QTest::addColumn<QString>("from");
        QTest::addColumn<QString>("to");
        QTest::newRow("starts at one") << "float s = 0;" << "float s = 1;";
        QTest::newRow("from the second on") << "int p = 0; p < k" << "int p = 1; p < k";
        QTest::newRow("every second") << "++p" << "p += 2";
        QTest::newRow("scattered") << "a[i * k + p]" << "a[2 * (i * k + p)]";
        QTest::newRow("of both indices") << "a[i * k + p]" << "a[(i + j) * k + p]";
        QTest::newRow("ends early") << "c[i * n + j] = s;" << "if (s < 0) return; c[i * n + j] = s;";
        QTest::newRow("a pointer that stays") << "const float* a" << "const float* const a";
        QTest::newRow("layers") << "ceil_div(m, 16))" << "ceil_div(m, 16), 2)";
        QTest::newRow("shared memory") << "dim3(16, 16)>>>" << "dim3(16, 16), 1024>>>";
        QTest::newRow("not always") << "n, k)\n" << "n, k) when k > 4096\n";
        QTest::newRow("depth that is worked out") << "p < k;" << "p < k / 2;";
        QTest::newRow("summed in half") << "float s = 0;" << "half s = 0;";
        QTest::newRow("cut to integers at each step") << "float s = 0;" << "int s = 0;";
        QTest::newRow("a block of kernels") << "__global__" << "extern \"C\" { __global__";
    }
    void notThere()
    {
        QFETCH(QString, from);
        QFETCH(QString, to);
        auto source = product("float", "a[i * k + p]", "b[p * n + j]", "c[i * n + j] = s;");
        QCOMPARE(split(source).size(), std::size_t{1});
        source = replaced("#include <cuda_fp16.h>\n" + source, from.toStdString(), to.toStdString());
        QVERIFY(split(to.contains("extern") ? source + "}\n" : source).empty());
    }

private:
    static std::string product(const std::string& type, const std::string& left, const std::string& right,
                               const std::string& end)
    {
        return "// warploom: launch g<<<dim3(ceil_div(n, 16), ceil_div(m, 16)), dim3(16, 16)>>>(a, b, c, m, n, k)\n"
               "__global__ void g(const "
            + type + "* a, const " + type + "* b, " + type
            + "* c, int m, int n, int k) {\n"
              "    int j = blockIdx.x * blockDim.x + threadIdx.x;\n"
              "    int i = blockIdx.y * blockDim.y + threadIdx.y;\n"
              "    if (i >= m || j >= n) return;\n    "
            + type + " s = 0; for (int p = 0; p < k; ++p) s += " + left + " * " + right + ";\n    " + end + "\n}\n";
    }
};

QTEST_APPLESS_MAIN(TestSplitContraction)
#include "tst_SplitContraction.moc"
