// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Softmax over the channels of planar images: one thread works through the channels of one pixel, in three loops, and
// a row of the grid is an image.
//
// Neighbouring threads stand at neighbouring pixels, but each of them reads all channels three times, in steps of a
// whole plane, one value after the other; and each exponential is computed twice.
//
// warploom: launch channel_softmax<<<dim3(ceil_div(plane, 128), n_img), 128>>>(score, prob, n_chan, plane)

extern "C" __global__ void channel_softmax(const float* __restrict__ score, float* __restrict__ prob, const int n_chan,
                                           const int plane)
{
    const int p = blockIdx.x * blockDim.x + threadIdx.x;
    if (p >= plane) {
        return;
    }
    const size_t base = size_t(blockIdx.y) * n_chan * plane + p;

    float max_val = -3.402823466e38f;
    for (int c = 0; c < n_chan; c++) {
        max_val = fmaxf(max_val, score[base + size_t(c) * plane]);
    }

    float denom = 0.0f;
    for (int c = 0; c < n_chan; c++) {
        denom += expf(score[base + size_t(c) * plane] - max_val);
    }

    for (int c = 0; c < n_chan; c++) {
        const float e = expf(score[base + size_t(c) * plane] - max_val);
        prob[base + size_t(c) * plane] = e / denom;
    }
}
