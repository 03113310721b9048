// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "MoveTestSupport.h"

using namespace warploom;
using namespace warploom::test;

namespace {

/// Potentials of charges: every point against every other, in structures.
const std::string kCharges = R"(// warploom: launch potential<<<ceil_div(n, 128), 128>>>(at, charge, out, n, soft)
struct Place { float x, y, z; };

__global__ void potential(const Place* at, const float* charge, float* out, int n, float soft)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n)
        return;
    const Place own = at[i];
    float sum = 0.0f;
    for (int j = 0; j < n; ++j) {
        float dx = at[j].x - own.x;
        float dy = at[j].y - own.y;
        float dz = at[j].z - own.z;
        sum += charge[j] * rsqrtf(dx * dx + dy * dy + dz * dz + soft);
    }
    out[i] = sum;
}
)";

/// The nearest of many vectors, step by step, in bytes.
const std::string kNearest = R"(// warploom: launch nearest<<<ceil_div(n, 128), 128>>>(x, words, best, n, k, dims)
__global__ void nearest(const unsigned char* x, const unsigned char* words, int* best, int n, int k, int dims)
{
    int p = blockIdx.x * blockDim.x + threadIdx.x;
    if (p < n) {
        int least = 0x7fffffff;
        int at = -1;
        for (int c = 0; c < k; c++) {
            int sum = 0;
            for (int i = 0; i < dims; i++) {
                int apart = (int)x[p * dims + i] - (int)words[c * dims + i];
                sum += apart * apart;
            }
            if (sum < least) {
                least = sum;
                at = c;
            }
        }
        best[p] = at;
    }
}
)";

std::string replaced(const std::string& text, const std::string& from, const std::string& to)
{
    auto result = QString::fromStdString(text);
    if (!result.contains(QString::fromStdString(from)))
        qFatal("no '%s'", from.c_str());
    return result.replace(QString::fromStdString(from), QString::fromStdString(to)).toStdString();
}

std::vector<MoveProposal> tiled(const std::string& source, const std::vector<BufferFact>& buffers = {})
{
    auto made = proposals(source, "tile-loop", buffers);
    for (const auto& one : made)
        if (const auto error = errorOf(one.source); !error.empty())
            qFatal("%s\n%s", error.c_str(), one.source.c_str());
    return made;
}

const std::vector<BufferFact> kChargeBuffers = {
    {"at", "f32", "in", {"n", "3"}}, {"charge", "f32", "in", {"n"}}, {"out", "f32", "out", {"n"}}};

}  // namespace

class TestTileLoop : public QObject {
    Q_OBJECT

private slots:
    void allPairs()
    {
        const auto made = tiled(kCharges);
        QCOMPARE(made.size(), std::size_t{1});
        // What an iteration reads lies together: one load of 16 bytes.
        VERIFY_CONTAINS(made[0].source, "struct __align__(16) Element {");
        VERIFY_CONTAINS(made[0].source, "ceil_div(n, BLOCK * ITEMS)");
        VERIFY_CONTAINS(made[0].source, "sum[item] += element.charge * rsqrtf(");
        COMPARE_GOLDEN("tile-loop-charges", made[0].source);
    }

    void vectorsAgainstVectors()
    {
        const auto made = tiled(kNearest);
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "int sum[ITEMS][WORDS];");
        VERIFY_CONTAINS(made[0].source, "if (sum[item][word] < least[item])");
        COMPARE_GOLDEN("tile-loop-nearest", made[0].source);
    }

    void notTwice()
    {
        for (const auto& source : {kCharges, kNearest})
            QVERIFY(tiled(tiled(source).at(0).source).empty());
    }

    /// Other elements than the own one: the last is loaded by nobody where there is one alone, but the array has it.
    void othersOnly()
    {
        const auto source = replaced(replaced(kCharges, "        float dx", "        if (j != i) {\n        float dx"),
                                     "+ soft);\n", "+ soft);\n        }\n");
        const auto made = tiled(source, kChargeBuffers);
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, "if (j != i) {");
        VERIFY_CONTAINS(made[0].source, "tile[j_at].charge = charge[j];");
        QVERIFY(tiled(source).empty());
        auto shorter = kChargeBuffers;
        shorter[1].shape = {"m"};
        QVERIFY(tiled(source, shorter).empty());
    }

    void otherwiseWritten_data()
    {
        QTest::addColumn<QString>("source");
        QTest::addColumn<QString>("expected");
        const auto row = [](const char* name, const std::string& source, const char* expected) {
            QTest::newRow(name) << QString::fromStdString(source) << expected;
        };
        row("one array",
            replaced(replaced(kCharges, "charge[j] * rsqrtf(", "rsqrtf("), "Place { float x, y, z; }",
                     "Place { float x, y, z, w; }"),
            "__shared__ Place tile[TILE];");
        row("a layer a block",
            replaced(replaced(replaced(kCharges, "at[j]", "at[blockIdx.y * n + j]"), "ceil_div(n, 128)",
                              "dim3(ceil_div(n, 128), 4)"),
                     "own = at[i]", "own = at[blockIdx.y * n + i]"),
            "tile[j_at].at = at[blockIdx.y * n + j];");
        row("three words apart",
            replaced(
                replaced(replaced(replaced(replaced(kCharges, "at[j].x", "xyz[3 * j]"), "at[j].y", "xyz[3 * j + 1]"),
                                  "at[j].z", "xyz[3 * j + 2]"),
                         "const float* charge,", "const float* charge, const float* xyz,"),
                "(at, charge,", "(at, charge, xyz,"),
            "tile[j_at].xyz_3 = xyz[3 * j + 2];");
        row("from the second on", replaced(kCharges, "int j = 0;", "int j = 1;"), "for (int j_tile = 1; j_tile < n;");
        row("something for all",
            replaced(kCharges, "    float sum = 0.0f;", "    const float all = soft * soft;\n    float sum = all;"),
            "sum[item] = all;");
        row("what the finish reads", replaced(kNearest, "if (sum < least)", "if (sum + c < least)"),
            "if (sum[item][word] + c < least[item])");
    }
    void otherwiseWritten()
    {
        QFETCH(QString, source);
        QFETCH(QString, expected);
        const auto made = tiled(source.toStdString());
        QCOMPARE(made.size(), std::size_t{1});
        VERIFY_CONTAINS(made[0].source, expected.toStdString());
    }

    void leftAlone_data()
    {
        QTest::addColumn<QString>("source");
        const auto row = [](const char* name, const std::string& source) {
            QTest::newRow(name) << QString::fromStdString(source);
        };
        row("an element of the thread's own", replaced(kCharges, "charge[j]", "charge[j * n + i]"));
        row("as far as the thread", replaced(kCharges, "j < n", "j < i"));
        row("from the thread on", replaced(kCharges, "int j = 0", "int j = i"));
        row("left early", replaced(kCharges, "        sum +=", "        if (dx > soft) break;\n        sum +="));
        row("results that are read", replaced(kCharges, "charge[j]", "charge[j] * out[j]"));
        row("one buffer for both", replaced(kCharges, "(at, charge, out,", "(at, out, out,"));
        row("stored on the way", replaced(kCharges, "        sum +=", "        out[i] = dx;\n        sum +="));
        row("stored for others", replaced(kCharges, "        sum +=", "        out[j] = dx;\n        sum +="));
        row("threads that meet", replaced(kCharges, "    float sum", "    __syncthreads();\n    float sum"));
        row("a place that data says",
            replaced(replaced(kCharges, "charge[j]", "charge[order[j]]"), "const float* charge,",
                     "const float* charge, const int* order,"));
        row("an array that is filled",
            replaced(replaced(kCharges, "    float sum = 0.0f;", "    float last[2] = {};\n    float sum = 0.0f;"),
                     "        sum +=", "        last[j % 2] = dx;\n        sum += last[0] +"));
        row("a few elements", replaced(kCharges, "j < n", "j < 8"));
        row("a bound that changes", replaced(kCharges, "    float sum", "    n -= 1;\n    float sum"));
        row("elements that may not exist",
            replaced(kCharges, "        sum += charge[j] *", "        if (dx > 0)\n            sum += charge[j] *"));
        row("a sum over all words",
            replaced(replaced(kNearest, "            int sum = 0;\n", ""), "int at = -1;",
                     "int at = -1;\n        int sum = 0;"));
        row("an early end", replaced(kNearest, "i < dims", "i < dims && sum < least"));
        row("as long as the word says", replaced(kNearest, "i < dims", "i < c"));
        row("steps that know the best", replaced(kNearest, "sum += apart * apart", "sum += apart * least"));
        row("steps that know the word", replaced(kNearest, "sum += apart * apart", "sum += apart * c"));
        row("words of the thread's own", replaced(kNearest, "words[c * dims + i]", "words[(c + p) * dims + i]"));
        row("stored for each word", replaced(kNearest, "                at = c;", "                best[p] = c;"));
        row("two at once", replaced(kNearest, "c++", "c += 2"));
    }
    void leftAlone()
    {
        QFETCH(QString, source);
        QVERIFY(tiled(source.toStdString()).empty());
    }
};

QTEST_GUILESS_MAIN(TestTileLoop)
#include "tst_TileLoop.moc"
