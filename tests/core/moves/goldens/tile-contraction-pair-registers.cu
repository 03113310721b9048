// warploom: tune TILE_M = 64 32 128
// warploom: tune TILE_N = 64 32 128
// warploom: tune TILE_K = 16 8 32
// warploom: tune THREAD_M = 4 2 8
// warploom: tune THREAD_N = 4 2 8
// warploom: tune PAD = 4 0 1
// warploom: require (TILE_N / THREAD_N) * (TILE_M / THREAD_M) <= 1024
// warploom: require (TILE_M + PAD + 2 * TILE_N) * TILE_K * 4 <= 49152
// warploom: require 2 * THREAD_M * THREAD_N <= 128
// warploom: launch g<<<dim3(ceil_div(n, TILE_N), ceil_div(m, TILE_M)), dim3(TILE_N / THREAD_N, TILE_M / THREAD_M)>>>(a, b, u, v, c, m, n, k)
__global__ void g(const float* a, const float* b, const float* u, const float* v, float* c, int m, int n, int k)
{
    // An element has 2 sums (gate, up): a factor that several take comes once for all of them.
    __shared__ float left_tile[TILE_K][TILE_M + PAD];
    __shared__ float right_tile_gate[TILE_K][TILE_N];
    __shared__ float right_tile_up[TILE_K][TILE_N];
    const int thread = threadIdx.y * blockDim.x + threadIdx.x;
    float sums_gate[THREAD_M][THREAD_N] = {};
    float sums_up[THREAD_M][THREAD_N] = {};

    for (int tile_begin = 0; tile_begin < k; tile_begin += TILE_K) {
        for (int item = thread; item < TILE_M * TILE_K; item += blockDim.x * blockDim.y) {
            const int i = blockIdx.y * TILE_M + item / TILE_K;
            const int p = tile_begin + item % TILE_K;
            left_tile[item % TILE_K][item / TILE_K] = i < m && p < k ? a[i * k + p] : float(0);
        }
        for (int item = thread; item < TILE_K * TILE_N; item += blockDim.x * blockDim.y) {
            const int j = blockIdx.x * TILE_N + item % TILE_N;
            const int p = tile_begin + item / TILE_N;
            right_tile_gate[item / TILE_N][item % TILE_N] = p < k && j < n ? u[j * k + p] : float(0);
            right_tile_up[item / TILE_N][item % TILE_N] = p < k && j < n ? v[p * n + j] : float(0);
        }
        __syncthreads();
        #pragma unroll
        for (int step = 0; step < TILE_K; ++step) {
            float left_part[THREAD_M];
            float right_part_gate[THREAD_N];
            float right_part_up[THREAD_N];
            #pragma unroll
            for (int i_2 = 0; i_2 < THREAD_M; ++i_2)
                left_part[i_2] = left_tile[step][threadIdx.y * THREAD_M + i_2];
            #pragma unroll
            for (int j_2 = 0; j_2 < THREAD_N; ++j_2)
                right_part_gate[j_2] = right_tile_gate[step][threadIdx.x + j_2 * (TILE_N / THREAD_N)];
            #pragma unroll
            for (int j_2 = 0; j_2 < THREAD_N; ++j_2)
                right_part_up[j_2] = right_tile_up[step][threadIdx.x + j_2 * (TILE_N / THREAD_N)];
            #pragma unroll
            for (int i_2 = 0; i_2 < THREAD_M; ++i_2)
                #pragma unroll
                for (int j_2 = 0; j_2 < THREAD_N; ++j_2) {
                    sums_gate[i_2][j_2] += left_part[i_2] * right_part_gate[j_2];
                    sums_up[i_2][j_2] += left_part[i_2] * right_part_up[j_2];
                }
        }
        __syncthreads();
    }
    #pragma unroll
    for (int i_2 = 0; i_2 < THREAD_M; ++i_2) {
        #pragma unroll
        for (int j_2 = 0; j_2 < THREAD_N; ++j_2) {
            const int i = blockIdx.y * TILE_M + threadIdx.y * THREAD_M + i_2;
            const int j = blockIdx.x * TILE_N + threadIdx.x + j_2 * (TILE_N / THREAD_N);
            if (i < m && j < n) {
                float gate = sums_gate[i_2][j_2];
                float up = sums_up[i_2][j_2];
                c[i * n + j] = gate / (1 + expf(-gate)) * up;
            }
        }
    }
}
