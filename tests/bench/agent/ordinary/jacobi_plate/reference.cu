// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Four sweeps, one thread a point.
//
// warploom: scratch other f64[ny, nx]
// warploom: let BLOCKS = ceil_div(ny * nx, 128)
// warploom: launch sweep_reference<<<BLOCKS, 128>>>(u, other, f, ny, nx, h2)
// warploom: launch sweep_reference<<<BLOCKS, 128>>>(other, u, f, ny, nx, h2)
// warploom: launch sweep_reference<<<BLOCKS, 128>>>(u, other, f, ny, nx, h2)
// warploom: launch sweep_reference<<<BLOCKS, 128>>>(other, u, f, ny, nx, h2)

extern "C" __global__ void sweep_reference(const double* from, double* to, const double* f, long long ny,
                                           long long nx, double h2)
{
    long long at = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (at >= ny * nx)
        return;
    long long i = at % nx;
    long long j = at / nx;
    if (i == 0 || j == 0 || i == nx - 1 || j == ny - 1)
        to[at] = from[at];
    else
        to[at] = 0.25 * (from[at - nx] + from[at + nx] + from[at - 1] + from[at + 1] - h2 * f[at]);
}
