// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// depthwise_conv: two variables a declaration, continue.
// expects: window
// warploom: launch k<<<dim3(ceil_div(width, 16), ceil_div(height, 16), images * channels), dim3(16, 16)>>>(x, filters, y, channels, height, width)
__global__ void k(const float* x, const float* f, float* y, int C, int H, int W)
{
    int w = blockIdx.x * blockDim.x + threadIdx.x, h = blockIdx.y * blockDim.y + threadIdx.y;
    int c = blockIdx.z % C;
    if (w >= W || h >= H) return;
    const float* in = x + (size_t)blockIdx.z * H * W;
    float acc = 0.f;
    for (int kh = 0; kh < 3; kh++)
        for (int kw = 0; kw < 3; kw++) {
            int ih = h - 1 + kh, iw = w - 1 + kw;
            if (ih < 0 || ih >= H || iw < 0 || iw >= W) continue;
            acc += in[ih * W + iw] * f[c * 9 + kh * 3 + kw];
        }
    y[(size_t)blockIdx.z * H * W + h * W + w] = acc;
}
