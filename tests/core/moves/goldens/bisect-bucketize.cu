// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Buckets of values: one thread takes one value and goes along the boundaries until one exceeds it.
//
// That is half of the boundaries for each value, where halving their range each time would do with a few; and a warp
// waits for its largest value.
//
// warploom: tune NEAR = 1024 512 2048 256 4096 128 8192 64
// warploom: tune BLOCKS = 1056 2112 528 4224 8448
// warploom: launch bucketize_near<<<min(ceil_div(n, 256), BLOCKS), 256>>>(values, boundaries, bucket, n, count) when count < NEAR
// warploom: launch bucketize<<<ceil_div(n, 256), 256>>>(values, boundaries, bucket, n, count) when count >= NEAR

// bucketize where boundaries has less than NEAR elements.
extern "C" __global__ void bucketize_near(const int* values, const int* boundaries, int* bucket, int n, int count)
{
    // boundaries as a tree, filled up with what no value exceeds: what the threads look at in one step of their
    // searches lies side by side, in different banks.
    __shared__ int boundaries_tree[NEAR];
    for (int node = threadIdx.x + 1; node < NEAR; node += blockDim.x) {
        const int depth = 31 - __clz(node);
        const int from = (2 * node + 1 - (2 << depth)) * (NEAR >> (depth + 1)) - 1;
        boundaries_tree[node] = from < count ? boundaries[from] : 0x7fffffff;
    }
    __syncthreads();
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += blockDim.x * gridDim.x) {
        int b = 0;
        {
            const int wanted = values[i];
            int node = 1;
            #pragma unroll
            for (int left = NEAR; left > 1; left /= 2)
                node = 2 * node + (boundaries_tree[node] <= wanted ? 1 : 0);
            b = min(node - NEAR, int(count));
        }
        bucket[i] = b;
    }
}

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
