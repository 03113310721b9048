// warploom: tune ROWS = 8 4 16 2
// warploom: tune COLUMNS = 16 8 4
// warploom: tune BLOCK_X = 32 64 128
// warploom: tune BLOCK_Y = 4 2 8 1
// warploom: require ROWS * COLUMNS <= 128
// warploom: launch g<<<dim3(ceil_div(w, BLOCK_X * COLUMNS), ceil_div(h, BLOCK_Y * ROWS)), dim3(BLOCK_X, BLOCK_Y)>>>(b, a, w, h)
// One element of g.
static __device__ __forceinline__ void g_element(float* to, const unsigned char* from, int m, int n, int u, int v)
{
    constexpr int down[3] = {1, 2, 1};
    if (u < m && v < n) {
        int total = 0;
        #pragma unroll
        for (int j = -1; j <= 1; ++j) {
            if (v + j < 0 || v + j >= n)
                continue;
            const unsigned char* row = from + (v + j) * m;
            int line = 0;
            for (int k = -1; k <= 1; ++k)
                line += (u + k >= 0 && u + k < m ? row[u + k] : 0) * k;
            total = total + down[j + 1] * line;
        }
        to[v * m + u] = sqrtf(float(total * total));
    }
}

// A patch of ROWS x COLUMNS elements of g. Sums along a row are worked out once for all rows that they
// are part of, two in a word: of elements n and n + 2, each in 16 bits.
// INSIDE: there are neighbours on both sides.
template <bool INSIDE>
static __device__ __forceinline__ void g_patch(float* to, const unsigned char* from, int m, int n, int first_u,
    int first_v)
{
    struct alignas(sizeof(unsigned char) * COLUMNS) from_run { unsigned at[COLUMNS / 4]; };
    struct alignas(sizeof(unsigned char) * 4) from_side { unsigned at[4 / 4]; };
    constexpr int g_across[] = {-1, 0, 1};
    constexpr int g_down[] = {1, 2, 1};
    const unsigned char* from_plane = from;
    unsigned g_sums[ROWS][COLUMNS / 2];
    #pragma unroll
    for (int down_2 = 0; down_2 < ROWS; ++down_2) {
        #pragma unroll
        for (int k_2 = 0; k_2 < COLUMNS / 2; ++k_2)
            g_sums[down_2][k_2] = 1020u * 0x10001u;
    }
    #pragma unroll
    for (int down_2 = 0; down_2 < ROWS + 2; ++down_2) {
        const bool exists = first_v + down_2 - 1 >= 0 && first_v + down_2 - 1 <= n - 1;
        const unsigned char* from_row =
            from_plane + (long long)min(max(first_v + down_2 - 1, 0), n - 1) * m;
        const from_run own = *reinterpret_cast<const from_run*>(from_row + first_u);
        from_side before = *reinterpret_cast<const from_side*>(
            from_row + (INSIDE || first_u != 0 ? first_u - 4 : 0));
        from_side after = *reinterpret_cast<const from_side*>(
            from_row + (INSIDE || first_u + COLUMNS != m ? first_u + COLUMNS : first_u));
        if (!INSIDE) {
            #pragma unroll
            for (int k_2 = 0; k_2 < 4 / 4; ++k_2) {
                before.at[k_2] = first_u == 0 ? 0 : before.at[k_2];
                after.at[k_2] = first_u + COLUMNS == m ? 0 : after.at[k_2];
            }
        }
        unsigned from_words[(COLUMNS + 2 * 4) / 4];
        #pragma unroll
        for (int k_2 = 0; k_2 < COLUMNS / 4; ++k_2)
            from_words[4 / 4 + k_2] = exists ? own.at[k_2] : 0;
        #pragma unroll
        for (int k_2 = 0; k_2 < 4 / 4; ++k_2)
            from_words[k_2] = exists ? before.at[k_2] : 0;
        #pragma unroll
        for (int k_2 = 0; k_2 < 4 / 4; ++k_2)
            from_words[(4 + COLUMNS) / 4 + k_2] = exists ? after.at[k_2] : 0;
        unsigned from_pairs[(COLUMNS + 2 * 4) / 4 * 4];
        #pragma unroll
        for (int k_2 = 0; k_2 < (COLUMNS + 2 * 4) / 4; ++k_2) {
            from_pairs[4 * k_2] = from_words[k_2] & 0xff00ffu;
            from_pairs[4 * k_2 + 1] = __byte_perm(from_words[k_2], 0, 0x4341);
        }
        #pragma unroll
        for (int k_2 = 1; k_2 < (COLUMNS + 2 * 4) / 4; ++k_2) {
            from_pairs[4 * k_2 - 2] = __funnelshift_r(from_pairs[4 * k_2 - 4], from_pairs[4 * k_2], 16);
            from_pairs[4 * k_2 - 1] = __funnelshift_r(from_pairs[4 * k_2 - 3], from_pairs[4 * k_2 + 1], 16);
        }
        #pragma unroll
        for (int k_2 = 0; k_2 < COLUMNS / 2; ++k_2) {
            unsigned line_sum = 0;
            #pragma unroll
            for (int n_2 = 0; n_2 < 3; ++n_2)
                line_sum += g_across[n_2] * from_pairs[k_2 / 2 * 4 + k_2 % 2 + 4 + (n_2 - 1) * 1];
            #pragma unroll
            for (int n_2 = 0; n_2 < 3; ++n_2)
                if (down_2 >= n_2 && down_2 - n_2 < ROWS)
                    g_sums[down_2 - n_2][k_2] += g_down[n_2] * line_sum;
        }
    }
    struct alignas(sizeof(float) * COLUMNS < 16 ? sizeof(float) * COLUMNS : 16) to_run_t {
        float at[COLUMNS];
    };
    #pragma unroll
    for (int down_2 = 0; down_2 < ROWS; ++down_2) {
        const int v = first_v + down_2;
        if (v >= n)
            break;
        to_run_t to_run;
        #pragma unroll
        for (int across = 0; across < COLUMNS; ++across) {
            const int u = first_u + across;
            const int g_sum = int(g_sums[down_2][across / 4 * 2 + across % 2] >> across % 4 / 2 * 16 & 0xffff) - 1020;
            constexpr int down[3] = {1, 2, 1};
            int total = 0;
            total += g_sum;
            to_run.at[across] = sqrtf(float(total * total));
        }
        float* to_row = to + (long long)v * m;
        *reinterpret_cast<to_run_t*>(to_row + first_u) = to_run;
    }
}

__global__ void g(float* to, const unsigned char* from, int m, int n) {
    const int first_u = (blockIdx.x * blockDim.x + threadIdx.x) * COLUMNS;
    const int first_v = (blockIdx.y * blockDim.y + threadIdx.y) * ROWS;
    if (first_v >= n || first_u >= m)
        return;
    const int warp_u = (blockIdx.x * blockDim.x + threadIdx.x / 32 * 32) * COLUMNS;
    if (m % COLUMNS == 0) {
        if (warp_u >= 4 && warp_u <= m - 32 * COLUMNS - 4)
            g_patch<true>(to, from, m, n, first_u, first_v);
        else
            g_patch<false>(to, from, m, n, first_u, first_v);
        return;
    }
    // Rows of other lengths: one element after the other.
    #pragma unroll 1
    for (int down_2 = 0; down_2 < ROWS; ++down_2) {
        #pragma unroll 1
        for (int across = 0; across < COLUMNS; ++across)
            if (first_v + down_2 < n && first_u + across < m)
                g_element(to, from, m, n, first_u + across, first_v + down_2);
    }
}
