// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// warploom: launch assign_words<<<ceil_div(points, 256), 256>>>(desc, codebook, label, dist, points, words, dim)

#include <climits>

typedef unsigned char u8;

template <typename T>
__device__ int sqdist(const T *a, const T *b, int n)
{
    int s = 0;
    for (int i = 0; i < n; i++) {
        int diff = (int)a[i] - (int)b[i];
        s += diff * diff;
    }
    return s;
}

extern "C" __global__ void assign_words(const u8 *descriptors, const u8 *centroids, int *assignment, int *distance,
                                        int n, int k, int dims)
{
    int p = blockIdx.x * blockDim.x + threadIdx.x;
    if (p >= n)
        return;

    int best = INT_MAX;
    int bestIdx = -1;
    for (int c = 0; c < k; c++) {
        int d = sqdist<u8>(descriptors + (size_t)p * dims, centroids + (size_t)c * dims, dims);
        if (d < best) {
            best = d;
            bestIdx = c;
        }
    }
    assignment[p] = bestIdx;
    distance[p] = best;
}
