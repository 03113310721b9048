// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// stencil2d: the inner part in the if.
// expects: window
// warploom: launch k<<<dim3(ceil_div(width, 32), ceil_div(height, 8)), dim3(32, 8)>>>(x, next, height, width, omega)
__global__ void k(const float* u, float* v, int ny, int nx, float w)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    int j = blockIdx.y * blockDim.y + threadIdx.y;
    if (i < nx && j < ny) {
        long c = (long)j * nx + i;
        if (i > 0 && i < nx - 1 && j > 0 && j < ny - 1)
            v[c] = u[c] + w * (0.25f * (u[c - nx] + u[c + nx] + u[c - 1] + u[c + 1]) - u[c]);
        else
            v[c] = u[c];
    }
}
