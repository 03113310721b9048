// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Corner turn between pulse compression and Doppler filtering. A thread collects the slow-time vector of one range gate:
// it steps from pulse to pulse, converts the 16-bit I/Q sample, applies channel calibration and Doppler weight and
// appends it to the gate's vector. blockIdx.y is the receive channel.
//
// warploom: tune TILE = 32 16
// warploom: tune TILE_ROWS = 8 4 16 32
// warploom: tune PAD = 1 0 2
// warploom: require TILE % TILE_ROWS == 0
// warploom: launch CornerTurn<<<dim3(ceil_div(gates, TILE), channels, ceil_div(pulses, TILE)), dim3(TILE, TILE_ROWS)>>>(iq, cal, window, slow, pulses, gates, gain)

typedef struct { short i, q; } IqSample;
typedef struct { float re, im; } Cplx;

extern "C" __global__ void CornerTurn(const IqSample* iq, const Cplx* cal, const float* window, Cplx* slow, int nPulses,
                                      int nGates, float gain)
{
    // A block takes TILE gate and TILE p: its threads compute side by side in gate, and store side by side in p.
    __shared__ Cplx tile[TILE][TILE + PAD];
    const int first = blockIdx.z * TILE;
    unsigned gate = blockIdx.x * TILE + threadIdx.x;
    int chan = blockIdx.y;
    if (!(gate >= nGates)) {
        const IqSample* in = iq + (size_t)chan * nPulses * nGates + gate;
        Cplx* out = slow + ((size_t)chan * nGates + gate) * nPulses;
        const float c_re = cal[chan].re;
        const float c_im = cal[chan].im;
        for (int p = first + threadIdx.y; p < nPulses && p < first + TILE; p += TILE_ROWS) {
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
            tile[threadIdx.x][p - first] = Cplx{r_re, r_im};
        }
    }
    __syncthreads();
    for (int line = threadIdx.y; line < TILE; line += TILE_ROWS) {
        const unsigned int gate = blockIdx.x * TILE + line;
        const int p = first + threadIdx.x;
        if (!(gate >= nGates) && p < nPulses) {
            Cplx* out = slow + ((size_t)chan * nGates + gate) * nPulses;
            out[p] = tile[line][threadIdx.x];
        }
    }
}
