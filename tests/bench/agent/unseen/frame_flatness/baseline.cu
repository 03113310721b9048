// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Two descriptors of each frame of a spectrogram (complex STFT, re/im interleaved): spectral flatness (geometric over arithmetic
// mean of the power) and spectral centroid. A thread per frame walks over the frame's bins once.
//
// warploom: launch describe_frames<<<ceil_div(frames, 128), 128>>>(spectra, flatness, centroid, frames, bins, bin_hz, eps)

// everything that is added up along a frame
struct FrameSums
{
    float logPower;
    float power;
    float weighted;
};

__device__ void addBin(FrameSums& sums, float2 z, float k, float eps)
{
    float p = z.x * z.x + z.y * z.y;
    sums.logPower += logf(p + eps);
    sums.power += p;
    sums.weighted += k * p;
}

extern "C" __global__ void describe_frames(const float2* spectra, float* flatness, float* centroid, unsigned int numFrames,
                                           unsigned int numBins, float binHz, float eps)
{
    unsigned int frame = blockDim.x * blockIdx.x + threadIdx.x;
    if (frame < numFrames)
    {
        const float2* z = spectra + (size_t)frame * numBins;
        const float2* end = z + numBins;

        FrameSums sums = {0.0f, 0.0f, 0.0f};
        float k = 0.0f;
        while (z != end)
        {
            addBin(sums, *z, k, eps);
            k += 1.0f;
            z++;
        }

        float geometricMean = expf(sums.logPower / numBins);
        float arithmeticMean = sums.power / numBins + eps;
        flatness[frame] = geometricMean / arithmeticMean;
        centroid[frame] = binHz * sums.weighted / (sums.power + eps);
    }
}
