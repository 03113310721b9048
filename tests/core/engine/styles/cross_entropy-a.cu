// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// cross_entropy: the largest by an if.
// expects: row-per-block
// warploom: launch k<<<ceil_div(rows, 256), 256>>>(logits, labels, loss, rows, classes)
__global__ void k(const float* logits, const int* y, float* loss, int N, int C)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < N) {
        const float* row = &logits[(size_t)i * C];
        float mx = row[0];
        for (int c = 1; c < C; c++) if (row[c] > mx) mx = row[c];
        float s = 0;
        for (int c = 0; c < C; c++) s += expf(row[c] - mx);
        loss[i] = -(row[y[i]] - mx - logf(s));
    }
}
