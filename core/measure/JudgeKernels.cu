// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// What the judge runs itself: fills, poison, widening, comparison, hashes. FillFormula.h stands in front of this text.
#include <cuda_fp16.h>
#include <cuda_bf16.h>

typedef unsigned long long Word;

enum Type { F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8 };

__device__ __forceinline__ double loadReal(const void* data, int type, Word i)
{
    switch (type) {
    case F64: return static_cast<const double*>(data)[i];
    case F32: return static_cast<const float*>(data)[i];
    case F16: return __half2float(static_cast<const __half*>(data)[i]);
    default: return __bfloat162float(static_cast<const __nv_bfloat16*>(data)[i]);
    }
}

__device__ __forceinline__ void storeReal(void* data, int type, Word i, double value)
{
    switch (type) {
    case F64: static_cast<double*>(data)[i] = value; break;
    case F32: static_cast<float*>(data)[i] = float(value); break;
    case F16: static_cast<__half*>(data)[i] = __float2half(float(value)); break;
    default: static_cast<__nv_bfloat16*>(data)[i] = __float2bfloat16(float(value)); break;
    }
}

__device__ __forceinline__ long long loadInteger(const void* data, int type, Word i)
{
    switch (type) {
    case I64:
    case U64: return static_cast<const long long*>(data)[i];
    case I32: return static_cast<const int*>(data)[i];
    case U32: return static_cast<const unsigned*>(data)[i];
    case I16: return static_cast<const short*>(data)[i];
    case U16: return static_cast<const unsigned short*>(data)[i];
    case I8: return static_cast<const signed char*>(data)[i];
    default: return static_cast<const unsigned char*>(data)[i];
    }
}

__device__ __forceinline__ void storeInteger(void* data, int type, Word i, long long value)
{
    switch (type) {
    case I64:
    case U64: static_cast<long long*>(data)[i] = value; break;
    case I32:
    case U32: static_cast<int*>(data)[i] = int(value); break;
    case I16:
    case U16: static_cast<short*>(data)[i] = short(value); break;
    default: static_cast<signed char*>(data)[i] = static_cast<signed char>(value); break;
    }
}

__device__ __forceinline__ bool isReal(int type) { return type <= BF16; }

__device__ __forceinline__ int sizeOf(int type)
{
    return type == F64 || type == I64 || type == U64 ? 8
        : type == F32 || type == I32 || type == U32  ? 4
        : type == I8 || type == U8                   ? 1
                                                     : 2;
}

__device__ __forceinline__ Word first() { return Word(blockIdx.x) * blockDim.x + threadIdx.x; }
__device__ __forceinline__ Word stride() { return Word(gridDim.x) * blockDim.x; }

extern "C" __global__ void judge_fill(void* data, int type, int kind, double a, double b, long long low, long long high,
                                      Word seed, Word count)
{
    const bool whole = kind == warploom_fill::Integers || kind == warploom_fill::Permutation
        || kind == warploom_fill::Offsets;
    for (Word i = first(); i < count; i += stride()) {
        if (!whole && isReal(type))
            storeReal(data, type, i, warploom_fill::real(kind, a, b, seed, i));
        else if (!whole)
            storeInteger(data, type, i, static_cast<long long>(a));
        else if (isReal(type))
            storeReal(data, type, i, double(warploom_fill::integer(kind, low, high, seed, i, count)));
        else
            storeInteger(data, type, i, warploom_fill::integer(kind, low, high, seed, i, count));
    }
}

// Values of warploom::Distortion::Kind.
enum Distortion { Affine, RowScale, Ramp, Choice, Constant, OneHot, Denormal, Special, Power };

__device__ __forceinline__ double leastNormal(int type)
{
    return type == F64 ? 2.2250738585072014e-308 : type == F16 ? 6.103515625e-05 : 1.1754943508222875e-38;
}

__device__ __forceinline__ double distorted(int kind, double a, double b, double low, double high, double old, int type,
                                            Word seed, Word row, Word i)
{
    const Word bits = warploom_fill::draw(seed ^ 0xD157081ull, i);
    const double unit = warploom_fill::unit(bits);
    switch (kind) {
    case Affine: return fmin(fmax(a * old + b, low), high);
    case RowScale: return ldexp(old, -int(warploom_fill::draw(seed, i / row) % 12));
    case Ramp: return row > 1 ? a + (b - a) * (double(i % row) / double(row - 1)) : a;
    case Choice: return bits & 1 ? a : b;
    case Constant: return a + (b - a) * warploom_fill::unit(warploom_fill::draw(seed, 0));
    case OneHot: return i % row == warploom_fill::draw(seed, i / row) % row ? b : a;
    case Denormal: return bits & 1 ? old : leastNormal(type) * (2 * unit - 1);
    case Special:
        if (bits % 61 != 0)
            return old;
        if (b != 0 && (a == 0 || (bits >> 32 & 3) == 0))
            return __longlong_as_double(0x7FF8000000000000ll);
        return __longlong_as_double(bits >> 40 & 1 ? 0x7FF0000000000000ll : 0xFFF0000000000000ll);
    default: return a + (b - a) * unit * unit * unit * unit;
    }
}

// Changes a fill in place. Each element depends on its old value, the seed and its index only.
extern "C" __global__ void judge_distort(void* data, int type, int kind, double a, double b, double low, double high,
                                         Word seed, Word row, Word count)
{
    for (Word i = first(); i < count; i += stride()) {
        const double old = isReal(type) ? loadReal(data, type, i) : double(loadInteger(data, type, i));
        const double value = distorted(kind, a, b, low, high, old, type, seed, row, i);
        if (isReal(type))
            storeReal(data, type, i, value);
        else
            storeInteger(data, type, i, llrint(value));
    }
}

// Answers that need no work, for seeing whether a task can be cheated with them; source is read as float64 where it is
// real. kind 0: a constant; 1: source itself; 2: source, the second half left at the constant; 3: source through f16.
extern "C" __global__ void judge_trivial(void* data, int type, int kind, double constant, const void* source,
                                         int sourceType, Word count)
{
    for (Word i = first(); i < count; i += stride()) {
        double value = constant;
        if (kind == 1 || kind == 3 || (kind == 2 && i < (count + 1) / 2))
            value = isReal(sourceType) ? loadReal(source, sourceType, i) : double(loadInteger(source, sourceType, i));
        if (kind == 3)
            value = __half2float(__float2half(float(value)));
        if (isReal(type))
            storeReal(data, type, i, value);
        else
            storeInteger(data, type, i, llrint(value));
    }
}

// Poison: a word depends on the seed and its index only. For reals every 16-bit part has its exponent bits set, so that
// poison read as f16, bf16 or f32 is not a number and as f64 is huge: adding to it cannot go unnoticed.
__device__ __forceinline__ Word poisonWord(Word seed, Word index, int real)
{
    return warploom_fill::draw(seed, index) | (real ? 0x7F807F807F807F80ull : 0);
}

extern "C" __global__ void judge_poison(unsigned char* data, Word seed, Word bytes, int real)
{
    for (Word word = first(); word * 8 < bytes; word += stride()) {
        const Word pattern = poisonWord(seed, word, real);
        if (word * 8 + 8 <= bytes) {
            reinterpret_cast<Word*>(data)[word] = pattern;
            continue;
        }
        for (Word byte = word * 8; byte < bytes; ++byte)
            data[byte] = static_cast<unsigned char>(pattern >> (8 * (byte % 8)));
    }
}

extern "C" __global__ void judge_widen(double* wide, const void* narrow, int type, Word count)
{
    for (Word i = first(); i < count; i += stride())
        wide[i] = loadReal(narrow, type, i);
}

// Order-independent, so that blocks need no order.
extern "C" __global__ void judge_hash(const unsigned char* data, Word bytes, Word* result)
{
    Word sum = 0;
    for (Word word = first(); word * 8 < bytes; word += stride()) {
        Word value = 0;
        if (word * 8 + 8 <= bytes) {
            value = reinterpret_cast<const Word*>(data)[word];
        } else {
            for (Word byte = word * 8; byte < bytes; ++byte)
                value = (value << 8) | data[byte];
        }
        sum += warploom_fill::draw(value, word);
    }
    atomicAdd(result, sum);
}

// Must match struct ComparisonCell in JudgeKernels.cpp.
struct Cell {
    Word compared;
    Word wrong;
    Word untouched;      // still the poison of this run (and of the run before where a mask is given)
    Word firstWrong;
    Word worstIndex;
    double worstRatio;   // error over tolerance of the worst element
    double largestError; // absolute
    double squares;      // sum of squares of error over tolerance, each at most 1e6
    double sum;          // of the finite expected values
    double sumSquares;
    double least;        // finite expected value
    double most;
    Word histogram[16];  // of error over tolerance: <1e-7, <1e-6, … <1, <10, … more; not a number (of one of both)
};

__device__ __forceinline__ int histogramBin(double ratio)
{
    double limit = 1e-7;
    int bin = 0;
    while (bin < 14 && ratio > limit) {
        limit *= 10;
        ++bin;
    }
    return bin;
}

// Error over tolerance; infinite where no tolerance can hold.
__device__ __forceinline__ double errorRatio(double got, double expected, double relative, double absolute, double* error)
{
    const double infinity = __longlong_as_double(0x7FF0000000000000ll);
    if (got == expected || (isnan(got) && isnan(expected))) {
        *error = 0;
        return 0;
    }
    *error = fabs(got - expected);
    if (isnan(got) || isnan(expected) || isinf(got) || isinf(expected)) {
        *error = infinity;
        return infinity;
    }
    const double tolerance = absolute + relative * fabs(expected);
    return tolerance > 0 ? *error / tolerance : infinity;
}

__device__ __forceinline__ Word loadBits(const void* data, int size, Word i)
{
    switch (size) {
    case 8: return static_cast<const Word*>(data)[i];
    case 4: return static_cast<const unsigned*>(data)[i];
    case 2: return static_cast<const unsigned short*>(data)[i];
    default: return static_cast<const unsigned char*>(data)[i];
    }
}

// An element never crosses one of the 8-byte words of the pattern.
__device__ __forceinline__ bool isPoison(const void* data, int type, Word i, Word seed)
{
    const int size = sizeOf(type);
    const Word byte = i * size;
    const Word pattern = poisonWord(seed, byte / 8, isReal(type)) >> (8 * (byte % 8));
    const Word mask = size == 8 ? ~0ull : (1ull << (8 * size)) - 1;
    return loadBits(data, size, i) == (pattern & mask);
}

__device__ __forceinline__ void addExpected(Cell& cell, double value)
{
    if (isnan(value) || isinf(value))
        return;
    cell.sum += value;
    cell.sumSquares += value * value;
    cell.least = fmin(cell.least, value);
    cell.most = fmax(cell.most, value);
}

// One cell a thread; the host adds them up. mask: one byte an element, written in the first run, narrowed in the second.
extern "C" __global__ void judge_compare(const void* actual, int type, const void* expected, Word count, double relative,
                                         double absolute, double allowed, Word poisonSeed, unsigned char* mask,
                                         int secondRun, Cell* cells)
{
    Cell cell = {};
    cell.firstWrong = ~0ull;
    cell.least = __longlong_as_double(0x7FF0000000000000ll);
    cell.most = -cell.least;
    for (Word i = first(); i < count; i += stride()) {
        double error = 0;
        double ratio = 0;
        bool isNumber = true;
        if (isReal(type)) {
            const double got = loadReal(actual, type, i);
            const double wanted = static_cast<const double*>(expected)[i];
            ratio = errorRatio(got, wanted, relative, absolute, &error);
            isNumber = isnan(got) == isnan(wanted);
        } else {
            const long long difference = loadInteger(actual, type, i) - loadInteger(expected, type, i);
            error = fabs(double(difference));
            ratio = difference == 0 ? 0 : error / (absolute > 0 ? absolute : 1e-300);
        }
        addExpected(cell, isReal(type) ? static_cast<const double*>(expected)[i] : double(loadInteger(expected, type, i)));
        const double bounded = ratio <= 1e6 ? ratio : 1e6;
        cell.squares += bounded * bounded;
        ++cell.compared;
        ++cell.histogram[isNumber ? histogramBin(ratio) : 15];
        if (!(ratio <= allowed)) {
            ++cell.wrong;
            if (i < cell.firstWrong)
                cell.firstWrong = i;
        }
        if (ratio > cell.worstRatio) {
            cell.worstRatio = ratio;
            cell.worstIndex = i;
        }
        if (error > cell.largestError)
            cell.largestError = error;
        const bool poison = isPoison(actual, type, i, poisonSeed);
        if (secondRun) {
            cell.untouched += poison && mask[i];
        } else {
            mask[i] = poison;
            cell.untouched += poison;
        }
    }
    cells[first()] = cell;
}
