// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// One thread for each pair, rows interleaved so that neighbours lie side by side; gaps may not start from minus infinity any
// lower than -100000, which no score undoes.
//
// warploom: scratch rows i32[tlen, pairs, 2]
// warploom: launch sw_reference<<<ceil_div(pairs, 128), 128>>>(query, target, matrix, rows, best, pairs, qlen, tlen, gap_open, gap_extend)

extern "C" __global__ void sw_reference(const unsigned char* query, const unsigned char* target, const signed char* matrix,
                                        int2* rows, int* best, long long pairs, long long qlen, long long tlen, int open,
                                        int extend)
{
    long long p = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (p >= pairs)
        return;
    for (long long j = 0; j < tlen; ++j)
        rows[j * pairs + p] = make_int2(0, -100000);
    int found = 0;
    for (long long i = 0; i < qlen; ++i) {
        int corner = 0, left = 0, along = -100000;
        for (long long j = 0; j < tlen; ++j) {
            int2 up = rows[j * pairs + p];
            int down = max(up.y, up.x - open) - extend;
            along = max(along, left - open) - extend;
            int h = max(max(0, corner + matrix[query[p * qlen + i] * 24 + target[p * tlen + j]]), max(down, along));
            corner = up.x;
            left = h;
            rows[j * pairs + p] = make_int2(h, down);
            found = max(found, h);
        }
    }
    best[p] = found;
}
