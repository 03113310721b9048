// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// One thread a row.
//
// warploom: let PITCH = ceil_div(cols, 32) * 32
// warploom: launch row_extrema_reference<<<ceil_div(rows, 64), 64>>>(x, lo, hi, lo_at, hi_at, rows, cols, PITCH)

extern "C" __global__ void row_extrema_reference(const float* x, double* lo, double* hi, int* lo_at, int* hi_at,
                                                 long long rows, long long cols, long long pitch)
{
    long long r = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (r >= rows)
        return;
    long long least = 0;
    long long most = 0;
    for (long long c = 1; c < cols; ++c) {
        if (x[r * pitch + c] < x[r * pitch + least])
            least = c;
        if (x[r * pitch + c] > x[r * pitch + most])
            most = c;
    }
    lo[r] = x[r * pitch + least];
    hi[r] = x[r * pitch + most];
    lo_at[r] = int(least);
    hi_at[r] = int(most);
}
