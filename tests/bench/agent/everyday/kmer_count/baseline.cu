// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// A thread looks at one window of one read.
//
// warploom: zero counts
// warploom: let GX = ceil_div(len, 128)
// warploom: launch count_kmers<<<dim3(reads_n, GX), 128>>>(reads, counts, len, minq)

#define K 9

__device__ unsigned int revcomp(unsigned int kmer)
{
    unsigned int rc = 0;
    for (int i = 0; i < K; i++) {
        rc = (rc << 2) | (3 - (kmer & 3));   // A=0 C=1 G=2 T=3
        kmer >>= 2;
    }
    return rc;
}

extern "C" __global__ void count_kmers(const unsigned char *reads, unsigned int *table, int read_len, int min_qual)
{
    const int pos = blockIdx.y * blockDim.x + threadIdx.x;
    if (pos + K > read_len)
        return;

    const unsigned char *read = reads + (size_t)blockIdx.x * read_len;
    unsigned int fwd = 0;
    for (int i = 0; i < K; i++) {
        unsigned char b = read[pos + i];
        if ((b >> 2) < min_qual)
            return;
        fwd = (fwd << 2) | (b & 3);
    }

    unsigned int rev = revcomp(fwd);
    atomicAdd(&table[fwd < rev ? fwd : rev], 1u);
}
