// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// warploom: zero hist
// warploom: let GX = ceil_div(w, 16)
// warploom: let GY = ceil_div(h, 16)
// warploom: launch calcHist<<<dim3(GX, GY, n), dim3(16, 16, 1)>>>(img, hist, w, h)

#define NUM_BINS     256
#define NUM_CHANNELS 3

struct Pixel {
    unsigned char r, g, b;
};

__global__ void calcHist(const Pixel* images, unsigned int* hist, int width, int height)
{
    const int x = blockIdx.x * blockDim.x + threadIdx.x;
    const int y = blockIdx.y * blockDim.y + threadIdx.y;
    const int image = blockIdx.z;

    if (x >= width || y >= height)
        return;

    const Pixel px = images[((size_t)image * height + y) * width + x];
    unsigned int* h = hist + image * NUM_CHANNELS * NUM_BINS;

    atomicAdd(&h[0 * NUM_BINS + px.r], 1);
    atomicAdd(&h[1 * NUM_BINS + px.g], 1);
    atomicAdd(&h[2 * NUM_BINS + px.b], 1);
}
