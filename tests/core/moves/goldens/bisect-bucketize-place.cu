// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Buckets of values: one thread takes one value and goes along the boundaries until one exceeds it.
//
// That is half of the boundaries for each value, where halving their range each time would do with a few; and a warp
// waits for its largest value.
//
// warploom: launch bucketize<<<ceil_div(n, 256), 256>>>(values, boundaries, bucket, n, count)

extern "C" __global__ void bucketize(const int* values, const int* boundaries, int* bucket, int n, int count)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n)
        return;
    int b = 0;
    {
        // boundaries ascends: its range is halved, in as many steps for every thread.
        const int wanted = values[i];
        for (int left = count; left > 0;) {
            const int half = (left + 1) / 2;
            b += boundaries[b + half - 1] <= wanted ? half : 0;
            left -= half;
        }
    }
    bucket[i] = b;
}
