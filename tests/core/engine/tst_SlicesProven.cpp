// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <regex>

#include "ProvenMoves.h"

using namespace warploom;
using namespace warploom::test;

namespace {

const char* const kHead = R"toml(format    = 1
name      = "added"
title     = "Arrays that are added to"
summary   = "as the baseline"
tags      = ["histogram"]
baseline  = "baseline.cu"
reference = "reference.cu"

[[buffer]]
name = "bins"
type = "u8"
shape = ["rows", "features"]
role = "in"
fill = "integers(0, 61)"

[[buffer]]
name = "leaf"
type = "i16"
shape = ["rows"]
role = "in"
fill = "integers(-1, leaves)"

[[buffer]]
name = "sums"
type = "SUMS"
shape = ["leaves", "features", "61"]
role = "out"

[[buffer]]
name = "counts"
type = "i32"
shape = ["leaves", "2"]
role = "out"

[[size]]
name = "timed"
rows = 3000000
features = 40
leaves = 99
use = ["time"]

[[size]]
name = "emulator"
rows = 700
features = 9
leaves = 3
use = ["emulator"]

[[size]]
name = "one"
rows = 1
features = 1
leaves = 1
use = ["verify", "emulator"]

[verify]
rtol = 0
atol = 0

[domain]
sizes = { rows = [1, 4194304], features = [1, 64], leaves = [1, 128] }

[work]
reads  = "rows * features"
writes = "4 * leaves"
flops  = "rows * features"
)toml";

/// One step of the task: what is added for a row.
const char* const kKernel = R"(// warploom: zero sums
// warploom: zero counts
// warploom: launch added<<<ceil_div(rows, 64), 64>>>(bins, leaf, sums, counts, rows, features, leaves)
extern "C" __global__ void added(const unsigned char* bins, const short* leaf, SUM* sums, int* counts, int n,
                                 int features, int leaves)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n)
        return;
    int l = leaf[i];
    if (l < 0)
        return;
BODY}
)";

const char* const kBoth = R"(    for (int f = 0; f < features; ++f)
        atomicAdd(sums + (l * features + f) * 61 + bins[i * features + f], SUM(f + 1));
    atomicAdd(&counts[2 * l], 1);
    int* second = counts + 2 * l;
    ++second;
    if (i % 3 == 0)
        atomicAdd(second, i);
)";

const char* const kOnlySums = R"(    SUM* at = sums + l * features * 61;
    int weight = 3;
    for (int f = 0; f < features; ++f) {
        atomicAdd(&at[bins[i * features + f]], SUM(weight));
        weight += 2;
        at += 61;
    }
)";

const char* const kTwice = R"(    for (int f = 0; f < features; ++f)
        atomicAdd(&sums[(l * features + f) * 61 + bins[i * features + f]], SUM(j + 1));
)";

/// As the leaves of the array are as many as there are rounds.
const char* const kFirst = R"(    for (int f = 0; f < leaves; ++f)
        atomicAdd(sums + f * 61 * features + (l + f) % features * 61 + bins[i * features], SUM(f + i));
)";

/// The loop does not go along the axis that is as long: most additions are another part's.
const char* const kShuffled = R"(    for (int f = 0; f < features; ++f) {
        if (bins[i * features + f] % 8 == 3)
            continue;
        atomicAdd(sums + (l * features + (7 * f + i) % features) * 61 + bins[i * features + f], SUM(f + 1));
    }
)";

Result<Task> addedTask(const TemporaryFolder& folder, const std::string& type, const std::string& body)
{
    const std::string sum = type == "i32" ? "int" : type == "u64" ? "unsigned long long" : "float";
    const auto kernel = replacedAll(replacedAll(kKernel, "BODY", body), "SUM(", "(" + sum + ")(");
    folder.write("task.toml", replacedAll(kHead, "SUMS", type));
    folder.write("baseline.cu", replacedAll(kernel, "SUM*", sum + "*"));
    // The reference of floats computes in double.
    const std::string wide = type == "f32" ? "double" : sum;
    folder.write(
        "reference.cu",
        replacedAll(replacedAll(replacedAll(kKernel, "BODY", body), "SUM(", "(" + wide + ")("), "SUM*", wide + "*"));
    return loadTask(folder.path());
}

/// \p source with \p slice elements a slice, of few and small blocks.
std::string withSlices(const std::string& source, int slice)
{
    const auto small =
        std::regex_replace(source, std::regex("tune SLICE = [0-9 ]+"), "tune SLICE = " + std::to_string(slice));
    return std::regex_replace(std::regex_replace(small, std::regex("tune BLOCKS = [0-9 ]+"), "tune BLOCKS = 5"),
                              std::regex("tune BLOCK = [0-9 ]+"), "tune BLOCK = 64");
}

}  // namespace

/// What slice-histogram makes is right on the emulator, whatever slices and extents are.
class tst_SlicesProven : public QObject {
    Q_OBJECT

private slots:
    void areRight_data()
    {
        QTest::addColumn<std::string>("type");
        QTest::addColumn<std::string>("body");
        QTest::addColumn<std::string>("move");
        QTest::addColumn<int>("slice");
        const auto add = [](const char* name, const std::string& type, const char* body, const char* move, int slice) {
            QTest::newRow((std::string(name) + ", " + type + ", " + move + ", " + std::to_string(slice)).c_str())
                << type << std::string(body) << std::string(move) << slice;
        };
        // 1647 sums, 6 counts.
        add("two arrays", "i32", kBoth, "slice-histogram", 0);
        add("two arrays", "u64", kBoth, "slice-histogram", 200);
        add("two arrays", "f32", kBoth, "slice-histogram", 1647);
        add("one array", "i32", kOnlySums, "slice-histogram#1", 549);
        add("one array", "u64", kOnlySums, "slice-histogram#1", 1000);
        add("one array", "i32", kOnlySums, "slice-histogram", 0);
        add("one array", "i32", kOnlySums, "slice-histogram", 400);
        add("one array", "u64", kOnlySums, "slice-histogram", 550);
        // Less than one round needs.
        add("one array", "i32", kOnlySums, "slice-histogram", 100);
        add("another axis", "i32", kShuffled, "slice-histogram", 400);
    }
    void areRight()
    {
        QFETCH(std::string, type);
        QFETCH(std::string, body);
        QFETCH(std::string, move);
        QFETCH(int, slice);
        const TemporaryFolder folder;
        const auto task = addedTask(folder, type, body);
        QVERIFY_RESULT(task);
        const auto source = madeBy(*task, {move});
        QVERIFY_RESULT(source);
        const std::string objection = objectionToSource(*task, slice == 0 ? *source : withSlices(*source, slice));
        QVERIFY2(objection.empty(), objection.c_str());
    }

    /// The axis that the loop goes along is the first.
    void firstAxisIsRight_data()
    {
        QTest::addColumn<int>("slice");
        for (const int slice : {0, 400, 100})
            QTest::addRow("%d", slice) << slice;
    }
    void firstAxisIsRight()
    {
        QFETCH(int, slice);
        const TemporaryFolder folder;
        auto task = addedTask(folder, "i32", kFirst);
        QVERIFY_RESULT(task);
        const auto source = madeBy(*task, {"slice-histogram"});
        QVERIFY_RESULT(source);
        QVERIFY2(source->find("addToPart(sums") != std::string::npos, source->c_str());
        QVERIFY2(source->find("__umulhi") == std::string::npos, source->c_str());
        const std::string objection = objectionToSource(*task, slice == 0 ? *source : withSlices(*source, slice));
        QVERIFY2(objection.empty(), objection.c_str());
    }

    /// Threads in two directions.
    void rowsAndColumnsAreRight_data()
    {
        QTest::addColumn<std::string>("move");
        QTest::newRow("parts") << std::string("slice-histogram");
        QTest::newRow("runs") << std::string("slice-histogram#1");
    }
    void rowsAndColumnsAreRight()
    {
        QFETCH(std::string, move);
        const TemporaryFolder folder;
        auto task = addedTask(folder, "i32", kTwice);
        QVERIFY_RESULT(task);
        for (auto* source : {&task->baselineSource, &task->referenceSource}) {
            *source =
                replacedAll(*source, "<<<ceil_div(rows, 64), 64>>>", "<<<dim3(ceil_div(rows, 16), 2), dim3(16, 2)>>>");
            *source = replacedAll(*source, "    if (i >= n)",
                                  "    int j = blockIdx.y * blockDim.y + threadIdx.y;\n    if (i >= n || j >= 3)");
        }
        const auto source = madeBy(*task, {move});
        QVERIFY_RESULT(source);
        const std::string objection = objectionToSource(*task, withSlices(*source, 500));
        QVERIFY2(objection.empty(), objection.c_str());
    }

    /// The task that it was made for, the helper function written out.
    void levelOfATreeIsRight_data()
    {
        QTest::addColumn<std::string>("move");
        QTest::addColumn<int>("slice");
        QTest::newRow("parts") << std::string("slice-histogram") << 0;
        QTest::newRow("parts, several") << std::string("slice-histogram") << 4000;
        QTest::newRow("runs") << std::string("slice-histogram#1") << 0;
        QTest::newRow("runs, several") << std::string("slice-histogram#1") << 1000;
    }
    void levelOfATreeIsRight()
    {
        QFETCH(std::string, move);
        QFETCH(int, slice);
        auto task = loadTask(sourceFolder() / "tests/bench/agent/unseen/gbdt_level_hist");
        QVERIFY_RESULT(task);
        task->baselineSource = replacedAll(task->baselineSource, "add_to_entry(feature_hist + row_bins[f], g, h);",
                                           "HistEntry* entry = feature_hist + row_bins[f];\n"
                                           "        atomicAdd(&entry->sum_grad, g);\n"
                                           "        atomicAdd(&entry->sum_hess, h);");
        const auto source = madeBy(*task, {move});
        QVERIFY_RESULT(source);
        const std::string objection = objectionToSource(*task, slice == 0 ? *source : withSlices(*source, slice));
        QVERIFY2(objection.empty(), objection.c_str());
    }
};

QTEST_GUILESS_MAIN(tst_SlicesProven)
#include "tst_SlicesProven.moc"
