// warploom: tune BLOCK_X = 32 64 16
// warploom: tune BLOCK_Y = 8 4 16
// warploom: tune ROWS = 2 4 1
// warploom: tune UNROLL = 9 1
// warploom: require 4 * (BLOCK_X + 8) * (BLOCK_Y * ROWS + 8) <= 49152
// warploom: launch g<<<dim3(ceil_div(w, BLOCK_X), ceil_div(h, BLOCK_Y * ROWS), n), dim3(BLOCK_X, BLOCK_Y)>>>(x, y, w, h)
typedef float real;
// One element of g, which stands at [down][across] of its block; what lies around it comes from the block's tile.
// INSIDE: all that is read exists.
template <bool INSIDE>
static __device__ __forceinline__ void g_element(const real* x, float* y, int w, int h,
    const real (&x_tile)[BLOCK_Y * ROWS + 8][BLOCK_X + 8], int down, int across, int u, int v)
{
    const float here = x_tile[down + 4][across + 4];
    if (here < 0) {
        y[(size_t)blockIdx.z * h * w + v * w + u] = 0;
        return;
    }
    float s = 0;
    float t = 0;
    #pragma unroll UNROLL
    for (int r_step = -4; r_step <= 4; ++r_step) {
        const int r = v + r_step;
        if (INSIDE || (r >= 0 && r < h)) {
            #pragma unroll
            for (int c_step = -4; c_step <= 4; ++c_step) {
                const int c = u + c_step;
                if (INSIDE || (c >= 0 && c < w)) {
                    const float there = x_tile[down + r_step + 4][across + c_step + 4];
                    if (!(there < 0)) {
                        const float weight = expf((here - there) * (there - here) - (c - u) * (c - u) - (r - v) * (r - v));
                        s += weight * there;
                        t += weight;
                    }
                }
            }
        }
    }
    y[(size_t)blockIdx.z * h * w + v * w + u] = s / t;
}

__global__ void g(const real* x, float* y, int w, int h) {
    __shared__ real x_tile[BLOCK_Y * ROWS + 8][BLOCK_X + 8];
    const int first_u = blockIdx.x * BLOCK_X;
    const int first_v = blockIdx.y * (BLOCK_Y * ROWS);
    // The block's elements and what lies around them; what there is none of is filled from the edge.
    for (int down = threadIdx.y; down < BLOCK_Y * ROWS + 8; down += BLOCK_Y) {
        const int near_y = min(max(first_v + down - 4, 0), h - 1);
        for (int across = threadIdx.x; across < BLOCK_X + 8; across += BLOCK_X) {
            const int near_x = min(max(first_u + across - 4, 0), w - 1);
            x_tile[down][across] = x[((long long)(blockIdx.z) * h + near_y) * w + near_x];
        }
    }
    __syncthreads();
    const int u = first_u + threadIdx.x;
    if (u >= w)
        return;
    const bool is_inside = first_u >= 4 && first_u + BLOCK_X + 4 <= w && first_v >= 4 && first_v + BLOCK_Y * ROWS + 4 <=
        h;
    #pragma unroll 1
    for (int down = threadIdx.y; down < BLOCK_Y * ROWS; down += BLOCK_Y) {
        const int v = first_v + down;
        if (v >= h)
            break;
        if (is_inside)
            g_element<true>(x, y, w, h, x_tile, down, threadIdx.x, u, v);
        else
            g_element<false>(x, y, w, h, x_tile, down, threadIdx.x, u, v);
    }
}
