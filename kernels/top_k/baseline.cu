// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// The 8 largest values of each row: one thread works through one row and keeps them sorted in an array of its own.
//
// The threads of a warp stand in 32 different rows, so each load of the warp touches 32 different places in memory; and
// while one of them moves values along, the others wait.
//
// warploom: launch top_rows<<<ceil_div(rows, 256), 256>>>(x, largest, rows, cols)

extern "C" __global__ void top_rows(const float* x, float* largest, int rows, int cols)
{
    int row = blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= rows)
        return;
    const float* in = x + size_t(row) * cols;

    float best[8];
    for (int k = 0; k < 8; ++k)
        best[k] = __int_as_float(0xff800000);  // minus infinity
    for (int c = 0; c < cols; ++c) {
        float value = in[c];
        if (!(value > best[7]))
            continue;
        int place = 7;
        for (; place > 0 && best[place - 1] < value; --place)
            best[place] = best[place - 1];
        best[place] = value;
    }

    for (int k = 0; k < 8; ++k)
        largest[size_t(row) * 8 + k] = best[k];
}
