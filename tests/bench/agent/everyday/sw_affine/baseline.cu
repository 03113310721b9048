// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Gotoh's algorithm, inter-task parallelisation: a thread aligns a pair. h_row / e_row hold the previous row of H and E.
//
// warploom: scratch h_row i32[pairs, tlen]
// warploom: scratch e_row i32[pairs, tlen]
// warploom: launch sw_score<<<ceil_div(pairs, 64), 64>>>(query, target, matrix, h_row, e_row, best, pairs, qlen, tlen, gap_open, gap_extend)

#define ALPHABET 24
#define MAX2(a, b) ((a) > (b) ? (a) : (b))

typedef unsigned char residue_t;

__device__ int subst(const signed char *matrix, residue_t a, residue_t b)
{
    return matrix[a * ALPHABET + b];
}

extern "C" __global__ void sw_score(const residue_t *queries, const residue_t *targets, const signed char *matrix,
                                    int *h_row, int *e_row, int *scores, int n_pairs, int qlen, int tlen,
                                    int gap_open, int gap_extend)
{
    int pair = blockIdx.x * blockDim.x + threadIdx.x;
    if (pair >= n_pairs)
        return;

    const residue_t *q = queries + (size_t)pair * qlen;
    const residue_t *t = targets + (size_t)pair * tlen;
    int *H = h_row + (size_t)pair * tlen;
    int *E = e_row + (size_t)pair * tlen;

    for (int j = 0; j < tlen; j++) {
        H[j] = 0;
        E[j] = 0;
    }

    int best = 0;
    for (int i = 0; i < qlen; i++) {
        int diag = 0;   // H[i-1][j-1]
        int left = 0;   // H[i][j-1]
        int F = 0;      // gap in the query
        for (int j = 0; j < tlen; j++) {
            E[j] = MAX2(E[j] - gap_extend, H[j] - gap_open - gap_extend);
            F = MAX2(F - gap_extend, left - gap_open - gap_extend);
            int h = diag + subst(matrix, q[i], t[j]);
            h = MAX2(h, E[j]);
            h = MAX2(h, F);
            h = MAX2(h, 0);
            diag = H[j];
            H[j] = h;
            left = h;
            if (h > best)
                best = h;
        }
    }
    scores[pair] = best;
}
