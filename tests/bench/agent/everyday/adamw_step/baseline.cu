// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// warploom: launch adamw_kernel<<<min(ceil_div(n, 256), 1024), 256>>>(p, m, v, grad, n, step, lr, beta1, beta2, eps, wd, inv_scale, clip)

#include <cuda_fp16.h>

struct AdamState {
    float m, v;
};

__device__ AdamState decay(AdamState s, float g, float beta1, float beta2)
{
    s.m = beta1 * s.m + (1.0 - beta1) * g;
    s.v = beta2 * s.v + (1.0 - beta2) * g * g;
    return s;
}

extern "C" __global__ void adamw_kernel(float* params, float* exp_avg, float* exp_avg_sq, const __half* grads, long n,
                                        int step, float lr, float beta1, float beta2, float eps, float weight_decay,
                                        float inv_scale, float clip_coef)
{
    for (long i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) {
        float g = __half2float(grads[i]) * inv_scale * clip_coef;

        AdamState s;
        s.m = exp_avg[i];
        s.v = exp_avg_sq[i];
        s = decay(s, g, beta1, beta2);

        float m_hat = s.m / (1.0f - powf(beta1, step));
        float v_hat = s.v / (1.0f - powf(beta2, step));

        params[i] -= lr * weight_decay * params[i];
        params[i] -= lr * m_hat / (sqrtf(v_hat) + eps);
        exp_avg[i] = s.m;
        exp_avg_sq[i] = s.v;
    }
}
