// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// gemv: grid-stride, while and fmaf.
// expects: row-per-block
// warploom: launch k<<<ceil_div(rows, 256), 256>>>(a, x, y, rows, cols)
__global__ void k(const float* a, const float* x, float* y, int M, int N)
{
    int tid = blockIdx.x * blockDim.x + threadIdx.x;
    int stride = blockDim.x * gridDim.x;
    for (int i = tid; i < M; i += stride) {
        float acc = 0;
        int j = 0;
        while (j < N) {
            acc = fmaf(a[(long long)i * N + j], x[j], acc);
            j++;
        }
        y[i] = acc;
    }
}
