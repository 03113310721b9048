// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// One thread for each read, both strands rolled along.
//
// warploom: zero counts
// warploom: launch kmer_reference<<<ceil_div(reads_n, 128), 128>>>(reads, counts, reads_n, len, minq)

extern "C" __global__ void kmer_reference(const unsigned char* reads, unsigned* counts, long long n, long long len, int minq)
{
    long long r = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (r >= n)
        return;
    unsigned forward = 0, reverse = 0;
    int good = 0;
    for (long long p = 0; p < len; ++p) {
        unsigned b = reads[r * len + p];
        forward = (forward << 2 | (b & 3)) & 262143;
        reverse = reverse >> 2 | (3 - (b & 3)) << 16;
        good = int(b >> 2) < minq ? 0 : good + 1;
        if (good >= 9)
            atomicAdd(counts + min(forward, reverse), 1u);
    }
}
