// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// IEEE arithmetic in f32 and f64: the same bits everywhere, but for the payload of what is not a number.

__device__ unsigned word(float value) { return __float_as_uint(value); }

__device__ double wide(const unsigned* in, int i, int n) { return __hiloint2double(in[i], in[i + n]); }

__device__ void put(unsigned* out, int i, double value)
{
    out[2 * i] = __double2loint(value);
    out[2 * i + 1] = __double2hiint(value);
}

// corpus: in=special out=4 as=f32
extern "C" __global__ void single_sums(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const float a = __uint_as_float(in[i]);
    const float b = __uint_as_float(in[i + n]);
    out[i] = word(a + b);
    out[i + n] = word(a - b);
    out[i + 2 * n] = word(a * b);
    out[i + 3 * n] = word(fmaf(a, b, __uint_as_float(in[i + 2 * n])));
}

// corpus: in=special out=4 as=f32
extern "C" __global__ void single_rounding(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const float a = __uint_as_float(in[i]);
    const float b = __uint_as_float(in[i + n]);
    out[i] = word(__fadd_rz(a, b));
    out[i + n] = word(__fadd_ru(a, b));
    out[i + 2 * n] = word(__fmul_rd(a, b));
    out[i + 3 * n] = word(__fmaf_rz(a, b, 1.5f));
}

// corpus: in=special out=4 as=f32
extern "C" __global__ void single_quotients(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const float a = __uint_as_float(in[i]);
    const float b = __uint_as_float(in[i + n]);
    out[i] = word(a / b);
    out[i + n] = word(__fdiv_rd(a, b));
    out[i + 2 * n] = word(sqrtf(a));
    out[i + 3 * n] = word(__frcp_rn(b));
}

// corpus: in=special out=4 as=f32
extern "C" __global__ void single_parts(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const float a = __uint_as_float(in[i]);
    const float b = __uint_as_float(in[i + n]);
    out[i] = word(floorf(a));
    out[i + n] = word(fminf(a, b));
    out[i + 2 * n] = word(fmaxf(a, -b));
    out[i + 3 * n] = word(a < b ? rintf(a) : a > 4.0f ? truncf(b) : ceilf(b));
}

// corpus: in=special out=1
extern "C" __global__ void single_comparisons(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const float a = __uint_as_float(in[i]);
    const float b = __uint_as_float(in[i + n]);
    unsigned set = 0;
    set |= a < b ? 1u : 0u;
    set |= !(a < b) ? 2u : 0u;
    set |= a <= b ? 4u : 0u;
    set |= a == a ? 8u : 0u;
    set |= a != b ? 16u : 0u;
    set |= isnan(b) ? 32u : 0u;
    set |= isinf(a) ? 64u : 0u;
    set |= !(a >= b) ? 128u : 0u;
    out[i] = set;
}

// corpus: in=finite out=8 as=f64
extern "C" __global__ void double_sums(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const double a = wide(in, i, n);
    const double b = wide(in, i + 2 * n, n);
    put(out, i, a + b);
    put(out, i + n, a * b);
    put(out, i + 2 * n, fma(a, b, -a));
    put(out, i + 3 * n, fmin(a, b) - fmax(a, 1.0));
}

// corpus: in=finite out=8 as=f64
extern "C" __global__ void double_quotients(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const double a = wide(in, i, n);
    const double b = wide(in, i + 2 * n, n);
    put(out, i, a / b);
    put(out, i + n, sqrt(fabs(a)));
    put(out, i + 2 * n, 1.0 / b);
    put(out, i + 3 * n, floor(a) + rint(b * 0.001));
}

// corpus: in=finite out=8 as=f64
extern "C" __global__ void double_rounding(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const double a = wide(in, i, n);
    const double b = wide(in, i + 2 * n, n);
    put(out, i, __dadd_ru(a, b));
    put(out, i + n, __dmul_rz(a, b));
    put(out, i + 2 * n, __fma_rd(a, b, b));
    put(out, i + 3 * n, __ddiv_ru(a, b));
}

// corpus: in=unit out=2 as=f32
extern "C" __global__ void horner(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const float x = __uint_as_float(in[i]);
    float sum = 0;
    float chain = 1;
    for (int k = 0; k < 40; ++k) {
        sum = sum * x + 0.25f / (1 + k);
        chain = chain * 0.99f + sum * sum;
    }
    out[i] = word(sum);
    out[i + n] = word(chain);
}
