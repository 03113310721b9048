// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// max_pool3d(kernel_size=3, stride=2, padding=1, ceil_mode=True, return_indices=True) on NCDHW half tensors. Out-of-range
// taps are skipped rather than padded; a window always has at least one tap inside.
//
// warploom: let OUT_T = ceil_div(frames - 1, 2) + 1
// warploom: let OUT_H = ceil_div(height - 1, 2) + 1
// warploom: let OUT_W = ceil_div(width - 1, 2) + 1
// warploom: let VOLUMES = clips * channels
// warploom: let TOTAL = VOLUMES * OUT_T * OUT_H * OUT_W
// warploom: launch MaxPool3dWithIndicesKernel<<<ceil_div(TOTAL, 512), 512>>>(TOTAL, x, frames, height, width, OUT_T, OUT_H, OUT_W, y, index)

#include <cuda_fp16.h>

struct PoolParams {
    static constexpr int kernel = 3;
    static constexpr int stride = 2;
    static constexpr int pad = 1;
};

#define CUDA_KERNEL_LOOP(i, n) \
    for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < (n); i += (long long)gridDim.x * blockDim.x)

extern "C" __global__ void MaxPool3dWithIndicesKernel(long long nthreads, const __half* __restrict__ bottom_data, int in_t,
                                                      int in_h, int in_w, int out_t, int out_h, int out_w,
                                                      __half* __restrict__ top_data, int* __restrict__ top_mask)
{
    CUDA_KERNEL_LOOP(index, nthreads)
    {
        const int pw = index % out_w;
        const int ph = (index / out_w) % out_h;
        const int pt = (index / out_w / out_h) % out_t;
        const long long nc = index / out_w / out_h / out_t;

        int tstart = pt * PoolParams::stride - PoolParams::pad;
        int hstart = ph * PoolParams::stride - PoolParams::pad;
        int wstart = pw * PoolParams::stride - PoolParams::pad;
        const int tend = min(tstart + PoolParams::kernel, in_t);
        const int hend = min(hstart + PoolParams::kernel, in_h);
        const int wend = min(wstart + PoolParams::kernel, in_w);
        tstart = max(tstart, 0);
        hstart = max(hstart, 0);
        wstart = max(wstart, 0);

        const __half* slice = bottom_data + nc * in_t * in_h * in_w;
        int maxidx = (tstart * in_h + hstart) * in_w + wstart;
        float maxval = __half2float(slice[maxidx]);
        for (int t = tstart; t < tend; ++t) {
            for (int h = hstart; h < hend; ++h) {
                for (int w = wstart; w < wend; ++w) {
                    const int idx = (t * in_h + h) * in_w + w;
                    const float val = __half2float(slice[idx]);
                    if (val > maxval) {
                        maxval = val;
                        maxidx = idx;
                    }
                }
            }
        }
        top_data[index] = __float2half(maxval);
        top_mask[index] = maxidx;
    }
}
