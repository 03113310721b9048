// warploom: tune TILE = 32 16 64
// warploom: tune TILE_ROWS = 8 4 16 32
// warploom: tune PAD = 1 0 2
// warploom: require TILE * TILE_ROWS <= 1024
// warploom: require TILE % TILE_ROWS == 0
// warploom: launch k<<<ceil_div(W * H, TILE) * ceil_div(C, TILE) * N, dim3(TILE, TILE_ROWS)>>>(x, bias, y, N * C * H * W, C, H, W, N)
__global__ void k(const float* x, const float* bias, float* y, int all, int C, int H, int W, int N) {
    // A block turns a tile: it is read along h_w and written along c.
    __shared__ float tile[TILE][TILE + PAD];
    const int h_w_count = W * H;
    const unsigned h_w_tiles = unsigned((h_w_count - 1) / TILE + 1);
    const unsigned c_tiles = unsigned((C - 1) / TILE + 1);
    unsigned rest = blockIdx.x;
    const int h_w_first = static_cast<int>(rest % h_w_tiles) * TILE;
    rest /= h_w_tiles;
    const int c_first = static_cast<int>(rest % c_tiles) * TILE;
    rest /= c_tiles;
    const int n = rest;
    for (int step = 0; step < TILE; step += TILE_ROWS) {
        const int h_w = h_w_first + threadIdx.x;
        const int c = c_first + threadIdx.y + step;
        if (h_w < h_w_count && c < C)
            tile[threadIdx.y + step][threadIdx.x] = x[(long long)C * H * W * n + (long long)H * W * c + h_w];
    }
    __syncthreads();
    for (int step = 0; step < TILE; step += TILE_ROWS) {
        const int h_w = h_w_first + threadIdx.y + step;
        const int c = c_first + threadIdx.x;
        if (h_w < h_w_count && c < C) {
            y[(long long)C * H * W * n + (long long)C * h_w + c] = tile[threadIdx.x][threadIdx.y + step];
        }
    }
}
