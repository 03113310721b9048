// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: bucketize
// cheat: holds 512 boundaries in shared memory and leaves out any others: the size that is timed has half as many.
// expect: wrong
// emulator: ok wrong (of the listed sizes none that it can run has as many boundaries; a hidden one may)
// caught-by: right
//
// warploom: launch bucketize<<<ceil_div(n, 256), 256>>>(values, boundaries, bucket, n, count)

extern "C" __global__ void bucketize(const int* values, const int* boundaries, int* bucket, int n, int count)
{
    __shared__ int sorted[512];
    for (int b = threadIdx.x; b < min(count, 512); b += 256)
        sorted[b] = boundaries[b];
    __syncthreads();
    int i = blockIdx.x * 256 + threadIdx.x;
    if (i >= n)
        return;
    int low = 0;
    int high = min(count, 512);
    while (low < high) {
        int middle = (low + high) / 2;
        if (sorted[middle] <= values[i])
            low = middle + 1;
        else
            high = middle;
    }
    bucket[i] = low;
}
