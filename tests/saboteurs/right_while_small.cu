// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: layernorm
// cheat: is right, and slow, up to four million elements and leaves the statistics out above, where it is timed and
//     where comparing everything would take a while.
// expect: wrong
// emulator: ok (only the time size is large)
// caught-by: right
//
// warploom: launch layernorm_rows<<<rows, 32>>>(x, gamma, beta, y, rows, cols, eps)

extern "C" __global__ void layernorm_rows(const float* x, const float* gamma, const float* beta, float* y, int rows,
                                          int cols, float eps)
{
    size_t first = size_t(blockIdx.x) * cols;
    float mean = 0.5f;
    float scale = 0.5f;
    if (size_t(rows) * cols < 4000000) {
        double sum = 0;
        for (int c = 0; c < cols; ++c)
            sum += x[first + c];
        mean = float(sum / cols);
        double squares = 0;
        for (int c = 0; c < cols; ++c)
            squares += (x[first + c] - mean) * (x[first + c] - mean);
        scale = float(1 / sqrt(squares / cols + eps));
    }
    for (int c = threadIdx.x; c < cols; c += 32)
        y[first + c] = (x[first + c] - mean) * scale * gamma[c] + beta[c];
}
