// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// One branch step of HiFi-GAN's ResBlock2: xt = leaky_relu(x); xt = conv1d(xt, dilation); x = xt + x. Channels-first (N, C, T),
// "same" padding as get_padding(kernel_size, dilation) gives it.
//
// warploom: launch resblock_conv1d_forward<half, float><<<dim3(ceil_div(time, 256), channels, batch), 256>>>(input, weight, bias, output, channels, time, taps, dilation, negative_slope)

#include <cuda_fp16.h>

#include <cstdint>

template <typename acc_t>
__device__ __forceinline__ acc_t leaky_relu(acc_t v, acc_t slope)
{
    return v > acc_t(0) ? v : v * slope;
}

__host__ __device__ __forceinline__ int get_padding(int kernel_size, int dilation)
{
    return (kernel_size * dilation - dilation) / 2;
}

template <typename scalar_t, typename acc_t>
__global__ void resblock_conv1d_forward(const scalar_t* __restrict__ input, const scalar_t* __restrict__ weight,
                                        const scalar_t* __restrict__ bias, scalar_t* __restrict__ output,
                                        const int channels, const int length, const int kernel_size,
                                        const int dilation, const float negative_slope)
{
    const int t = blockIdx.x * blockDim.x + threadIdx.x;
    const int oc = blockIdx.y;
    const int n = blockIdx.z;
    if (t >= length)
        return;

    const int padding = get_padding(kernel_size, dilation);
    const scalar_t* x = input + static_cast<int64_t>(n) * channels * length;
    const scalar_t* w = weight + static_cast<int64_t>(oc) * channels * kernel_size;

    acc_t sum = static_cast<acc_t>(bias[oc]);
    for (int ic = 0; ic < channels; ++ic) {
        for (int k = 0; k < kernel_size; ++k) {
            const int src = t - padding + k * dilation;
            if (src >= 0 && src < length) {
                const acc_t v = static_cast<acc_t>(x[static_cast<int64_t>(ic) * length + src]);
                sum += static_cast<acc_t>(w[ic * kernel_size + k]) * leaky_relu<acc_t>(v, negative_slope);
            }
        }
    }

    const int64_t idx = static_cast<int64_t>(oc) * length + t;
    output[static_cast<int64_t>(n) * channels * length + idx] = static_cast<scalar_t>(sum + static_cast<acc_t>(x[idx]));
}
