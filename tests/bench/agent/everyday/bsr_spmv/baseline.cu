// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// warploom: let ROWS = mb * 4
// warploom: launch bsr_mv<<<ceil_div(ROWS, 256), 256>>>(rowptr, col, val, x, y, mb, alpha, beta)

constexpr int BS = 4;

// y = alpha*A*x + beta*y, one thread per scalar row
extern "C" __global__ void bsr_mv(const int* __restrict__ bsrRowPtr,
                                  const int* __restrict__ bsrColInd,
                                  const double* __restrict__ bsrVal,
                                  const double* __restrict__ x,
                                  double* __restrict__ y,
                                  int mb, double alpha, double beta)
{
    const int row = blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= mb * BS) return;

    const int brow = row / BS;
    const int lrow = row % BS;

    double sum = 0.0;
    for (int e = bsrRowPtr[brow]; e < bsrRowPtr[brow + 1]; ++e) {
        const double* block = bsrVal + (size_t)e * BS * BS;
        const double* xs = x + (size_t)bsrColInd[e] * BS;
        for (int c = 0; c < BS; ++c)
            sum += block[lrow * BS + c] * xs[c];
    }
    y[row] = alpha * sum + beta * y[row];
}
