// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ProvenMoves.h"

#include <fstream>
#include <regex>

#include <QTemporaryDir>

using namespace warploom;
using namespace warploom::test;

namespace {

/// What one thread does with a row.
struct RowLoopText {
    std::string before;
    std::string loop;
    std::string after;
    bool isBackwards = false;
};

std::string kernelText(const RowLoopText& row, const std::string& parameters)
{
    return "// warploom: launch along<<<ceil_div(rows, 64), 64>>>(x, w, y, z, total, rows, cols)\n"
           "extern \"C\" __global__ void along("
        + parameters
        + ")\n{\n    int row = blockIdx.x * blockDim.x + threadIdx.x;\n    if (row >= rows)\n        return;\n"
          "    const int at = row * cols;\n    "
        + row.before
        + (row.isBackwards ? "\n    for (int c = cols - 1; c >= 0; --c) {\n"
                           : "\n    for (int c = 0; c < cols; ++c) {\n")
        + row.loop + "\n    }\n    " + row.after + "\n}\n";
}

/// The same in double precision.
std::string referenceText(const RowLoopText& row)
{
    const auto text = kernelText(row, "PARAMETERS");
    const auto wide = std::regex_replace(std::regex_replace(text, std::regex("\\bfloat\\b"), "double"),
                                         std::regex("\\bf(max|min)f\\b"), "f$1");
    return std::regex_replace(wide, std::regex("PARAMETERS"),
                              "const float* x, const float* w, double* y, double* z, double* total, long long rows, "
                              "long long cols");
}

std::string bufferText(const std::string& name, const std::string& shape, const std::string& role)
{
    return "[[buffer]]\nname = \"" + name + "\"\ntype = \"f32\"\nshape = [" + shape + "]\n" + role + "\n";
}

std::string taskText()
{
    const std::string area = "\"rows\", \"cols\"";
    return "format = 1\nname = \"along\"\ntitle = \"Along\"\nsummary = \"rows\"\ntags = [\"scan\"]\n"
           "baseline = \"baseline.cu\"\nreference = \"reference.cu\"\n"
        + bufferText("x", area, "role = \"in\"\nfill = \"uniform(-1, 1)\"")
        + bufferText("w", "\"cols\"", "role = \"in\"\nfill = \"uniform(0.9, 1.1)\"")
        + bufferText("y", area, "role = \"inout\"\nfill = \"uniform(-1, 1)\"") + bufferText("z", area, "role = \"out\"")
        + bufferText("total", "\"rows\"", "role = \"out\"")
        + "[[size]]\nname = \"large\"\nrows = 4096\ncols = 4096\nuse = [\"time\", \"verify\"]\n"
          // More than one tile of a block; rows that begin anywhere, one lane short of a tile of a warp.
          "[[size]]\nname = \"emulator\"\nrows = 2\ncols = 1100\nuse = [\"emulator\"]\n"
          "[[size]]\nname = \"emulator_ragged\"\nrows = 3\ncols = 253\nuse = [\"emulator\"]\n"
          "[verify]\nrtol = 2e-4\natol = 2e-3\n"
          "[work]\nreads = \"8 * rows * cols\"\nwrites = \"8 * rows * cols\"\nflops = \"rows * cols\"\n";
}

/// Why what scan-row makes of \p row, by blocks or by warps, is not right on the emulator; empty where it is.
std::string objectionToRow(const RowLoopText& row, const std::string& move)
{
    const QTemporaryDir folder;
    const auto write = [&](const char* name, const std::string& text) {
        std::ofstream(folder.filePath(name).toStdString(), std::ios::binary) << text;
    };
    write("baseline.cu",
          kernelText(row,
                     "const float* x, const float* w, float* y, float* z, float* total, int rows, "
                     "int cols"));
    write("reference.cu", referenceText(row));
    write("task.toml", taskText());
    const auto task = loadTask(folder.path().toStdString());
    if (!task)
        return task.error().toString();
    const auto source = madeBy(*task, {move});
    return source ? objectionToSource(*task, *source) : source.error().toString();
}

}  // namespace

/// Scans of several variables in one loop, as blocks and warps take them.
class tst_LinkedScansProven : public QObject {
    Q_OBJECT

private slots:
    void madeKernelsAreRight_data()
    {
        QTest::addColumn<std::string>("before");
        QTest::addColumn<std::string>("loop");
        QTest::addColumn<std::string>("after");
        const auto add = [](const char* name, const std::string& before, const std::string& loop,
                            const std::string& after) { QTest::newRow(name) << before << loop << after; };
        const std::string both = "float sum = 0.0f; float peak = -1e30f;";
        add("largest of a sum", both,
            "sum += x[at + c]; peak = fmaxf(peak, sum); float d = peak - sum; if (d > most) most = d; z[at + c] = d + "
            "sum;",
            "total[row] = most + sum;");
        add("before and after an update", both,
            "peak = fmaxf(peak, sum); const float was = sum; sum += x[at + c]; z[at + c] = peak + was * 0.5f + sum;",
            "total[row] = peak;");
        add("sum of the largest", both,
            "peak = x[at + c] > peak ? x[at + c] : peak; sum += peak * w[c]; z[at + c] = sum;", "total[row] = sum;");
        add("three levels", both + " float twice = 0;",
            "sum += x[at + c]; twice += sum * 0.01f; peak = fmaxf(peak, twice); z[at + c] = peak + twice;",
            "total[row] = twice;");
        add("side by side", both + " float least = 1e30f;",
            "const float v = x[at + c]; sum += v; peak = fmaxf(peak, v); least = fminf(least, v); z[at + c] = sum + "
            "peak "
            "* least;",
            "total[row] = sum;");
        add("nothing but totals of scans", both, "sum += x[at + c]; peak = fmaxf(peak, sum); z[at + c] = 1;",
            "total[row] = peak;");
        add("in place", both,
            "sum += y[at + c]; peak = fmaxf(peak, sum); y[at + c] += sum - 0.5f * peak; z[at + c] = "
            "peak + sum;",
            "total[row] = sum;");
        add("conditions", both + " int count = 0;",
            "if (x[at + c] > 0.25f) sum += x[at + c]; if (sum > 1.0f) ++count; z[at + c] = sum + 0.01f * count;",
            "total[row] = count;");
        add("products and differences", "float left = 1.0f; float off = 0.0f; float all = 0.0f;",
            "left *= w[c]; off -= x[at + c]; all += left * off * 0.01f; z[at + c] = left + off;", "total[row] = all;");
        add("neighbours that are read only", both,
            "sum += c > 0 ? x[at + c - 1] : 0.25f; peak = fmaxf(peak, sum + w[cols - 1 - c]); z[at + c] = peak + sum;",
            "total[row] = peak;");
        add("one sum, by way of a local", "float sum = 0.0f;",
            "sum += x[at + c]; const float d = sum * 0.5f; z[at + c] = d + 1.0f;", "total[row] = sum;");
    }
    void madeKernelsAreRight()
    {
        QFETCH(std::string, before);
        QFETCH(std::string, loop);
        QFETCH(std::string, after);
        for (const std::string move : {"scan-row", "scan-row#1"}) {
            const auto objection = objectionToRow({"float most = 0.0f; " + before, loop, after}, move);
            QVERIFY2(objection.empty(), (move + ": " + objection).c_str());
        }
    }

    /// What is kept of a value, and what is added to it; from both ends.
    void recurrencesAreRight_data()
    {
        QTest::addColumn<std::string>("before");
        QTest::addColumn<std::string>("loop");
        QTest::addColumn<std::string>("after");
        const auto add = [](const char* name, const std::string& before, const std::string& loop,
                            const std::string& after) { QTest::newRow(name) << before << loop << after; };
        add("average", "float ema = x[at];", "ema += 0.2f * (x[at + c] - ema); z[at + c] = ema;", "total[row] = ema;");
        add("filter", "float state = 0.0f;",
            "const float a = 0.6f * w[c]; state = a * state + x[at + c]; z[at + c] = state + 0.5f * x[at + c];",
            "total[row] = state;");
        add("episodes", "float run = 0.0f;",
            "if (x[at + c] > 0.9f) run = 0.0f; run = 0.95f * run + w[c] * x[at + c]; z[at + c] = run;",
            "total[row] = run;");
        add("sum of segments", "float run = 0.0f;", "if (w[c] > 1.05f) run = 0.25f; run += x[at + c]; z[at + c] = run;",
            "total[row] = run;");
        add("advantage", "float gae = 0.0f; float next = 0.5f;",
            "const float live = x[at + c] > 0.8f ? 0.0f : 1.0f; const float delta = y[at + c] + 0.99f * next * live - "
            "x[at + c]; gae = delta + 0.9405f * live * gae; z[at + c] = gae; y[at + c] = gae + x[at + c]; next = x[at "
            "+ "
            "c];",
            "total[row] = gae;");
        add("one of another", "float fast = 0.0f; float slow = 0.0f;",
            "fast = 0.5f * fast + x[at + c]; slow = fmaf(slow, 0.9f, 0.1f * fast); z[at + c] = fast - slow;",
            "total[row] = slow;");
        add("largest of an average", "float mean = 0.0f; float peak = -1e30f;",
            "mean = 0.9f * mean + 0.1f * x[at + c]; peak = fmaxf(peak, mean); z[at + c] = peak - mean;",
            "total[row] = peak;");
        add("stored and read", "float kept = 0.0f; float last = 0.25f;",
            "kept = 0.5f * kept + x[at + c]; y[at + c] = kept * w[c]; z[at + c] = last - kept; last = y[at + c];",
            "total[row] = kept;");
        add("only the last counts", "float value = 0.0f;", "value = value * 0.7f + x[at + c]; z[at + c] = 1.0f;",
            "total[row] = value;");
        add("in double", "double value = 0.0;", "value = value * 0.7 + x[at + c]; z[at + c] = value;",
            "total[row] = value;");
    }
    void recurrencesAreRight()
    {
        QFETCH(std::string, before);
        QFETCH(std::string, loop);
        QFETCH(std::string, after);
        // Blocks from the beginning, warps from the end: the other pairs differ in nothing that these do not have.
        for (const bool isBackwards : {false, true}) {
            const std::string move = isBackwards ? "scan-row#1" : "scan-row";
            const auto objection = objectionToRow({before, loop, after, isBackwards}, move);
            QVERIFY2(objection.empty(), (move + (isBackwards ? " from the end: " : ": ") + objection).c_str());
        }
    }

    void targetsAreRight()
    {
        for (const std::string move : {"scan-row", "scan-row#1"}) {
            const auto objection = objectionToMade("../tests/bench/agent/unseen/vtrace_targets", {move});
            QVERIFY2(objection.empty(), (move + ": " + objection).c_str());
        }
    }
};

QTEST_GUILESS_MAIN(tst_LinkedScansProven)
#include "tst_LinkedScansProven.moc"
