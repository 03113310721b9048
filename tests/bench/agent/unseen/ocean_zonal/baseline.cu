// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Zonal-mean section: mean, standard deviation and number of wet points of a (time, level, lat, lon) variable over time
// and longitude. The variable stays packed as in the netCDF file (CF conventions: scale_factor, add_offset, valid_min).
// Each thread does one circle of latitude of one level.
//
// warploom: let LAT_BLOCKS = ceil_div(lat, 64)
// warploom: launch zonal_section<<<dim3(LAT_BLOCKS, levels), 64>>>(packed, mean, stdev, n_valid, steps, levels, lat, lon, scale_factor, add_offset, valid_min, missing)

template <typename Packed>
struct CfPacking {
    double scale_factor;
    double add_offset;
    Packed valid_min;

    __device__ bool is_valid(Packed p) const { return p >= valid_min; }
    __device__ double unpack(Packed p) const { return scale_factor * p + add_offset; }
};

struct RunningStats {
    double sum;
    double sum_sq;
    int count;

    __device__ RunningStats() : sum(0.0), sum_sq(0.0), count(0) {}

    __device__ void push(double v)
    {
        sum += v;
        sum_sq += v * v;
        ++count;
    }

    __device__ double mean() const { return sum / count; }

    __device__ double stddev() const
    {
        const double m = mean();
        const double var = sum_sq / count - m * m;
        return var > 0.0 ? sqrt(var) : 0.0;
    }
};

extern "C" __global__ void zonal_section(const short* __restrict__ packed, float* __restrict__ mean,
                                         float* __restrict__ stdev, int* __restrict__ n_valid, int ntime, int nlev,
                                         int nlat, int nlon, double scale_factor, double add_offset, short valid_min,
                                         float missing)
{
    const int j = blockIdx.x * blockDim.x + threadIdx.x;
    const int k = blockIdx.y;
    if (j >= nlat)
        return;

    const CfPacking<short> cf = {scale_factor, add_offset, valid_min};
    RunningStats stats;

    for (int t = 0; t < ntime; ++t) {
        const short* circle = packed + (((size_t)t * nlev + k) * nlat + j) * nlon;
        for (int i = 0; i < nlon; ++i) {
            if (cf.is_valid(circle[i]))
                stats.push(cf.unpack(circle[i]));
        }
    }

    const int out = k * nlat + j;
    n_valid[out] = stats.count;
    if (stats.count > 0) {
        mean[out] = (float)stats.mean();
        stdev[out] = (float)stats.stddev();
    } else {
        mean[out] = missing;
        stdev[out] = missing;
    }
}
