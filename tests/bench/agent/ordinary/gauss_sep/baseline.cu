// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Rows, then columns.
//
// warploom: scratch tmp f32[n, h, w]
// warploom: let BX = ceil_div(w, 16)
// warploom: let BY = ceil_div(h, 16)
// warploom: launch convolutionRow<<<dim3(BX, BY, n), dim3(16, 16)>>>(tmp, img, g, radius, w, h)
// warploom: launch convolutionCol<<<dim3(BY, BX, n), dim3(16, 16)>>>(out, tmp, g, radius, w, h)

__device__ int clampi(int v, int lo, int hi)
{
    return v < lo ? lo : (v > hi ? hi : v);
}

__global__ void convolutionRow(float *d_Dst, const float *d_Src, const float *c_Kernel, int filterR, int imageW,
                               int imageH)
{
    int col = blockIdx.x * blockDim.x + threadIdx.x;
    int row = blockIdx.y * blockDim.y + threadIdx.y;
    if (col >= imageW || row >= imageH)
        return;
    const float *src = d_Src + (size_t)blockIdx.z * imageW * imageH;
    float *dst = d_Dst + (size_t)blockIdx.z * imageW * imageH;

    float sum = 0;
    for (int k = -filterR; k <= filterR; k++) {
        int d = clampi(col + k, 0, imageW - 1);
        sum += src[row * imageW + d] * c_Kernel[filterR + k];
    }
    dst[row * imageW + col] = sum;
}

__global__ void convolutionCol(float *d_Dst, const float *d_Src, const float *c_Kernel, int filterR, int imageW,
                               int imageH)
{
    int row = blockIdx.x * blockDim.x + threadIdx.x;
    int col = blockIdx.y * blockDim.y + threadIdx.y;
    if (col >= imageW || row >= imageH)
        return;
    const float *src = d_Src + (size_t)blockIdx.z * imageW * imageH;
    float *dst = d_Dst + (size_t)blockIdx.z * imageW * imageH;

    float sum = 0;
    for (int k = -filterR; k <= filterR; k++) {
        int d = clampi(row + k, 0, imageH - 1);
        sum += src[d * imageW + col] * c_Kernel[filterR + k];
    }
    dst[row * imageW + col] = sum;
}
