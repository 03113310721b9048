// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Corner turn between pulse compression and Doppler filtering. A thread collects the slow-time vector of one range gate:
// it steps from pulse to pulse, converts the 16-bit I/Q sample, applies channel calibration and Doppler weight and
// appends it to the gate's vector. blockIdx.y is the receive channel.
//
// warploom: launch CornerTurn<<<dim3(ceil_div(gates, 128), channels), 128>>>(iq, cal, window, slow, pulses, gates, gain)

typedef struct { short i, q; } IqSample;
typedef struct { float re, im; } Cplx;

extern "C" __global__ void CornerTurn(const IqSample* iq, const Cplx* cal, const float* window, Cplx* slow, int nPulses,
                                      int nGates, float gain)
{
    unsigned gate = blockIdx.x * blockDim.x + threadIdx.x;
    int chan = blockIdx.y;
    if (gate >= nGates)
        return;

    const IqSample* in = iq + (size_t)chan * nPulses * nGates + gate;
    Cplx* out = slow + ((size_t)chan * nGates + gate) * nPulses;
    const float c_re = cal[chan].re;
    const float c_im = cal[chan].im;

    for (int p = 0; p < nPulses; p++) {
        float w = window[p] * gain;
        float z_re;
        float z_im;
        z_re = in[size_t(p) * nGates + 0].i * w;
        z_im = in[size_t(p) * nGates + 0].q * w;
        float a_re = c_re;
        float a_im = c_im;
        float b_re = z_re;
        float b_im = z_im;
        float r_re;
        float r_im;
        r_re = a_re * b_re - a_im * b_im;
        r_im = a_re * b_im + a_im * b_re;
        out[p] = Cplx{r_re, r_im};
    }
}
