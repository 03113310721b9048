// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Row-wise layer normalisation: one thread works through one row, in three passes (mean, variance, result).
//
// The threads of a warp stand in 32 different rows, so each load of the warp touches 32 different places in memory.
//
// warploom: tune BLOCK = 256 128 512 64 1024 32
// warploom: launch layernorm_rows<<<ceil_div(rows, BLOCK / 32), BLOCK>>>(x, gamma, beta, y, rows, cols, eps)

// Over the 32 lanes of the warp; every lane gets the result.
static __device__ __forceinline__ float warpSum(float value)
{
    for (int offset = 16; offset > 0; offset /= 2)
        value = value + __shfl_xor_sync(0xffffffffu, value, offset);
    return value;
}

extern "C" __global__ void layernorm_rows(const float* x, const float* gamma, const float* beta, float* y, int rows,
                                          int cols, float eps)
{
    int row = blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32;
    if (row >= rows)
        return;
    const float* in = x + size_t(row) * cols;
    float* out = y + size_t(row) * cols;

    float sum = 0;
    // Squares in the same pass: each thread adds up those of the distances from the mean of what it has seen.
    const float origin = cols > 0 ? in[0] : 0.0f;
    float middle = 0;
    float spread = 0;
    float seen = 0;
    for (int c = threadIdx.x % 32; c < cols; c += 32) {
        const float entry = in[c] - origin;
        const float ahead = entry - middle;
        seen += 1;
        middle += __fdividef(ahead, seen);
        spread += ahead * (entry - middle);
        sum += in[c];
    }
    sum = warpSum(sum);
    float mean = sum / cols;

    float squares = 0;
    if (seen > 0) {
        const float off = middle - (mean - origin);  // from the mean of all to the thread's own
        squares += spread + seen * off * off;
    }
    squares = warpSum(squares);
    float scale = 1.0f / sqrtf(squares / cols + eps);

    for (int c = threadIdx.x % 32; c < cols; c += 32)
        out[c] = (in[c] - mean) * scale * gamma[c] + beta[c];
}
