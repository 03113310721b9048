// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "BenchKernels.h"

#include <algorithm>

#include <fmt/format.h>

#include "task/TaskLibrary.h"
#include "task/TaskLoader.h"

namespace warploom::test {

namespace {

constexpr const char* kChainReference = R"(// warploom: launch chain<<<ceil_div(n, 256), 256>>>(x, y, n)
extern "C" __global__ void chain(const float* x, double* y, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        y[i] = x[i];
}
)";

constexpr const char* kChainTask = R"toml(format = 1
name = "bench_chain"
title = "Chain"
summary = "y = x, the long way"
baseline = "baseline.cu"
reference = "reference.cu"

[[buffer]]
name = "x"
type = "f32"
shape = ["n"]
role = "in"
fill = "uniform(1, 2)"

[[buffer]]
name = "y"
type = "f32"
shape = ["n"]
role = "out"

[[scalar]]
name = "one"
type = "f32"
value = 1.0

[[scalar]]
name = "zero"
type = "f32"
value = 0.0

[[size]]
name = "bench"
n = {}
use = ["time", "verify"]

[verify]
rtol = 1e-6
atol = 1e-9
)toml";

}  // namespace

const std::vector<ScaledTask>& scaledTasks()
{
    static const std::vector<ScaledTask> tasks{
        {"vector_add", "n", "", 1024, 1 << 30, 12},
        {"transpose", "rows", "cols = 4096\n", 32, 32768, 8 * 4096},
        {"reduce_sum", "n", "", 4096, 1 << 30, 4},
        {"softmax", "rows", "cols = 2048\n", 8, 65536, 8 * 2048},
        {"layernorm", "rows", "cols = 2048\n", 8, 1 << 20, 8 * 2048},
        {"histogram", "n", "", 4096, 1 << 30, 4},
    };
    return tasks;
}

Result<Task> scaledTask(const ScaledTask& scaled, std::int64_t scale)
{
    WARPLOOM_TRY(const auto folder, taskLibraryFolder());
    WARPLOOM_TRY(const Task task, loadTask(folder / scaled.name));
    auto files = task.files();
    files["task.toml"] +=
        fmt::format("\n[[size]]\nname = \"bench\"\n{} = {}\n{}use = [\"time\"]\n", scaled.grows,
                    std::clamp(scale / scaled.step * scaled.step, scaled.step, scaled.most), scaled.others);
    return taskFromFiles(files);
}

Result<Task> chainTask(std::uint64_t threads)
{
    return taskFromFiles({{"task.toml", fmt::format(fmt::runtime(kChainTask), threads)},
                          {"baseline.cu", chainSource(100)},
                          {"reference.cu", kChainReference}});
}

std::string chainSource(std::int64_t length)
{
    return fmt::format(R"(// warploom: launch chain<<<ceil_div(n, 256), 256>>>(x, y, one, zero, n)
extern "C" __global__ void chain(const float* x, float* y, float one, float zero, int n)
{{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n)
        return;
    float value = x[i];
#pragma unroll 4
    for (int k = 0; k < {}; ++k)
        value = fmaf(value, one, zero);
    y[i] = value;
}}
)",
                       length);
}

}  // namespace warploom::test
