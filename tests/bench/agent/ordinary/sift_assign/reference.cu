// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// One thread a point, in 64-bit integers.
//
// warploom: launch sift_assign_reference<<<ceil_div(points, 128), 128>>>(desc, codebook, label, dist, points, words, dim)

extern "C" __global__ void sift_assign_reference(const unsigned char* desc, const unsigned char* codebook, int* label,
                                                 int* dist, long long points, long long words, long long dim)
{
    long long p = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (p >= points)
        return;
    long long least = -1;
    long long at = 0;
    for (long long k = 0; k < words; ++k) {
        long long sum = 0;
        for (long long d = 0; d < dim; ++d) {
            long long difference = (long long)desc[p * dim + d] - codebook[k * dim + d];
            sum += difference * difference;
        }
        if (least < 0 || sum < least) {
            least = sum;
            at = k;
        }
    }
    label[p] = int(at);
    dist[p] = int(least);
}
