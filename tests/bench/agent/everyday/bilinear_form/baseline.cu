// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// einsum("bi,oij,bj->bo") + bias
//
// warploom: launch bilinear_fwd<<<dim3(ceil_div(no, 16), ceil_div(batch, 16)), dim3(16, 16)>>>(left, w, right, bias, y, batch, no, ni, nj)

extern "C" __global__ void bilinear_fwd(const float* x1, const float* W, const float* x2, const float* bias, float* y,
                                        int B, int O, int I, int J)
{
    const int o = blockIdx.x * blockDim.x + threadIdx.x;
    const int b = blockIdx.y * blockDim.y + threadIdx.y;
    if (o >= O || b >= B)
        return;

    float total = bias[o];
    for (int i = 0; i < I; i++) {
        float inner = 0.f;
        for (int j = 0; j < J; j++)
            inner += W[((size_t)o * I + i) * J + j] * x2[(size_t)b * J + j];
        total += x1[(size_t)b * I + i] * inner;
    }
    y[(size_t)b * O + o] = total;
}
