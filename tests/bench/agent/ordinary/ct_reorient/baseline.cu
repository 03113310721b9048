// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// z-y-x (as the scanner writes it, upside down) to x-z-y, in HU
//
// warploom: let BLOCKS = min(ceil_div(nx * ny * nz, 256), 4096)
// warploom: launch reorient_volume<<<BLOCKS, 256>>>(raw, out, nx, ny, nz, slope, intercept)

struct Extent3 {
    int x, y, z;
};

__device__ inline size_t flat(int i, int j, int k, int nj, int nk)
{
    return ((size_t)i * nj + j) * nk + k;
}

__global__ void reorient_volume(const short* src, float* dst, int nx, int ny, int nz, float slope, float intercept)
{
    const size_t voxels = (size_t)nx * ny * nz;
    const Extent3 e = {nx, ny, nz};

    for (size_t v = blockIdx.x * (size_t)blockDim.x + threadIdx.x; v < voxels; v += (size_t)gridDim.x * blockDim.x) {
        const int x = v % e.x;
        const int y = (v / e.x) % e.y;
        const int z = v / ((size_t)e.x * e.y);
        const float hu = slope * (float)src[v] + intercept;
        dst[flat(x, z, e.y - 1 - y, e.z, e.y)] = hu;
    }
}
