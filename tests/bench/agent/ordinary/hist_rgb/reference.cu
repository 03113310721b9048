// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Block (slice, image): 256 threads go through a sixty-fourth of an image; thread b counts the values that equal b. Then
// one thread a bin adds up the slices.
//
// warploom: let SLICE = ceil_div(h * w, 64)
// warploom: scratch parts u32[n, 64, 3, 256]
// warploom: launch count_slices<<<dim3(64, n), 256>>>(img, parts, h * w, SLICE)
// warploom: launch add_slices<<<n, 256>>>(parts, hist)

extern "C" __global__ void count_slices(const unsigned char* img, unsigned* parts, long long pixels, long long slice)
{
    long long n = blockIdx.y;
    int b = threadIdx.x;
    unsigned found[3] = {0, 0, 0};
    for (long long i = blockIdx.x * slice; i < (blockIdx.x + 1) * slice && i < pixels; ++i)
        for (int c = 0; c < 3; ++c)
            found[c] += img[(n * pixels + i) * 3 + c] == b;
    for (int c = 0; c < 3; ++c)
        parts[((n * 64 + blockIdx.x) * 3 + c) * 256 + b] = found[c];
}

extern "C" __global__ void add_slices(const unsigned* parts, unsigned* hist)
{
    long long n = blockIdx.x;
    for (int c = 0; c < 3; ++c) {
        unsigned sum = 0;
        for (int s = 0; s < 64; ++s)
            sum += parts[((n * 64 + s) * 3 + c) * 256 + threadIdx.x];
        hist[(n * 3 + c) * 256 + threadIdx.x] = sum;
    }
}
