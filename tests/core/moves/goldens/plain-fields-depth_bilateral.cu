// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// First stage of the depth pipeline: raw sensor depth (ushort, mm) -> denoised depth (float, m). Edge-preserving: weights
// fall off with the distance in the image and with the difference in depth. Pixels without a measurement, or closer than
// the near plane, neither contribute nor get filled in.
//
// warploom: let TILES_X = ceil_div(width, 16)
// warploom: let TILES_Y = ceil_div(height, 16)
// warploom: launch bilateralFilterDepth<<<dim3(TILES_X, TILES_Y, frames), dim3(16, 16)>>>(depth, y, width, height, sigma_space, sigma_depth, near_mm)

typedef unsigned short ushort_t;

template <typename T>
__device__ __forceinline__ T sqr(T v)
{
    return v * v;
}

__global__ void bilateralFilterDepth(const ushort_t* depthIn, float* depthOut, int cols, int rows, float sigmaSpace,
                                     float sigmaDepth, int nearMm)
{
    const int u = blockIdx.x * blockDim.x + threadIdx.x;
    const int v = blockIdx.y * blockDim.y + threadIdx.y;
    if (u >= cols || v >= rows)
        return;


    const int center = depthIn[(size_t)blockIdx.z * rows * cols + (v * cols + u)];
    if (center < nearMm) {
        depthOut[(size_t)blockIdx.z * rows * cols + (v * cols + u)] = 0.f;
        return;
    }

    const float spaceCoeff = 0.5f / sqr(sigmaSpace);
    const float depthCoeff = 0.5f / sqr(sigmaDepth);


    float weightedSum = 0.f;
    float weightSum = 0.f;
    for (int cv_step = -6; cv_step <= 6; ++cv_step) {
        const int cv = v + cv_step;
        if (cv >= 0 && cv < rows) {
            for (int cu_step = -6; cu_step <= 6; ++cu_step) {
                const int cu = u + cu_step;
                if (cu >= 0 && cu < cols) {
                    const int d = depthIn[(size_t)blockIdx.z * rows * cols + (cv * cols + cu)];
                    if (d >= nearMm) {
                        const float space2 = sqr(cu - u) + sqr(cv - v);
                        const float depth2 = sqr((float)(d - center));
                        const float weight = __expf(-(space2 * spaceCoeff + depth2 * depthCoeff));
                        weightedSum += weight * d;
                        weightSum += weight;
                    }
                }
            }
        }
    }

    depthOut[(size_t)blockIdx.z * rows * cols + (v * cols + u)] = 0.001f * weightedSum / weightSum;
}
