// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "headers/CudaHeaders.h"

#include <map>

#include "headers/FunctionFamily.h"
#include "headers/NarrowFloats.h"
#include "headers/VirtualHeaders.h"

namespace warploom {

namespace {

/// Values as in CUDA 13.0's header.
constexpr const char* kMathConstants = R"(#pragma once
#define CUDART_INF_F __builtin_inff()
#define CUDART_NAN_F __builtin_nanf("")
#define CUDART_MIN_DENORM_F 1.401298464e-45F
#define CUDART_MAX_NORMAL_F 3.402823466e+38F
#define CUDART_NEG_ZERO_F -0.0F
#define CUDART_ZERO_F 0.0F
#define CUDART_ONE_F 1.0F
#define CUDART_SQRT_HALF_F 0.707106781F
#define CUDART_SQRT_TWO_F 1.414213562F
#define CUDART_THIRD_F 0.333333333F
#define CUDART_PIO4_F 0.785398163F
#define CUDART_PIO2_F 1.570796327F
#define CUDART_3PIO4_F 2.356194490F
#define CUDART_2_OVER_PI_F 0.636619772F
#define CUDART_SQRT_2_OVER_PI_F 0.797884561F
#define CUDART_PI_F 3.141592654F
#define CUDART_L2E_F 1.442695041F
#define CUDART_L2T_F 3.321928094F
#define CUDART_LG2_F 0.301029996F
#define CUDART_LGE_F 0.434294482F
#define CUDART_LN2_F 0.693147181F
#define CUDART_LNT_F 2.302585093F
#define CUDART_LNPI_F 1.144729886F
#define CUDART_TWO_TO_M126_F 1.175494351e-38F
#define CUDART_TWO_TO_126_F 8.507059173e37F
#define CUDART_NORM_HUGE_F 3.402823466e38F
#define CUDART_TWO_TO_23_F 8388608.0F
#define CUDART_TWO_TO_24_F 16777216.0F
#define CUDART_TWO_TO_31_F 2147483648.0F
#define CUDART_TWO_TO_32_F 4294967296.0F
#define CUDART_INF __builtin_inf()
#define CUDART_NAN __builtin_nan("")
#define CUDART_NEG_ZERO -0.0
#define CUDART_ZERO 0.0
#define CUDART_ONE 1.0
#define CUDART_SQRT_TWO 1.4142135623730951e+0
#define CUDART_SQRT_HALF 7.0710678118654757e-1
#define CUDART_THIRD 3.3333333333333333e-1
#define CUDART_TWOTHIRD 6.6666666666666667e-1
#define CUDART_PIO4 7.8539816339744828e-1
#define CUDART_PIO2 1.5707963267948966e+0
#define CUDART_3PIO4 2.3561944901923448e+0
#define CUDART_2_OVER_PI 6.3661977236758138e-1
#define CUDART_PI 3.1415926535897931e+0
#define CUDART_SQRT_2PI 2.5066282746310007e+0
#define CUDART_SQRT_PIO2 1.2533141373155003e+0
#define CUDART_SQRT_2OPI 7.9788456080286536e-1
#define CUDART_L2E 1.4426950408889634e+0
#define CUDART_L2T 3.3219280948873622e+0
#define CUDART_LG2 3.0102999566398120e-1
#define CUDART_LGE 4.3429448190325182e-1
#define CUDART_LN2 6.9314718055994529e-1
#define CUDART_LNT 2.3025850929940459e+0
#define CUDART_LNPI 1.1447298858494002e+0
#define CUDART_TWO_TO_23 8388608.0
#define CUDART_TWO_TO_52 4503599627370496.0
#define CUDART_TWO_TO_53 9007199254740992.0
#define CUDART_TWO_TO_54 18014398509481984.0
)";

/// Complex numbers of T, of type V, whose functions end in F.
constexpr const char* kComplex = R"(
__device__ inline T cuCreal@F(V x) { return x.x; }
__device__ inline T cuCimag@F(V x) { return x.y; }
__device__ inline V make_@V(T r, T i) { V z; z.x = r; z.y = i; return z; }
__device__ inline V cuConj@F(V x) { return make_@V(x.x, -x.y); }
__device__ inline V cuCadd@F(V x, V y) { return make_@V(x.x + y.x, x.y + y.y); }
__device__ inline V cuCsub@F(V x, V y) { return make_@V(x.x - y.x, x.y - y.y); }
__device__ inline V cuCmul@F(V x, V y) { return make_@V(x.x * y.x - x.y * y.y, x.x * y.y + x.y * y.x); }
__device__ inline V cuCfma@F(V x, V y, V d)
{
    return make_@V(x.x * y.x + d.x - x.y * y.y, x.x * y.y + d.y + x.y * y.x);
}
__device__ V cuCdiv@F(V, V);
__device__ T cuCabs@F(V);
)";

/// Bounds of the number types, as cuda/std/limits has them.
constexpr const char* kNumericLimits = R"(#pragma once
namespace cuda { namespace std {
template <class T> struct numeric_limits;
template <class T> struct WlWhole {
  static constexpr bool is_specialized = true, is_integer = true, is_exact = true, has_infinity = false;
  static constexpr bool is_signed = T(-1) < T(0), has_quiet_NaN = false;
  static constexpr int digits = sizeof(T) * 8 - is_signed, radix = 2;
  __device__ static constexpr T max() { return T(~0ull >> (64 - digits)); }
  __device__ static constexpr T min() { return T(~max()); } __device__ static constexpr T lowest() { return min(); }
  __device__ static constexpr T epsilon() { return 0; } __device__ static constexpr T infinity() { return 0; }
};
template <class T> struct WlFloating {
  static constexpr bool is_specialized = true, is_integer = false, is_exact = false, has_infinity = true;
  static constexpr bool is_signed = true, has_quiet_NaN = true;
  static constexpr int digits = sizeof(T) == 4 ? 24 : 53, radix = 2;
  __device__ static constexpr T infinity() { return __builtin_inff(); }
  __device__ static constexpr T quiet_NaN() { return __builtin_nanf(""); }
  __device__ static constexpr T epsilon() { return sizeof(T) == 4 ? 1.19209290e-7 : 2.2204460492503131e-16; }
  __device__ static constexpr T max() { return sizeof(T) == 4 ? T(3.402823466e+38F) : T(1.7976931348623157e+308); }
  __device__ static constexpr T min() { return sizeof(T) == 4 ? T(1.175494351e-38F) : T(2.2250738585072014e-308); }
  __device__ static constexpr T lowest() { return -max(); }
};
#define WL_LIMITS(kind, type) template <> struct numeric_limits<type> : kind<type> {};
WL_LIMITS(WlWhole, char) WL_LIMITS(WlWhole, signed char) WL_LIMITS(WlWhole, unsigned char) WL_LIMITS(WlWhole, short)
WL_LIMITS(WlWhole, unsigned short) WL_LIMITS(WlWhole, int) WL_LIMITS(WlWhole, unsigned) WL_LIMITS(WlWhole, long)
WL_LIMITS(WlWhole, unsigned long) WL_LIMITS(WlWhole, long long) WL_LIMITS(WlWhole, unsigned long long)
WL_LIMITS(WlFloating, float) WL_LIMITS(WlFloating, double)
#undef WL_LIMITS
} }
)";

constexpr const char* kTraits = R"(#pragma once
namespace cuda { namespace std {
template <class T, T v> struct integral_constant { static constexpr T value = v; };
using true_type = integral_constant<bool, true>; using false_type = integral_constant<bool, false>;
template <class A, class B> struct is_same : false_type {}; template <class A> struct is_same<A, A> : true_type {};
template <class A, class B> inline constexpr bool is_same_v = is_same<A, B>::value;
template <bool c, class T = void> struct enable_if {}; template <class T> struct enable_if<true, T> { using type = T; };
template <bool c, class T = void> using enable_if_t = typename enable_if<c, T>::type;
template <bool c, class A, class B> struct conditional { using type = A; };
template <class A, class B> struct conditional<false, A, B> { using type = B; };
template <bool c, class A, class B> using conditional_t = typename conditional<c, A, B>::type;
template <class T> struct remove_const { using type = T; };
template <class T> struct remove_const<const T> { using type = T; };
template <class T> struct remove_cv { using type = __remove_cv(T); };
template <class T> struct remove_reference { using type = __remove_reference_t(T); };
template <class T> struct decay { using type = __decay(T); };
template <class T> using remove_const_t = typename remove_const<T>::type;
template <class T> using remove_cv_t = typename remove_cv<T>::type;
template <class T> using remove_reference_t = typename remove_reference<T>::type;
template <class T> using decay_t = typename decay<T>::type;
template <class T> struct is_integral : integral_constant<bool, __is_integral(T)> {};
template <class T> struct is_floating_point : integral_constant<bool, __is_floating_point(T)> {};
template <class T> struct is_signed : integral_constant<bool, __is_signed(T)> {};
template <class T> struct is_unsigned : integral_constant<bool, __is_unsigned(T)> {};
template <class T> inline constexpr bool is_integral_v = __is_integral(T);
template <class T> inline constexpr bool is_floating_point_v = __is_floating_point(T);
template <class T> inline constexpr bool is_signed_v = __is_signed(T);
template <class T> inline constexpr bool is_unsigned_v = __is_unsigned(T);
} }
)";

std::string complexHeader()
{
    std::string text = "#pragma once\ntypedef float2 cuFloatComplex;\ntypedef float2 cuComplex;\n"
                       "typedef double2 cuDoubleComplex;\n";
    for (const bool isDouble : {false, true}) {
        std::string part = kComplex;
        replaceEach(part, "@F", isDouble ? "" : "f");
        replaceEach(part, "@V", isDouble ? "cuDoubleComplex" : "cuFloatComplex");
        replaceEach(part, "V ", isDouble ? "double2 " : "float2 ");
        replaceEach(part, "(V", isDouble ? "(double2" : "(float2");
        replaceEach(part, "V)", isDouble ? "double2)" : "float2)");
        replaceEach(part, "V,", isDouble ? "double2," : "float2,");
        replaceEach(part, "T ", isDouble ? "double " : "float ");
        text += part;
    }
    return text
        + "__device__ inline float2 make_cuComplex(float r, float i) { return make_cuFloatComplex(r, i); }\n"
          "__device__ inline double2 cuComplexFloatToDouble(float2 z) { return make_cuDoubleComplex(z.x, z.y); }\n"
          "__device__ inline float2 cuComplexDoubleToFloat(double2 z) { return make_cuFloatComplex(z.x, z.y); }\n";
}

/// The same names in cuda::std as in std.
std::string inCudaStd(const char* text)
{
    std::string made = text;
    replaceEach(made, "namespace std {", "namespace cuda { namespace std {");
    return made + "}\n";
}

std::map<std::string, std::string> makeHeaders()
{
    std::map<std::string, std::string> headers;
    for (const auto& header : virtualHeaders())
        headers[header.name] = header.text;
    // Known by name to who reads a kernel.
    replaceEach(headers["math.h"], "__builtin_bit_cast(float, 0x7f800000)", "__builtin_inff()");
    replaceEach(headers["math.h"], "__builtin_bit_cast(float, 0x7fffffff)", "__builtin_nanf(\"\")");
    replaceEach(headers["math.h"], "__builtin_bit_cast(double, 0x7ff0000000000000ULL)", "__builtin_inf()");
    for (const char* name : {"cstdint", "cstddef", "cmath"})
        headers[std::string("cuda/std/") + name] = inCudaStd(headers[name].c_str());
    headers["cuda/std/climits"] = headers["limits.h"];
    headers["cuda/std/limits"] = kNumericLimits;
    headers["cuda/std/type_traits"] = kTraits;
    const auto half = halfFloat();
    headers["cuda_fp16.h"] = narrowHeader(half)
        + "typedef __half half;\ntypedef __half2 half2;\ntypedef __half nv_half;\n" + "typedef __half2 nv_half2;\n";
    headers["cuda_bf16.h"] =
        narrowHeader(bfloat16()) + "typedef __nv_bfloat16 nv_bfloat16;\ntypedef __nv_bfloat162 nv_bfloat162;\n";
    headers["math_constants.h"] = kMathConstants;
    headers["cuComplex.h"] = complexHeader();
    return headers;
}

}  // namespace

const std::vector<std::pair<std::string, std::string>>& cudaHeaders()
{
    static const auto headers = [] {
        const auto made = makeHeaders();
        return std::vector<std::pair<std::string, std::string>>(made.begin(), made.end());
    }();
    return headers;
}

}  // namespace warploom
