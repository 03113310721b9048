// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What radar_corner_turn must compute, in float64: one thread a sample.
//
// warploom: let SAMPLES = channels * gates * pulses
// warploom: launch radar_corner_turn_reference<<<ceil_div(SAMPLES, 256), 256>>>(iq, cal, window, slow, SAMPLES, gates, pulses, gain)

extern "C" __global__ void radar_corner_turn_reference(const short* iq, const float* cal, const float* window,
                                                       double* slow, long long samples, long long gates,
                                                       long long pulses, float gain)
{
    long long i = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= samples)
        return;
    long long p = i % pulses;
    long long g = i / pulses % gates;
    long long c = i / pulses / gates;

    const short* sample = iq + ((c * pulses + p) * gates + g) * 2;
    double weight = double(window[p]) * double(gain);
    double re = cal[2 * c];
    double im = cal[2 * c + 1];
    slow[2 * i] = weight * (re * sample[0] - im * sample[1]);
    slow[2 * i + 1] = weight * (re * sample[1] + im * sample[0]);
}
