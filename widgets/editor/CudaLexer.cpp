// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "editor/CudaLexer.h"

#include "look/Theme.h"

namespace warploom {

namespace {

// Word lists of Scintilla's C++ lexer, by its own numbers (from 1).
constexpr int kKeywordSet = 1;
constexpr int kBuiltinSet = 2;
constexpr int kTypeSet = 4;
constexpr int kTaskMarkerSet = 6;

constexpr const char* kKeywords =
    "alignas alignof asm auto break case catch class const constexpr consteval constinit const_cast continue decltype "
    "default delete do dynamic_cast else enum explicit export extern false final for friend goto if inline mutable "
    "namespace new noexcept nullptr operator override private protected public register reinterpret_cast requires "
    "return sizeof static static_assert static_cast struct switch template this thread_local throw true try typedef "
    "typeid typename union using virtual volatile while concept "
    "__global__ __device__ __host__ __shared__ __constant__ __managed__ __restrict__ __forceinline__ __noinline__ "
    "__launch_bounds__ __cluster_dims__ __maxnreg__ __grid_constant__ __align__";

constexpr const char* kBuiltins =
    "threadIdx blockIdx blockDim gridDim warpSize clusterDim clusterIdx "
    "__syncthreads __syncthreads_and __syncthreads_or __syncthreads_count __syncwarp __threadfence "
    "__threadfence_block __threadfence_system __shfl_sync __shfl_up_sync __shfl_down_sync __shfl_xor_sync "
    "__ballot_sync "
    "__any_sync __all_sync __activemask __match_any_sync __match_all_sync __reduce_add_sync __reduce_min_sync "
    "__reduce_max_sync __ldg __ldcg __ldcs __ldca __ldcv __stwb __stcg __stcs __stwt atomicAdd atomicSub atomicExch "
    "atomicMin atomicMax atomicInc atomicDec atomicCAS atomicAnd atomicOr atomicXor __popc __clz __ffs __brev "
    "__byte_perm __funnelshift_l __funnelshift_r __fdividef __expf __logf __log2f __powf __sinf __cosf __sincosf "
    "__fmaf_rn "
    "__fadd_rn __fmul_rn __frcp_rn __fsqrt_rn __saturatef __float2half __half2float __float2bfloat16 __bfloat162float "
    "__int_as_float __float_as_int __nanosleep __trap __assume __builtin_assume expf logf sqrtf rsqrtf fmaf fmaxf "
    "fminf "
    "fabsf powf tanhf sinf cosf erff exp log sqrt rsqrt fma fmax fmin fabs min max abs printf assert clock clock64";

constexpr const char* kTypes =
    "void bool char short int long float double signed unsigned wchar_t char8_t char16_t char32_t size_t ptrdiff_t "
    "int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t intptr_t uintptr_t half half2 __half __half2 "
    "__nv_bfloat16 __nv_bfloat162 dim3 uint3 char2 char3 char4 uchar2 uchar3 uchar4 short2 short3 short4 ushort2 "
    "ushort3 "
    "ushort4 int2 int3 int4 uint2 uint4 long2 long4 ulong2 ulong4 longlong2 longlong4 ulonglong2 ulonglong4 float2 "
    "float3 float4 double2 double3 double4 cudaStream_t cudaError_t";

/// Scintilla's styles of code that an #if leaves out are the ordinary ones plus this.
constexpr int kInactive = 64;
constexpr int kStyles = 27;

Token tokenOfStyle(int style)
{
    switch (style) {
    case QsciLexerCPP::Comment:
    case QsciLexerCPP::CommentLine:
    case QsciLexerCPP::CommentDoc:
    case QsciLexerCPP::CommentLineDoc:
    case QsciLexerCPP::CommentDocKeyword:
    case QsciLexerCPP::CommentDocKeywordError:
    case QsciLexerCPP::PreProcessorComment:
    case QsciLexerCPP::PreProcessorCommentLineDoc:
        return Token::Comment;
    case QsciLexerCPP::Number:
    case QsciLexerCPP::UserLiteral:
        return Token::Number;
    case QsciLexerCPP::Keyword:
        return Token::Keyword;
    case QsciLexerCPP::KeywordSet2:
        return Token::Builtin;
    case QsciLexerCPP::GlobalClass:
        return Token::Type;
    case QsciLexerCPP::DoubleQuotedString:
    case QsciLexerCPP::SingleQuotedString:
    case QsciLexerCPP::UnclosedString:
    case QsciLexerCPP::RawString:
    case QsciLexerCPP::VerbatimString:
    case QsciLexerCPP::EscapeSequence:
        return Token::String;
    case QsciLexerCPP::PreProcessor:
        return Token::Preprocessor;
    case QsciLexerCPP::TaskMarker:
        return Token::Directive;
    default:
        return Token::Text;
    }
}

}  // namespace

CudaLexer::CudaLexer(QObject* parent)
    : QsciLexerCPP(parent)
{
    setFoldPreprocessor(false);
    setHighlightEscapeSequences(false);
    applyTheme();
}

const char* CudaLexer::keywords(int set) const
{
    switch (set) {
    case kKeywordSet:
        return kKeywords;
    case kBuiltinSet:
        return kBuiltins;
    case kTypeSet:
        return kTypes;
    case kTaskMarkerSet:
        return "warploom";
    default:
        return nullptr;
    }
}

void CudaLexer::applyTheme()
{
    const Theme& theme = Theme::instance();
    QFont plain = theme.codeFont();
    QFont bold = plain;
    bold.setBold(true);
    setDefaultFont(plain);
    setDefaultPaper(theme.color(Token::Background));
    setDefaultColor(theme.color(Token::Text));
    setPaper(theme.color(Token::Background));
    for (int style = 0; style < kStyles; ++style) {
        for (const int variant : {style, style + kInactive}) {
            setColor(theme.color(tokenOfStyle(style)), variant);
            setPaper(theme.color(Token::Background), variant);
            setFont(style == TaskMarker ? bold : plain, variant);
            setEolFill(false, variant);
        }
    }
}

}  // namespace warploom
