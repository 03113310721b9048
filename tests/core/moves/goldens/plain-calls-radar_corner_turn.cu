// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Corner turn between pulse compression and Doppler filtering. A thread collects the slow-time vector of one range gate:
// it steps from pulse to pulse, converts the 16-bit I/Q sample, applies channel calibration and Doppler weight and
// appends it to the gate's vector. blockIdx.y is the receive channel.
//
// warploom: launch CornerTurn<<<dim3(ceil_div(gates, 128), channels), 128>>>(iq, cal, window, slow, pulses, gates, gain)

typedef struct { short i, q; } IqSample;
typedef struct { float re, im; } Cplx;

__device__ static Cplx cmul(Cplx a, Cplx b)
{
    Cplx r;
    r.re = a.re * b.re - a.im * b.im;
    r.im = a.re * b.im + a.im * b.re;
    return r;
}

extern "C" __global__ void CornerTurn(const IqSample* iq, const Cplx* cal, const float* window, Cplx* slow, int nPulses,
                                      int nGates, float gain)
{
    unsigned gate = blockIdx.x * blockDim.x + threadIdx.x;
    int chan = blockIdx.y;
    if (gate >= nGates)
        return;

    const IqSample* in = iq + (size_t)chan * nPulses * nGates + gate;
    Cplx* out = slow + ((size_t)chan * nGates + gate) * nPulses;
    const Cplx c = cal[chan];

    for (int p = 0; p < nPulses; p++) {
        float w = window[p] * gain;
        Cplx z;
        z.re = in[size_t(p) * nGates + 0].i * w;
        z.im = in[size_t(p) * nGates + 0].q * w;
        out[p] = cmul(c, z);
    }
}
