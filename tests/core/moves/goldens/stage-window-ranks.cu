// warploom: tune BLOCK_X = 32 64 16
// warploom: tune BLOCK_Y = 8 4 16
// warploom: tune ROWS = 2 4 1
// warploom: require 4 * (BLOCK_X + 2) * (BLOCK_Y * ROWS + 2) <= 49152
// warploom: launch g<<<dim3(ceil_div(w, BLOCK_X), ceil_div(h, BLOCK_Y * ROWS), n), dim3(BLOCK_X, BLOCK_Y)>>>(x, y, w, h)
// One element of g, which stands at [down][across] of its block; what lies around it comes from the block's tile.
// INSIDE: all that is read exists.
template <bool INSIDE>
static __device__ __forceinline__ void g_element(const float* x, float* y, int w, int h,
    const float (&x_tile)[BLOCK_Y * ROWS + 2][BLOCK_X + 2], int down, int across, int c, int r)
{
    const float* image = x + (size_t)blockIdx.z * h * w;
    float a = -1e30f, b = -1e30f, d = -1e30f;
    #pragma unroll
    for (int p = -1; p <= 1; ++p)
        #pragma unroll
        for (int q = -1; q <= 1; ++q)
            if (INSIDE || (r + p >= 0 && r + p < h && c + q >= 0 && c + q < w)) {
                float e = x_tile[down + p + 1][across + q + 1];
                d = fmaxf(d, fminf(b, e));
                b = fmaxf(b, fminf(a, e));
                a = fmaxf(a, e);
            }
    y[(size_t)blockIdx.z * h * w + r * w + c] = d;
}

__global__ void g(const float* x, float* y, int w, int h) {
    __shared__ float x_tile[BLOCK_Y * ROWS + 2][BLOCK_X + 2];
    const int first_c = blockIdx.x * BLOCK_X;
    const int first_r = blockIdx.y * (BLOCK_Y * ROWS);
    // The block's elements and what lies around them; what there is none of is filled from the edge.
    for (int down = threadIdx.y; down < BLOCK_Y * ROWS + 2; down += BLOCK_Y) {
        const int near_y = min(max(first_r + down - 1, 0), h - 1);
        for (int across = threadIdx.x; across < BLOCK_X + 2; across += BLOCK_X) {
            const int near_x = min(max(first_c + across - 1, 0), w - 1);
            x_tile[down][across] = x[((long long)(blockIdx.z) * h + near_y) * w + near_x];
        }
    }
    __syncthreads();
    const int c = first_c + threadIdx.x;
    if (c >= w)
        return;
    const bool is_inside = first_c >= 1 && first_c + BLOCK_X + 1 <= w && first_r >= 1 && first_r + BLOCK_Y * ROWS + 1 <=
        h;
    #pragma unroll 1
    for (int down = threadIdx.y; down < BLOCK_Y * ROWS; down += BLOCK_Y) {
        const int r = first_r + down;
        if (r >= h)
            break;
        if (is_inside)
            g_element<true>(x, y, w, h, x_tile, down, threadIdx.x, c, r);
        else
            g_element<false>(x, y, w, h, x_tile, down, threadIdx.x, c, r);
    }
}
