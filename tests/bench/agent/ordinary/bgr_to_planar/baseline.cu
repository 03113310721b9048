// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// cv::Mat batch (BGR, 8UC3, with a step) -> network input blob
//
// warploom: let STEP = ceil_div(3 * w, 64) * 64
// warploom: let COUNT = n * 3 * h * w
// warploom: launch preprocess_kernel<<<ceil_div(COUNT, 256), 256>>>(img, STEP, out, COUNT, h, w, mean, stdev)

typedef unsigned char uchar;

extern "C" __global__ void preprocess_kernel(const uchar* src, int step, float* dst, int count, int height, int width,
                                             const float* mean, const float* std)
{
    int idx = blockIdx.x * blockDim.x + threadIdx.x;
    if (idx >= count) return;

    int x = idx % width;
    int y = (idx / width) % height;
    int c = (idx / width / height) % 3;
    int b = idx / width / height / 3;

    // BGR -> RGB
    uchar p = src[((size_t)b * height + y) * step + x * 3 + (2 - c)];
    dst[idx] = (p / 255.0 - mean[c]) / std[c];
}
