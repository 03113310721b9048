// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// warploom: zero grad_weight
// warploom: launch embedding_dense_backward<<<tokens, 128>>>(grad_out, idx, grad_weight, dim, padding_idx, scale)

extern "C" __global__ void embedding_dense_backward(
    const float* __restrict__ grad_output,
    const long* __restrict__ indices,
    float* __restrict__ grad_weight,
    int embedding_dim,
    long padding_idx,
    float scale)
{
  const int t = blockIdx.x;
  const long row = indices[t];
  if (row == padding_idx)
    return;

  for (int d = threadIdx.x; d < embedding_dim; d += blockDim.x) {
    float g = grad_output[(long)t * embedding_dim + d];
    atomicAdd(&grad_weight[row * embedding_dim + d], g * scale);
  }
}
