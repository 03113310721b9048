// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What ocean_zonal must compute, in float64: one thread a level and latitude, in two passes.
//
// warploom: launch ocean_zonal_reference<<<ceil_div(levels * lat, 32), 32>>>(packed, mean, stdev, n_valid, steps, levels, lat, lon, scale_factor, add_offset, valid_min, missing)

extern "C" __global__ void ocean_zonal_reference(const short* packed, double* mean, double* stdev, int* n_valid,
                                                 long long steps, long long levels, long long lat, long long lon,
                                                 double scale_factor, double add_offset, short valid_min, float missing)
{
    long long row = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (row >= levels * lat)
        return;

    long long sum = 0;
    long long count = 0;
    for (long long s = 0; s < steps; ++s) {
        for (long long i = 0; i < lon; ++i) {
            short value = packed[(s * levels * lat + row) * lon + i];
            if (value >= valid_min) {
                sum += value;
                ++count;
            }
        }
    }
    n_valid[row] = int(count);
    if (count == 0) {
        mean[row] = double(missing);
        stdev[row] = double(missing);
        return;
    }

    double average = double(sum) / double(count);
    double squares = 0;
    for (long long s = 0; s < steps; ++s) {
        for (long long i = 0; i < lon; ++i) {
            short value = packed[(s * levels * lat + row) * lon + i];
            if (value >= valid_min)
                squares += (value - average) * (value - average);
        }
    }
    mean[row] = scale_factor * average + add_offset;
    stdev[row] = scale_factor * sqrt(squares / double(count));
}
