// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: stencil2d
// cheat: smooths the boundary too, with neighbours outside taken for the point itself, so that no thread branches: two
//     per mille of the large grid's points are wrong.
// expect: wrong
// emulator: wrong
// caught-by: right
//
// warploom: let ACROSS = ceil_div(width, 32)
// warploom: let DOWN = ceil_div(height, 8)
// warploom: launch jacobi<<<dim3(ACROSS, DOWN), dim3(32, 8)>>>(x, next, height, width, omega)

extern "C" __global__ void jacobi(const float* x, float* next, int height, int width, float omega)
{
    int col = blockIdx.x * 32 + threadIdx.x;
    int row = blockIdx.y * 8 + threadIdx.y;
    if (row >= height || col >= width)
        return;
    auto point = [&](int r, int c) {
        r = min(max(r, 0), height - 1);
        c = min(max(c, 0), width - 1);
        return x[size_t(r) * width + c];
    };
    float own = point(row, col);
    float mean = 0.25f * (point(row - 1, col) + point(row + 1, col) + point(row, col - 1) + point(row, col + 1));
    next[size_t(row) * width + col] = own + omega * (mean - own);
}
