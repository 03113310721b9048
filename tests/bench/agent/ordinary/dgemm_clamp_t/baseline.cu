// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// warploom: let GX = ceil_div(n, 16)
// warploom: let GY = ceil_div(m, 16)
// warploom: let LDA = ceil_div(m, 8) * 8
// warploom: launch MatMulShared<<<dim3(GX, GY), dim3(16, 16)>>>(a, LDA, b, n, d, m, m, n, k, lo, hi)

#define TILE_WIDTH 16
// column-major access
#define A(i, j) a[(i) + (size_t)(j) * lda]
#define D(i, j) d[(i) + (size_t)(j) * ldd]

__global__ void MatMulShared(const double *a, int lda, const double *b, int ldb, double *d, int ldd, int m, int n,
                             int k, double lo, double hi)
{
    __shared__ double ds_A[TILE_WIDTH][TILE_WIDTH];
    __shared__ double ds_B[TILE_WIDTH][TILE_WIDTH];

    int tx = threadIdx.x, ty = threadIdx.y;
    int Row = blockIdx.y * TILE_WIDTH + ty;
    int Col = blockIdx.x * TILE_WIDTH + tx;

    double Pvalue = 0;

    for (int t = 0; t < (k - 1) / TILE_WIDTH + 1; ++t) {
        if (Row < m && t * TILE_WIDTH + tx < k)
            ds_A[ty][tx] = A(Row, t * TILE_WIDTH + tx);
        else
            ds_A[ty][tx] = 0.0;
        if (t * TILE_WIDTH + ty < k && Col < n)
            ds_B[ty][tx] = b[(size_t)(t * TILE_WIDTH + ty) * ldb + Col];
        else
            ds_B[ty][tx] = 0.0;

        __syncthreads();
        for (int i = 0; i < TILE_WIDTH; ++i)
            Pvalue += ds_A[ty][i] * ds_B[i][tx];
        __syncthreads();
    }

    if (Row < m && Col < n) {
        Pvalue = Pvalue < lo ? lo : Pvalue;
        Pvalue = Pvalue > hi ? hi : Pvalue;
        D(Row, Col) = Pvalue;
    }
}
