// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// One thread a pair, in float64.
//
// warploom: let COUNT = tokens * heads * pairs
// warploom: launch rope_reference<<<ceil_div(COUNT, 128), 128>>>(q, pos, COUNT, heads, pairs, rest, base)

extern "C" __global__ void rope_reference(double* q, const int* pos, long long count, long long heads,
                                          long long pairs, long long rest, float base)
{
    long long at = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (at >= count)
        return;
    long long i = at % pairs;
    long long row = at / pairs;
    double angle = pos[row / heads] * pow(double(base), -double(i) / double(pairs));
    double c = cos(angle);
    double s = sin(angle);
    double* p = q + row * (2 * pairs + rest) + 2 * i;
    double a = p[0];
    double b = p[1];
    p[0] = a * c - b * s;
    p[1] = a * s + b * c;
}
