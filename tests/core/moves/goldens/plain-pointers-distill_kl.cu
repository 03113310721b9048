// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Distillation loss per token, KL(teacher || student) at a temperature. First the log-normalizer of every row, of the
// student's logits and of the teacher's (same kernel), then the divergence. Masked tokens (prompt, padding) cost nothing
// and get a loss of 0.
//
// warploom: scratch student_lse f32[tokens]
// warploom: scratch teacher_lse f32[tokens]
// warploom: let BLOCKS = ceil_div(tokens, 128)
// warploom: launch row_logsumexp<<<BLOCKS, 128>>>(student, loss_mask, student_lse, tokens, vocab, temp)
// warploom: launch row_logsumexp<<<BLOCKS, 128>>>(teacher, loss_mask, teacher_lse, tokens, vocab, temp)
// warploom: launch token_kl<<<BLOCKS, 128>>>(student, teacher, student_lse, teacher_lse, loss_mask, kl, tokens, vocab, temp)

#include <cuda_bf16.h>

__device__ inline float scaled_logit(__nv_bfloat16 z, float inv_temp)
{
    return __bfloat162float(z) * inv_temp;
}

extern "C" __global__ void row_logsumexp(const __nv_bfloat16* logits, const unsigned char* loss_mask, float* lse,
                                         int n_tokens, int vocab_size, float temp)
{
    int token = blockIdx.x * blockDim.x + threadIdx.x;
    if (token >= n_tokens) return;
    if (loss_mask[token] == 0) return;

    const float inv_temp = 1.0f / temp;
    const __nv_bfloat16* begin = logits + (long long)token * vocab_size;

    float max_logit = scaled_logit(begin[0], inv_temp);
    for (int p_at = 1; p_at < vocab_size; ++p_at) {
        float z = scaled_logit(begin[p_at], inv_temp);
        if (z > max_logit) max_logit = z;
    }

    float denom = 0.0f;
    for (int p_at_2 = 0; p_at_2 < vocab_size; ++p_at_2)
        denom += expf(scaled_logit(begin[p_at_2], inv_temp) - max_logit);

    lse[token] = max_logit + logf(denom);
}

extern "C" __global__ void token_kl(const __nv_bfloat16* student, const __nv_bfloat16* teacher,
                                    const float* student_lse, const float* teacher_lse, const unsigned char* loss_mask,
                                    float* kl, int n_tokens, int vocab_size, float temp)
{
    int token = blockIdx.x * blockDim.x + threadIdx.x;
    if (token >= n_tokens) return;
    if (loss_mask[token] == 0) {
        kl[token] = 0.0f;
        return;
    }

    const float inv_temp = 1.0f / temp;
    const float lse_s = student_lse[token];
    const float lse_t = teacher_lse[token];
    const __nv_bfloat16* s = student + (long long)token * vocab_size;
    const __nv_bfloat16* t = teacher + (long long)token * vocab_size;

    float div = 0.0f;
    for (int v = 0; v < vocab_size; v++) {
        float logp = scaled_logit(t[v], inv_temp) - lse_t;
        float logq = scaled_logit(s[v], inv_temp) - lse_s;
        div += expf(logp) * (logp - logq);
    }
    kl[token] = div * temp * temp;
}
