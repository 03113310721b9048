// warploom: tune TILE_M = 64 32 128
// warploom: tune TILE_N = 64 32 128
// warploom: tune TILE_K = 16 8 32
// warploom: tune THREAD_M = 4 2 8
// warploom: tune THREAD_N = 4 2 8
// warploom: tune PAD = 4 0 1
// warploom: require (TILE_N / THREAD_N) * (TILE_M / THREAD_M) <= 1024
// warploom: require (TILE_M + PAD + TILE_N) * TILE_K * 4 <= 49152
// warploom: launch gram<<<dim3(ceil_div(n, TILE_N), ceil_div(n, TILE_M)), dim3(TILE_N / THREAD_N, TILE_M / THREAD_M)>>>(x, mean, g, n, m)
__global__ void gram(const float* x, const float* mean, float* g, int n, int m)
{
    // No element of such a tile is asked for.
    if (blockIdx.x * TILE_N + TILE_N <= blockIdx.y * TILE_M)
        return;
    __shared__ float left_tile[TILE_K][TILE_M + PAD];
    __shared__ float right_tile[TILE_K][TILE_N];
    const int thread = threadIdx.y * blockDim.x + threadIdx.x;
    float sums[THREAD_M][THREAD_N] = {};

    for (int tile_begin = 0; tile_begin < m; tile_begin += TILE_K) {
        for (int item = thread; item < TILE_M * TILE_K; item += blockDim.x * blockDim.y) {
            const int r = blockIdx.y * TILE_M + item / TILE_K;
            const int k = tile_begin + item % TILE_K;
            left_tile[item % TILE_K][item / TILE_K] = r < n && k < m ? x[k * n + r] : float(0);
        }
        for (int item = thread; item < TILE_K * TILE_N; item += blockDim.x * blockDim.y) {
            const int c = blockIdx.x * TILE_N + item % TILE_N;
            const int k = tile_begin + item / TILE_N;
            right_tile[item / TILE_N][item % TILE_N] = k < m && c < n ? x[k * n + c] : float(0);
        }
        __syncthreads();
        #pragma unroll
        for (int step = 0; step < TILE_K; ++step) {
            float left_part[THREAD_M];
            float right_part[THREAD_N];
            #pragma unroll
            for (int i = 0; i < THREAD_M; ++i)
                left_part[i] = left_tile[step][threadIdx.y * THREAD_M + i];
            #pragma unroll
            for (int j = 0; j < THREAD_N; ++j)
                right_part[j] = right_tile[step][threadIdx.x + j * (TILE_N / THREAD_N)];
            #pragma unroll
            for (int i = 0; i < THREAD_M; ++i)
                #pragma unroll
                for (int j = 0; j < THREAD_N; ++j)
                    sums[i][j] += left_part[i] * right_part[j];
        }
        __syncthreads();
    }
    #pragma unroll
    for (int i = 0; i < THREAD_M; ++i) {
        #pragma unroll
        for (int j = 0; j < THREAD_N; ++j) {
            const int r = blockIdx.y * TILE_M + threadIdx.y * THREAD_M + i;
            const int c = blockIdx.x * TILE_N + threadIdx.x + j * (TILE_N / THREAD_N);
            if (r < n && c < n) {
                float sum = sums[i][j];
                if (r <= c) {
                    g[r * n + c] = sum;
                    g[c * n + r] = sum;
                }
            }
        }
    }
}
