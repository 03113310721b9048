// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Sums of a matrix's columns, the matrix row-major: one thread adds up one column.
//
// Neighbouring threads read neighbouring addresses, as they should; but there are only as many threads as columns, far
// fewer than the card could run, and each waits for one load after the other.
//
// warploom: tune STRIPS = 16 8 32 64 4 128
// warploom: scratch partial f32[STRIPS * (cols)]
// warploom: launch column_sum_strips<<<dim3(ceil_div(cols, 256), STRIPS), 256>>>(x, y, rows, cols, partial)
// warploom: launch column_sum<<<ceil_div(cols, 256), 256>>>(x, y, rows, cols, partial)

extern "C" __global__ void column_sum_strips(const float* x, float* y, int rows, int cols, float* partial)
{
    int col = blockIdx.x * blockDim.x + threadIdx.x;
    if (col >= cols)
        return;

    float sum = 0;
    // One of the strips that column_sum puts together.
    const int strip_length = (rows + STRIPS - 1) / STRIPS;
    const int strip_end = min(int(rows), int(strip_length * (blockIdx.y + 1)));
    for (int r = strip_length * blockIdx.y; r < strip_end; ++r)
        sum += x[size_t(r) * cols + col];
    partial[size_t(blockIdx.y) * cols + col] = sum;
}

extern "C" __global__ void column_sum(const float* x, float* y, int rows, int cols, const float* partial)
{
    int col = blockIdx.x * blockDim.x + threadIdx.x;
    if (col >= cols)
        return;

    float sum = 0;
    for (int strip = 0; strip < STRIPS; ++strip)
        sum += partial[size_t(strip) * cols + col];
    y[col] = sum;
}
