// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Backward warping of NHWC feature maps with a dense flow field (dx, dy in pixels). Bilinear; samples outside the image
// count as zero. Block = 32 channels x 8 pixels of one image row.
//
// warploom: let XBLOCKS = ceil_div(width, 8)
// warploom: launch warp_nhwc<<<dim3(XBLOCKS, height, images), dim3(32, 8)>>>(x, flow, y, height, width, channels)

#include <cuda_fp16.h>

__device__ float fetch(const __half* img, int yy, int xx, int c, int H, int W, int C)
{
    if (yy < 0 || yy >= H || xx < 0 || xx >= W)
        return 0.0f;
    return __half2float(img[((size_t)yy * W + xx) * C + c]);
}

extern "C" __global__ void warp_nhwc(const __half* src, const float* flow, __half* dst, int H, int W, int C)
{
    int px = blockIdx.x * blockDim.y + threadIdx.y;
    int py = blockIdx.y;
    int n = blockIdx.z;
    if (px >= W) return;

    size_t pixel = ((size_t)n * H + py) * W + px;
    float sx = px + flow[pixel * 2 + 0];
    float sy = py + flow[pixel * 2 + 1];

    int x0 = (int)floorf(sx);
    int y0 = (int)floorf(sy);
    float fx = sx - x0;
    float fy = sy - y0;

    const __half* img = src + (size_t)n * H * W * C;

    for (int c = threadIdx.x; c < C; c += blockDim.x) {
        float v00 = fetch(img, y0, x0, c, H, W, C);
        float v01 = fetch(img, y0, x0 + 1, c, H, W, C);
        float v10 = fetch(img, y0 + 1, x0, c, H, W, C);
        float v11 = fetch(img, y0 + 1, x0 + 1, c, H, W, C);

        float top = v00 * (1.0f - fx) + v01 * fx;
        float bottom = v10 * (1.0f - fx) + v11 * fx;
        dst[pixel * C + c] = __float2half(top * (1.0f - fy) + bottom * fy);
    }
}
