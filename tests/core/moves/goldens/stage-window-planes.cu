// warploom: tune BLOCK_X = 32 64 16
// warploom: tune BLOCK_Y = 8 4 16
// warploom: tune ROWS = 2 4 1
// warploom: tune PLANES = 4 8 2 1
// warploom: require 2 * (BLOCK_X + 2) * (BLOCK_Y * ROWS + 2) * (PLANES + 2) + 1 * (BLOCK_X + 2) * (BLOCK_Y * ROWS + 2) <= 49152
// warploom: launch g<<<dim3(ceil_div(w, BLOCK_X), ceil_div(h, BLOCK_Y * ROWS), ceil_div(d, PLANES)), dim3(BLOCK_X, BLOCK_Y)>>>(x, m, y, w, h, d)
// One element of g, which stands at [deep][down][across] of its block; what lies around it comes from the block's tile.
// INSIDE: all that is read exists.
template <bool INSIDE>
static __device__ __forceinline__ void g_element(const short* x, const unsigned char* m, short* y, unsigned w,
    unsigned h, unsigned d, const short (&x_tile)[PLANES + 2][BLOCK_Y * ROWS + 2][BLOCK_X + 2],
    const unsigned char (&m_tile)[BLOCK_Y * ROWS + 2][BLOCK_X + 2], int deep, int down, int across, unsigned int i,
    unsigned int j, unsigned int k)
{
    short least = x_tile[deep + 1][down + 1][across + 1];
    if (INSIDE || (i > 0 && i < w - 1 && j > 0 && j < h - 1 && k > 0 && k < d - 1))
        #pragma unroll
        for (int a = -1; a < 2; ++a)
            #pragma unroll
            for (int b = -1; b < 2; ++b)
                #pragma unroll
                for (int c = -1; c < 2; ++c)
                    if (m_tile[down + b + 1][across + c + 1])
                        least = min(least, x_tile[deep + a + 1][down + b + 1][across + c + 1]);
    y[(k * h + j) * w + i] = least;
}

__global__ void g(const short* x, const unsigned char* m, short* y, unsigned w, unsigned h, unsigned d) {
    __shared__ short x_tile[PLANES + 2][BLOCK_Y * ROWS + 2][BLOCK_X + 2];
    __shared__ unsigned char m_tile[BLOCK_Y * ROWS + 2][BLOCK_X + 2];
    const long long first_i = (long long)(blockIdx.x) * BLOCK_X;
    const long long first_j = (long long)(blockIdx.y) * (BLOCK_Y * ROWS);
    const long long first_k = (long long)(blockIdx.z) * PLANES;
    // The block's elements and what lies around them; what there is none of is filled from the edge.
    for (int deep = 0; deep < PLANES + 2; ++deep) {
        const long long near_z = min(max(first_k + deep - 1, (long long)(0)), (long long)(d) - 1);
        for (int down = threadIdx.y; down < BLOCK_Y * ROWS + 2; down += BLOCK_Y) {
            const long long near_y = min(max(first_j + down - 1, (long long)(0)), (long long)(h) - 1);
            for (int across = threadIdx.x; across < BLOCK_X + 2; across += BLOCK_X) {
                const long long near_x = min(max(first_i + across - 1, (long long)(0)), (long long)(w) - 1);
                x_tile[deep][down][across] = x[((long long)(near_z) * h + near_y) * w + near_x];
            }
        }
    }
    for (int down = threadIdx.y; down < BLOCK_Y * ROWS + 2; down += BLOCK_Y) {
        const long long near_y = min(max(first_j + down - 1, (long long)(0)), (long long)(h) - 1);
        for (int across = threadIdx.x; across < BLOCK_X + 2; across += BLOCK_X) {
            const long long near_x = min(max(first_i + across - 1, (long long)(0)), (long long)(w) - 1);
            m_tile[down][across] = m[(long long)(near_y) * w + near_x];
        }
    }
    __syncthreads();
    const unsigned int i = first_i + threadIdx.x;
    if (i >= w)
        return;
    const bool is_inside = first_i >= 1 && first_i + BLOCK_X + 1 <= w && first_j >= 1 && first_j + BLOCK_Y * ROWS + 1 <=
        h && first_k >= 1 && first_k + PLANES + 1 <= d;
    #pragma unroll 1
    for (int deep = 0; deep < PLANES; ++deep) {
        const unsigned int k = first_k + deep;
        if (k >= d)
            break;
        #pragma unroll 1
        for (int down = threadIdx.y; down < BLOCK_Y * ROWS; down += BLOCK_Y) {
            const unsigned int j = first_j + down;
            if (j >= h)
                break;
            if (is_inside)
                g_element<true>(x, m, y, w, h, d, x_tile, m_tile, deep, down, threadIdx.x, i, j, k);
            else
                g_element<false>(x, m, y, w, h, d, x_tile, m_tile, deep, down, threadIdx.x, i, j, k);
        }
    }
}
