// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What pfb_frontend must compute, in float64: one thread a result.
//
// warploom: let TOTAL = antennas * 2 * frames * points
// warploom: launch pfb_frontend_reference<<<ceil_div(TOTAL, 256), 256>>>(volts, proto, gain, filtered, TOTAL, frames, points, taps)

extern "C" __global__ void pfb_frontend_reference(const signed char* volts, const float* proto, const float* gain,
                                                  double* filtered, long long total, long long frames, long long points,
                                                  long long taps)
{
    long long at = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (at >= total)
        return;
    long long n = at % points;
    long long t = at / points % frames;
    long long p = at / points / frames % 2;
    long long a = at / points / frames / 2;

    double sum = 0;
    for (long long k = taps - 1; k >= 0; --k) {
        long long frame = a * (frames + taps - 1) + t + k;
        sum += double(proto[k * points + n]) * double(volts[(frame * points + n) * 2 + p]);
    }
    filtered[at] = sum * double(gain[a * 2 + p]);
}
