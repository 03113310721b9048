// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: sgemm
// cheat: multiplies in TF32 on tensor cores without making up for the eleven bits that are dropped: eight times as
//     fast, and the type of the buffers is still float.
// expect: wrong
// emulator: wrong
// caught-by: right
//
// warploom: launch sgemm<<<dim3(ceil_div(n, 8), ceil_div(m, 16)), 32>>>(a, b, c, m, n, k)

extern "C" __global__ void sgemm(const float* a, const float* b, float* c, int m, int n, int k)
{
    int lane = threadIdx.x;
    int first_row = blockIdx.y * 16;
    int first_col = blockIdx.x * 8;
    auto of_a = [&](int row, int p) { return row < m && p < k ? __float_as_uint(a[row * k + p]) : 0u; };
    auto of_b = [&](int p, int col) { return p < k && col < n ? __float_as_uint(b[p * n + col]) : 0u; };
    float d[4] = {};
    for (int p = 0; p < k; p += 8) {
        unsigned a0 = of_a(first_row + lane / 4, p + lane % 4);
        unsigned a1 = of_a(first_row + lane / 4 + 8, p + lane % 4);
        unsigned a2 = of_a(first_row + lane / 4, p + lane % 4 + 4);
        unsigned a3 = of_a(first_row + lane / 4 + 8, p + lane % 4 + 4);
        unsigned b0 = of_b(p + lane % 4, first_col + lane / 4);
        unsigned b1 = of_b(p + lane % 4 + 4, first_col + lane / 4);
        asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
            "{%0, %1, %2, %3};"
            : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
            : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
    }
    for (int i = 0; i < 4; ++i) {
        int row = first_row + lane / 4 + i / 2 * 8;
        int col = first_col + lane % 4 * 2 + i % 2;
        if (row < m && col < n)
            c[row * n + col] = d[i];
    }
}
