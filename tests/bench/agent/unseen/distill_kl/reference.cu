// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What distill_kl must compute, in float64: one thread a token.
//
// warploom: launch distill_kl_reference<<<ceil_div(tokens, 32), 32>>>(student, teacher, loss_mask, kl, tokens, vocab, temp)

#include <cuda_bf16.h>

__device__ double log_of_sum(const __nv_bfloat16* in, long long count, double temp)
{
    double largest = double(__bfloat162float(in[0])) / temp;
    for (long long v = 1; v < count; ++v)
        largest = fmax(largest, double(__bfloat162float(in[v])) / temp);
    double sum = 0;
    for (long long v = 0; v < count; ++v)
        sum += exp(double(__bfloat162float(in[v])) / temp - largest);
    return largest + log(sum);
}

extern "C" __global__ void distill_kl_reference(const __nv_bfloat16* student, const __nv_bfloat16* teacher,
                                                const unsigned char* loss_mask, double* kl, long long tokens,
                                                long long vocab, float temp)
{
    long long t = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (t >= tokens)
        return;
    if (loss_mask[t] == 0) {
        kl[t] = 0;
        return;
    }
    const __nv_bfloat16* s = student + t * vocab;
    const __nv_bfloat16* p = teacher + t * vocab;
    double of_student = log_of_sum(s, vocab, temp);
    double of_teacher = log_of_sum(p, vocab, temp);

    double sum = 0;
    for (long long v = 0; v < vocab; ++v) {
        double log_p = double(__bfloat162float(p[v])) / double(temp) - of_teacher;
        double log_q = double(__bfloat162float(s[v])) / double(temp) - of_student;
        sum += exp(log_p) * (log_p - log_q);
    }
    kl[t] = sum * double(temp) * double(temp);
}
