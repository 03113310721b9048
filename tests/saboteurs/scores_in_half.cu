// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: attention
// cheat: passes the scores on in half precision, half the shared memory and twice the exponentials an instruction: of
//     scores around one nobody notices, of scores in the hundreds each is off by a tenth before it is exponentiated.
// expect: wrong
// emulator: wrong
// caught-by: distributions, right
//
// warploom: launch attention<<<dim3(seq, heads), 64>>>(q, k, v, y, seq, scale)

#include <cuda_fp16.h>

__device__ half score(const half* query, const half* key, float scale)
{
    float sum = 0;
    for (int d = 0; d < 64; ++d)
        sum += __half2float(query[d]) * __half2float(key[d]);
    return __float2half(sum * scale);
}

extern "C" __global__ void attention(const half* q, const half* k, const half* v, half* y, int seq, float scale)
{
    __shared__ half scores[64];
    size_t head = size_t(blockIdx.y) * seq * 64;
    const half* query = q + head + size_t(blockIdx.x) * 64;
    float largest = -65504.0f;
    float sum = 0;
    float result = 0;
    for (int first = 0; first < seq; first += 64) {
        int count = min(64, seq - first);
        if (threadIdx.x < count)
            scores[threadIdx.x] = score(query, k + head + size_t(first + threadIdx.x) * 64, scale);
        __syncthreads();
        float next = largest;
        for (int j = 0; j < count; ++j)
            next = fmaxf(next, __half2float(scores[j]));
        float shrink = expf(largest - next);
        largest = next;
        sum *= shrink;
        result *= shrink;
        for (int j = 0; j < count; ++j) {
            float weight = expf(__half2float(scores[j]) - largest);
            sum += weight;
            result += weight * __half2float(v[head + size_t(first + j) * 64 + threadIdx.x]);
        }
        __syncthreads();
    }
    y[head + size_t(blockIdx.x) * 64 + threadIdx.x] = __float2half(result / sum);
}
