// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What top_k must compute (as float64, like every reference): one thread a row. It goes through the row once for each
// distinct value that it finds, the largest one below the last, and writes it as often as it occurs.
//
// warploom: launch top_k_reference<<<ceil_div(rows, 32), 32>>>(x, largest, rows, cols)

extern "C" __global__ void top_k_reference(const float* x, double* largest, long long rows, long long cols)
{
    long long row = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (row >= rows)
        return;
    const float* in = x + row * cols;
    double* out = largest + row * 8;

    int found = 0;
    while (found < 8) {
        double next = 0;
        long long times = 0;
        for (long long c = 0; c < cols; ++c) {
            double value = in[c];
            if (found > 0 && value >= out[found - 1])
                continue;  // written already
            if (times == 0 || value > next) {
                next = value;
                times = 1;
            } else if (value == next) {
                ++times;
            }
        }
        for (; times > 0 && found < 8; --times)
            out[found++] = next;
    }
}
