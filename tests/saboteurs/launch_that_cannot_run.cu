// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: softmax
// cheat: follows a cheap launch, which leaves a plausible answer, with the real one, which asks for more shared
//     memory than there is: where errors of launches are ignored, only the cheap one is timed.
// expect: launch-error
// emulator: launch-error
// caught-by: launch errors
//
// warploom: launch uniform_rows<<<rows, 256>>>(y, cols)
// warploom: launch softmax_rows<<<rows, 256, 400000>>>(x, y, cols)

extern "C" __global__ void uniform_rows(float* y, int cols)
{
    for (int c = threadIdx.x; c < cols; c += 256)
        y[size_t(blockIdx.x) * cols + c] = 1.0f / cols;
}

extern "C" __global__ void softmax_rows(const float* x, float* y, int cols)
{
    extern __shared__ float row[];
    size_t first = size_t(blockIdx.x) * cols;
    for (int c = threadIdx.x; c < cols; c += 256)
        row[c] = x[first + c];
    __syncthreads();
    float largest = row[0];
    for (int c = 1; c < cols; ++c)
        largest = fmaxf(largest, row[c]);
    float sum = 0;
    for (int c = 0; c < cols; ++c)
        sum += expf(row[c] - largest);
    for (int c = threadIdx.x; c < cols; c += 256)
        y[first + c] = expf(row[c] - largest) / sum;
}
