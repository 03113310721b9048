// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// warploom: launch l2norm_rows<<<ceil_div(rows, 128), 128>>>(x, y, norm, rows, dim, eps)

#include <cuda_bf16.h>

typedef __nv_bfloat16 bf16;

extern "C" __global__ void l2norm_rows(const bf16 *x, bf16 *y, float *norm, int rows, int dim, float eps)
{
  int row = blockDim.x * blockIdx.x + threadIdx.x;
  if (row >= rows) return;

  const bf16 *xr = x + (size_t)row * dim;
  bf16 *yr = y + (size_t)row * dim;

  float ss = 0.f;
  for (int i = 0; i < dim; ++i) {
    float v = __bfloat162float(xr[i]);
    ss += v * v;
  }
  float nrm = sqrtf(ss);
  norm[row] = nrm;

  for (int i = 0; i < dim; ++i)
    yr[i] = __float2bfloat16(__bfloat162float(xr[i]) / fmaxf(nrm, eps));
}
