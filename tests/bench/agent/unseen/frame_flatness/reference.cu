// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What frame_flatness must compute, in float64: one thread a frame.
//
// warploom: launch frame_flatness_reference<<<ceil_div(frames, 32), 32>>>(spectra, flatness, centroid, frames, bins, bin_hz, eps)

extern "C" __global__ void frame_flatness_reference(const float* spectra, double* flatness, double* centroid, long long frames,
                                                    long long bins, float bin_hz, float eps)
{
    long long f = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (f >= frames)
        return;

    double logarithms = 0;
    double total = 0;
    double moment = 0;
    for (long long k = 0; k < bins; ++k) {
        double re = spectra[(f * bins + k) * 2];
        double im = spectra[(f * bins + k) * 2 + 1];
        double power = re * re + im * im;
        logarithms += log(power + double(eps));
        total += power;
        moment += double(k) * power;
    }
    flatness[f] = exp(logarithms / double(bins)) / (total / double(bins) + double(eps));
    centroid[f] = double(bin_hz) * moment / (total + double(eps));
}
