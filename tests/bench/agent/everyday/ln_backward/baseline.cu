// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// dx first (a block for each row), then the parameters' gradients (32 columns a block, eight threads down each column).
//
// warploom: launch ln_bwd_dx<float, 256><<<rows, 256>>>(dy, x, mean, rstd, gamma, dx, cols)
// warploom: launch ln_bwd_params<<<ceil_div(cols, 32), dim3(32, 8)>>>(dy, x, mean, rstd, dgamma, dbeta, rows, cols)

template <typename T, int THREADS>
__device__ T blockSum(T v, T* smem)
{
    int t = threadIdx.x;
    smem[t] = v;
    __syncthreads();
    for (int s = THREADS / 2; s > 0; s >>= 1) {
        if (t < s) smem[t] += smem[t + s];
        __syncthreads();
    }
    T r = smem[0];
    __syncthreads();
    return r;
}

template <typename T, int THREADS>
__global__ void ln_bwd_dx(const T* dy, const T* x, const T* mean, const T* rstd, const T* gamma, T* dx, int N)
{
    __shared__ T smem[THREADS];
    const int row = blockIdx.x;
    dy += (size_t)row * N;
    x  += (size_t)row * N;
    dx += (size_t)row * N;

    T sum1 = 0;
    for (int i = threadIdx.x; i < N; i += THREADS)
        sum1 += dy[i] * gamma[i];
    sum1 = blockSum<T, THREADS>(sum1, smem);

    T sum2 = 0;
    for (int i = threadIdx.x; i < N; i += THREADS)
        sum2 += dy[i] * gamma[i] * (x[i] - mean[row]) * rstd[row];
    sum2 = blockSum<T, THREADS>(sum2, smem);

    for (int i = threadIdx.x; i < N; i += THREADS) {
        T xhat = (x[i] - mean[row]) * rstd[row];
        dx[i] = rstd[row] * (dy[i] * gamma[i] - sum1 / N - xhat * sum2 / N);
    }
}

__global__ void ln_bwd_params(const float* dy, const float* x, const float* mean, const float* rstd,
                              float* dgamma, float* dbeta, int M, int N)
{
    __shared__ float sg[8][32];
    __shared__ float sb[8][32];
    const int tx = threadIdx.x, ty = threadIdx.y;
    const int col = blockIdx.x * 32 + tx;

    float dg = 0.f, db = 0.f;
    if (col < N) {
        for (int row = ty; row < M; row += 8) {
            float g = dy[(size_t)row * N + col];
            dg += g * (x[(size_t)row * N + col] - mean[row]) * rstd[row];
            db += g;
        }
    }
    sg[ty][tx] = dg;
    sb[ty][tx] = db;
    __syncthreads();

    if (ty == 0 && col < N) {
        for (int k = 1; k < 8; ++k) {
            dg += sg[k][tx];
            db += sb[k][tx];
        }
        dgamma[col] = dg;
        dbeta[col] = db;
    }
}
