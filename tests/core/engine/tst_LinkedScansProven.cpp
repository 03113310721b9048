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
};

std::string kernelText(const RowLoopText& row, const std::string& parameters)
{
    return "// warploom: launch along<<<ceil_div(rows, 64), 64>>>(x, w, y, z, total, rows, cols)\n"
           "extern \"C\" __global__ void along("
        + parameters
        + ")\n{\n    int row = blockIdx.x * blockDim.x + threadIdx.x;\n    if (row >= rows)\n        return;\n"
          "    const int at = row * cols;\n    "
        + row.before + "\n    for (int c = 0; c < cols; ++c) {\n" + row.loop + "\n    }\n    " + row.after + "\n}\n";
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
};

QTEST_GUILESS_MAIN(tst_LinkedScansProven)
#include "tst_LinkedScansProven.moc"
