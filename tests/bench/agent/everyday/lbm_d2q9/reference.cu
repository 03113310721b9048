// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// One thread for each cell, in float64.
//
// warploom: let CELLS = nx * ny
// warploom: launch lbm_reference<<<ceil_div(CELLS, 128), 128>>>(f, solid, fnew, CELLS, nx, ny, omega)

extern "C" __global__ void lbm_reference(const float* f, const unsigned char* solid, double* fnew, long long cells,
                                         long long nx, long long ny, float omega)
{
    const int ex[9] = {0, 1, 0, -1, 0, 1, -1, -1, 1};
    const int ey[9] = {0, 0, 1, 0, -1, 1, 1, -1, -1};
    const int opposite[9] = {0, 3, 4, 1, 2, 7, 8, 5, 6};
    long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= cells)
        return;
    long long x = i % nx, y = i / nx;
    double g[9], rho = 0, mx = 0, my = 0;
    for (int q = 0; q < 9; ++q) {
        g[q] = f[q * cells + (y - ey[q] + ny) % ny * nx + (x - ex[q] + nx) % nx];
        rho += g[q];
        mx += g[q] * ex[q];
        my += g[q] * ey[q];
    }
    double ux = mx / rho, uy = my / rho;
    for (int q = 0; q < 9; ++q) {
        double w = q == 0 ? 4.0 / 9 : q < 5 ? 1.0 / 9 : 1.0 / 36;
        double eu = ex[q] * ux + ey[q] * uy;
        double equilibrium = w * rho * (1 + 3 * eu + 4.5 * eu * eu - 1.5 * (ux * ux + uy * uy));
        if (solid[i])
            fnew[opposite[q] * cells + i] = g[q];
        else
            fnew[q * cells + i] = g[q] + double(omega) * (equilibrium - g[q]);
    }
}
