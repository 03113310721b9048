// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// warploom: let GX = ceil_div(out_features, 32)
// warploom: let GY = ceil_div(tokens, 8)
// warploom: launch qlinear_kernel<uint8_t, int8_t><<<dim3(GX, GY), dim3(32, 8)>>>(x, w, w_zp, bias, mult, y, tokens, in_features, out_features, x_zp, y_zp)

#include <cstdint>

// fixed-point multiplication by mult / 2^31, rounded to nearest
__device__ __forceinline__ int32_t requantize(int32_t acc, int32_t mult, int32_t zp)
{
    int64_t prod = (int64_t)acc * (int64_t)mult;
    int32_t v = (int32_t)((prod + (1ll << 30)) >> 31) + zp;
    return v < 0 ? 0 : (v > 255 ? 255 : v);
}

template <typename act_t, typename wgt_t>
__global__ void qlinear_kernel(const act_t* __restrict__ input, const wgt_t* __restrict__ weight,
                               const wgt_t* __restrict__ weight_zp, const int32_t* __restrict__ bias,
                               const int32_t* __restrict__ mult, act_t* __restrict__ output, int64_t rows,
                               int64_t in_features, int64_t out_features, int32_t input_zp, int32_t output_zp)
{
    const int64_t o = blockIdx.x * (int64_t)blockDim.x + threadIdx.x;
    const int64_t r = blockIdx.y * (int64_t)blockDim.y + threadIdx.y;
    if (r >= rows || o >= out_features) return;

    int32_t acc = bias[o];
    const int32_t wz = static_cast<int32_t>(weight_zp[o]);
    for (int64_t k = 0; k < in_features; ++k) {
        const int32_t a = static_cast<int32_t>(input[r * in_features + k]) - input_zp;
        const int32_t b = static_cast<int32_t>(weight[o * in_features + k]) - wz;
        acc += a * b;
    }
    output[r * out_features + o] = static_cast<act_t>(requantize(acc, mult[o], output_zp));
}
