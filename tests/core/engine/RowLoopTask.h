// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ProvenMoves.h"

#include <fstream>
#include <regex>

#include <QTemporaryDir>

namespace warploom::test {

/// What one thread does with a row.
struct RowLoopText {
    std::string before;
    std::string loop;
    std::string after;
    bool isBackwards = false;
    int first = 0;  ///< round, forwards
};

inline std::string kernelText(const RowLoopText& row, const std::string& parameters)
{
    return "// warploom: launch along<<<ceil_div(rows, 64), 64>>>(x, w, y, z, total, rows, cols)\n"
           "extern \"C\" __global__ void along("
        + parameters
        + ")\n{\n    int row = blockIdx.x * blockDim.x + threadIdx.x;\n    if (row >= rows)\n        return;\n"
          "    const int at = row * cols;\n    "
        + row.before
        + (row.isBackwards ? std::string("\n    for (int c = cols - 1; c >= 0; --c) {\n")
                           : "\n    for (int c = " + std::to_string(row.first) + "; c < cols; ++c) {\n")
        + row.loop + "\n    }\n    " + row.after + "\n}\n";
}

/// The same in double precision.
inline std::string referenceText(const RowLoopText& row)
{
    const auto text = kernelText(row, "PARAMETERS");
    const auto wide = std::regex_replace(std::regex_replace(text, std::regex("\\bfloat\\b"), "double"),
                                         std::regex("\\bf(max|min)f\\b"), "f$1");
    return std::regex_replace(wide, std::regex("PARAMETERS"),
                              "const float* x, const float* w, double* y, double* z, double* total, long long rows, "
                              "long long cols");
}

inline std::string bufferText(const std::string& name, const std::string& shape, const std::string& role)
{
    return "[[buffer]]\nname = \"" + name + "\"\ntype = \"f32\"\nshape = [" + shape + "]\n" + role + "\n";
}

inline std::string taskText()
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
inline std::string objectionToRow(const RowLoopText& row, const std::string& move)
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

}  // namespace warploom::test
