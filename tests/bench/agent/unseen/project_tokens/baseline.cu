// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Projects every pixel of a batch of feature maps (images, channels, pixels) to a token (images, pixels, width), then
// applies hard swish and adds the position embedding. One thread per output value; threadIdx.x runs along the pixels so
// that the reads of the feature map are coalesced.
//
// warploom: let GX = ceil_div(pixels, 32)
// warploom: let GY = ceil_div(width, 8)
// warploom: launch projectTokens<<<dim3(GX, GY, images), dim3(32, 8)>>>(x, w, bias, pos, y, channels, pixels, width)

#include <cuda_bf16.h>

__device__ __forceinline__ float hardSwish(float v)
{
    return v * fminf(fmaxf(v + 3.0f, 0.0f), 6.0f) / 6.0f;
}

extern "C" __global__ void projectTokens(const __nv_bfloat16* __restrict__ featureMap,
                                         const __nv_bfloat16* __restrict__ weight, const float* __restrict__ bias,
                                         const __nv_bfloat16* __restrict__ position,
                                         __nv_bfloat16* __restrict__ tokens, int numChannels, int numPixels, int width)
{
    const int pixel = blockIdx.x * blockDim.x + threadIdx.x;
    const int feature = blockIdx.y * blockDim.y + threadIdx.y;
    const int image = blockIdx.z;

    if (pixel < numPixels && feature < width) {
        const __nv_bfloat16* map = featureMap + (size_t)image * numChannels * numPixels;

        float acc = bias[feature];
        for (int c = 0; c < numChannels; c++) {
            float a = __bfloat162float(map[(size_t)c * numPixels + pixel]);
            float b = __bfloat162float(weight[(size_t)feature * numChannels + c]);
            acc += a * b;
        }

        float result = hardSwish(acc) + __bfloat162float(position[(size_t)pixel * width + feature]);
        tokens[((size_t)image * numPixels + pixel) * width + feature] = __float2bfloat16(result);
    }
}
