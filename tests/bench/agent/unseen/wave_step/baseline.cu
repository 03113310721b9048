// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// One leapfrog step of the 3-D wave equation in double precision: one thread computes one point, in cubes of 8 × 8 × 8
// points.
//
// Each point is loaded seven times, by threads of up to four blocks, and a warp touches only 64 bytes of each of four
// lines.
//
// warploom: let BX = ceil_div(nx, 8)
// warploom: let BY = ceil_div(ny, 8)
// warploom: let BZ = ceil_div(nz, 8)
// warploom: launch leapfrog<<<dim3(BX, BY, BZ), dim3(8, 8, 8)>>>(u, u_old, u_new, nx, ny, nz, c2)

#define IDX(i, j, k) ((size_t)(i) + (size_t)nx * ((j) + (size_t)ny * (k)))

extern "C" __global__ void leapfrog(const double* u, const double* u_old, double* u_new, int nx, int ny, int nz,
                                    double c2)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    int j = blockIdx.y * blockDim.y + threadIdx.y;
    int k = blockIdx.z * blockDim.z + threadIdx.z;

    if (i < nx && j < ny && k < nz) {
        if (i > 0 && i < nx - 1 && j > 0 && j < ny - 1 && k > 0 && k < nz - 1) {
            double lap = u[IDX(i - 1, j, k)] + u[IDX(i + 1, j, k)] + u[IDX(i, j - 1, k)] + u[IDX(i, j + 1, k)]
                + u[IDX(i, j, k - 1)] + u[IDX(i, j, k + 1)] - 6.0 * u[IDX(i, j, k)];
            u_new[IDX(i, j, k)] = 2.0 * u[IDX(i, j, k)] - u_old[IDX(i, j, k)] + c2 * lap;
        } else {
            u_new[IDX(i, j, k)] = 0.0;
        }
    }
}
