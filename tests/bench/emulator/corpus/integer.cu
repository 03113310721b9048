// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Integer arithmetic and logic: the same bits everywhere.

// corpus: in=bits out=4
extern "C" __global__ void add_multiply(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned a = in[i];
    const unsigned b = in[i + n];
    out[i] = a + b;
    out[i + n] = a - b;
    out[i + 2 * n] = a * b + 7u;
    out[i + 3 * n] = (a ^ (b << 3)) & ~(a >> 5) | (b & 0xff00ff00u);
}

// corpus: in=bits out=4
extern "C" __global__ void multiply_high(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned a = in[i];
    const unsigned b = in[i + n];
    out[i] = __umulhi(a, b);
    out[i + n] = static_cast<unsigned>(__mulhi(static_cast<int>(a), static_cast<int>(b)));
    const unsigned long long wide = (static_cast<unsigned long long>(a) << 32 | b) * 0x9e3779b97f4a7c15ull;
    const unsigned long long high = __umul64hi(wide, wide + a);
    out[i + 2 * n] = static_cast<unsigned>(high);
    out[i + 3 * n] = static_cast<unsigned>(high >> 32) + static_cast<unsigned>(wide);
}

// corpus: in=bits out=4
extern "C" __global__ void divide_32(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned a = in[i];
    const unsigned b = (in[i + n] >> (in[i + 2 * n] & 31)) | 1u;
    out[i] = a / b;
    out[i + n] = a % b;
    const int c = static_cast<int>(b | 2u);
    out[i + 2 * n] = static_cast<unsigned>(static_cast<int>(a >> 1) / c);
    out[i + 3 * n] = static_cast<unsigned>(static_cast<int>(a >> 1) % c);
}

// corpus: in=bits out=4
extern "C" __global__ void divide_64(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned long long a = static_cast<unsigned long long>(in[i]) << 32 | in[i + n];
    const unsigned long long b = (static_cast<unsigned long long>(in[i + 2 * n]) << (in[i + 3 * n] & 31)) | 3u;
    const unsigned long long quotient = a / b;
    const long long rest = static_cast<long long>(a) % static_cast<long long>(b >> 2 | 1);
    out[i] = static_cast<unsigned>(quotient);
    out[i + n] = static_cast<unsigned>(quotient >> 32);
    out[i + 2 * n] = static_cast<unsigned>(rest);
    out[i + 3 * n] = static_cast<unsigned>(rest >> 32);
}

// corpus: in=bits out=4
extern "C" __global__ void shifts(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned a = in[i];
    const unsigned b = in[i + n];
    const unsigned s = in[i + 2 * n] & 31u;
    out[i] = __funnelshift_l(a, b, s) ^ __funnelshift_rc(a, b, in[i + 2 * n] & 63u);
    out[i + n] = static_cast<unsigned>(static_cast<int>(a) >> s) + (b << s);
    const long long wide = static_cast<long long>(static_cast<unsigned long long>(a) << 32 | b);
    const long long moved = wide >> (in[i + 3 * n] & 63u);
    out[i + 2 * n] = static_cast<unsigned>(moved);
    out[i + 3 * n] = static_cast<unsigned>((static_cast<unsigned long long>(wide) << s) >> 32);
}

// corpus: in=bits out=4
extern "C" __global__ void bits(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned a = in[i] >> (in[i + n] & 31u);
    const unsigned long long wide = static_cast<unsigned long long>(a) << (in[i + n] & 31u);
    out[i] = __popc(a) | __clz(a) << 8 | __ffs(a) << 16;
    out[i + n] = __brev(a);
    out[i + 2 * n] = __popcll(wide) | __clzll(wide) << 8 | __ffsll(wide) << 16;
    unsigned field;
    asm("bfe.u32 %0, %1, %2, %3;" : "=r"(field) : "r"(in[i]), "r"(in[i + n] & 31u), "r"(in[i + 2 * n] & 15u));
    unsigned placed;
    asm("bfi.b32 %0, %1, %2, %3, %4;" : "=r"(placed) : "r"(field), "r"(a), "r"(in[i + n] & 31u), "r"(in[i + 2 * n] & 15u));
    out[i + 3 * n] = field ^ placed;
}

// corpus: in=bits out=4
extern "C" __global__ void bytes(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned a = in[i];
    const unsigned b = in[i + n];
    out[i] = __byte_perm(a, b, in[i + 2 * n]);
    out[i + n] = static_cast<unsigned>(__dp4a(static_cast<int>(a), static_cast<int>(b), 11));
    out[i + 2 * n] = __dp2a_lo(a, b, 3u) + __dp2a_hi(a, b, 5u);
    const signed char low = static_cast<signed char>(a);
    const short half = static_cast<short>(b);
    out[i + 3 * n] = static_cast<unsigned>(low * half) + static_cast<unsigned char>(a >> 24);
}

// corpus: in=bits out=4
extern "C" __global__ void extremes(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const int a = static_cast<int>(in[i]);
    const int b = static_cast<int>(in[i + n]);
    out[i] = static_cast<unsigned>(min(a, b)) ^ max(in[i], in[i + n]);
    out[i + n] = __sad(a, b, 9u) + __usad(in[i], in[i + n], 1u);
    out[i + 2 * n] = static_cast<unsigned>(abs(a >> 1)) + (a < b ? 3u : in[i + 2 * n]);
    const long long wide = static_cast<long long>(a) * b;
    out[i + 3 * n] = static_cast<unsigned>(max(wide, static_cast<long long>(in[i + 2 * n])) >> 7);
}

// corpus: in=bits out=4
extern "C" __global__ void carries(const unsigned* in, unsigned* out, int n)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    unsigned low;
    unsigned middle;
    unsigned high;
    asm("add.cc.u32 %0, %3, %4;\n\taddc.cc.u32 %1, %5, %6;\n\taddc.u32 %2, 0, 0;"
        : "=r"(low), "=r"(middle), "=r"(high)
        : "r"(in[i]), "r"(in[i + n]), "r"(in[i + 2 * n]), "r"(in[i + 3 * n]));
    out[i] = low;
    out[i + n] = middle;
    out[i + 2 * n] = high;
    asm("mad.lo.cc.u32 %0, %2, %3, %4;\n\tmadc.hi.u32 %1, %2, %3, %5;"
        : "=r"(low), "=r"(high)
        : "r"(in[i]), "r"(in[i + n]), "r"(in[i + 2 * n]), "r"(in[i + 3 * n]));
    out[i + 3 * n] = low ^ high;
}
