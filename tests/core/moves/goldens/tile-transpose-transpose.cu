// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Matrix transpose: one thread moves one element.
//
// A warp reads 32 neighbours of one row and writes them into 32 different rows: its reads are one 128-byte line, its
// writes are 32 pieces of 4 bytes.
//
// warploom: tune TILE = 32 16 64
// warploom: tune TILE_ROWS = 8 4 16 32
// warploom: tune PAD = 1 0 2
// warploom: require TILE * TILE_ROWS <= 1024
// warploom: require TILE % TILE_ROWS == 0
// warploom: launch transpose<<<dim3(ceil_div(cols, TILE), ceil_div(rows, TILE)), dim3(TILE, TILE_ROWS)>>>(x, y, rows, cols)

extern "C" __global__ void transpose(const float* x, float* y, int rows, int cols)
{
    __shared__ float tile[TILE][TILE + PAD];
    for (int step = 0; step < TILE; step += TILE_ROWS) {
        const int col = blockIdx.x * TILE + threadIdx.x;
        const int row = blockIdx.y * TILE + threadIdx.y + step;
        if (row < rows && col < cols)
            tile[threadIdx.y + step][threadIdx.x] = x[size_t(row) * cols + col];
    }
    __syncthreads();
    for (int step = 0; step < TILE; step += TILE_ROWS) {
        const int col = blockIdx.x * TILE + threadIdx.y + step;
        const int row = blockIdx.y * TILE + threadIdx.x;
        if (row < rows && col < cols)
            y[size_t(col) * rows + row] = tile[threadIdx.x][threadIdx.y + step];
    }
}
