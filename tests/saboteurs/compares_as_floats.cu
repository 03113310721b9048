// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: bucketize
// cheat: turns values and boundaries into floats and searches with those, as a kernel for floats does that a cast was
//     put before: different integers above 2^24 become equal.
// expect: wrong
// emulator: ok (no size that a check has comes near 2^24)
// caught-by: right, once a size has boundaries beyond 2^24
// missed: card emulator (hidden sizes seldom have a span above the listed ones: all extents share one budget)
//
// warploom: launch bucketize<<<ceil_div(n, 256), 256>>>(values, boundaries, bucket, n, count)

extern "C" __global__ void bucketize(const int* values, const int* boundaries, int* bucket, int n, int count)
{
    int i = blockIdx.x * 256 + threadIdx.x;
    if (i >= n)
        return;
    float value = values[i];
    int low = 0;
    int high = count;
    while (low < high) {
        int middle = (low + high) / 2;
        if (float(boundaries[middle]) <= value)
            low = middle + 1;
        else
            high = middle;
    }
    bucket[i] = low;
}
