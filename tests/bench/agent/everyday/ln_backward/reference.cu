// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// In float64: the rows' two sums a block each, the elements one by one, the columns a block for each.
//
// warploom: scratch sums f64[rows, 2]
// warploom: let TOTAL = rows * cols
// warploom: launch row_sums<<<rows, 64>>>(dy, x, mean, rstd, gamma, sums, cols)
// warploom: launch elements<<<ceil_div(TOTAL, 128), 128>>>(dy, x, mean, rstd, gamma, sums, dx, TOTAL, cols)
// warploom: launch columns<<<cols, 64>>>(dy, x, mean, rstd, dgamma, dbeta, rows, cols)

__device__ void both(double& a, double& b)
{
    __shared__ double parts[2][64];
    parts[0][threadIdx.x] = a;
    parts[1][threadIdx.x] = b;
    __syncthreads();
    a = b = 0;
    for (int t = 0; t < 64; ++t) {
        a += parts[0][t];
        b += parts[1][t];
    }
}

extern "C" __global__ void row_sums(const float* dy, const float* x, const float* mean, const float* rstd, const float* gamma,
                                    double* sums, long long cols)
{
    long long r = blockIdx.x;
    double a = 0, b = 0;
    for (long long c = threadIdx.x; c < cols; c += 64) {
        double g = double(dy[r * cols + c]) * double(gamma[c]);
        a += g;
        b += g * (double(x[r * cols + c]) - double(mean[r])) * double(rstd[r]);
    }
    both(a, b);
    if (threadIdx.x == 0) {
        sums[r * 2] = a;
        sums[r * 2 + 1] = b;
    }
}

extern "C" __global__ void elements(const float* dy, const float* x, const float* mean, const float* rstd, const float* gamma,
                                    const double* sums, double* dx, long long total, long long cols)
{
    long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= total)
        return;
    long long r = i / cols;
    double xh = (double(x[i]) - double(mean[r])) * double(rstd[r]);
    double g = double(dy[i]) * double(gamma[i % cols]);
    dx[i] = double(rstd[r]) * (g - (sums[r * 2] + xh * sums[r * 2 + 1]) / double(cols));
}

extern "C" __global__ void columns(const float* dy, const float* x, const float* mean, const float* rstd, double* dgamma,
                                   double* dbeta, long long rows, long long cols)
{
    long long c = blockIdx.x;
    double a = 0, b = 0;
    for (long long r = threadIdx.x; r < rows; r += 64) {
        a += double(dy[r * cols + c]) * (double(x[r * cols + c]) - double(mean[r])) * double(rstd[r]);
        b += dy[r * cols + c];
    }
    both(a, b);
    if (threadIdx.x == 0) {
        dgamma[c] = a;
        dbeta[c] = b;
    }
}
