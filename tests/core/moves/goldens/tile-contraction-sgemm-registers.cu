// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Matrix product c = a · b, all row-major: one thread computes one element of c, in blocks of 16 × 16.
//
// Each element of a is loaded n times and each of b m times; two loads stand against one multiply-add.
//
// warploom: tune TILE_M = 64 32 128
// warploom: tune TILE_N = 64 32 128
// warploom: tune TILE_K = 16 8 32
// warploom: tune THREAD_M = 4 2 8
// warploom: tune THREAD_N = 4 2 8
// warploom: tune PAD = 4 0 1
// warploom: require (TILE_N / THREAD_N) * (TILE_M / THREAD_M) <= 1024
// warploom: require (TILE_M + PAD + TILE_N) * TILE_K * 4 <= 49152
// warploom: launch sgemm<<<dim3(ceil_div(n, TILE_N), ceil_div(m, TILE_M)), dim3(TILE_N / THREAD_N, TILE_M / THREAD_M)>>>(a, b, c, m, n, k)

extern "C" __global__ void sgemm(const float* a, const float* b, float* c, int m, int n, int k)
{
    __shared__ float left_tile[TILE_K][TILE_M + PAD];
    __shared__ float right_tile[TILE_K][TILE_N];
    const int thread = threadIdx.y * blockDim.x + threadIdx.x;
    float sums[THREAD_M][THREAD_N] = {};

    for (int tile_begin = 0; tile_begin < k; tile_begin += TILE_K) {
        for (int item = thread; item < TILE_M * TILE_K; item += blockDim.x * blockDim.y) {
            const int row = blockIdx.y * TILE_M + item / TILE_K;
            const int p = tile_begin + item % TILE_K;
            left_tile[item % TILE_K][item / TILE_K] = row < m && p < k ? a[row * k + p] : float(0);
        }
        for (int item = thread; item < TILE_K * TILE_N; item += blockDim.x * blockDim.y) {
            const int col = blockIdx.x * TILE_N + item % TILE_N;
            const int p = tile_begin + item / TILE_N;
            right_tile[item / TILE_N][item % TILE_N] = p < k && col < n ? b[p * n + col] : float(0);
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
            const int row = blockIdx.y * TILE_M + threadIdx.y * THREAD_M + i;
            const int col = blockIdx.x * TILE_N + threadIdx.x + j * (TILE_N / THREAD_N);
            if (row < m && col < n) {
                float sum = sums[i][j];
                c[row * n + col] = sum;
            }
        }
    }
}
