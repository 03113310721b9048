// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Typed opcodes against values computed another way: wide integers, long double, bit loops.
#include "EmulatorHarness.h"

#include <bit>
#include <cfenv>
#include <cmath>
#include <functional>

#include "device/emulator/OpcodeTable.h"

using namespace warploom;
using namespace warploom::test;

namespace {

using U = std::uint64_t;
using I = std::int64_t;
__extension__ using Wide = __int128;
__extension__ using UnsignedWide = unsigned __int128;

float f(U x) { return std::bit_cast<float>(static_cast<std::uint32_t>(x)); }
double g(U x) { return std::bit_cast<double>(x); }
U bits(float x) { return std::bit_cast<std::uint32_t>(x); }
U bits(double x) { return std::bit_cast<U>(x); }
I s32(U x) { return static_cast<std::int32_t>(x); }
I s16(U x) { return static_cast<std::int16_t>(x); }
U u32(U x) { return static_cast<std::uint32_t>(x); }
U u16(U x) { return static_cast<std::uint16_t>(x); }

/// Decimal value of a half, by the definition of the format.
double half(U x)
{
    const int exponent = static_cast<int>((x >> 10) & 31);
    const double fraction = static_cast<double>(x & 1023);
    const double magnitude = exponent == 31 ? (fraction == 0 ? INFINITY : NAN)
        : exponent == 0                     ? std::ldexp(fraction, -24)
                                            : std::ldexp(1024 + fraction, exponent - 25);
    return (x & 0x8000) != 0 ? -magnitude : magnitude;
}

/// The half nearest to x, ties to even, by trying all of them.
U nearestHalf(long double x)
{
    if (std::isnan(x))
        return 0x7fff;
    const U sign = std::signbit(x) ? 0x8000 : 0;
    x = std::fabs(x);
    if (x >= 65520)
        return sign | 0x7c00;
    U best = 0;
    for (U candidate = 0; candidate < 0x7c00; ++candidate) {
        const long double error = std::fabs(x - static_cast<long double>(half(candidate)));
        const long double least = std::fabs(x - static_cast<long double>(half(best)));
        if (error < least || (error == least && (candidate & 1) == 0))
            best = candidate;
    }
    return sign | best;
}

/// Value of an e4m3 or e5m2, by the definition of the format.
double eighth(U x, bool isFour)
{
    const int fractionBits = isFour ? 3 : 2;
    const int exponent = static_cast<int>((x & 127) >> fractionBits);
    const double fraction = static_cast<double>(x & ((U{1} << fractionBits) - 1));
    const int bias = isFour ? 7 : 15;
    const double magnitude = (isFour ? (x & 127) == 127 : (x & 127) > 124) ? NAN
        : !isFour && (x & 127) == 124                                      ? INFINITY
        : exponent == 0 ? std::ldexp(fraction, 1 - bias - fractionBits)
                        : std::ldexp(fraction + std::ldexp(1, fractionBits), exponent - bias - fractionBits);
    return (x & 128) != 0 ? -magnitude : magnitude;
}

/// The finite one nearest to x, ties to even, by trying all of them.
U nearestEighth(double x, bool isFour)
{
    if (std::isnan(x))
        return 0x7f;
    U best = 0;
    for (U candidate = 0; candidate < 128; ++candidate) {
        if (!std::isfinite(eighth(candidate, isFour)))
            continue;
        const double error = std::fabs(std::min(std::fabs(x), 1e6) - eighth(candidate, isFour));
        const double least = std::fabs(std::min(std::fabs(x), 1e6) - eighth(best, isFour));
        if (error < least || (error == least && (candidate & 1) == 0))
            best = candidate;
    }
    return best | (std::signbit(x) ? 128 : 0);
}

template <typename F>
auto roundedBy(int direction, F function)
{
    return [=](U a, U b, U c) {
        std::fesetround(direction);
        volatile float x = f(a);
        volatile float y = f(b);
        volatile float z = f(c);
        volatile float result = function(x, y, z);
        std::fesetround(FE_TONEAREST);
        return bits(static_cast<float>(result));
    };
}

/// What must hold between found and expected.
enum class Match { Bits, Float, Double, Half, Approximate };

struct OpcodeCase {
    const char* name;
    const char*
        code;  ///< a, b, c stand in %rN, %dN, %hN, %fN, %gN, N = 1…3, %pN their lowest bits; the result in N = 0
    char result;  ///< r, d, h, f, g, p
    std::function<U(U, U, U)> expected;
    Match match = Match::Bits;
};

bool agree(Match match, U found, U expected)
{
    switch (match) {
    case Match::Bits:
        return found == expected;
    case Match::Half:
        return found == expected || (std::isnan(half(found)) && std::isnan(half(expected)));
    case Match::Float:
        return found == expected || (std::isnan(f(found)) && std::isnan(f(expected)));
    case Match::Double:
        return found == expected || (std::isnan(g(found)) && std::isnan(g(expected)));
    case Match::Approximate: {
        const double a = f(found);
        const double b = f(expected);
        return (std::isnan(a) && std::isnan(b)) || a == b || std::abs(a - b) <= 4e-7 * std::abs(b) + 1e-38;
    }
    }
    return false;
}

U clamp(Wide x, Wide low, Wide high) { return static_cast<U>(x < low ? low : x > high ? high : x); }
U bit(U x, int i) { return i < 0 || i > 63 ? 0 : (x >> i) & 1; }

const std::vector<OpcodeCase>& cases()
{
    static const std::vector<OpcodeCase> kCases {
        {"add.s32", "add.s32 %r0, %r1, %r2;", 'r', [](U a, U b, U) { return u32(a + b); }},
        {"add.u16", "add.u16 %h0, %h1, %h2;", 'h', [](U a, U b, U) { return u16(a + b); }},
        {"add.s64", "add.s64 %d0, %d1, %d2;", 'd', [](U a, U b, U) { return a + b; }},
        {"sub.u64", "sub.u64 %d0, %d1, %d2;", 'd', [](U a, U b, U) { return a - b; }},
        {"sub.s32 immediate", "sub.s32 %r0, -7, %r2;", 'r', [](U, U b, U) { return u32(U {0} - 7 - b); }},
        {"add.sat.s32", "add.sat.s32 %r0, %r1, %r2;", 'r', [](U a, U b, U) { return u32(clamp(Wide {s32(a)} + s32(b), INT32_MIN, INT32_MAX)); }},
        {"mul.lo.s32", "mul.lo.s32 %r0, %r1, %r2;", 'r', [](U a, U b, U) { return u32(u32(a) * u32(b)); }},
        {"mul.hi.s32", "mul.hi.s32 %r0, %r1, %r2;", 'r', [](U a, U b, U) { return u32(static_cast<U>(s32(a) * s32(b)) >> 32); }},
        {"mul.hi.u32", "mul.hi.u32 %r0, %r1, %r2;", 'r', [](U a, U b, U) { return u32(u32(a) * u32(b) >> 32); }},
        {"mul.hi.s64", "mul.hi.s64 %d0, %d1, %d2;", 'd', [](U a, U b, U) { return static_cast<U>((Wide {static_cast<I>(a)} * static_cast<I>(b)) >> 64); }},
        {"mul.hi.u64", "mul.hi.u64 %d0, %d1, %d2;", 'd', [](U a, U b, U) { return static_cast<U>((UnsignedWide {a} * b) >> 64); }},
        {"mul.wide.s32", "mul.wide.s32 %d0, %r1, %r2;", 'd', [](U a, U b, U) { return static_cast<U>(s32(a) * s32(b)); }},
        {"mul.wide.u16", "mul.wide.u16 %r0, %h1, %h2;", 'r', [](U a, U b, U) { return u32(u16(a) * u16(b)); }},
        {"mad.lo.s32", "mad.lo.s32 %r0, %r1, %r2, %r3;", 'r', [](U a, U b, U c) { return u32(u32(a) * u32(b) + c); }},
        {"mad.wide.u32", "mad.wide.u32 %d0, %r1, %r2, %d3;", 'd', [](U a, U b, U c) { return u32(a) * u32(b) + c; }},
        {"mad.hi.s32", "mad.hi.s32 %r0, %r1, %r2, %r3;", 'r', [](U a, U b, U c) { return u32((static_cast<U>(s32(a) * s32(b)) >> 32) + c); }},
        {"mul24.lo.s32", "mul24.lo.s32 %r0, %r1, %r2;", 'r', [](U a, U b, U) { return u32(static_cast<U>((static_cast<I>(a << 40) >> 40) * (static_cast<I>(b << 40) >> 40))); }},
        {"div.s32", "div.s32 %r0, %r1, %r2;", 'r', [](U a, U b, U) { return s32(b) == 0 ? 0xffffffffu : u32(static_cast<U>(s32(a) / s32(b))); }},
        {"div.u64", "div.u64 %d0, %d1, %d2;", 'd', [](U a, U b, U) { return b == 0 ? ~U {0} : a / b; }},
        {"rem.s32", "rem.s32 %r0, %r1, %r2;", 'r', [](U a, U b, U) { return s32(b) == 0 ? u32(a) : u32(static_cast<U>(s32(a) % s32(b))); }},
        {"rem.u32", "rem.u32 %r0, %r1, %r2;", 'r', [](U a, U b, U) { return u32(b) == 0 ? u32(a) : u32(a) % u32(b); }},
        {"abs.s32", "abs.s32 %r0, %r1;", 'r', [](U a, U, U) { return u32(static_cast<U>(s32(a) < 0 ? -s32(a) : s32(a))); }},
        {"neg.s16", "neg.s16 %h0, %h1;", 'h', [](U a, U, U) { return u16(U {0} - a); }},
        {"min.s32", "min.s32 %r0, %r1, %r2;", 'r', [](U a, U b, U) { return u32(static_cast<U>(std::min(s32(a), s32(b)))); }},
        {"max.u64", "max.u64 %d0, %d1, %d2;", 'd', [](U a, U b, U) { return std::max(a, b); }},
        {"max.s16", "max.s16 %h0, %h1, %h2;", 'h', [](U a, U b, U) { return u16(static_cast<U>(std::max(s16(a), s16(b)))); }},
        {"sad.u32", "sad.u32 %r0, %r1, %r2, %r3;", 'r', [](U a, U b, U c) { return u32(c + (u32(a) > u32(b) ? u32(a) - u32(b) : u32(b) - u32(a))); }},
        {"dp4a.s32.u32", "dp4a.s32.u32 %r0, %r1, %r2, %r3;", 'r', [](U a, U b, U c) {
             I sum = s32(c);
             for (int k = 0; k < 32; k += 8)
                 sum += I {static_cast<std::int8_t>(a >> k)} * static_cast<I>((b >> k) & 255);
             return u32(static_cast<U>(sum));
         }},
        {"vabsdiff4", "vabsdiff4.u32.u32.u32 %r0, %r1, %r2, %r3;", 'r', [](U a, U b, U) {
             U x = 0;
             for (int k = 0; k < 32; k += 8)
                 x |= static_cast<U>(std::abs(static_cast<I>((a >> k) & 255) - static_cast<I>((b >> k) & 255))) << k;
             return x;
         }},
        {"vabsdiff4.add", "vabsdiff4.u32.u32.u32.add %r0, %r1, %r2, %r3;", 'r', [](U a, U b, U c) {
             U x = c;
             for (int k = 0; k < 32; k += 8)
                 x += static_cast<U>(std::abs(static_cast<I>((a >> k) & 255) - static_cast<I>((b >> k) & 255)));
             return u32(x);
         }},
        {"cache hint", "createpolicy.fractional.L2::evict_last.b64 %d0, 1.0;\nld.global.L1::no_allocate.L2::cache_hint.b32 %r4, [%a1], %d0;\nmov.u32 %r0, %r4;", 'r', [](U a, U, U) { return u32(a); }},
        {"dp2a.hi.u32.s32", "dp2a.hi.u32.s32 %r0, %r1, %r2, %r3;", 'r', [](U a, U b, U c) {
             const I sum = s32(c) + static_cast<I>(u16(a)) * static_cast<std::int8_t>(b >> 16) + static_cast<I>(u16(a >> 16)) * static_cast<std::int8_t>(b >> 24);
             return u32(static_cast<U>(sum));
         }},
        {"add.u16x2", "add.u16x2 %r0, %r1, %r2;", 'r', [](U a, U b, U) { return u16(a + b) | (u16((a >> 16) + (b >> 16)) << 16); }},
        {"carry chain", "add.cc.u32 %r0, %r1, %r2;\naddc.u32 %r0, 0, 0;", 'r', [](U a, U b, U) { return (u32(a) + u32(b)) >> 32; }},
        {"borrow chain", "sub.cc.u32 %r0, %r1, %r2;\nsubc.cc.u32 %r0, %r3, 0;", 'r', [](U a, U b, U c) { return u32(c - (u32(a) < u32(b) ? 1 : 0)); }},
        {"madc", "mad.lo.cc.u32 %r0, %r1, %r2, %r3;\nmadc.hi.u32 %r0, %r1, %r2, 0;", 'r', [](U a, U b, U c) { return (u32(a) * u32(b) + u32(c)) >> 32; }},
        {"add.cc.u64", "add.cc.u64 %d0, %d1, %d2;\naddc.u64 %d0, %d3, 0;", 'd', [](U a, U b, U c) { return c + (a + b < a ? 1 : 0); }},
        {"and.b32", "and.b32 %r0, %r1, %r2;", 'r', [](U a, U b, U) { return u32(a & b); }},
        {"or.b64", "or.b64 %d0, %d1, %d2;", 'd', [](U a, U b, U) { return a | b; }},
        {"xor.b16", "xor.b16 %h0, %h1, %h2;", 'h', [](U a, U b, U) { return u16(a ^ b); }},
        {"not.b32", "not.b32 %r0, %r1;", 'r', [](U a, U, U) { return u32(~a); }},
        {"cnot.b32", "cnot.b32 %r0, %r1;", 'r', [](U a, U, U) { return U {u32(a) == 0}; }},
        {"and.pred", "and.pred %p0, %p1, %p2;", 'p', [](U a, U b, U) { return a & b & 1; }},
        {"xor.pred", "xor.pred %p0, %p1, %p2;", 'p', [](U a, U b, U) { return (a ^ b) & 1; }},
        {"not.pred", "not.pred %p0, %p1;", 'p', [](U a, U, U) { return ~a & 1; }},
        {"shl.b32", "shl.b32 %r0, %r1, %r2;", 'r', [](U a, U b, U) { return u32(b) > 31 ? 0 : u32(u32(a) << u32(b)); }},
        {"shl.b64 small", "and.b32 %r2, %r2, 127;\nshl.b64 %d0, %d1, %r2;", 'd', [](U a, U b, U) { return (b & 127) > 63 ? 0 : a << (b & 127); }},
        {"shr.s32 small", "and.b32 %r2, %r2, 63;\nshr.s32 %r0, %r1, %r2;", 'r', [](U a, U b, U) { return u32(static_cast<U>(s32(a) >> std::min<U>(b & 63, 31))); }},
        {"shr.u32 small", "and.b32 %r2, %r2, 63;\nshr.u32 %r0, %r1, %r2;", 'r', [](U a, U b, U) { return (b & 63) > 31 ? 0 : u32(a) >> (b & 63); }},
        {"shr.s64 small", "and.b32 %r2, %r2, 127;\nshr.s64 %d0, %d1, %r2;", 'd', [](U a, U b, U) { return static_cast<U>(static_cast<I>(a) >> std::min<U>(b & 127, 63)); }},
        {"shf.l.wrap", "shf.l.wrap.b32 %r0, %r1, %r2, %r3;", 'r', [](U a, U b, U c) { return u32((((u32(b) << 32) | u32(a)) << (c & 31)) >> 32); }},
        {"shf.r.clamp", "shf.r.clamp.b32 %r0, %r1, %r2, %r3;", 'r', [](U a, U b, U c) { return u32(((u32(b) << 32) | u32(a)) >> std::min<U>(u32(c), 32)); }},
        {"popc.b64", "popc.b64 %r0, %d1;", 'r', [](U a, U, U) { U n = 0; for (int i = 0; i < 64; ++i) n += bit(a, i); return n; }},
        {"clz.b32", "clz.b32 %r0, %r1;", 'r', [](U a, U, U) { U n = 0; for (int i = 31; i >= 0 && bit(a, i) == 0; --i) ++n; return n; }},
        {"clz.b64", "clz.b64 %r0, %d1;", 'r', [](U a, U, U) { U n = 0; for (int i = 63; i >= 0 && bit(a, i) == 0; --i) ++n; return n; }},
        {"brev.b32", "brev.b32 %r0, %r1;", 'r', [](U a, U, U) { U x = 0; for (int i = 0; i < 32; ++i) x |= bit(a, i) << (31 - i); return x; }},
        {"bfind.u32", "bfind.u32 %r0, %r1;", 'r', [](U a, U, U) { for (int i = 31; i >= 0; --i) if (bit(a, i)) return U(i); return U {0xffffffff}; }},
        {"bfind.s32", "bfind.s32 %r0, %r1;", 'r', [](U a, U, U) { const U x = bit(a, 31) ? ~a : a; for (int i = 31; i >= 0; --i) if (bit(x, i)) return U(i); return U {0xffffffff}; }},
        {"bfind.shiftamt.u64", "bfind.shiftamt.u64 %r0, %d1;", 'r', [](U a, U, U) { for (int i = 63; i >= 0; --i) if (bit(a, i)) return U(63 - i); return U {0xffffffff}; }},
        {"bfe.u32", "bfe.u32 %r0, %r1, %r2, %r3;", 'r', [](U a, U b, U c) { U x = 0; for (int i = 0; i < 32 && i < int(c & 255) && i + int(b & 255) < 32; ++i) x |= bit(a, i + int(b & 255)) << i; return x; }},
        {"bfe.s32", "bfe.s32 %r0, %r1, %r2, %r3;", 'r', [](U a, U b, U c) {
             const int p = int(b & 255);
             const int n = int(c & 255);
             const U sign = n == 0 ? 0 : bit(u32(a), std::min(p + n - 1, 31));
             U x = 0;
             for (int i = 0; i < 32; ++i)
                 x |= (i < n && p + i < 32 ? bit(a, p + i) : sign) << i;
             return x;
         }},
        {"bfi.b32", "bfi.b32 %r0, %r1, %r2, %r3, 9;", 'r', [](U a, U b, U c) {
             const int p = int(c & 255);
             U x = u32(b);
             for (int i = 0; i < 9 && p + i < 32; ++i)
                 x = (x & ~(U {1} << (p + i))) | (bit(a, i) << (p + i));
             return x;
         }},
        {"prmt.b32", "prmt.b32 %r0, %r1, %r2, %r3;", 'r', [](U a, U b, U c) {
             const U both = u32(a) | (u32(b) << 32);
             U x = 0;
             for (int i = 0; i < 4; ++i) {
                 const U s = (c >> (4 * i)) & 15;
                 const U byte = (both >> (8 * (s & 7))) & 255;
                 x |= ((s & 8) ? ((byte & 128) ? U {255} : U {0}) : byte) << (8 * i);
             }
             return x;
         }},
        {"lop3", "lop3.b32 %r0, %r1, %r2, %r3, 0xCA;", 'r', [](U a, U b, U c) { return u32((a & b) | (~a & c)); }},
        {"bmsk.clamp", "bmsk.clamp.b32 %r0, 5, 7;", 'r', [](U, U, U) { return U {0xfe0}; }},
        {"selp.b32", "selp.b32 %r0, %r1, %r2, %p3;", 'r', [](U a, U b, U c) { return u32(c & 1 ? a : b); }},
        {"selp.f64", "selp.f64 %g0, %g1, %g2, %p3;", 'g', [](U a, U b, U c) { return c & 1 ? a : b; }},
        {"slct.u32.s32", "slct.u32.s32 %r0, %r1, %r2, %r3;", 'r', [](U a, U b, U c) { return u32(s32(c) >= 0 ? a : b); }},
        {"setp.lt.s32", "setp.lt.s32 %p0, %r1, %r2;", 'p', [](U a, U b, U) { return U {s32(a) < s32(b)}; }},
        {"setp.hs.u64", "setp.hs.u64 %p0, %d1, %d2;", 'p', [](U a, U b, U) { return U {a >= b}; }},
        {"setp.ne.s16", "setp.ne.s16 %p0, %h1, %h2;", 'p', [](U a, U b, U) { return U {s16(a) != s16(b)}; }},
        {"setp.lt.f32", "setp.lt.f32 %p0, %f1, %f2;", 'p', [](U a, U b, U) { return U {f(a) < f(b)}; }},
        {"setp.ltu.f32", "setp.ltu.f32 %p0, %f1, %f2;", 'p', [](U a, U b, U) { return U {!(f(a) >= f(b))}; }},
        {"setp.ne.f32", "setp.ne.f32 %p0, %f1, %f2;", 'p', [](U a, U b, U) { return U {f(a) < f(b) || f(a) > f(b)}; }},
        {"setp.neu.f64", "setp.neu.f64 %p0, %g1, %g2;", 'p', [](U a, U b, U) { return U {!(g(a) == g(b))}; }},
        {"setp.nan.f64", "setp.nan.f64 %p0, %g1, %g2;", 'p', [](U a, U b, U) { return U {std::isnan(g(a)) || std::isnan(g(b))}; }},
        {"setp with or", "setp.gt.or.u32 %p0, %r1, %r2, %p3;", 'p', [](U a, U b, U c) { return U {u32(a) > u32(b) || (c & 1)}; }},
        {"setp with negated and", "setp.gt.and.u32 %p0, %r1, %r2, !%p3;", 'p', [](U a, U b, U c) { return U {u32(a) > u32(b) && !(c & 1)}; }},
        {"setp second result", "setp.gt.xor.u32 %p3|%p0, %r1, %r2, %p3;", 'p', [](U a, U b, U c) { return U {!(u32(a) > u32(b)) != bool(c & 1)}; }},
        {"set.eq.u32.s32", "set.eq.u32.s32 %r0, %r1, %r2;", 'r', [](U a, U b, U) { return u32(a) == u32(b) ? U {0xffffffff} : 0; }},
        {"set.lt.f32.f32", "set.lt.f32.f32 %f0, %f1, %f2;", 'f', [](U a, U b, U) { return f(a) < f(b) ? bits(1.0f) : 0; }},
        {"set.gtu.f16x2", "mov.b32 %r4, {%h1, %h2};\nmov.b32 %r5, {%h2, %h1};\nset.gtu.f16x2.f16x2 %r0, %r4, %r5;", 'r', [](U a, U b, U) {
             return U {!(half(u16(a)) <= half(u16(b))) ? 0x3c00u : 0u} | (U {!(half(u16(b)) <= half(u16(a))) ? 0x3c00u : 0u} << 16);
         }},
        {"testp.subnormal", "testp.subnormal.f32 %p0, %f1;", 'p', [](U a, U, U) { return U {(a & 0x7f800000) == 0 && (a & 0x7fffff) != 0}; }},
        {"mov pack", "mov.b64 %d0, {%r2, %r1};", 'd', [](U a, U b, U) { return u32(b) | (u32(a) << 32); }},
        {"mov unpack", "mov.b64 {%r4, %r0}, %d1;", 'r', [](U a, U, U) { return a >> 32; }},
        {"mov unpack 4", "mov.b64 {%h4, %h5, %h0, %h4}, %d1;", 'h', [](U a, U, U) { return u16(a >> 32); }},
        {"mov pack 4", "mov.b64 %d0, {%h1, %h2, %h3, %h1};", 'd', [](U a, U b, U c) { return u16(a) | (u16(b) << 16) | (u16(c) << 32) | (u16(a) << 48); }},
        {"guard", "mov.u32 %r0, %r1;\n@%p3 mov.u32 %r0, %r2;\n@!%p3 add.u32 %r0, %r0, 1;", 'r', [](U a, U b, U c) { return u32(c & 1 ? b : a + 1); }},
        {"add.f32", "add.f32 %f0, %f1, %f2;", 'f', [](U a, U b, U) { return bits(f(a) + f(b)); }, Match::Float},
        {"mul.ftz.f32", "mul.ftz.f32 %f0, %f1, %f2;", 'f', [](U a, U b, U) {
             const auto flush = [](U x) { return (x & 0x7f800000) == 0 ? x & 0x80000000 : x; };
             return flush(bits(f(flush(u32(a))) * f(flush(u32(b)))));
         }, Match::Float},
        {"fma.rn.f32", "fma.rn.f32 %f0, %f1, %f2, %f3;", 'f', [](U a, U b, U c) { return bits(std::fma(f(a), f(b), f(c))); }, Match::Float},
        {"fma.rn.sat.f32", "fma.rn.sat.f32 %f0, %f1, %f2, %f3;", 'f', [](U a, U b, U c) { const float x = std::fma(f(a), f(b), f(c)); return x > 1 ? bits(1.0f) : x > 0 ? bits(x) : 0; }},
        {"add.rz.f32", "add.rz.f32 %f0, %f1, %f2;", 'f', roundedBy(FE_TOWARDZERO, [](float a, float b, float) { return a + b; }), Match::Float},
        {"mul.rp.f32", "mul.rp.f32 %f0, %f1, %f2;", 'f', roundedBy(FE_UPWARD, [](float a, float b, float) { return a * b; }), Match::Float},
        {"fma.rm.f32", "fma.rm.f32 %f0, %f1, %f2, %f3;", 'f', roundedBy(FE_DOWNWARD, [](float a, float b, float c) { return std::fma(a, b, c); }), Match::Float},
        {"div.rn.f32", "div.rn.f32 %f0, %f1, %f2;", 'f', [](U a, U b, U) { return bits(f(a) / f(b)); }, Match::Float},
        {"div.approx.f32", "div.approx.f32 %f0, %f1, %f2;", 'f', [](U a, U b, U) { return bits(f(a) / f(b)); }, Match::Approximate},
        {"sqrt.rn.f32", "sqrt.rn.f32 %f0, %f1;", 'f', [](U a, U, U) { return bits(std::sqrt(f(a))); }, Match::Float},
        {"rsqrt.approx.f32", "rsqrt.approx.f32 %f0, %f1;", 'f', [](U a, U, U) { return bits(static_cast<float>(1 / std::sqrt(static_cast<long double>(f(a))))); }, Match::Approximate},
        {"rcp.approx.ftz.f32", "abs.f32 %f1, %f1;\nadd.f32 %f1, %f1, 0f3F800000;\nrcp.approx.ftz.f32 %f0, %f1;", 'f', [](U a, U, U) { const float x = 1 / (std::fabs(f(a)) + 1); return std::fpclassify(x) == FP_SUBNORMAL ? U {0} : bits(x); }, Match::Approximate},
        {"ex2.approx.f32", "ex2.approx.f32 %f0, %f1;", 'f', [](U a, U, U) { return bits(static_cast<float>(std::pow(2.0L, static_cast<long double>(f(a))))); }, Match::Approximate},
        {"lg2.approx.f32", "lg2.approx.f32 %f0, %f1;", 'f', [](U a, U, U) { return bits(static_cast<float>(std::log2(static_cast<long double>(f(a))))); }, Match::Approximate},
        {"sin.approx.f32", "min.f32 %f1, %f1, 0f40C00000;\nmax.f32 %f1, %f1, 0fC0C00000;\nsin.approx.f32 %f0, %f1;", 'f', [](U a, U, U) { const float x = std::isnan(f(a)) ? 6.0f : std::clamp(f(a), -6.0f, 6.0f); return bits(static_cast<float>(std::sin(static_cast<long double>(x)))); }, Match::Approximate},
        {"tanh.approx.f32", "tanh.approx.f32 %f0, %f1;", 'f', [](U a, U, U) { return bits(static_cast<float>(std::tanh(static_cast<long double>(f(a))))); }, Match::Approximate},
        {"min.f32", "min.f32 %f0, %f1, %f2;", 'f', [](U a, U b, U) { return std::isnan(f(a)) ? u32(b) : std::isnan(f(b)) ? u32(a) : f(a) < f(b) || (f(a) == f(b) && std::signbit(f(a))) ? u32(a) : u32(b); }, Match::Float},
        {"max.NaN.f32", "max.NaN.f32 %f0, %f1, %f2;", 'f', [](U a, U b, U) { return std::isnan(f(a)) || std::isnan(f(b)) ? U {0x7fffffff} : f(a) > f(b) || (f(a) == f(b) && !std::signbit(f(a))) ? u32(a) : u32(b); }},
        {"abs.f32", "abs.f32 %f0, %f1;", 'f', [](U a, U, U) { return u32(a) & 0x7fffffff; }},
        {"neg.f32", "neg.f32 %f0, %f1;", 'f', [](U a, U, U) { return u32(a) ^ 0x80000000; }},
        {"copysign.f32", "copysign.f32 %f0, %f1, %f2;", 'f', [](U a, U b, U) { return (u32(a) & 0x80000000) | (u32(b) & 0x7fffffff); }},
        {"add.f64", "add.f64 %g0, %g1, %g2;", 'g', [](U a, U b, U) { return bits(g(a) + g(b)); }, Match::Double},
        {"fma.rn.f64", "fma.rn.f64 %g0, %g1, %g2, %g3;", 'g', [](U a, U b, U c) { return bits(std::fma(g(a), g(b), g(c))); }, Match::Double},
        {"div.rn.f64", "div.rn.f64 %g0, %g1, %g2;", 'g', [](U a, U b, U) { return bits(g(a) / g(b)); }, Match::Double},
        {"sqrt.rn.f64", "sqrt.rn.f64 %g0, %g1;", 'g', [](U a, U, U) { return bits(std::sqrt(g(a))); }, Match::Double},
        {"add.f16", "add.f16 %h0, %h1, %h2;", 'h', [](U a, U b, U) { return nearestHalf(static_cast<long double>(half(u16(a))) + half(u16(b))); }, Match::Half},
        {"mul.f16", "mul.f16 %h0, %h1, %h2;", 'h', [](U a, U b, U) { return nearestHalf(static_cast<long double>(half(u16(a))) * half(u16(b))); }, Match::Half},
        {"fma.rn.f16", "fma.rn.f16 %h0, %h1, %h2, %h3;", 'h', [](U a, U b, U c) { return nearestHalf(static_cast<long double>(half(u16(a))) * half(u16(b)) + half(u16(c))); }, Match::Half},
        {"fma.rn.relu.f16", "fma.rn.relu.f16 %h0, %h1, %h2, %h3;", 'h', [](U a, U b, U c) { const long double x = static_cast<long double>(half(u16(a))) * half(u16(b)) + half(u16(c)); return std::isnan(x) ? U {0x7fff} : nearestHalf(std::max(x, 0.0L)) & 0x7fff; }},
        {"add.f16x2", "add.f16x2 %r0, %r1, %r2;", 'r', [](U a, U b, U) {
             const auto one = [](U x, U y) { const double sum = half(x) + half(y); return std::isnan(sum) ? U {0x7fff} : nearestHalf(sum); };
             return one(u16(a), u16(b)) | (one(u16(a >> 16), u16(b >> 16)) << 16);
         }},
        {"neg.f16x2", "neg.f16x2 %r0, %r1;", 'r', [](U a, U, U) { return u32(a) ^ 0x80008000; }},
        {"max.bf16", "max.bf16 %h0, %h1, %h2;", 'h', [](U a, U b, U) { const float x = f(u16(a) << 16); const float y = f(u16(b) << 16); const float m = std::isnan(x) ? y : std::isnan(y) ? x : x > y || (x == y && !std::signbit(x)) ? x : y; return std::isnan(m) ? U {0x7fff} : bits(m) >> 16; }},
        {"fma.rn.bf16", "fma.rn.bf16 %h0, %h1, %h2, %h3;", 'h', [](U a, U b, U c) {
             // A tiny addend decides a tie of the product: 64 bits of mantissa are too few.
             __extension__ using Wide = __float128;
             const Wide x = static_cast<Wide>(f(u16(a) << 16)) * f(u16(b) << 16) + f(u16(c) << 16);
             if (x != x)
                 return U {0x7fff};
             const auto size = [](Wide y) { return y < 0 ? -y : y; };
             const float lower = static_cast<float>(x);   // the two neighbours of x among bfloat16, the nearer one wins
             if (std::isinf(lower))
                 return bits(lower) >> 16;
             U at = bits(lower) & 0xffff0000;
             const auto value = [](U y) { return static_cast<Wide>(f(y)); };
             if (size(value(at)) > size(x))
                 at -= 0x10000;
             const U next = at + 0x10000;
             const Wide beyond = static_cast<Wide>(std::ldexp(1.0L, 128));
             const Wide toNext = size(((next & 0x7fffffff) == 0x7f800000 ? beyond : size(value(next))) - size(x));
             const Wide toAt = size(size(value(at)) - size(x));
             return (toAt < toNext || (toAt == toNext && (at & 0x10000) == 0) ? at : next) >> 16;
         }},
        {"cvt.u32.u8", "cvt.u32.u8 %r0, %r1;", 'r', [](U a, U, U) { return a & 255; }},
        {"cvt.s32.s8", "cvt.s32.s8 %r0, %h1;", 'r', [](U a, U, U) { return u32(static_cast<U>(I {static_cast<std::int8_t>(a)})); }},
        {"cvt.s64.s32", "cvt.s64.s32 %d0, %r1;", 'd', [](U a, U, U) { return static_cast<U>(s32(a)); }},
        {"cvt.s64.s8", "cvt.s64.s8 %d0, %d1;", 'd', [](U a, U, U) { return static_cast<U>(I {static_cast<std::int8_t>(a)}); }},
        {"cvt.sat.u8.s32", "cvt.sat.u8.s32 %r0, %r1;", 'r', [](U a, U, U) { return clamp(s32(a), 0, 255); }},
        {"cvt.sat.s16.u64", "cvt.sat.s16.u64 %h0, %d1;", 'h', [](U a, U, U) { return clamp(a, -32768, 32767); }},
        {"cvt.rn.f32.s32", "cvt.rn.f32.s32 %f0, %r1;", 'f', [](U a, U, U) { return bits(static_cast<float>(s32(a))); }},
        {"cvt.rz.f32.u64", "cvt.rz.f32.u64 %f0, %d1;", 'f', [](U a, U, U) { float x = static_cast<float>(a); return bits(static_cast<long double>(x) > static_cast<long double>(a) ? std::nextafter(x, 0.0f) : x); }},
        {"cvt.rn.f64.s64", "cvt.rn.f64.s64 %g0, %d1;", 'g', [](U a, U, U) { return bits(static_cast<double>(static_cast<I>(a))); }},
        {"cvt.rzi.s32.f32", "cvt.rzi.s32.f32 %r0, %f1;", 'r', [](U a, U, U) { return std::isnan(f(a)) ? 0 : u32(clamp(static_cast<Wide>(std::clamp(std::trunc(f(a)), -1e10f, 1e10f)), INT32_MIN, INT32_MAX)); }},
        {"cvt.rni.u32.f32", "cvt.rni.u32.f32 %r0, %f1;", 'r', [](U a, U, U) { return std::isnan(f(a)) ? 0 : u32(clamp(static_cast<Wide>(std::clamp(std::nearbyint(f(a)), -1e10f, 1e10f)), 0, UINT32_MAX)); }},
        {"cvt.rmi.s64.f64", "cvt.rmi.s64.f64 %d0, %g1;", 'd', [](U a, U, U) { return std::isnan(g(a)) ? U {1} << 63 : clamp(static_cast<Wide>(std::clamp(std::floor(g(a)), -1e19, 1e19)), INT64_MIN, INT64_MAX); }},
        {"cvt.rzi.s64.f32", "cvt.rzi.s64.f32 %d0, %f1;", 'd', [](U a, U, U) { return std::isnan(f(a)) ? U {1} << 63 : clamp(static_cast<Wide>(std::clamp(std::trunc(static_cast<double>(f(a))), -1e19, 1e19)), INT64_MIN, INT64_MAX); }},
        {"cvt.rzi.s32.f64", "cvt.rzi.s32.f64 %r0, %g1;", 'r', [](U a, U, U) { return std::isnan(g(a)) ? U {0x80000000} : clamp(static_cast<Wide>(std::clamp(std::trunc(g(a)), -1e19, 1e19)), INT32_MIN, INT32_MAX) & 0xffffffffu; }},
        {"cvt.rzi.u32.f64", "cvt.rzi.u32.f64 %r0, %g1;", 'r', [](U a, U, U) { return std::isnan(g(a)) ? U {0x80000000} : clamp(static_cast<Wide>(std::clamp(std::trunc(g(a)), -1e19, 1e19)), 0, UINT32_MAX); }},
        {"cvt.f64.f32", "cvt.f64.f32 %g0, %f1;", 'g', [](U a, U, U) { return bits(static_cast<double>(f(a))); }, Match::Double},
        {"cvt.rn.f32.f64", "cvt.rn.f32.f64 %f0, %g1;", 'f', [](U a, U, U) { return bits(static_cast<float>(g(a))); }, Match::Float},
        {"cvt.rpi.f32.f32", "cvt.rpi.f32.f32 %f0, %f1;", 'f', [](U a, U, U) { return bits(std::ceil(f(a))); }, Match::Float},
        {"cvt.f32.f16", "cvt.f32.f16 %f0, %h1;", 'f', [](U a, U, U) { return bits(static_cast<float>(half(u16(a)))); }, Match::Float},
        {"cvt.rn.f16.f32", "cvt.rn.f16.f32 %h0, %f1;", 'h', [](U a, U, U) { return nearestHalf(f(a)); }, Match::Half},
        {"cvt.rn.f16.s32", "cvt.rn.f16.s32 %h0, %r1;", 'h', [](U a, U, U) { return nearestHalf(s32(a)); }, Match::Half},
        {"cvt.rzi.s16.f16", "cvt.rzi.s16.f16 %h0, %h1;", 'h', [](U a, U, U) { const double x = half(u16(a)); return std::isnan(x) ? 0 : u16(clamp(static_cast<Wide>(std::clamp(x, -1e6, 1e6)), INT16_MIN, INT16_MAX)); }},
        {"cvt.rn.bf16.f32", "cvt.rn.bf16.f32 %h0, %f1;", 'h', [](U a, U, U) { return std::isnan(f(a)) ? U {0x7fff} : (u32(a) + 0x7fff + bit(a, 16)) >> 16; }},
        {"cvt.rn.f16x2.f32", "cvt.rn.f16x2.f32 %r0, %f1, %f2;", 'r', [](U a, U b, U) { return nearestHalf(f(b)) | (nearestHalf(f(a)) << 16); }},
        {"cvt.rn.satfinite.e4m3x2.f32", "cvt.rn.satfinite.e4m3x2.f32 %h0, %f1, %f2;", 'h', [](U a, U b, U) { return nearestEighth(f(b), true) | (nearestEighth(f(a), true) << 8); }},
        {"cvt.rn.satfinite.e5m2x2.f32", "cvt.rn.satfinite.e5m2x2.f32 %h0, %f1, %f2;", 'h', [](U a, U b, U) { return nearestEighth(f(b), false) | (nearestEighth(f(a), false) << 8); }},
        {"cvt.rn.satfinite.relu.e4m3x2.f32", "cvt.rn.satfinite.relu.e4m3x2.f32 %h0, %f1, %f2;", 'h', [](U a, U b, U) {
             const auto one = [](float x) { return nearestEighth(std::isnan(x) ? x : std::max(x, 0.0F), true) & 127; };
             return one(f(b)) | (one(f(a)) << 8);
         }},
        {"cvt.rn.satfinite.e4m3x2.f16x2", "cvt.rn.satfinite.e4m3x2.f16x2 %h0, %r1;", 'h', [](U a, U, U) { return nearestEighth(half(u16(a)), true) | (nearestEighth(half(u16(a >> 16)), true) << 8); }},
        {"cvt.rn.satfinite.e5m2x2.f16x2", "cvt.rn.satfinite.e5m2x2.f16x2 %h0, %r1;", 'h', [](U a, U, U) { return nearestEighth(half(u16(a)), false) | (nearestEighth(half(u16(a >> 16)), false) << 8); }},
        {"cvt.rn.f16x2.e4m3x2", "cvt.rn.f16x2.e4m3x2 %r0, %h1;", 'r', [](U a, U, U) { return nearestHalf(eighth(a & 255, true)) | (nearestHalf(eighth((a >> 8) & 255, true)) << 16); }},
        {"cvt.rn.f16x2.e5m2x2", "cvt.rn.f16x2.e5m2x2 %r0, %h1;", 'r', [](U a, U, U) { return nearestHalf(eighth(a & 255, false)) | (nearestHalf(eighth((a >> 8) & 255, false)) << 16); }},
        {"cvt.rna.tf32.f32", "cvt.rna.tf32.f32 %r0, %f1;", 'r', [](U a, U, U) { return std::isnan(f(a)) ? u32(a) | 0x400000 : std::isinf(f(a)) ? u32(a) : u32(a + 0x1000) & ~U {0x1fff}; }, Match::Float},
        {"laneid", "mov.u32 %r0, %laneid;\nmov.u32 %r4, %lanemask_lt;\npopc.b32 %r4, %r4;\nsub.u32 %r0, %r0, %r4;", 'r', [](U, U, U) { return U {0}; }},
    };
    return kCases;
}

std::string program(const OpcodeCase& test)
{
    std::string text =
        ".version 8.5\n.target sm_90\n.address_size 64\n.visible .entry k(.param .u64 in, .param .u64 out)\n{\n"
        ".reg .pred %p<9>;\n.reg .b16 %h<9>;\n.reg .b32 %r<9>;\n.reg .f32 %f<9>;\n.reg .b64 %d<9>;\n.reg .f64 "
        "%g<9>;\n.reg .b64 %a<9>;\n"
        "ld.param.u64 %a1, [in];\nld.param.u64 %a2, [out];\nmov.u32 %r8, %tid.x;\nmul.wide.u32 %a3, %r8, 24;\nadd.s64 "
        "%a1, %a1, %a3;\n"
        "mul.wide.u32 %a3, %r8, 8;\nadd.s64 %a2, %a2, %a3;\nmov.b32 %r0, 0;\nmov.b64 %d0, 0;\nmov.b16 %h0, 0;\n";
    for (int i = 1; i <= 3; ++i) {
        const std::string n = std::to_string(i);
        text += "ld.global.b64 %d" + n + ", [%a1+" + std::to_string(8 * i - 8) + "];\ncvt.u32.u64 %r" + n + ", %d" + n
            + ";\ncvt.u16.u64 %h" + n + ", %d" + n + ";\nmov.b32 %f" + n + ", %r" + n + ";\nmov.b64 %g" + n + ", %d" + n
            + ";\nand.b32 %r0, %r" + n + ", 1;\nsetp.eq.u32 %p" + n + ", %r0, 1;\n";
    }
    text += std::string(test.code) + "\n";
    switch (test.result) {
    case 'r':
        text += "cvt.u64.u32 %d0, %r0;\n";
        break;
    case 'h':
        text += "cvt.u64.u16 %d0, %h0;\n";
        break;
    case 'f':
        text += "mov.b32 %r0, %f0;\ncvt.u64.u32 %d0, %r0;\n";
        break;
    case 'g':
        text += "mov.b64 %d0, %g0;\n";
        break;
    case 'p':
        text += "selp.b64 %d0, 1, 0, %p0;\n";
        break;
    default:
        break;
    }
    return text + "st.global.b64 [%a2], %d0;\nret;\n}\n";
}

/// Three operands for each of 96 threads: edges of integers and floats, then noise.
std::vector<U> inputs(bool small)
{
    const std::vector<U> edges{0,
                               1,
                               ~U{0},
                               0x80000000,
                               0x7fffffff,
                               0x8000000000000000,
                               0x7fffffffffffffff,
                               0x3f800000,
                               0xbf800000,
                               0x7f800000,
                               0xff800000,
                               0x7fc00000,
                               0x00000001,
                               0x80000001,
                               0x3ff0000000000000,
                               0x7ff0000000000000,
                               0x40490fdb,
                               0xc2f6e979,
                               33,
                               255};
    std::vector<U> values;
    U state = 88172645463325252u;
    for (int i = 0; i < 96 * 3; ++i) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        U value = i < 96 ? edges[static_cast<std::size_t>(state >> 33) % edges.size()] : state;
        if (small && i >= 96)  // floats of moderate size in every width
            value = bits(static_cast<float>(static_cast<I>(state) >> 40) * 0x1p-18f) | (state << 52);
        values.push_back(value);
    }
    return values;
}

}  // namespace

class tst_Opcodes : public QObject {
    Q_OBJECT

private slots:
    void matches_data()
    {
        QTest::addColumn<int>("index");
        for (std::size_t i = 0; i < cases().size(); ++i)
            QTest::newRow(cases()[i].name) << static_cast<int>(i);
    }
    void matches()
    {
        QFETCH(int, index);
        const OpcodeCase& test = cases()[static_cast<std::size_t>(index)];
        Harness harness("", 1);
        harness.product.ptx = program(test);
        harness.load();
        for (const bool small : {false, true}) {
            const auto values = inputs(small);
            const auto in = harness.buffer("in", values);
            const auto out = harness.buffer("out", std::vector<U>(96));
            const auto outcome = harness.run(harness.step("k", {1}, {96}, {}, in.address, out.address));
            QVERIFY2(!outcome.fault, outcome.fault ? outcome.fault->message.c_str() : "");
            const auto found = harness.read<U>(out);
            for (std::size_t i = 0; i < 96; ++i) {
                const U expected = test.expected(values[3 * i], values[3 * i + 1], values[3 * i + 2]);
                QVERIFY2(agree(test.match, found[i], expected),
                         fmt::format("{} of {:#x}, {:#x}, {:#x}: found {:#x}, expected {:#x}", test.code, values[3 * i],
                                     values[3 * i + 1], values[3 * i + 2], found[i], expected)
                             .c_str());
            }
        }
    }

    void instructionSetsAgree()
    {
        // Every row exists with the same form, whichever instruction set of the host is chosen.
        const auto rows = emulator::hostHandlers().rows();
        QVERIFY(rows.size() > 500);
        for (const emulator::OpcodeRow& row : rows) {
            QVERIFY(row.run != nullptr);
            QVERIFY2(emulator::hostHandlers().find(row.opcode) == &row, std::string(row.opcode).c_str());
            QVERIFY(row.signature.find('=') != std::string_view::npos && row.signature.size() <= 7);
        }
    }
};

QTEST_APPLESS_MAIN(tst_Opcodes)
#include "tst_Opcodes.moc"
