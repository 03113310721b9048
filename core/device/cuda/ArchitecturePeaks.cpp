// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/cuda/ArchitecturePeaks.h"

#include <array>

#include <fmt/format.h>

namespace warploom {

namespace {

struct Row {
    int capability;  ///< major × 10 + minor
    ArchitecturePeaks peaks;
};

/// NVIDIA's architecture white papers and the published figures of one card each (RTX 3090, RTX 4090, H100, B200, …)
/// divided by multiprocessors and boost clock.
constexpr std::array kRows{
    Row{50, {256, 8, 0, 0}},         Row{52, {256, 8, 0, 0}},         Row{53, {256, 8, 0, 0}},
    Row{60, {128, 64, 0, 0}},        Row{61, {256, 8, 0, 0}},         Row{62, {256, 8, 0, 0}},
    Row{70, {128, 64, 1024, 0}},     Row{72, {128, 64, 1024, 0}},     Row{75, {128, 4, 1024, 0}},
    Row{80, {128, 128, 2048, 1024}}, Row{86, {256, 4, 1024, 256}},    Row{87, {256, 4, 2048, 0}},
    Row{89, {256, 4, 1024, 256}},    Row{90, {256, 256, 4096, 2048}}, Row{100, {256, 128, 8192, 4096}},
    Row{103, {256, 0, 8192, 4096}},  Row{120, {256, 4, 1024, 256}},   Row{121, {256, 4, 1024, 256}},
};

}  // namespace

ArchitecturePeaks peaksOf(int major, int minor)
{
    for (const Row& row : kRows) {
        if (row.capability == major * 10 + minor)
            return row.peaks;
    }
    return {};
}

std::string architectureName(int major, int minor) { return fmt::format("sm_{}{}", major, minor); }

double dramBytesPerSecond(double memoryClockKhz, double busBits) { return memoryClockKhz * 1e3 * busBits / 8 * 2; }

}  // namespace warploom
