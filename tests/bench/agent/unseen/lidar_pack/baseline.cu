// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Range image -> organized-by-beam, dense-in-azimuth point cloud. First pass: every row of the image gets the output slot of
// each of its returns (an exclusive scan of the valid flags) and their number. Second pass: a thread per pixel projects its
// return through the beam's lookup table and writes it to its slot; pixels behind the last return get padding.
//
// warploom: scratch slots u16[sweeps, beams, azimuths]
// warploom: let ROWS = sweeps * beams
// warploom: let PIXEL_BLOCKS = ceil_div(azimuths, 256)
// warploom: launch compute_slots<<<ceil_div(ROWS, 128), 128>>>(range, signal, slots, found, ROWS, azimuths, near, far, min_signal)
// warploom: launch project_returns<<<dim3(PIXEL_BLOCKS, beams, sweeps), 256>>>(range, signal, ray, origin, slots, found, xyz, column, azimuths, unit, near, far, min_signal)

#include <cstdint>

struct Vec3 {
    float x, y, z;
};

static __device__ inline bool is_return(uint16_t r, uint8_t s, uint16_t r_min, uint16_t r_max, uint8_t s_min)
{
    return r >= r_min && r <= r_max && s >= s_min;
}

extern "C" __global__ void compute_slots(const uint16_t* range_img, const uint8_t* signal_img, uint16_t* slots, int* n_returns,
                                         int n_rows, int W, uint16_t r_min, uint16_t r_max, uint8_t s_min)
{
    const int row = blockIdx.x * blockDim.x + threadIdx.x;
    if (row < n_rows) {
        const size_t base = static_cast<size_t>(row) * W;
        int next = 0;
        for (int col = 0; col < W; col++) {
            slots[base + col] = next;
            if (is_return(range_img[base + col], signal_img[base + col], r_min, r_max, s_min))
                next++;
        }
        n_returns[row] = next;
    }
}

extern "C" __global__ void project_returns(const uint16_t* range_img, const uint8_t* signal_img, const Vec3* directions,
                                           const Vec3* offsets, const uint16_t* slots, const int* n_returns, Vec3* cloud,
                                           int16_t* source_col, int W, float range_unit, uint16_t r_min, uint16_t r_max,
                                           uint8_t s_min)
{
    const int col = blockIdx.x * blockDim.x + threadIdx.x;
    const int beam = blockIdx.y;
    const int row = blockIdx.z * gridDim.y + beam;
    if (col >= W)
        return;

    const size_t base = static_cast<size_t>(row) * W;
    const uint16_t r = range_img[base + col];
    if (is_return(r, signal_img[base + col], r_min, r_max, s_min)) {
        const size_t dst = base + slots[base + col];
        const float metres = 0.001f * range_unit * r;
        const Vec3 dir = directions[beam * W + col];
        const Vec3 off = offsets[beam];
        cloud[dst].x = metres * dir.x + off.x;
        cloud[dst].y = metres * dir.y + off.y;
        cloud[dst].z = metres * dir.z + off.z;
        source_col[dst] = col;
    }
    if (col >= n_returns[row]) {
        cloud[base + col] = Vec3{0.0f, 0.0f, 0.0f};
        source_col[base + col] = -1;
    }
}
