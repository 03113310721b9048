// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ProvenMoves.h"

using namespace warploom;
using namespace warploom::test;

namespace {

const char* const kDescription = R"toml(format    = 1
name      = "token"
title     = "Attention of one token"
summary   = "as the reference"
tags      = ["attention"]
baseline  = "baseline.cu"
reference = "reference.cu"

[[buffer]]
name = "q"
type = "TYPE"
shape = ["batch", "kv * group", "dim"]
role = "in"
fill = "normal(0, 1)"

[[buffer]]
name = "k"
type = "TYPE"
shape = ["batch", "context", "kv", "dim"]
role = "in"
fill = "normal(0, 1)"

[[buffer]]
name = "v"
type = "TYPE"
shape = ["batch", "context", "kv", "dim"]
role = "in"
fill = "normal(0, 1)"

[[buffer]]
name = "lengths"
type = "i32"
shape = ["batch"]
role = "in"
fill = "integers(LEAST, context + 1)"

[[buffer]]
name = "out"
type = "f32"
shape = ["batch", "kv * group", "dim"]
role = "out"

[[size]]
name = "timed"
batch = 4
context = 512
kv = 2
group = 2
dim = 64
use = ["time", "verify"]

[[size]]
name = "emulator"
batch = 2
context = 150
kv = 2
group = 3
dim = 32
use = ["emulator"]

[[size]]
name = "emulator_ragged"
batch = 3
context = 19
kv = 1
group = 2
dim = 21
use = ["emulator"]

[verify]
rtol = 2e-3
atol = 1e-3

[domain]
q       = { range = [-4, 4] }
k       = { range = [-4, 4] }
v       = { range = [-4, 4] }
lengths = { range = [LEAST, 2147483647] }
sizes   = { batch = [1, 8], context = [1, 600], kv = [1, 4], group = [1, 4], dim = [1, 128] }

[work]
reads  = "8 * batch * context * kv * dim"
writes = "4 * batch * kv * group * dim"
flops  = "4 * batch * context * kv * group * dim"
)toml";

const char* const kReference =
    R"(// warploom: launch token<<<batch * kv * group, dim>>>(q, k, v, lengths, out, kv * group, group, context, dim)
#include <cuda_fp16.h>
extern "C" __global__ void token(const ELEMENT* q, const ELEMENT* k, const ELEMENT* v, const int* lengths, double* out,
                                 int heads, int group, int context, int dim)
{
    const int row = blockIdx.x, d = threadIdx.x, b = row / heads, h = row % heads / group, kv = heads / group;
    const int n = lengths[b];
    double sum = 0, mean = 0, most = -1e300;
    for (int turn = 0; turn < 2; ++turn)
        for (int t = 0; t < n; ++t) {
            double s = 0;
            for (int i = 0; i < dim; ++i)
                s += double(float(q[(long long)row * dim + i])) * double(float(k[(((long long)b * context + t) * kv + h) * dim + i]));
            s *= 0.125;
            if (HIDDEN)
                continue;
            if (turn == 0) {
                most = s > most ? s : most;
            } else {
                sum += exp(s - most);
                mean += exp(s - most) * double(float(v[(((long long)b * context + t) * kv + h) * dim + d]));
            }
        }
    out[(long long)row * dim + d] = mean / (sum + 1e-6);
}
)";

/// Shared memory in one piece, trees written out where they are wanted, weights that are divided before they are used.
const char* const kTrees =
    R"(// warploom: launch token<<<batch * kv * group, 64, 4 * (context + 64)>>>(q, k, v, lengths, out, kv * group, group, context, dim)
#include <cuda_fp16.h>
extern "C" __global__ void token(const ELEMENT* q, const ELEMENT* k, const ELEMENT* v, const int* lengths, float* out,
                                 int heads, int group, int context, int dim)
{
    extern __shared__ float room[];
    float* scores = room;
    float* tree = room + context;
    const int tid = threadIdx.x;
    const int row = blockIdx.x;
    const int b = row / heads;
    const int h = row % heads / group;
    const int n = lengths[b];
    const long long pitch = (long long)(heads / group) * dim;
    const ELEMENT* keys = k + (long long)b * context * pitch + h * dim;
    const ELEMENT* values = v + (long long)b * context * pitch + h * dim;
    const int from = FROM;
    float top = START;
    for (int t = from + tid; t < n; t += 64) {
        float s = 0.0f;
        for (int i = 0; i < dim; i++)
            s = fmaf(float(q[(long long)row * dim + i]), float(keys[t * pitch + i]), s);
        s *= 0.125f;
        HIDE
        scores[t] = s;
        if (s > top) top = s;
    }
    tree[tid] = top;
    __syncthreads();
    for (int half = 32; half >= 1; half /= 2) {
        if (tid < half)
            tree[tid] = fmaxf(tree[tid], tree[tid + half]);
        __syncthreads();
    }
    top = tree[0];
    __syncthreads();
    float sum = 0.0f;
    for (int t = from + tid; t < n; t += 64) {
        scores[t] = expf(scores[t] - top);
        sum += scores[t];
    }
    tree[tid] = sum;
    __syncthreads();
    for (int half = 32; half >= 1; half /= 2) {
        if (tid < half)
            tree[tid] += tree[tid + half];
        __syncthreads();
    }
    sum = tree[0];
    __syncthreads();
    for (int t = from + tid; t < n; t += 64)
        scores[t] /= sum + 1e-6f;
    __syncthreads();
    for (int d = tid; d < dim; d += 64) {
        float mean = 0.0f;
        for (int t = from; t < n; t++)
            mean += scores[t] * float(values[t * pitch + d]);
        out[(long long)row * dim + d] = mean;
    }
}
)";

/// A warp a key, its lanes along it; what warps found goes through an array of one element each, and one thread's word.
const char* const kWarps =
    R"(// warploom: launch token<<<dim3(kv * group, batch + 1), 128, 4 * context>>>(q, k, v, lengths, out, batch, kv * group, group, context, dim)
#include <cuda_fp16.h>
__device__ __forceinline__ float sumOfWarp(float x)
{
    for (int o = 16; o; o >>= 1)
        x += __shfl_down_sync(0xffffffffu, x, o);
    return __shfl_sync(0xffffffffu, x, 0);
}
__device__ __forceinline__ float mostOfWarp(float x)
{
#pragma unroll
    for (int o = 16; o > 0; o >>= 1)
        x = fmaxf(x, __shfl_xor_sync(0xffffffffu, x, o));
    return x;
}
extern "C" __global__ void token(const ELEMENT* __restrict__ q, const ELEMENT* __restrict__ k,
                                 const ELEMENT* __restrict__ v, const int* __restrict__ lengths,
                                 float* __restrict__ out, int batch, int heads, int group, int context, int dim)
{
    extern __shared__ float scores[];
    __shared__ float found[4];
    __shared__ float most, whole;
    const int lane = threadIdx.x & 31;
    const int warp = threadIdx.x >> 5;
    const int head = blockIdx.x, b = blockIdx.y;
    if (b >= batch)
        return;
    const int kv = heads / group;
    const int n = lengths[b];
    float top = START;
    for (int t = warp; t < n; t += blockDim.x / 32) {
        float s = 0;
        for (int i = lane; i < dim; i += 32)
            s += float(q[((size_t)b * heads + head) * dim + i]) * float(k[(((size_t)b * context + t) * kv + head / group) * dim + i]);
        s = sumOfWarp(s) * 0.125f;
        HIDE
        if (lane == 0)
            scores[t] = s;
        top = fmaxf(top, s);
    }
    if (lane == 0)
        found[warp] = top;
    __syncthreads();
    if (warp == 0) {
        float x = lane < 4 ? found[lane] : -1e30f;
        x = mostOfWarp(x);
        if (lane == 0)
            most = x;
    }
    __syncthreads();
    float sum = 0;
    for (int t = threadIdx.x; t < n; t += blockDim.x) {
        const float w = __expf(scores[t] - most);
        scores[t] = w;
        sum += w;
    }
    sum = sumOfWarp(sum);
    if (lane == 0)
        found[warp] = sum;
    __syncthreads();
    if (threadIdx.x == 0)
        whole = found[0] + found[1] + found[2] + found[3];
    __syncthreads();
    const float inverse = 1.0f / (whole + 1e-6f);
    for (int d = threadIdx.x; d < dim; d += blockDim.x) {
        float mean = 0;
        for (int t = 0; t < n; ++t)
            mean += scores[t] * float(v[(((size_t)b * context + t) * kv + head / group) * dim + d]);
        out[((size_t)b * heads + head) * dim + d] = mean * inverse;
    }
}
)";

/// A thread an element of query and result; a function for both reductions.
const char* const kElements =
    R"(// warploom: launch token<<<dim3(batch, kv * group), 128, 4 * context>>>(q, k, v, lengths, out, kv * group, group, context, dim)
#include <cuda_fp16.h>
template <bool IsSum> __device__ float folded(float x, float* room)
{
    const int lane = threadIdx.x % warpSize, warp = threadIdx.x / warpSize;
    for (int o = 1; o < 32; o *= 2) {
        const float other = __shfl_xor_sync(0xffffffffu, x, o);
        x = IsSum ? x + other : (x > other ? x : other);
    }
    __syncthreads();
    if (lane == 0)
        room[warp] = x;
    __syncthreads();
    x = room[lane % 4];
    for (int o = 2; o > 0; o /= 2) {
        const float other = __shfl_xor_sync(0xffffffffu, x, o);
        x = IsSum ? x + other : (x > other ? x : other);
    }
    return x;
}
extern "C" __global__ void token(const ELEMENT* q, const ELEMENT* k, const ELEMENT* v, const int* lengths, float* out,
                                 int heads, int group, int context, int dim)
{
    extern __shared__ float scores[];
    __shared__ float own[128];
    __shared__ float room[4];
    const int b = blockIdx.x, head = blockIdx.y, tid = threadIdx.x;
    const size_t pitch = (size_t)(heads / group) * dim;
    const size_t first = (size_t)b * context * pitch + head / group * dim;
    const int n = lengths[b];
    if (tid < dim)
        own[tid] = float(q[((size_t)b * heads + head) * dim + tid]) * 0.125f;
    __syncthreads();
    float top = START;
    for (int t = tid; t < n; t += 128) {
        float s = 0;
        for (int i = 0; i < dim; ++i)
            s += own[i] * float(k[first + t * pitch + i]);
        HIDE
        scores[t] = s;
        top = fmaxf(top, s);
    }
    top = folded<false>(top, room);
    float sum = 0;
    for (int t = tid; t < n; t += 128) {
        scores[t] = __expf(scores[t] - top);
        sum += scores[t];
    }
    sum = folded<true>(sum, room);
    __syncthreads();
    const int d = threadIdx.x;
    if (d >= dim)
        return;
    float mean = 0;
    for (int t = 0; t < n; ++t)
        mean += scores[t] * float(v[first + t * pitch + d]);
    out[((size_t)b * heads + head) * dim + d] = mean / (sum + 1e-6f);
}
)";

struct Words {
    std::string element, type, start, from, hide, hidden, least;
};

/// The warps of kWarps side by side in a block of two dimensions.
std::string inTwoDimensions()
{
    std::string text = kWarps;
    for (const auto& [what, with] :
         {std::pair("128, 4 * context", "dim3(32, 4), 4 * context"), std::pair("threadIdx.x & 31", "threadIdx.x"),
          std::pair("threadIdx.x >> 5", "threadIdx.y"), std::pair("blockDim.x / 32", "blockDim.y"),
          std::pair("= threadIdx.x; t", "= warp * 32 + lane; t"),
          std::pair("= threadIdx.x; d", "= warp * 32 + lane; d"),
          std::pair("t += blockDim.x", "t += blockDim.x * blockDim.y"),
          std::pair("d += blockDim.x", "d += blockDim.x * blockDim.y"),
          std::pair("threadIdx.x == 0", "threadIdx.x == 0 && warp == 0")})
        text = replacedAll(text, what, with);
    return text;
}

Result<Task> tokenTask(const TemporaryFolder& folder, const std::string& kernel, const Words& words)
{
    const auto written = [&](std::string text) {
        for (const auto& [mark, word] :
             {std::pair("ELEMENT", words.element), std::pair("TYPE", words.type), std::pair("START", words.start),
              std::pair("FROM", words.from), std::pair("HIDE\n", words.hide + "\n"), std::pair("HIDDEN", words.hidden),
              std::pair("LEAST", words.least)})
            text = replacedAll(text, mark, word);
        return text;
    };
    folder.write("task.toml", written(kDescription));
    folder.write("baseline.cu", written(kernel));
    folder.write("reference.cu", written(kReference));
    return loadTask(folder.path());
}

}  // namespace

/// Attention of one token, keys in splits, made of kernels that let a block do a query in their own ways.
class tst_FlashDecodingProven : public QObject {
    Q_OBJECT

private slots:
    void library()
    {
        const std::string task = "../tests/bench/agent/unseen/alibi_gqa_decode";
        const std::string objection = objectionToMade(task, {"flash-decoding"});
        QVERIFY2(objection.empty(), objection.c_str());
    }

    void stylesAreRight_data()
    {
        QTest::addColumn<std::string>("kernel");
        QTest::addColumn<std::string>("element");
        QTest::addColumn<std::string>("type");
        QTest::addColumn<std::string>("start");
        QTest::addColumn<std::string>("from");
        QTest::addColumn<std::string>("hide");
        QTest::addColumn<std::string>("hidden");
        QTest::addColumn<std::string>("least");
        const auto add = [](const char* name, const std::string& kernel, const Words& words) {
            QTest::newRow(name) << kernel << words.element << words.type << words.start << words.from << words.hide
                                << words.hidden << words.least;
        };
        const std::string infinite = "-__int_as_float(0x7f800000)";
        add("trees", kTrees, {"float", "f32", "-3.0e38f", "0", "", "false", "1"});
        add("trees, some rows empty", kTrees, {"__half", "f16", "-3.0e38f", "0", "", "false", "0"});
        add("trees, hidden keys", kTrees,
            {"float", "f32", infinite, "0", "s = t + 7 > n ? s : " + infinite + ";", "t + 7 <= n", "1"});
        add("trees, the last keys", kTrees, {"float", "f32", "-3.0e38f", "max(0, n - 24)", "", "t < n - 24", "1"});
        add("elements", kElements, {"__half", "f16", "-1e30f", "0", "", "false", "1"});
        add("warps", kWarps, {"__half", "f16", "-1e30f", "0", "", "false", "1"});
        add("warps in two dimensions", inTwoDimensions(), {"float", "f32", "-1e30f", "0", "", "false", "1"});
        add("warps, some rows empty", kWarps, {"float", "f32", "-1e30f", "0", "", "false", "0"});
    }
    void stylesAreRight()
    {
        QFETCH(std::string, kernel);
        QFETCH(std::string, element);
        QFETCH(std::string, type);
        QFETCH(std::string, start);
        QFETCH(std::string, from);
        QFETCH(std::string, hide);
        QFETCH(std::string, hidden);
        QFETCH(std::string, least);
        const TemporaryFolder folder;
        const auto task = tokenTask(folder, kernel, {element, type, start, from, hide, hidden, least});
        QVERIFY2(task, task ? "" : task.error().toString().c_str());
        const auto source = madeBy(*task, {"flash-decoding"});
        QVERIFY2(source, source ? "" : source.error().toString().c_str());
        const std::string objection = objectionToSource(*task, *source);
        QVERIFY2(objection.empty(), objection.c_str());
    }
};

QTEST_GUILESS_MAIN(tst_FlashDecodingProven)
#include "tst_FlashDecodingProven.moc"
