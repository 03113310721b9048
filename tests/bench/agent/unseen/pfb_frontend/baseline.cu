// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// FIR half of the channeliser (polyphase filter bank). A frame is as many samples as the FFT that comes next has points; every
// frame of output is the sum of this and the following taps - 1 frames of input, each multiplied by its piece of the prototype
// filter. The ADC interleaves X and Y, the FFT wants them apart.
//
// warploom: let COLS = ceil_div(points, 128)
// warploom: launch pfb_fir<<<dim3(COLS, frames, antennas), 128>>>(volts, proto, gain, filtered, frames, points, taps)

extern "C" __global__ void pfb_fir(const char2* volts, const float* proto, const float2* gain, float* filtered,
                                   unsigned int n_frames, unsigned int n_points, unsigned int n_taps)
{
    const unsigned int n = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned int t = blockIdx.y;
    const unsigned int ant = blockIdx.z;

    if (n < n_points) {
        const unsigned int frames_in = n_frames + n_taps - 1;
        const char2* sample = volts + ((size_t)ant * frames_in + t) * n_points + n;
        const float* coeff = proto + n;

        float x_pol = 0.0f;
        float y_pol = 0.0f;
        for (unsigned int tap = 0; tap < n_taps; ++tap) {
            x_pol += *coeff * sample->x;
            y_pol += *coeff * sample->y;
            sample += n_points;
            coeff += n_points;
        }

        float* out_x = filtered + (size_t)(2 * ant) * n_frames * n_points;
        float* out_y = out_x + (size_t)n_frames * n_points;
        out_x[(size_t)t * n_points + n] = gain[ant].x * x_pol;
        out_y[(size_t)t * n_points + n] = gain[ant].y * y_pol;
    }
}
