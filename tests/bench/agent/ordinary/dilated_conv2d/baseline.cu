// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// warploom: let TOTAL = n * c_out * h * w
// warploom: launch conv2d_dilated_forward<<<ceil_div(TOTAL, 256), 256>>>(TOTAL, x, weight, bias, c_in, h, w, c_out, dil, slope, y)

#define KSIZE 3
#define CUDA_1D_KERNEL_LOOP(i, n) for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < (n); i += blockDim.x * gridDim.x)

template <typename scalar_t>
__device__ __forceinline__ scalar_t leaky_relu(scalar_t v, scalar_t negative_slope)
{
    return v > 0 ? v : negative_slope * v;
}

extern "C" __global__ void conv2d_dilated_forward(const int nthreads, const float* bottom_data,
                                                  const float* weight_data, const float* bias_data,
                                                  const int channels, const int height, const int width,
                                                  const int num_output, const int dilation,
                                                  const float negative_slope, float* top_data)
{
    CUDA_1D_KERNEL_LOOP(index, nthreads)
    {
        const int pw = index % width;
        const int ph = (index / width) % height;
        const int oc = (index / width / height) % num_output;
        const int b = index / width / height / num_output;

        float value = bias_data[oc];
        for (int ic = 0; ic < channels; ++ic) {
            for (int kh = 0; kh < KSIZE; ++kh) {
                for (int kw = 0; kw < KSIZE; ++kw) {
                    const int ih = ph - dilation + kh * dilation;
                    const int iw = pw - dilation + kw * dilation;
                    if (ih >= 0 && ih < height && iw >= 0 && iw < width) {
                        const int bottom_offset = ((b * channels + ic) * height + ih) * width + iw;
                        const int weight_offset = ((oc * channels + ic) * KSIZE + kh) * KSIZE + kw;
                        value += bottom_data[bottom_offset] * weight_data[weight_offset];
                    }
                }
            }
        }
        top_data[index] = leaky_relu(value, negative_slope);
    }
}
