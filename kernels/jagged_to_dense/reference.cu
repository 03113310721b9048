// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What jagged_to_dense must compute (as float64, like every reference): one block a row, which is first filled with
// zeros and then gets its vectors.
//
// warploom: launch jagged_to_dense_reference<<<batch, 128>>>(values, offsets, dense, max_length, dim)

extern "C" __global__ void jagged_to_dense_reference(const float* values, const int* offsets, double* dense,
                                                     long long max_length, long long dim)
{
    long long first = offsets[blockIdx.x];
    long long length = offsets[blockIdx.x + 1] - first;
    double* out = dense + blockIdx.x * max_length * dim;
    for (long long i = threadIdx.x; i < max_length * dim; i += blockDim.x)
        out[i] = 0;
    __syncthreads();
    for (long long i = threadIdx.x; i < length * dim && i < max_length * dim; i += blockDim.x)
        out[i] = values[first * dim + i];
}
