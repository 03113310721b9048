// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: bucketize
// cheat: takes the boundaries for evenly spaced, reads the first and the last of them and divides: no search, and right
//     within some buckets.
// expect: wrong
// emulator: wrong
// caught-by: right
//
// warploom: launch bucketize<<<ceil_div(n, 256), 256>>>(values, boundaries, bucket, n, count)

extern "C" __global__ void bucketize(const int* values, const int* boundaries, int* bucket, int n, int count)
{
    int i = blockIdx.x * 256 + threadIdx.x;
    if (i >= n)
        return;
    double first = boundaries[0];
    double last = boundaries[count - 1];
    double share = last > first ? (values[i] - first) / (last - first) : 0;
    int b = int(floor(share * (count - 1))) + 1;
    bucket[i] = values[i] < first ? 0 : values[i] >= last ? count : b;
}
