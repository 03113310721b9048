// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What channel_softmax must compute, in float64: one thread a pixel of one image.
//
// warploom: let PIXELS = n_img * plane
// warploom: launch channel_softmax_reference<<<ceil_div(PIXELS, 64), 64>>>(score, prob, PIXELS, n_chan, plane)

extern "C" __global__ void channel_softmax_reference(const float* score, double* prob, long long pixels,
                                                     long long n_chan, long long plane)
{
    long long pixel = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (pixel >= pixels)
        return;
    long long first = pixel / plane * n_chan * plane + pixel % plane;
    long long end = first + n_chan * plane;

    double largest = score[first];
    for (long long at = first; at < end; at += plane)
        largest = fmax(largest, double(score[at]));

    double sum = 0;
    for (long long at = first; at < end; at += plane) {
        prob[at] = exp(score[at] - largest);
        sum += prob[at];
    }
    for (long long at = first; at < end; at += plane)
        prob[at] /= sum;
}
