// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// stencil2d: four lines a thread, a block apart.
// expects: window
// warploom: launch relax4<<<dim3(ceil_div(width, 32), ceil_div(height, 8 * 4)), dim3(32, 8)>>>(x, next, height, width, omega)
__global__ void relax4(const float* __restrict__ u, float* __restrict__ v, int h, int w, float omega)
{
    const int col = blockIdx.x * blockDim.x + threadIdx.x;
    const int row0 = blockIdx.y * (blockDim.y * 4) + threadIdx.y;
    if (col >= w)
        return;
    for (int r = 0; r < 4; ++r) {
        const int row = row0 + r * blockDim.y;
        if (row < h) {
            const size_t at = size_t(row) * w + col;
            if (row == 0 || row == h - 1 || col == 0 || col == w - 1) {
                v[at] = u[at];
            } else {
                const float mean = 0.25f * (u[at - w] + u[at + w] + u[at - 1] + u[at + 1]);
                v[at] = u[at] + omega * (mean - u[at]);
            }
        }
    }
}
