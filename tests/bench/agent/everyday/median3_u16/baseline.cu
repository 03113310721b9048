// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// warploom: let GX = ceil_div(w, 16)
// warploom: let GY = ceil_div(h, 16)
// warploom: launch medfilt2<<<dim3(GX, GY, frames), dim3(16, 16)>>>(img, out, h, w)

namespace {

template <typename T>
__device__ void swap_(T& a, T& b)
{
    T t = a;
    a = b;
    b = t;
}

// partial selection sort: only the first half has to be in order
template <typename T, int N>
__device__ T median(T (&v)[N])
{
    for (int i = 0; i <= N / 2; ++i) {
        int smallest = i;
        for (int j = i + 1; j < N; ++j)
            if (v[j] < v[smallest])
                smallest = j;
        swap_(v[i], v[smallest]);
    }
    return v[N / 2];
}

__device__ int clampi(int v, int lo, int hi) { return v < lo ? lo : (v > hi ? hi : v); }

} // namespace

extern "C" __global__ void medfilt2(const unsigned short* src, unsigned short* dst, int rows, int cols)
{
    const int c = blockIdx.x * blockDim.x + threadIdx.x;
    const int r = blockIdx.y * blockDim.y + threadIdx.y;
    if (r >= rows || c >= cols)
        return;

    const size_t frame = (size_t)blockIdx.z * rows * cols;
    unsigned short win[9];
    int k = 0;
    for (int dr = -1; dr <= 1; ++dr)
        for (int dc = -1; dc <= 1; ++dc)
            win[k++] = src[frame + (size_t)clampi(r + dr, 0, rows - 1) * cols + clampi(c + dc, 0, cols - 1)];

    dst[frame + (size_t)r * cols + c] = median(win);
}
