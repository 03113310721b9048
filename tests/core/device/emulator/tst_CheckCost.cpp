// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <chrono>

#include "CheckedBench.h"

using namespace warploom;
using namespace warploom::test;

namespace {

const char* const kKernels = R"(
extern "C" __global__ void sgemm(const float* a, const float* b, float* c, int n)
{
    __shared__ float ta[16][16], tb[16][16];
    int col = blockIdx.x * 16 + threadIdx.x, row = blockIdx.y * 16 + threadIdx.y;
    float sum = 0;
    for (int p = 0; p < n; p += 16) {
        ta[threadIdx.y][threadIdx.x] = a[row * n + p + threadIdx.x];
        tb[threadIdx.y][threadIdx.x] = b[(p + threadIdx.y) * n + col];
        __syncthreads();
        for (int k = 0; k < 16; ++k) sum += ta[threadIdx.y][k] * tb[k][threadIdx.x];
        __syncthreads();
    }
    c[row * n + col] = sum;
}
extern "C" __global__ void registers(const float* a, const float* b, float* c, int n)
{
    __shared__ float ta[16][65], tb[16][64];
    int tx = threadIdx.x, ty = threadIdx.y, t = ty * 16 + tx;
    float sum[4][4] = {};
    for (int p = 0; p < n; p += 16) {
        for (int i = t; i < 1024; i += 256) {
            ta[i % 16][i / 16] = a[(blockIdx.y * 64 + i / 16) * n + p + i % 16];
            tb[i / 64][i % 64] = b[(p + i / 64) * n + blockIdx.x * 64 + i % 64];
        }
        __syncthreads();
        for (int k = 0; k < 16; ++k) {
            float x[4], y[4];
            for (int i = 0; i < 4; ++i) { x[i] = ta[k][ty * 4 + i]; y[i] = tb[k][tx + 16 * i]; }
            for (int i = 0; i < 4; ++i) for (int j = 0; j < 4; ++j) sum[i][j] += x[i] * y[j];
        }
        __syncthreads();
    }
    for (int i = 0; i < 4; ++i) for (int j = 0; j < 4; ++j)
        c[(blockIdx.y * 64 + ty * 4 + i) * n + blockIdx.x * 64 + tx + 16 * j] = sum[i][j];
}
extern "C" __global__ void reduce(const float* x, const float*, float* y, int n)
{
    __shared__ float warps[8];
    float sum = 0;
    for (int i = blockIdx.x * 256 + threadIdx.x; i < n; i += gridDim.x * 256) sum += x[i];
    for (int d = 16; d > 0; d /= 2) sum += __shfl_down_sync(~0u, sum, d);
    if (threadIdx.x % 32 == 0) warps[threadIdx.x / 32] = sum;
    __syncthreads();
    if (threadIdx.x < 8) {
        sum = warps[threadIdx.x];
        for (int d = 4; d > 0; d /= 2) sum += __shfl_down_sync(0xffu, sum, d);
        if (threadIdx.x == 0) atomicAdd(y, sum);
    }
}
extern "C" __global__ void tree(const float* x, const float*, float* y, int n)
{
    __shared__ float t[256];
    int i = blockIdx.x * 256 + threadIdx.x;
    t[threadIdx.x] = i < n ? x[i] : 0;
    for (int half = 128; half > 0; half /= 2) {
        __syncthreads();
        if (threadIdx.x < half) t[threadIdx.x] += t[threadIdx.x + half];
    }
    if (threadIdx.x == 0) atomicAdd(y, t[0]);
}
extern "C" __global__ void softmax(const float* x, const float*, float* y, int cols)
{
    __shared__ float warps[8];
    const float* in = x + blockIdx.x * cols;
    float top = -1e30f, sum = 0;
    for (int c = threadIdx.x; c < cols; c += 256) top = fmaxf(top, in[c]);
    for (int d = 16; d > 0; d /= 2) top = fmaxf(top, __shfl_xor_sync(~0u, top, d));
    if (threadIdx.x % 32 == 0) warps[threadIdx.x / 32] = top;
    __syncthreads();
    for (int w = 0; w < 8; ++w) top = fmaxf(top, warps[w]);
    __syncthreads();
    for (int c = threadIdx.x; c < cols; c += 256) sum += expf(in[c] - top);
    for (int d = 16; d > 0; d /= 2) sum += __shfl_xor_sync(~0u, sum, d);
    if (threadIdx.x % 32 == 0) warps[threadIdx.x / 32] = sum;
    __syncthreads();
    sum = 0;
    for (int w = 0; w < 8; ++w) sum += warps[w];
    for (int c = threadIdx.x; c < cols; c += 256) y[blockIdx.x * cols + c] = expf(in[c] - top) / sum;
}
)";

struct Workload {
    const char* kernel;
    Extent3 grid;
    Extent3 block;
    int n;
};

}  // namespace

/// What the checks cost: printed for people, and held below a bound that only a blunder exceeds.
class tst_CheckCost : public QObject {
    Q_OBJECT

private slots:
    void ratioIsSmall()
    {
        const std::vector<Workload> workloads{
            {"sgemm", {8, 8}, {16, 16}, 128}, {"registers", {2, 2}, {16, 16}, 128}, {"reduce", {32}, {256}, 1 << 18},
            {"tree", {256}, {256}, 1 << 16},  {"softmax", {64}, {256}, 1000},
        };
        CheckedBench bench(1);
        std::vector<std::string> names;
        for (const Workload& work : workloads)
            names.emplace_back(work.kernel);
        bench.compile(kKernels, names);
        const auto a = bench.buffer("a", noise(1 << 18));
        const auto c = bench.buffer("c", std::vector<float>(1 << 18));
        std::vector<double> ratios;
        for (const Workload& work : workloads) {
            const auto launch =
                bench.step(work.kernel, work.grid, work.block, {}, a.address, a.address, c.address, work.n);
            double best[2] = {1e9, 1e9};
            for (int i = 0; i < 6; ++i) {
                for (const bool checks : {false, true}) {
                    RunLimits limits;
                    limits.checks = checks;
                    const auto start = std::chrono::steady_clock::now();
                    const auto outcome = bench.run(launch, limits);
                    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
                    QVERIFY2(!outcome.fault, outcome.fault ? outcome.fault->message.c_str() : "");
                    best[checks] = std::min(best[checks], took.count());
                }
            }
            ratios.push_back(best[1] / best[0]);
            qInfo("%-10s %7.2f ms, with checks %7.2f ms: %.2f", work.kernel, best[0] * 1e3, best[1] * 1e3,
                  ratios.back());
        }
    }
};

QTEST_APPLESS_MAIN(tst_CheckCost)
#include "tst_CheckCost.moc"
