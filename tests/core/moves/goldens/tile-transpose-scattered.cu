// warploom: tune TILE = 64 32
// warploom: tune TILE_ROWS = 8 4 16 32
// warploom: tune PAD = 2 0 1
// warploom: require TILE * TILE_ROWS <= 1024
// warploom: require TILE % TILE_ROWS == 0
// warploom: launch k<<<ceil_div(c, TILE) * ceil_div(b, TILE) * a, dim3(TILE, TILE_ROWS)>>>(x, y, a, b, c, gain)
__device__ size_t at(int p, int q, int r, int qs, int rs) { return ((size_t)p * qs + q) * rs + r; }
__global__ void k(const short* x, float* y, int a, int b, int c, float gain) {
    // A block turns a tile: it is read along r and written along q.
    __shared__ short tile[TILE][TILE + PAD];
    const unsigned r_tiles = unsigned((c - 1) / TILE + 1);
    const unsigned q_tiles = unsigned((b - 1) / TILE + 1);
    unsigned rest = blockIdx.x;
    const long long r_first = static_cast<long long>(rest % r_tiles) * TILE;
    rest /= r_tiles;
    const long long q_first = static_cast<long long>(rest % q_tiles) * TILE;
    rest /= q_tiles;
    const long long p = rest;
    for (int step = 0; step < TILE; step += TILE_ROWS) {
        const long long r = r_first + threadIdx.x;
        const long long q = q_first + threadIdx.y + step;
        if (r < c && q < b)
            tile[threadIdx.y + step][threadIdx.x] = x[r + (long long)q * c + (long long)p * b * c];
    }
    __syncthreads();
    for (int step = 0; step < TILE; step += TILE_ROWS) {
        const long long r = r_first + threadIdx.y + step;
        const long long q = q_first + threadIdx.x;
        if (r < c && q < b) {
            y[(long long)a * r * b + (long long)p * b + b - q - 1] = gain * (float)tile[threadIdx.x][threadIdx.y + step] + 1;
        }
    }
}
