// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Bins are found in float as the task has them, in the same order of operations; everything is added up in float64.
//
// warploom: zero density
// warploom: scratch total f64[1]
// warploom: zero total
// warploom: launch count_reference<<<ceil_div(n, 128), 128>>>(px, py, weight, density, n, nx, ny, xlo, xhi, ylo, yhi)
// warploom: launch total_reference<<<1, 1>>>(density, total, nx * ny)
// warploom: launch divide_reference<<<ceil_div(nx * ny, 128), 128>>>(density, total, nx * ny)

extern "C" __global__ void count_reference(const float* px, const float* py, const float* weight, double* density,
                                           long long n, int nx, int ny, float xlo, float xhi, float ylo, float yhi)
{
    long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n)
        return;
    float x = px[i];
    float y = py[i];
    if (x < xlo || x >= xhi || y < ylo || y >= yhi)
        return;
    int bx = int(__fmul_rn(__fdiv_rn(__fsub_rn(x, xlo), __fsub_rn(xhi, xlo)), float(nx)));
    int by = int(__fmul_rn(__fdiv_rn(__fsub_rn(y, ylo), __fsub_rn(yhi, ylo)), float(ny)));
    bx = min(bx, nx - 1);
    by = min(by, ny - 1);
    atomicAdd(density + by * nx + bx, double(weight[i]));
}

extern "C" __global__ void total_reference(const double* density, double* total, long long bins)
{
    for (long long i = 0; i < bins; ++i)
        total[0] += density[i];
}

extern "C" __global__ void divide_reference(double* density, const double* total, long long bins)
{
    long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < bins && total[0] > 0)
        density[i] /= total[0];
}
