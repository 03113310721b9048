// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// DF-MP2, first-order doubles amplitudes from the three-centre integrals (L|ia), everything in double. The occupied pair ij is
// blockIdx.z, the block's threads are a tile of the virtuals ab. Canonical orbitals, closed shell.
//
// warploom: let VTILES = ceil_div(nvir, 16)
// warploom: launch df_mp2_t2<<<dim3(VTILES, VTILES, nocc * nocc), dim3(16, 16, 1)>>>(t2, Lov, mo_occ, mo_vir, naux, nocc, nvir)

#define LOV(L, i, a) Lov[((size_t)(L) * nocc + (i)) * nvir + (a)]
#define T2(i, j, a, b) t2[(((size_t)(i) * nocc + (j)) * nvir + (a)) * nvir + (b)]

extern "C" __global__ void df_mp2_t2(double *t2, const double *Lov, const double *mo_occ, const double *mo_vir,
                                     const int naux, const int nocc, const int nvir)
{
    const int b = blockIdx.x * blockDim.x + threadIdx.x;
    const int a = blockIdx.y * blockDim.y + threadIdx.y;
    const int i = blockIdx.z / nocc;
    const int j = blockIdx.z % nocc;
    int L;

    if (a < nvir && b < nvir) {
        /* (ia|jb) = sum_L (L|ia) (L|jb) */
        double iajb = 0.0;
        for (L = 0; L < naux; L++) {
            iajb += LOV(L, i, a) * LOV(L, j, b);
        }
        T2(i, j, a, b) = iajb / (mo_occ[i] + mo_occ[j] - mo_vir[a] - mo_vir[b]);
    }
}
