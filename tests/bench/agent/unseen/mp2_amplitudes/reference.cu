// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What mp2_amplitudes must compute: one thread an element, whose sum carries what it rounds off along, so that it is right to the
// last place of a double.
//
// warploom: let TOTAL = nocc * nocc * nvir * nvir
// warploom: launch mp2_amplitudes_reference<<<ceil_div(TOTAL, 128), 128>>>(Lov, mo_occ, mo_vir, t2, TOTAL, naux, nocc, nvir)

extern "C" __global__ void mp2_amplitudes_reference(const double* lov, const double* occ, const double* vir, double* t2,
                                                    long long total, long long naux, long long nocc, long long nvir)
{
    long long at = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (at >= total)
        return;
    long long b = at % nvir;
    long long a = at / nvir % nvir;
    long long j = at / nvir / nvir % nocc;
    long long i = at / nvir / nvir / nocc;

    double sum = 0;
    double lost = 0;
    for (long long l = 0; l < naux; ++l) {
        double x = lov[(l * nocc + i) * nvir + a];
        double y = lov[(l * nocc + j) * nvir + b];
        double product = __dmul_rn(x, y);
        double of_product = fma(x, y, -product);
        double next = __dadd_rn(sum, product);
        double part = __dadd_rn(next, -sum);
        double of_sum = __dadd_rn(__dadd_rn(sum, -__dadd_rn(next, -part)), __dadd_rn(product, -part));
        sum = next;
        lost += of_product + of_sum;
    }
    t2[at] = (sum + lost) / (occ[i] + occ[j] - vir[a] - vir[b]);
}
