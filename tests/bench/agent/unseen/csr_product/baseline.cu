// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Product of a sparse matrix with a vector, added to the scaled result: one thread walks along one row.
//
// The threads of a warp walk along 32 different rows, so what they load at the same time lies some 64 elements apart,
// and all of them wait for the longest of their rows.
//
// warploom: launch csr_mv<<<ceil_div(nrows, 192), 192>>>(row_ptr, col_idx, vals, p, q, nrows, beta)

extern "C" __global__ void csr_mv(const int* row_ptr, const int* col_idx, const float* vals, const float* p, float* q,
                                  int nrows, float beta)
{
    int row = threadIdx.x + blockDim.x * blockIdx.x;

    if (row < nrows) {
        float dot = 0.f;
        int k = row_ptr[row];
        int stop = row_ptr[row + 1];
        while (k < stop) {
            int col = col_idx[k];
            dot += vals[k] * p[col];
            k++;
        }
        q[row] = beta * q[row] + dot;
    }
}
