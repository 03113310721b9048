// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Approximations, within what the PTX manual promises of each instruction; both sides may be off by it.

// corpus: in=unit out=1 as=f32 relative=5e-7 absolute=1e-37
extern "C" __global__ void exp2_approx(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    float result;
    asm("ex2.approx.f32 %0, %1;" : "=f"(result) : "f"(__uint_as_float(in[i]) * 100.0f));
    out[i] = __float_as_uint(result);
}

// corpus: in=unit out=1 as=f32 relative=5e-7 absolute=5e-7
extern "C" __global__ void log2_approx(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    float result;
    asm("lg2.approx.f32 %0, %1;" : "=f"(result) : "f"(fabsf(__uint_as_float(in[i])) * 1000.0f));
    out[i] = __float_as_uint(result);
}

// corpus: in=unit out=2 as=f32 absolute=1.1e-6
extern "C" __global__ void sine_approx(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const float x = __uint_as_float(in[i]) * 3.14159f;
    out[i] = __float_as_uint(__sinf(x));
    out[i + n] = __float_as_uint(__cosf(x));
}

// corpus: in=finite out=3 as=f32 relative=2.5e-7 absolute=1e-37
extern "C" __global__ void reciprocal_approx(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const float x = fabsf(__uint_as_float(in[i]));
    float inverse;
    asm("rcp.approx.f32 %0, %1;" : "=f"(inverse) : "f"(x));
    float root;
    asm("sqrt.approx.f32 %0, %1;" : "=f"(root) : "f"(x));
    out[i] = __float_as_uint(inverse);
    out[i + n] = __float_as_uint(root);
    out[i + 2 * n] = __float_as_uint(rsqrtf(x));
}

// corpus: in=unit out=2 as=f32 relative=5e-7
extern "C" __global__ void quotient_approx(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const float a = __uint_as_float(in[i]);
    const float b = __uint_as_float(in[i + n]) + 3.0f;
    float full;
    asm("div.full.f32 %0, %1, %2;" : "=f"(full) : "f"(a), "f"(b));
    out[i] = __float_as_uint(__fdividef(a, b));
    out[i + n] = __float_as_uint(full);
}

// corpus: in=unit out=1 as=f32 relative=1e-3
extern "C" __global__ void tanh_approx(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    float result;
    asm("tanh.approx.f32 %0, %1;" : "=f"(result) : "f"(__uint_as_float(in[i]) * 4.0f));
    out[i] = __float_as_uint(result);
}

// corpus: in=unit out=4 as=f32 relative=1e-6 absolute=1e-6
extern "C" __global__ void math_library(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const float x = __uint_as_float(in[i]);
    out[i] = __float_as_uint(expf(x * 10.0f));
    out[i + n] = __float_as_uint(logf(fabsf(x) + 1e-3f));
    out[i + 2 * n] = __float_as_uint(tanhf(x * 3.0f));
    out[i + 3 * n] = __float_as_uint(erff(x * 2.0f));
}

// corpus: in=unit out=3 as=f32 relative=2e-6 absolute=2e-6
extern "C" __global__ void angles_and_powers(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const float x = __uint_as_float(in[i]);
    out[i] = __float_as_uint(sinf(x * 1e6f));
    out[i + n] = __float_as_uint(powf(fabsf(x) + 0.5f, 3.3f));
    out[i + 2 * n] = __float_as_uint(x / (1.0f + __expf(-x)));
}
