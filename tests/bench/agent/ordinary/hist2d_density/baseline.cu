// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// np.histogram2d(px, py, weights=w, range=...), then divided by the total
//
// warploom: zero density
// warploom: launch histogram2d<<<min(ceil_div(n, 128), 65536), 128>>>(px, py, weight, density, n, nx, ny, xlo, xhi, ylo, yhi)
// warploom: launch normalize<<<1, 1>>>(density, nx * ny)

struct Axis {
    float lo, hi;
    int bins;

    __device__ int bin(float v) const
    {
        if (!(v >= lo && v < hi))
            return -1;
        int i = (int)((v - lo) / (hi - lo) * bins);
        return i < bins ? i : bins - 1;
    }
};

__global__ void histogram2d(const float* px, const float* py, const float* weight, float* hist, long long n, int nx,
                            int ny, float xlo, float xhi, float ylo, float yhi)
{
    Axis ax = {xlo, xhi, nx};
    Axis ay = {ylo, yhi, ny};
    for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < n;
         i += (long long)gridDim.x * blockDim.x) {
        int bx = ax.bin(px[i]);
        int by = ay.bin(py[i]);
        if (bx < 0 || by < 0)
            continue;
        atomicAdd(hist + by * nx + bx, weight[i]);
    }
}

__global__ void normalize(float* hist, int bins)
{
    float total = 0;
    for (int i = 0; i < bins; ++i)
        total += hist[i];
    if (total > 0)
        for (int i = 0; i < bins; ++i)
            hist[i] = hist[i] / total;
}
