// warploom: tune TILE = 16 32 8
// warploom: launch g<<<dim3(ceil_div(n, TILE), ceil_div(m, TILE)), dim3(TILE, TILE)>>>(a, b, u, v, c, m, n, k)
__global__ void g(const float* a, const float* b, const float* u, const float* v, float* c, int m, int n, int k)
{
    // An element has 2 sums (gate, up): a factor that several take comes once for all of them.
    __shared__ float left_tile[TILE][TILE];
    __shared__ float right_tile_gate[TILE][TILE];
    __shared__ float right_tile_up[TILE][TILE];
    const int j = blockIdx.x * TILE + threadIdx.x;
    const int i = blockIdx.y * TILE + threadIdx.y;

    float gate = 0;
    float up = 0;
    for (int tile_begin = 0; tile_begin < k; tile_begin += TILE) {
        {
            const int p = tile_begin + threadIdx.x;
            left_tile[threadIdx.y][threadIdx.x] = i < m && p < k ? a[i * k + p] : float(0);
        }
        {
            const int p = tile_begin + threadIdx.y;
            right_tile_gate[threadIdx.y][threadIdx.x] = p < k && j < n ? u[j * k + p] : float(0);
            right_tile_up[threadIdx.y][threadIdx.x] = p < k && j < n ? v[p * n + j] : float(0);
        }
        __syncthreads();
        for (int step = 0; step < TILE; ++step) {
            gate += left_tile[threadIdx.y][step] * right_tile_gate[step][threadIdx.x];
            up += left_tile[threadIdx.y][step] * right_tile_up[step][threadIdx.x];
        }
        __syncthreads();
    }
    if (i < m && j < n) {
        c[i * n + j] = gate / (1 + expf(-gate)) * up;
    }
}
