// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What feature_interaction must compute, in float64: one thread a sample for each i, which writes all pairs that begin
// with it.
//
// warploom: let BLOCKS = ceil_div(batch * features, 64)
// warploom: launch interaction_reference<<<BLOCKS, 64>>>(x, out, batch, features, dim)

extern "C" __global__ void interaction_reference(const float* x, double* out, long long batch, long long features,
                                                 long long dim)
{
    long long at = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (at >= batch * features)
        return;
    long long i = at % features;
    const float* in = x + at / features * features * dim;
    double* row = out + at / features * (features * (features - 1) / 2);
    for (long long above = 0; above < i; ++above)
        row += features - 1 - above;

    for (long long j = i + 1; j < features; ++j) {
        double sum = 0;
        for (long long d = 0; d < dim; ++d)
            sum += double(in[i * dim + d]) * double(in[j * dim + d]);
        row[j - i - 1] = sum;
    }
}
