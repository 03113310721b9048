// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Columns first, then a warp's width of partial sums for each row.
//
// warploom: zero sat
// warploom: launch down<<<dim3(ceil_div(w, 64), frames), 64>>>(img, sat, h, w)
// warploom: launch along<<<dim3(h, frames), 32>>>(sat, h, w)

extern "C" __global__ void down(const unsigned char* img, unsigned* sat, long long h, long long w)
{
    long long x = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (x >= w)
        return;
    unsigned sum = 0;
    for (long long y = 0; y < h; ++y) {
        sum += img[(blockIdx.y * h + y) * w + x];
        sat[(blockIdx.y * (h + 1) + y + 1) * (w + 1) + x + 1] = sum;
    }
}

extern "C" __global__ void along(unsigned* sat, long long h, long long w)
{
    __shared__ unsigned parts[32];
    unsigned* row = sat + (blockIdx.y * (h + 1) + blockIdx.x + 1) * (w + 1) + 1;
    long long each = (w + 31) / 32, from = threadIdx.x * each, to = from + each < w ? from + each : w;
    unsigned sum = 0;
    for (long long x = from; x < to; ++x)
        sum += row[x];
    parts[threadIdx.x] = sum;
    __syncthreads();
    sum = 0;
    for (unsigned t = 0; t < threadIdx.x; ++t)
        sum += parts[t];
    for (long long x = from; x < to; ++x)
        row[x] = sum += row[x];
}
