// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

namespace {

std::vector<MoveProposal> written(const std::string& source, double rtol = 2e-3,
                                  const std::vector<std::string>& sizes = {},
                                  const std::map<std::string, std::vector<std::int64_t>>& timed = {})
{
    const auto answer = proposeMoves({source, "test.cu", {"write-factors"}, {}, sizes, timed, rtol, 1e-3});
    if (!answer)
        qFatal("%s\n%s", answer.error().toString().c_str(), source.c_str());
    return answer->proposals;
}

std::vector<MoveProposal> inParts(std::vector<MoveProposal> made)
{
    std::erase_if(made, [](const auto& one) { return one.title.find(" parts of ") == std::string::npos; });
    return made;
}

/// One thread an element (i, j) of c, made by \p body.
std::string kernel(const std::string& body, const std::string& arguments = "a, q, s, l, c, m, n, w, g")
{
    return R"(// warploom: launch product<<<dim3(ceil_div(n, 16), ceil_div(m, 16)), dim3(16, 16)>>>()" + arguments
        + R"()
#include <cuda_fp16.h>
__device__ float unpacked(unsigned word, int at) { return float(int(word >> (4 * at) & 15) - 8); }
__device__ unsigned counted(unsigned* word) { return (*word)++; }
__constant__ float levels[16] = {0};
extern "C" __global__ void product(const half* a, const unsigned* q, float* s, const float* l, float* c, int m, int n,
                                   int w, int g)
{
    int j = blockIdx.x * blockDim.x + threadIdx.x;
    int i = blockIdx.y * blockDim.y + threadIdx.y;
    if (i >= m || j >= n)
        return;
)" + body
        + "\n}\n";
}

std::string replaced(std::string source, const std::string& from, const std::string& to)
{
    const auto at = source.find(from);
    if (at == std::string::npos)
        qFatal("no %s", from.c_str());
    return source.replace(at, from.size(), to);
}

/// Words of eight values, a scale for each.
const char* const kPacked = R"(    float sum = 0;
    for (int kp = 0; kp < w; ++kp) {
        const unsigned word = q[kp * n + j];
        const float scale = s[kp * n + j];
        for (int t = 0; t < 8; ++t)
            sum += __half2float(a[i * 8 * w + kp * 8 + t]) * unpacked(word, t) * scale;
    }
    c[i * n + j] = sum;)";

/// One loop, with \p value as what a[i * w + p] is multiplied by.
std::string single(const std::string& value)
{
    return kernel(R"(    float sum = 0;
    for (int p = 0; p < w; ++p)
        sum += __half2float(a[i * w + p]) * ()"
                  + value + R"();
    c[i * n + j] = sum;)");
}

}  // namespace

/// Contractions whose factors are worked out from what is loaded.
class TestWriteFactors : public QObject {
    Q_OBJECT

private slots:
    void weightsOfFourBits()
    {
        const auto made = written(readFile(sourceFolder() / "tests/bench/agent/unseen/gptq_down_proj/baseline.cu"));
        QCOMPARE(made.size(), std::size_t{6});
        VERIFY_CONTAINS(made[0].source, "wgmma.mma_async");
        VERIFY_CONTAINS(made[0].source, "// warploom: scratch factor_n f16[max(1, words * 8 * features)]\n");
        // The tokens' values stay where they are.
        VERIFY_LACKS(made[0].source, "factor_m");
        VERIFY_CONTAINS(made[0].source, "#pragma unroll\n                for (int i = 0; i < ");
        QCOMPARE(made[0].move, std::string("write-factors"));
        QCOMPARE(errorOf(made[0].source), std::string());
        COMPARE_GOLDEN("write-factors-gptq_down_proj", made[1].source);
        COMPARE_GOLDEN("write-factors-gptq_down_proj-parts", made[2].source);
        for (const auto& proposal : made)
            QVERIFY2(proposal.hypothesis.find_first_of("0123456789") != std::string::npos, proposal.hypothesis.c_str());
    }

    void wordsAndScales()
    {
        const auto made = written(kernel(kPacked));
        QCOMPARE(made.size(), std::size_t{6});
        const auto& text = made[1].source;
        VERIFY_CONTAINS(text, "factor_j[(size_t(kp) * 8 + t) * n + j] = __float2half(unpacked(word, t) * scale);");
        VERIFY_LACKS(text, "factor_i");
        COMPARE_GOLDEN("write-factors-words", text);
    }

    /// What nearly nothing may be off is not rounded.
    void asExactAsItHasToBe()
    {
        for (const auto& proposal : written(kernel(kPacked), 1e-8)) {
            VERIFY_CONTAINS(proposal.source, "// warploom: scratch factor_j f32[");
            VERIFY_LACKS(proposal.source, " f16[");
        }
        QVERIFY(!written(kernel(kPacked), 1e-8).empty());
    }

    /// The sum of two halves has twice the bits: both parts' products go into the same sums.
    void inTwoParts()
    {
        const auto made = inParts(written(kernel(kPacked), 1e-5));
        QCOMPARE(made.size(), std::size_t{2});
        const auto& byWarpgroups = made[0].source;
        VERIFY_CONTAINS(byWarpgroups, "// warploom: scratch factor_j f16[max(1, w * 8 * n)]\n");
        VERIFY_CONTAINS(byWarpgroups, "// warploom: scratch factor_j_low f16[max(1, w * 8 * n)]\n");
        VERIFY_CONTAINS(byWarpgroups, "factor_j_values[t][lane] = __float2half(factor_j_whole);");
        VERIFY_CONTAINS(byWarpgroups, "factor_j_low_values[t][lane] = lowPart(factor_j_whole);");
        // What is shared comes once, and sums are one.
        QCOMPARE(countOf(byWarpgroups, "LeftTile* const left_tile"), 1);
        VERIFY_CONTAINS(byWarpgroups, "right_tile_2 = reinterpret_cast<RightTile*>(right_tile + STAGES);");
        VERIFY_CONTAINS(byWarpgroups, "float sums[kTall][TILE_N / 2] = {};");
        VERIFY_CONTAINS(byWarpgroups, "(STAGES * (TILE_M + 2 * TILE_N) * 128 + 1024) * MIN_BLOCKS");
        VERIFY_CONTAINS(byWarpgroups, "tune TILE_N = 128 256");
        VERIFY_CONTAINS(made[1].source,
                        "multiplyAdd(sums[i_2][2 * j_2], left_part[buffer][i_2], part_2[0], part_2[1]);");
        VERIFY_CONTAINS(made[1].title, "as 2 parts of f16");
        for (const auto& one : made)
            QCOMPARE(errorOf(one.source), std::string());
    }

    /// Deep products with few tiles come in strips as well.
    void inStrips()
    {
        const std::map<std::string, std::vector<std::int64_t>> deep = {{"m", {512}}, {"n", {4096}}, {"w", {1792}}};
        const std::map<std::string, std::vector<std::int64_t>> broad = {{"m", {4096}}, {"n", {4096}}, {"w", {1792}}};
        const auto stripsOf = [](std::vector<MoveProposal> made) {
            std::erase_if(made, [](const auto& one) { return one.title.find(" in strips ") == std::string::npos; });
            return made;
        };
        const auto made = stripsOf(written(kernel(kPacked), 2e-3, {}, deep));
        QCOMPARE(made.size(), std::size_t{2});
        VERIFY_CONTAINS(made[1].source, "// warploom: tune STRIPS = 2 ");
        VERIFY_CONTAINS(made[1].source, "    factor_j_low += size_t(blockIdx.z) * strip_length * n;\n");
        VERIFY_CONTAINS(made[1].source, "wgmma.mma_async");
        for (const auto& one : made)
            QCOMPARE(errorOf(one.source), std::string());
        QVERIFY(stripsOf(written(kernel(kPacked), 2e-3, {}, broad)).empty());
    }

    void bfloatsInTwoParts()
    {
        auto source = kernel(kPacked);
        for (const auto& [from, to] : {std::pair{"cuda_fp16", "cuda_bf16"}, std::pair{"half* a", "__nv_bfloat16* a"},
                                       std::pair{"__half2float", "__bfloat162float"}})
            source = replaced(source, from, to);
        const auto made = inParts(written(source, 1e-4));
        QCOMPARE(made.size(), std::size_t{2});
        VERIFY_CONTAINS(made[0].source, "// warploom: scratch factor_j_low bf16[");
        // 16 bits are not what 1e-6 asks for.
        QVERIFY(inParts(written(source, 1e-6)).empty());
        // Nor what floats have that are stored.
        for (const auto& [type, count] : {std::pair{"f32", 0}, std::pair{"bf16", 2}}) {
            const auto answer = proposeMoves(
                {source, "test.cu", {"write-factors"}, {{"c", type, "out", {"m", "n"}}}, {}, {}, 1e-4, 1e-3});
            QCOMPARE(inParts(answer->proposals).size(), std::size_t(count));
        }
    }

    void severalSumsInParts()
    {
        const auto made = inParts(written(kernel(R"(    float x = 0, y = 0;
    for (int p = 0; p < w; ++p) {
        const float own = __half2float(a[i * w + p]);
        x += own * unpacked(q[p * n + j], 0);
        y += own * l[p * n + j];
    }
    c[i * n + j] = x * y;)"),
                                          1e-5));
        QCOMPARE(made.size(), std::size_t{2});
        VERIFY_CONTAINS(made[0].source, "multiplyAdd(sums_y[i_2], descriptorOf(&left_tile[stage]");
        VERIFY_CONTAINS(made[0].source, "right_tile_y_2 = ");
        VERIFY_CONTAINS(made[0].source, "tune TILE_N = 64 128");
        for (const auto& one : made)
            QCOMPARE(errorOf(one.source), std::string());
    }

    void notInParts_data()
    {
        QTest::addColumn<QString>("source");
        QTest::addColumn<double>("rtol");
        const auto add = [](const char* name, const std::string& source, double rtol = 1e-5) {
            QTest::newRow(name) << QString::fromStdString(source) << rtol;
        };
        add("more bits than two parts have", kernel(kPacked), 1e-7);
        add("floats on the other side",
            kernel(replaced(kPacked, "__half2float(a[i * 8 * w + kp * 8 + t])", "l[i * 8 * w + kp * 8 + t]")));
        add("both sides worked out",
            kernel(replaced(kPacked, "__half2float(a[i * 8 * w + kp * 8 + t])", "expf(l[i * 8 * w + kp * 8 + t])")));
        add("one of two halves worked out",
            kernel(replaced(kPacked, "__half2float(a[i * 8 * w + kp * 8 + t])",
                            "__half2float(a[i * 8 * w + kp * 8 + t]) * l[i]")));
        add("integers beyond a half", single("float(q[p * n + j])"));
        add("scaled integers beyond a half", single("float(q[p * n + j]) * l[j]"));
        add("halves in another order",
            kernel(replaced(kPacked, "a[i * 8 * w + kp * 8 + t]", "a[i * 8 * w + kp * 8 + (t ^ 1)]")));
    }
    void notInParts()
    {
        QFETCH(QString, source);
        QFETCH(double, rtol);
        const auto made = written(source.toStdString(), rtol);
        QVERIFY(inParts(made).empty());
    }

    /// Neighbours are loaded and stored as vectors where all of them begin on a boundary.
    void wideWriters()
    {
        const auto text = written(kernel(kPacked)).at(1).source;
        VERIFY_CONTAINS(text, "dim3(max(1, ceil_div(n, WRITE_BLOCK * 8)), max(1, min(w, 65535)))");
        VERIFY_CONTAINS(text, "const int first_j = (blockIdx.x * blockDim.x + threadIdx.x) * 8;");
        VERIFY_CONTAINS(text, "__align__(16) float next_s[8];");
        QCOMPARE(countOf(text, "*reinterpret_cast<uint4*>(next_q"), 2);
        VERIFY_CONTAINS(text, "const unsigned word = next_q[lane];");
        VERIFY_CONTAINS(text, "*reinterpret_cast<uint4*>(&factor_j[(size_t(kp) * 8 + at_2) * n + first_j]) =");
        // Floats are four a vector.
        const auto floats = written(kernel(kPacked)).at(4).source;
        VERIFY_CONTAINS(floats, "const int first_j = (blockIdx.x * blockDim.x + threadIdx.x) * 4;");
        VERIFY_CONTAINS(floats, "__align__(16) float factor_j_values[8][4];");
        // One place a round.
        const auto one = written(single("l[p * n + j] - l[j]")).at(1).source;
        VERIFY_CONTAINS(one, "factor_j_values[0][lane] = __float2half(");
        VERIFY_CONTAINS(one, "*reinterpret_cast<uint4*>(&factor_j[size_t(p) * n + first_j]) =");
        VERIFY_CONTAINS(one, "next_l_2[lane]");
    }

    /// What may not be there, or begins anywhere, is loaded by each lane.
    void loadsThatStayNarrow_data()
    {
        QTest::addColumn<QString>("value");
        QTest::addColumn<bool>("isWide");
        QTest::newRow("aligned") << "l[p * n + j] + 1.0f" << true;
        QTest::newRow("one further on") << "l[p * n + j + 1] + 1.0f" << false;
        QTest::newRow("eight further on") << "l[p * n + j + 8] + 1.0f" << true;
        QTest::newRow("lines of another length") << "l[p * g + j] + 1.0f" << false;
        QTest::newRow("every other") << "l[p * n + j] + l[p * n + 2 * j + 1]" << true;
        QTest::newRow("on a condition") << "(p < g ? l[p * n + j] : 1.0f) + 1.0f" << false;
        QTest::newRow("through an index") << "l[q[p] * n + j] + 1.0f" << false;
        QTest::newRow("one for all") << "l[p] * j" << false;
    }
    void loadsThatStayNarrow()
    {
        QFETCH(QString, value);
        QFETCH(bool, isWide);
        const auto text = written(single(value.toStdString())).at(1).source;
        VERIFY_CONTAINS(text, "*reinterpret_cast<uint4*>(&factor_j[size_t(p) * n + first_j]) =");
        QCOMPARE(text.find("next_l") != std::string::npos, isWide);
        QCOMPARE(errorOf(text), std::string());
    }

    /// A loop whose rounds are no constant stays around what is kept.
    void runsWithinLoops()
    {
        const std::string body = R"(    float sum = 0;
    for (int b = 0; b < w; ++b) {
        const float scale = s[b * n + j];
        for (int kp = 0; kp < g; ++kp) {
            const unsigned word = q[(b * g + kp) * n + j];
            for (int t = 0; t < 8; ++t)
                sum += __half2float(a[i * 8 * w * g + (b * g + kp) * 8 + t]) * (unpacked(word, t) * scale);
        }
    }
    c[i * n + j] = sum;)";
        const auto made = written(kernel(body), 2e-3, {"g"});
        QCOMPARE(made.size(), std::size_t{6});
        VERIFY_CONTAINS(made[1].source,
                        "*reinterpret_cast<uint4*>(&factor_j[((size_t(b) * g + kp) * 8 + at_2) * n + first_j]) =");
        auto along = replaced(replaced(body, "s[b * n + j]", "s[j * w + b]"), "q[(b * g + kp) * n + j]",
                              "q[j * w * g + b * g + kp]");
        const auto text = written(kernel(along), 2e-3, {"g"}).at(1).source;
        VERIFY_CONTAINS(text,
                        "*reinterpret_cast<uint4*>(&factor_j[size_t(j) * (w * g * 8) + (size_t(b) * g + kp) * 8]) =");
        QCOMPARE(errorOf(text), std::string());
    }

    /// Floats that are stored tell rounded factors from others; halves do not.
    void partsFirstForFloats()
    {
        const auto first = [](const std::string& type) {
            const auto answer = proposeMoves(
                {kernel(kPacked), "test.cu", {"write-factors"}, {{"c", type, "out", {"m", "n"}}}, {}, {}, 2e-3, 1e-3});
            return answer->proposals.at(0).title;
        };
        VERIFY_CONTAINS(first("f32"), "as 2 parts of f16");
        VERIFY_CONTAINS(first("f16"), "as f16");
    }

    void liesAsItIsRead()
    {
        const auto across = written(kernel(kPacked)).at(1).source;
        VERIFY_CONTAINS(across, "for (int kp = blockIdx.y; kp < w; kp += gridDim.y) {");
        auto along = replaced(replaced(kPacked, "q[kp * n + j]", "q[j * w + kp]"), "s[kp * n + j]", "s[j * w + kp]");
        const auto text = written(kernel(along)).at(1).source;
        VERIFY_CONTAINS(text, "for (int j = blockIdx.y; j < n; j += gridDim.y) {");
        VERIFY_CONTAINS(text, "factor_j_values[t] = __float2half(");
        VERIFY_CONTAINS(text, "*reinterpret_cast<uint4*>(&factor_j[size_t(j) * (w * 8) + size_t(kp) * 8]) =");
        QCOMPARE(errorOf(text), std::string());
    }

    void stepsOfWholeWords()
    {
        const auto made = written(kernel(R"(    float sum = 0;
    for (int k = 0; k < w; k += 8)
        for (int t = 0; t < 8; ++t)
            sum += __half2float(a[i * w + k + t]) * (unpacked(q[k / 8 * n + j], t) * s[k / g * n + j]);
    c[i * n + j] = sum;)"));
        QCOMPARE(made.size(), std::size_t{6});
        VERIFY_CONTAINS(made[1].source, "for (int k = blockIdx.y * 8; k < w; k += gridDim.y * 8) {");
        VERIFY_CONTAINS(made[1].source, "scratch factor_j f16[max(1, ceil_div(w, 8) * 8 * n)]");
        VERIFY_LACKS(made[1].source, "factor_i");
    }

    /// Sums of a group that are scaled as one.
    void partsAreScaledBefore()
    {
        const std::string body = R"(    float sum = 0;
    for (int b = 0; b < w; ++b) {
        float part = 0;
        for (int kp = 0; kp < g; ++kp) {
            const unsigned word = q[(b * g + kp) * n + j];
            for (int t = 0; t < 8; ++t)
                part += __half2float(a[i * 8 * w * g + (b * g + kp) * 8 + t]) * unpacked(word, t);
        }
        sum += part * s[b * n + j];
    }
    c[i * n + j] = sum;)";
        const auto made = written(kernel(body), 2e-3, {"g"});
        QCOMPARE(made.size(), std::size_t{6});
        VERIFY_CONTAINS(made[1].source, "__float2half(unpacked(word, t) * s[b * n + j]);");
        VERIFY_LACKS(made[1].source, "factor_i");
        // Nobody says that g is no less than 0.
        QVERIFY(written(kernel(body)).empty());
        QVERIFY(written(kernel(replaced(body, "sum += part", "sum += part + part"))).empty());
        QVERIFY(written(kernel(replaced(body, "float part = 0", "float part = 1")), 2e-3, {"g"}).empty());
    }

    /// Two values a word, without a loop of their own.
    void severalProductsARound()
    {
        const std::string two = R"(    float sum = 0;
    for (int k = 0; k < w; k += 2) {
        const unsigned word = q[k / 2 * n + j];
        sum += __half2float(a[i * w + k]) * unpacked(word, 0);
        sum += __half2float(a[i * w + k + 1]) * unpacked(word, 1);
    }
    c[i * n + j] = sum;)";
        const auto made = written(kernel(two));
        QCOMPARE(made.size(), std::size_t{6});
        VERIFY_CONTAINS(made[1].source, "factor_j[(size_t(k) + 1) * n + j] = __float2half(unpacked(word, 1));");
        VERIFY_LACKS(made[1].source, "factor_i");
        const auto one = written(kernel(R"(    float sum = 0;
    for (int kp = 0; kp < w; ++kp)
        sum += __half2float(a[i * 2 * w + kp * 2]) * unpacked(q[kp * n + j], 0) + __half2float(a[i * 2 * w + kp * 2 + 1]) * unpacked(q[kp * n + j], 1);
    c[i * n + j] = sum;)"));
        QCOMPARE(one.size(), std::size_t{6});
        VERIFY_CONTAINS(one[1].source, "factor_j[(size_t(kp) * 2 + 1) * n + j] =");
        VERIFY_LACKS(one[1].source, "factor_i");
        // What lies the other way round is written as well.
        const auto turned = written(kernel(replaced(replaced(two, "+ k])", "+ k + 1])"),
                                                    "+ k + 1]) * unpacked(word, 1)", "+ k]) * unpacked(word, 1)")));
        VERIFY_CONTAINS(turned.at(1).source, "factor_i");
    }

    /// A word that is shifted round by round, as its values by their places are.
    void shiftedWords()
    {
        const std::string body = R"(    float sum = 0;
    for (int kp = 0; kp < w; ++kp) {
        unsigned word = q[kp * n + j];
        for (int t = 0; t < 8; ++t) {
            sum += __half2float(a[i * 8 * w + kp * 8 + t]) * (float(word & 15) - 8.0f);
            word >>= 4;
        }
    }
    c[i * n + j] = sum;)";
        const auto made = written(kernel(body));
        QCOMPARE(made.size(), std::size_t{6});
        VERIFY_CONTAINS(made[1].source, "float((word >> 4 * t) & 15) - 8.0f");
        VERIFY_LACKS(made[1].source, "factor_i");
        for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
                 {"word >>= 4;\n        }", "word >>= 4;\n        }\n        sum += float(word);"},
                 {"word >>= 4", "word >>= t"},
                 {"word >>= 4", "word >>= 5"},
                 {"word >>= 4;", "word >>= 2; word >>= 2;"},
                 {"            word >>= 4;", "            if (word == 0) break;\n            word >>= 4;"},
                 {"int t = 0", "int t = 1"},
                 {"float sum = 0;\n    for (int kp = 0; kp < w; ++kp) {\n        unsigned word = q[kp * n + j];",
                  "float sum = 0;\n    unsigned word = q[j];\n    for (int kp = 0; kp < w; ++kp) {"}})
            QVERIFY2(written(kernel(replaced(body, from, to))).empty(), to.c_str());
    }

    void anyFunction_data()
    {
        QTest::addColumn<QString>("value");
        QTest::newRow("difference") << "l[p * n + j] - l[j]";
        QTest::newRow("sigmoid") << "1.0f / (1.0f + expf(-l[p * n + j]))";
        QTest::newRow("table") << "levels[q[p / 8 * n + j] >> (4 * (p % 8)) & 15]";
        QTest::newRow("choice") << "p % 2 == 0 ? l[p * n + j] : -l[p * n + j]";
        QTest::newRow("divided") << "unpacked(q[p * n + j], 1) / l[j]";
        QTest::newRow("of places") << "float((p * 7 + j) % 5)";
        QTest::newRow("through an index") << "l[q[p] * n + j]";
        QTest::newRow("converted") << "l[p * n + j]";
        QTest::newRow("constant part") << "unpacked(q[p * n + j], 3) * 0.5f * l[p]";
    }
    void anyFunction()
    {
        QFETCH(QString, value);
        const auto made = written(single(value.toStdString()));
        QVERIFY(made.size() >= 2);
        for (const auto& proposal : made) {
            VERIFY_CONTAINS(proposal.source, "// warploom: scratch factor_");
            QCOMPARE(errorOf(proposal.source), std::string());
        }
    }

    void severalSums()
    {
        const auto made = written(kernel(R"(    float x = 0, y = 0;
    for (int p = 0; p < w; ++p) {
        const float own = __half2float(a[i * w + p]);
        x += own * unpacked(q[p * n + j], 0);
        y += own * unpacked(q[p * n + j], 1);
    }
    c[i * n + j] = x * y;)"));
        QVERIFY(made.size() >= 2);
        VERIFY_CONTAINS(made[1].source, "factor_j_2");
        VERIFY_LACKS(made[1].source, "factor_i");
    }

    void whatComesLaterStays()
    {
        const auto made = written(kernel(
            replaced(replaced(kPacked, "    float sum = 0;", "    const float scaled = l[i];\n    float sum = 0;"),
                     "= sum;", "= sum * scaled;")));
        QCOMPARE(made.size(), std::size_t{6});
        // Once where vectors are stored, and once where none are.
        QCOMPARE(countOf(made[1].source, "float scaled = l[i];"), 2);
    }

    void notWorthIt()
    {
        const std::map<std::string, std::vector<std::int64_t>> few = {{"m", {4}}, {"n", {4096}}, {"w", {512}}};
        const std::map<std::string, std::vector<std::int64_t>> many = {{"m", {64}}, {"n", {4096}}, {"w", {512}}};
        const std::map<std::string, std::vector<std::int64_t>> large = {{"m", {64}}, {"n", {1 << 20}}, {"w", {4096}}};
        QVERIFY(written(kernel(kPacked), 2e-3, {}, few).empty());
        QVERIFY(!written(kernel(kPacked), 2e-3, {}, many).empty());
        QVERIFY(written(kernel(kPacked), 2e-3, {}, large).empty());
    }

    void nothingToWorkOut()
    {
        QVERIFY(written(baseline("hgemm")).empty());
        QVERIFY(written(baseline("sgemm")).empty());
        QVERIFY(written(baseline("softmax")).empty());
        QVERIFY(written(single("__half2float(a[p * n + j])")).empty());
    }

    void nothingIsSure_data()
    {
        QTest::addColumn<QString>("source");
        const auto add = [](const char* name, const std::string& from, const std::string& to) {
            QTest::newRow(name) << QString::fromStdString(kernel(replaced(kPacked, from, to)));
        };
        add("a factor of both indices", "s[kp * n + j]", "s[i * n + j]");
        add("a place of both indices", "q[kp * n + j]", "q[kp * n + (i + j) % n]");
        add("a value of both indices", "        const float scale = s[kp * n + j];",
            "        const int both = (i + j) % n;\n        const float scale = s[kp * n + both];");
        add("what is stored by another name", "        const float scale = s[kp * n + j];",
            "        const float* other = c;\n        const float scale = other[kp * n + j];");
        add("begins at one", "int t = 0", "int t = 1");
        add("skips words", "++kp", "kp += 2");
        add("skips values", "++t", "t += 2");
        add("as many as the row says", "kp < w", "kp < i");
        add("as many as data says", "kp < w", "kp < int(q[0])");
        add("ends with the word", "t < 8", "t < (kp == w - 1 ? 3 : 8)");
        add("ends early", "        const float scale",
            "        if (word == 0)\n            break;\n        const float scale");
        add("goes on", "        const float scale",
            "        if (word == 0)\n            continue;\n        const float scale");
        add("a counter that changes", "const float scale = s[kp * n + j];", "const float scale = s[kp++ * n + j];");
        add("a word that changes", "const unsigned word = q[kp * n + j];",
            "unsigned word = q[kp * n + j]; if (kp > 2) word >>= 1;");
        add("a function that changes it", "unpacked(word, t)", "float(counted(const_cast<unsigned*>(&word)))");
        add("the sum itself", "* scale", "* (scale + sum)");
        add("an array that is written", "c[i * n + j] = sum;", "c[i * n + j] = sum;\n    s[i] = 0;");
        add("an array that is added to", "c[i * n + j] = sum;", "c[i * n + j] = sum;\n    atomicAdd(&s[j], sum);");
        add("written within", "        const float scale", "        c[i] = 0;\n        const float scale");
        add("volatile", "s[kp * n + j]", "*reinterpret_cast<volatile float*>(s + kp * n + j)");
        add("which thread it is", "s[kp * n + j]", "s[threadIdx.x]");
        add("time", "s[kp * n + j]", "float(clock64())");
        add("warps meet", "s[kp * n + j]", "__shfl_sync(0xffffffffu, s[kp * n + j], 0)");
        add("begins with one", "float sum = 0;", "float sum = 1;");
        add("sums of doubles", "float sum = 0;", "double sum = 0;");
        add("no product", "__half2float(a[i * 8 * w + kp * 8 + t]) * unpacked(word, t) * scale", "unpacked(word, t)");
        add("one side only", "__half2float(a[i * 8 * w + kp * 8 + t])", "l[kp]");
        QTest::newRow("one buffer twice") << QString::fromStdString(kernel(kPacked, "a, q, s, c, c, m, n, w, g"));
        QTest::newRow("written through another")
            << QString::fromStdString(kernel(kPacked, "a, q, c, l, c, m, n, w, g"));
    }
    void nothingIsSure()
    {
        QFETCH(QString, source);
        const auto made = written(source.toStdString());
        QVERIFY2(made.empty(), made.empty() ? "" : made[0].source.c_str());
    }

    /// It proposes nothing for what it made, and others go on from there.
    void composes()
    {
        const auto made = written(kernel(kPacked));
        for (const auto& proposal : made)
            QVERIFY(written(proposal.source).empty());
        QVERIFY(!proposals(made.at(1).source, "launch-bounds").empty());
    }
};

QTEST_GUILESS_MAIN(TestWriteFactors)
#include "tst_WriteFactors.moc"
