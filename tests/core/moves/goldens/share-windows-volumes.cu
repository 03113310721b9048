// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// max_pool3d(kernel_size=3, stride=2, padding=1, ceil_mode=True, return_indices=True) on NCDHW half tensors. Out-of-range
// taps are skipped rather than padded; a window always has at least one tap inside.
//
// warploom: tune OUTPUTS = 4 8 2
// warploom: let OUT_T = ceil_div(frames - 1, 2) + 1
// warploom: let OUT_H = ceil_div(height - 1, 2) + 1
// warploom: let OUT_W = ceil_div(width - 1, 2) + 1
// warploom: let VOLUMES = clips * channels
// warploom: let TOTAL = VOLUMES * OUT_T * OUT_H * OUT_W
// warploom: launch MaxPool3dWithIndicesKernel<<<ceil_div(ceil_div(TOTAL, OUT_W) * ceil_div(OUT_W, OUTPUTS), 512), 512>>>(TOTAL, x, frames, height, width, OUT_T, OUT_H, OUT_W, y, index)

#include <cuda_fp16.h>

struct PoolParams {
    static constexpr int kernel = 3;
    static constexpr int stride = 2;
    static constexpr int pad = 1;
};

#define CUDA_KERNEL_LOOP(i, n) \
    for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < (n); i += (long long)gridDim.x * blockDim.x)

// Copies BYTES between places on such a boundary, 16 at most, in as few words as there are.
template <int BYTES>
static __device__ __forceinline__ void copyWide(void* to, const void* from)
{
    if constexpr (BYTES % 16 == 0) {
        #pragma unroll
        for (int i = 0; i < BYTES / 16; ++i)
            static_cast<uint4*>(to)[i] = static_cast<const uint4*>(from)[i];
    } else if constexpr (BYTES == 8) {
        *static_cast<uint2*>(to) = *static_cast<const uint2*>(from);
    } else if constexpr (BYTES == 4) {
        *static_cast<unsigned*>(to) = *static_cast<const unsigned*>(from);
    } else {
        #pragma unroll
        for (int i = 0; i < BYTES; ++i)
            static_cast<char*>(to)[i] = static_cast<const char*>(from)[i];
    }
}

extern "C" __global__ void MaxPool3dWithIndicesKernel(long long nthreads, const __half* __restrict__ bottom_data, int in_t,
                                                      int in_h, int in_w, int out_t, int out_h, int out_w,
                                                      __half* __restrict__ top_data, int* __restrict__ top_mask)
{
    // A thread computes OUTPUTS neighbours of a row; those at the ends of rows come last.
    const int groups = (out_w + OUTPUTS - 1) / OUTPUTS;
    const int inside = groups > 2 ? groups - 2 : 0;
    const long long item = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    const long long before = ((nthreads) + out_w - 1) / out_w * inside;
    const bool isEnd = item >= before;
    const int each = isEnd ? groups - inside : inside;
    const long long number = isEnd ? item - before : item;
    const long long row = number / each;
    const int turn = number - row * each;
    const int first = (!isEnd ? turn + 1 : turn == 0 ? 0 : turn + inside) * OUTPUTS;
    const long long rest = (nthreads) - row * out_w;
    const int there = rest < out_w ? rest : out_w;
    if (first >= there)
        return;
    const int ph = (row) % out_h;
    const int pt = (row / out_h) % out_t;
    const long long nc = row / out_h / out_t;
    int tstart = pt * PoolParams::stride - PoolParams::pad;
    int hstart = ph * PoolParams::stride - PoolParams::pad;
    int tstart_2 = max(tstart, 0);
    int hstart_2 = max(hstart, 0);
    const __half* slice = bottom_data + nc * in_t * in_h * in_w;
    int maxidx_of[OUTPUTS];
    float maxval_of[OUTPUTS];
    #pragma unroll
    for (int output = 0; output < OUTPUTS; ++output) {
        const int column = first + output < there ? first + output : first;
        const int pw = static_cast<long long>(column);
        int wstart = pw * PoolParams::stride - PoolParams::pad;
        int wstart_2 = max(wstart, 0);
        int maxidx = (tstart_2 * in_h + hstart_2) * in_w + wstart_2;
        float maxval = __half2float(slice[maxidx]);
        maxidx_of[output] = maxidx;
        maxval_of[output] = maxval;
    }
    constexpr int kLength = (OUTPUTS - 1) * 2 + 3;
    __align__(16) __half line[9][(7 + kLength + 7) / 8 * 8];
    const auto isWithin = [&](int at) {
        const int output = at < 3 ? 0 : (at - 3) / 2 + 1;
        const int w_step = at - output * 2;
        const int column = first + output;
        const int pw = static_cast<long long>(column);
        int wstart = pw * PoolParams::stride - PoolParams::pad;
        const int w = wstart + w_step;
        return (w >= 0) && (w < in_w);
    };
    const bool isInner = first + (OUTPUTS - 1) < there && isWithin(0) && isWithin((OUTPUTS - 1) * 2 + 3 - 1);
    if (isInner) {
        #pragma unroll
        for (int t_step = 0; t_step <= 2; ++t_step) {
            const int t = tstart + t_step;
            if (t >= 0 && t < in_t) {
                #pragma unroll
                for (int h_step = 0; h_step <= 2; ++h_step) {
                    const int h = hstart + h_step;
                    if (h >= 0 && h < in_h) {
                        {
                            const auto placeOf = [&](int at) {
                                const int output = at < 3 ? 0 : (at - 3) / 2 + 1;
                                const int w_step = at - output * 2;
                                const int column = first + output;
                                const int pw = static_cast<long long>(column);
                                int wstart = pw * PoolParams::stride - PoolParams::pad;
                                const int w = wstart + w_step;
                                const int idx = (t * in_h + h) * in_w + w;
                                return &slice[idx];
                            };
                            constexpr int begin = 1;
                            constexpr int words = kLength > begin ? (kLength - begin) / 8 : 0;
                            constexpr int end = begin + words * 8;
                            if (words > 0
                                && reinterpret_cast<size_t>(placeOf(begin)) % 16 == 0) {
                                #pragma unroll
                                for (int i_2 = 0; i_2 < words; ++i_2)
                                    *reinterpret_cast<uint4*>(&line[t_step * 3 + h_step][7 + begin + i_2 * 8]) =
                                        reinterpret_cast<const uint4*>(placeOf(begin))[i_2];
                            } else {
                                #pragma unroll
                                for (int at = begin; at < end; ++at)
                                    line[t_step * 3 + h_step][7 + at] = *placeOf(at);
                            }
                            #pragma unroll
                            for (int at = 0; at < kLength; ++at)
                                if (at < begin || at >= end)
                                    line[t_step * 3 + h_step][7 + at] = *placeOf(at);
                        }
                    }
                }
            }
        }
        #pragma unroll
        for (int t_step = 0; t_step <= 2; ++t_step) {
            const int t = tstart + t_step;
            if (t >= 0 && t < in_t) {
                #pragma unroll
                for (int h_step = 0; h_step <= 2; ++h_step) {
                    const int h = hstart + h_step;
                    if (h >= 0 && h < in_h) {
                        #pragma unroll
                        for (int output = 0; output < OUTPUTS; ++output) {
                            const int column = first + output;
                            const int pw = static_cast<long long>(column);
                            int wstart = pw * PoolParams::stride - PoolParams::pad;
                            #pragma unroll
                            for (int w_step = 0; w_step <= 2; ++w_step) {
                                const int w = wstart + w_step;
                                {
                                    const int idx = (t * in_h + h) * in_w + w;
                                    const float val = __half2float(line[t_step * 3 + h_step][7 + output * 2 + w_step]);
                                    if (val > maxval_of[output]) {
                                        maxval_of[output] = val;
                                        maxidx_of[output] = idx;
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    } else {
        #pragma unroll
        for (int t_step = 0; t_step <= 2; ++t_step) {
            const int t = tstart + t_step;
            if (t >= 0 && t < in_t) {
                #pragma unroll
                for (int h_step = 0; h_step <= 2; ++h_step) {
                    const int h = hstart + h_step;
                    if (h >= 0 && h < in_h) {
                        {
                            const auto isThere = [&](int at) {
                                const int output = at < 3 ? 0 : (at - 3) / 2 + 1;
                                const int w_step = at - output * 2;
                                const int column = first + output;
                                const int pw = static_cast<long long>(column);
                                int wstart = pw * PoolParams::stride - PoolParams::pad;
                                const int w = wstart + w_step;
                                return first + output < there && (w >= 0) && (w < in_w);
                            };
                            const auto placeOf = [&](int at) {
                                const int output = at < 3 ? 0 : (at - 3) / 2 + 1;
                                const int w_step = at - output * 2;
                                const int column = first + output;
                                const int pw = static_cast<long long>(column);
                                int wstart = pw * PoolParams::stride - PoolParams::pad;
                                const int w = wstart + w_step;
                                const int idx = (t * in_h + h) * in_w + w;
                                return &slice[idx];
                            };
                            constexpr int begin = 1;
                            constexpr int words = kLength > begin ? (kLength - begin) / 8 : 0;
                            constexpr int end = begin + words * 8;
                            if (words > 0 && isThere(begin) && isThere(end - 1)
                                && reinterpret_cast<size_t>(placeOf(begin)) % 16 == 0) {
                                #pragma unroll
                                for (int i_2 = 0; i_2 < words; ++i_2)
                                    *reinterpret_cast<uint4*>(&line[t_step * 3 + h_step][7 + begin + i_2 * 8]) =
                                        reinterpret_cast<const uint4*>(placeOf(begin))[i_2];
                            } else {
                                #pragma unroll
                                for (int at = begin; at < end; ++at)
                                    if (isThere(at))
                                        line[t_step * 3 + h_step][7 + at] = *placeOf(at);
                            }
                            #pragma unroll
                            for (int at = 0; at < kLength; ++at)
                                if ((at < begin || at >= end) && isThere(at))
                                    line[t_step * 3 + h_step][7 + at] = *placeOf(at);
                        }
                    }
                }
            }
        }
        #pragma unroll
        for (int t_step = 0; t_step <= 2; ++t_step) {
            const int t = tstart + t_step;
            if (t >= 0 && t < in_t) {
                #pragma unroll
                for (int h_step = 0; h_step <= 2; ++h_step) {
                    const int h = hstart + h_step;
                    if (h >= 0 && h < in_h) {
                        #pragma unroll
                        for (int output = 0; output < OUTPUTS; ++output) {
                            const int column = first + output;
                            const int pw = static_cast<long long>(column);
                            int wstart = pw * PoolParams::stride - PoolParams::pad;
                            #pragma unroll
                            for (int w_step = 0; w_step <= 2; ++w_step) {
                                const int w = wstart + w_step;
                                if (w >= 0 && w < in_w) {
                                    const int idx = (t * in_h + h) * in_w + w;
                                    const float val = __half2float(line[t_step * 3 + h_step][7 + output * 2 + w_step]);
                                    if (val > maxval_of[output]) {
                                        maxval_of[output] = val;
                                        maxidx_of[output] = idx;
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
    __align__(16) __half stored[OUTPUTS];
    __align__(16) int stored_2[OUTPUTS];
    #pragma unroll
    for (int output = 0; output < OUTPUTS; ++output) {
        const int column = first + output;
        int maxidx = maxidx_of[output];
        float maxval = maxval_of[output];
        stored[output] = __float2half(maxval);
        stored_2[output] = maxidx;
    }
    {
        const auto placeOf = [&](int output) -> __half& {
            const int column = first + output;
            const long long index = row * out_w + column;
            return top_data[index];
        };
        constexpr int words = OUTPUTS * 2 < 16 ? OUTPUTS * 2 : 16;
        if (first + (OUTPUTS - 1) < there && reinterpret_cast<size_t>(&placeOf(0)) % words == 0) {
            copyWide<OUTPUTS * 2>(&placeOf(0), stored);
        } else {
            #pragma unroll
            for (int output = 0; output < OUTPUTS; ++output)
                if (first + output < there)
                    placeOf(output) = stored[output];
        }
    }
    {
        const auto placeOf = [&](int output) -> int& {
            const int column = first + output;
            const long long index = row * out_w + column;
            return top_mask[index];
        };
        constexpr int words = OUTPUTS * 4 < 16 ? OUTPUTS * 4 : 16;
        if (first + (OUTPUTS - 1) < there && reinterpret_cast<size_t>(&placeOf(0)) % words == 0) {
            copyWide<OUTPUTS * 4>(&placeOf(0), stored_2);
        } else {
            #pragma unroll
            for (int output = 0; output < OUTPUTS; ++output)
                if (first + output < there)
                    placeOf(output) = stored_2[output];
        }
    }
}
