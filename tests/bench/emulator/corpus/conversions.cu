// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Conversions between types, in every direction that kernels of this kind use.
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_fp8.h>

// corpus: in=special out=4
extern "C" __global__ void float_to_integer(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const float a = __uint_as_float(in[i]);
    out[i] = static_cast<unsigned>(__float2int_rz(a)) ^ __float2uint_rn(a);
    out[i + n] = static_cast<unsigned>(__float2int_rd(a)) + __float2uint_ru(a);
    const long long wide = __float2ll_rn(a);
    out[i + 2 * n] = static_cast<unsigned>(wide);
    out[i + 3 * n] = static_cast<unsigned>(wide >> 32);
}

// corpus: in=bits out=4 as=f32
extern "C" __global__ void integer_to_float(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const int a = static_cast<int>(in[i]);
    const unsigned long long wide = static_cast<unsigned long long>(in[i]) << 32 | in[i + n];
    out[i] = __float_as_uint(__int2float_rn(a));
    out[i + n] = __float_as_uint(__uint2float_rz(in[i]));
    out[i + 2 * n] = __float_as_uint(__ull2float_rn(wide));
    out[i + 3 * n] = __float_as_uint(static_cast<float>(static_cast<short>(a)) * static_cast<unsigned char>(a >> 7));
}

// corpus: in=finite out=4
extern "C" __global__ void double_conversions(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const double a = __hiloint2double(in[i], in[i + n]);
    out[i] = __float_as_uint(static_cast<float>(a));
    out[i + n] = __float_as_uint(__double2float_rz(a));
    out[i + 2 * n] = static_cast<unsigned>(__double2int_rn(a));
    const double back = static_cast<double>(__uint_as_float(in[i + 2 * n]));
    out[i + 3 * n] = static_cast<unsigned>(__double2hiint(back)) ^ __double2loint(back);
}

// corpus: in=special out=4 as=f16
extern "C" __global__ void half_conversions(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const float a = __uint_as_float(in[i]);
    const float b = __uint_as_float(in[i + n]);
    out[i] = __half_as_ushort(__float2half_rn(a)) | __half_as_ushort(__float2half_rz(b)) << 16;
    const half2 pair = __floats2half2_rn(a * 0.001f, b);
    out[i + n] = *reinterpret_cast<const unsigned*>(&pair);
    const half low = __ushort_as_half(static_cast<unsigned short>(in[i + 2 * n]));
    out[i + 2 * n] = __half_as_ushort(__int2half_rn(static_cast<int>(in[i]) >> 12));
    out[i + 3 * n] = static_cast<unsigned>(__half2int_rz(low)) & 0x3fffu;
}

// corpus: in=special out=4 as=bf16
extern "C" __global__ void bfloat_conversions(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const float a = __uint_as_float(in[i]);
    const float b = __uint_as_float(in[i + n]);
    out[i] = __bfloat16_as_ushort(__float2bfloat16_rn(a)) | __bfloat16_as_ushort(__float2bfloat16_rz(b)) << 16;
    const __nv_bfloat162 pair = __floats2bfloat162_rn(b, a);
    out[i + n] = *reinterpret_cast<const unsigned*>(&pair);
    const float up = __bfloat162float(__ushort_as_bfloat16(static_cast<unsigned short>(in[i + 2 * n])));
    out[i + 2 * n] = __float_as_uint(up) >> 16;
    out[i + 3 * n] = __bfloat16_as_ushort(__float2bfloat16_rn(static_cast<float>(static_cast<int>(in[i]))));
}

// corpus: in=unit out=4
extern "C" __global__ void fp8_conversions(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const float2 pair = make_float2(__uint_as_float(in[i]) * 300.0f, __uint_as_float(in[i + n]) * 0.02f);
    out[i] = __nv_cvt_float2_to_fp8x2(pair, __NV_SATFINITE, __NV_E4M3);
    out[i + n] = __nv_cvt_float2_to_fp8x2(pair, __NV_SATFINITE, __NV_E5M2);
    const __half2_raw up = __nv_cvt_fp8x2_to_halfraw2(static_cast<__nv_fp8x2_storage_t>(in[i] & 0x7e7eu), __NV_E4M3);
    out[i + 2 * n] = up.x;
    out[i + 3 * n] = up.y;
}
