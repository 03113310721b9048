// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// warploom: let W = 2 * hw
// warploom: let H = 2 * hh
// warploom: let GX = ceil_div(W, 32)
// warploom: let GY = ceil_div(H, 8)
// warploom: launch nv12_to_rgba<<<dim3(GX, GY, frames), dim3(32, 8, 1)>>>(luma, chroma, rgba, W, H)

typedef unsigned char uint8;

__device__ __forceinline__ uint8 clip255(int v)
{
    if (v < 0) return 0;
    if (v > 255) return 255;
    return (uint8)v;
}

extern "C" __global__ void nv12_to_rgba(const uint8 *y_plane, const uint8 *uv_plane, uint8 *dst, int width, int height)
{
    int x = blockIdx.x * blockDim.x + threadIdx.x;
    int y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x >= width || y >= height)
        return;

    size_t frame = blockIdx.z;
    const uint8 *Y = y_plane + frame * width * height;
    const uint8 *UV = uv_plane + frame * (width / 2) * height;
    uint8 *out = dst + (frame * width * height + (size_t)y * width + x) * 4;

    int c = Y[y * width + x] - 16;
    int d = UV[(y / 2) * width + (x / 2) * 2 + 0] - 128;
    int e = UV[(y / 2) * width + (x / 2) * 2 + 1] - 128;

    out[0] = clip255((298 * c + 409 * e + 128) >> 8);
    out[1] = clip255((298 * c - 100 * d - 208 * e + 128) >> 8);
    out[2] = clip255((298 * c + 516 * d + 128) >> 8);
    out[3] = 255;
}
