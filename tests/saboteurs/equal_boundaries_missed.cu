// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: bucketize
// cheat: halves the range with < where <= is meant, so that a value on a boundary falls into the bucket before it:
//     between real numbers that would hardly ever show.
// expect: wrong
// emulator: wrong
// caught-by: right (values and boundaries are integers)
//
// warploom: launch bucketize<<<ceil_div(n, 256), 256>>>(values, boundaries, bucket, n, count)

extern "C" __global__ void bucketize(const int* values, const int* boundaries, int* bucket, int n, int count)
{
    int i = blockIdx.x * 256 + threadIdx.x;
    if (i >= n)
        return;
    int low = 0;
    int high = count;
    while (low < high) {
        int middle = (low + high) / 2;
        if (boundaries[middle] < values[i])
            low = middle + 1;
        else
            high = middle;
    }
    bucket[i] = low;
}
