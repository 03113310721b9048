// warploom: tune TILE_M = 64 32 128
// warploom: tune TILE_N = 64 32 128
// warploom: tune TILE_K = 16 8 32
// warploom: tune THREAD_M = 4 2 8
// warploom: tune THREAD_N = 4 2 8
// warploom: tune PAD = 4 0 1
// warploom: require (TILE_N / THREAD_N) * (TILE_M / THREAD_M) <= 1024
// warploom: require (TILE_M + PAD + TILE_N) * TILE_K * 4 <= 49152
// warploom: launch g<<<dim3(ceil_div(f, TILE_N), ceil_div(r, TILE_M), m), dim3(TILE_N / THREAD_N, TILE_M / THREAD_M)>>>(y, x, w, q, m, r, d, f)
__global__ void g(float* y, const float* x, const float* w, const int* q, int m, int r, int d, int f)
{
    // No step is worth it where no element of the tile is asked for.
    const int highest_i = blockIdx.y * TILE_M + TILE_M - 1;
    const int depth = int(blockIdx.z) <= highest_i ? d : 0;
    __shared__ float left_tile[TILE_K][TILE_M + PAD];
    __shared__ float right_tile[TILE_K][TILE_N];
    const int thread = threadIdx.y * blockDim.x + threadIdx.x;
    float sums[THREAD_M][THREAD_N] = {};

    for (int tile_begin = 0; tile_begin < depth; tile_begin += TILE_K) {
        for (int item = thread; item < TILE_M * TILE_K; item += blockDim.x * blockDim.y) {
            const int i = blockIdx.y * TILE_M + item / TILE_K;
            const int p = tile_begin + item % TILE_K;
            left_tile[item % TILE_K][item / TILE_K] = i < r && p < d ? w[(int(blockIdx.z) * r + i) * d + p] : float(0);
        }
        for (int item = thread; item < TILE_K * TILE_N; item += blockDim.x * blockDim.y) {
            const int column = blockIdx.x * TILE_N + item % TILE_N;
            const int p = tile_begin + item / TILE_N;
            right_tile[item / TILE_N][item % TILE_N] = p < d && column < f ? x[(column * d + p) * m + int(blockIdx.z)] : float(0);
        }
        __syncthreads();
        #pragma unroll
        for (int step = 0; step < TILE_K; ++step) {
            float left_part[THREAD_M];
            float right_part[THREAD_N];
            #pragma unroll
            for (int i_2 = 0; i_2 < THREAD_M; ++i_2)
                left_part[i_2] = left_tile[step][threadIdx.y * THREAD_M + i_2];
            #pragma unroll
            for (int j = 0; j < THREAD_N; ++j)
                right_part[j] = right_tile[step][threadIdx.x + j * (TILE_N / THREAD_N)];
            #pragma unroll
            for (int i_2 = 0; i_2 < THREAD_M; ++i_2)
                #pragma unroll
                for (int j = 0; j < THREAD_N; ++j)
                    sums[i_2][j] += left_part[i_2] * right_part[j];
        }
        __syncthreads();
    }
    #pragma unroll
    for (int i_2 = 0; i_2 < THREAD_M; ++i_2) {
        #pragma unroll
        for (int j = 0; j < THREAD_N; ++j) {
            const int i = blockIdx.y * TILE_M + threadIdx.y * THREAD_M + i_2;
            const int column = blockIdx.x * TILE_N + threadIdx.x + j * (TILE_N / THREAD_N);
            if (i < r && column < f) {
                float s = sums[i_2][j];
                if (int(blockIdx.z) > i)
                    s = 0;
                y[(column * r + i) * m + int(blockIdx.z)] = s;
            }
        }
    }
}
