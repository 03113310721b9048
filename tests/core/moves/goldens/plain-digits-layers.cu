// warploom: tune TILE = 16 32 8
// warploom: let COUNT = batch * steps * features
// warploom: launch k<<<dim3(ceil_div(features, TILE), ceil_div(steps, TILE), batch), dim3(TILE, TILE)>>>(x, w, y, COUNT, steps, batch, depth, features)
__global__ void k(const float* x, const float* w, float* y, int count, int T, int B, int C, int N)
{
    __shared__ float left_tile[TILE][TILE];
    __shared__ float right_tile[TILE][TILE];
    const int n = blockIdx.x * TILE + threadIdx.x;
    const int t = blockIdx.y * TILE + threadIdx.y;

    float s = 0;
    for (int tile_begin = 0; tile_begin < C; tile_begin += TILE) {
        {
            const int c = tile_begin + threadIdx.x;
            left_tile[threadIdx.y][threadIdx.x] = t < T && c < C ? x[(t * B + int(blockIdx.z)) * C + c] : float(0);
        }
        {
            const int c = tile_begin + threadIdx.y;
            right_tile[threadIdx.y][threadIdx.x] = c < C && n < N ? w[n * C + c] : float(0);
        }
        __syncthreads();
        for (int step = 0; step < TILE; ++step)
            s += left_tile[threadIdx.y][step] * right_tile[step][threadIdx.x];
        __syncthreads();
    }
    if (t < T && n < N) {
        y[((int(blockIdx.z) * T + t) * N + n)] = s;
    }
}
