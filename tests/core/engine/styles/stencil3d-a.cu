// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// stencil3d: blocks of three dimensions, terms written out.
// expects: window
// warploom: launch k<<<dim3(ceil_div(width, 8), ceil_div(height, 8), ceil_div(depth, 8)), dim3(8, 8, 8)>>>(grid, next, depth, height, width, w0, w1, w2, w3)
__global__ void k(const float* __restrict__ in, float* __restrict__ out, int nz, int ny, int nx, float w0, float w1, float w2, float w3)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    int j = blockIdx.y * blockDim.y + threadIdx.y;
    int k = blockIdx.z * blockDim.z + threadIdx.z;
    if (i >= nx || j >= ny || k >= nz) return;
    const long sxy = (long)nx * ny;
    const long c = k * sxy + (long)j * nx + i;
    if (i == 0 || j == 0 || k == 0 || i == nx - 1 || j == ny - 1 || k == nz - 1) { out[c] = in[c]; return; }
    float faces = in[c - 1] + in[c + 1] + in[c - nx] + in[c + nx] + in[c - sxy] + in[c + sxy];
    float edges = in[c - 1 - nx] + in[c + 1 - nx] + in[c - 1 + nx] + in[c + 1 + nx] + in[c - sxy - 1] + in[c - sxy + 1]
        + in[c + sxy - 1] + in[c + sxy + 1] + in[c - sxy - nx] + in[c - sxy + nx] + in[c + sxy - nx] + in[c + sxy + nx];
    float corners = 0;
    for (int a = -1; a <= 1; a += 2) for (int b = -1; b <= 1; b += 2) for (int d = -1; d <= 1; d += 2)
        corners += in[c + a * sxy + b * nx + d];
    out[c] = w0 * in[c] + w1 * faces + w2 * edges + w3 * corners;
}
