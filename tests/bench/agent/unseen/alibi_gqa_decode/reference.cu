// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What alibi_gqa_decode must compute, in float64: all scores, then one thread an element, which works out its head's weights
// anew.
//
// warploom: let HEADS = kv_heads * group
// warploom: scratch scores f64[batch * kv_heads * group, max_context]
// warploom: let SCORES = batch * HEADS * max_context
// warploom: let RESULTS = batch * HEADS * head_dim
// warploom: launch alibi_gqa_decode_scores<<<ceil_div(SCORES, 128), 128>>>(q, kv, slopes, context, scores, SCORES, max_context, kv_heads, group, head_dim, softmax_scale)
// warploom: launch alibi_gqa_decode_reference<<<ceil_div(RESULTS, 128), 128>>>(kv, context, scores, out, RESULTS, max_context, kv_heads, group, head_dim)

#include <cuda_bf16.h>

extern "C" __global__ void alibi_gqa_decode_scores(const __nv_bfloat16* q, const __nv_bfloat16* kv, const float* slopes,
                                                   const int* context, double* scores, long long total,
                                                   long long max_context, long long kv_heads, long long group,
                                                   long long head_dim, float softmax_scale)
{
    long long at = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (at >= total)
        return;
    long long t = at % max_context;
    long long h = at / max_context % (kv_heads * group);
    long long b = at / max_context / (kv_heads * group);
    if (t >= context[b])
        return;

    double dot = 0;
    for (long long d = 0; d < head_dim; ++d) {
        double key = __bfloat162float(kv[(((b * max_context + t) * 2 + 0) * kv_heads + h / group) * head_dim + d]);
        dot += double(__bfloat162float(q[(b * kv_heads * group + h) * head_dim + d])) * key;
    }
    scores[at] = dot * double(softmax_scale) + double(slopes[h]) * double(t - context[b] + 1);
}

extern "C" __global__ void alibi_gqa_decode_reference(const __nv_bfloat16* kv, const int* context, const double* scores,
                                                      double* out, long long total, long long max_context,
                                                      long long kv_heads, long long group, long long head_dim)
{
    long long at = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (at >= total)
        return;
    long long d = at % head_dim;
    long long h = at / head_dim % (kv_heads * group);
    long long b = at / head_dim / (kv_heads * group);
    const double* row = scores + (b * kv_heads * group + h) * max_context;

    double most = row[0];
    for (long long t = 1; t < context[b]; ++t)
        most = row[t] > most ? row[t] : most;

    double sum = 0;
    double weights = 0;
    for (long long t = 0; t < context[b]; ++t) {
        double weight = exp(row[t] - most);
        weights += weight;
        sum += weight
               * double(__bfloat162float(kv[(((b * max_context + t) * 2 + 1) * kv_heads + h / group) * head_dim + d]));
    }
    out[at] = sum / weights;
}
