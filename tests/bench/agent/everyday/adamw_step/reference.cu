// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// One thread for each parameter, in float64.
//
// warploom: launch adamw_reference<<<ceil_div(n, 128), 128>>>(p, m, v, grad, n, step, lr, beta1, beta2, eps, wd, inv_scale, clip)

#include <cuda_fp16.h>

extern "C" __global__ void adamw_reference(double* p, double* m, double* v, const __half* grad, long long n, int step,
                                           float lr, float beta1, float beta2, float eps, float wd, float inv_scale,
                                           float clip)
{
    long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n)
        return;
    double g = double(__half2float(grad[i])) * double(inv_scale) * double(clip);
    double b1 = beta1, b2 = beta2;
    m[i] = b1 * m[i] + (1 - b1) * g;
    v[i] = b2 * v[i] + (1 - b2) * g * g;
    double first = m[i] / (1 - pow(b1, double(step)));
    double second = v[i] / (1 - pow(b2, double(step)));
    p[i] = p[i] * (1 - double(lr) * double(wd)) - double(lr) * first / (sqrt(second) + double(eps));
}
