// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// One explicit step of Perona-Malik diffusion (edge-stopping function exp(-(g / kappa)^2)), for a batch of half precision images
// whose rows are padded to a pitch. Pixels beyond the border repeat the border. The padding of the result is set to zero; that
// of the source holds anything at all.
//
// warploom: let PITCH = width + pad
// warploom: let NX = ceil_div(PITCH, 32)
// warploom: let NY = ceil_div(height, 8)
// warploom: launch perona_malik_step<<<dim3(NX, NY, images), dim3(32, 8)>>>(src, dst, width, height, PITCH, step, kappa)

#include <cuda_fp16.h>

typedef __half pixel_t;

struct ImageView {
    const pixel_t* base;
    int w, h, pitch;

    // replicated border
    __device__ float at(int x, int y) const
    {
        x = min(max(x, 0), w - 1);
        y = min(max(y, 0), h - 1);
        return __half2float(base[y * pitch + x]);
    }
};

// conductance times gradient
__device__ float flux(float grad, float kappa)
{
    float r = grad / kappa;
    return expf(-(r * r)) * grad;
}

extern "C" __global__ void perona_malik_step(const pixel_t* __restrict__ src, pixel_t* __restrict__ dst, int width, int height,
                                             int pitch, float step, float kappa)
{
    int px = blockIdx.x * blockDim.x + threadIdx.x;
    int py = blockIdx.y * blockDim.y + threadIdx.y;
    if (px >= pitch || py >= height) return;

    size_t plane = size_t(blockIdx.z) * height * pitch;
    pixel_t* out = &dst[plane + size_t(py) * pitch + px];

    if (px >= width) {
        *out = __float2half(0.0f);
        return;
    }

    ImageView img{src + plane, width, height, pitch};
    float centre = img.at(px, py);

    float north = img.at(px, py - 1) - centre;
    float south = img.at(px, py + 1) - centre;
    float west = img.at(px - 1, py) - centre;
    float east = img.at(px + 1, py) - centre;

    float update = flux(north, kappa) + flux(south, kappa) + flux(west, kappa) + flux(east, kappa);
    *out = __float2half(centre + step * update);
}
