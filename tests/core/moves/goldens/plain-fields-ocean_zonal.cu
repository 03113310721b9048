// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Zonal-mean section: mean, standard deviation and number of wet points of a (time, level, lat, lon) variable over time
// and longitude. The variable stays packed as in the netCDF file (CF conventions: scale_factor, add_offset, valid_min).
// Each thread does one circle of latitude of one level.
//
// warploom: let LAT_BLOCKS = ceil_div(lat, 64)
// warploom: launch zonal_section<<<ceil_div(lat * levels, 64), 64>>>(packed, mean, stdev, n_valid, steps, levels, lat, lon, scale_factor, add_offset, valid_min, missing, lat * levels)

extern "C" __global__ void zonal_section(const short* __restrict__ packed, float* __restrict__ mean,
                                         float* __restrict__ stdev, int* __restrict__ n_valid, int ntime, int nlev,
                                         int nlat, int nlon, double scale_factor, double add_offset, short valid_min,
                                         float missing, long long rows)
{
    const long long row = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    const int j = row % nlat;
    const int k = int(row / nlat);
    if (row >= rows)
        return;

    const double cf_scale_factor = scale_factor;
    const double cf_add_offset = add_offset;
    const short cf_valid_min = valid_min;
    double stats_sum = 0.0;
    double stats_sum_sq = 0.0;
    int stats_count = 0;

    for (int t = 0; t < ntime; ++t) {
        const short* circle = packed + (((size_t)t * nlev + k) * nlat + j) * nlon;
        for (int i = 0; i < nlon; ++i) {
            short p = circle[i];
            if ((p >= cf_valid_min)) {
                short p2 = circle[i];
                double v = (cf_scale_factor * p2 + cf_add_offset);
                stats_sum += v;
                stats_sum_sq += v * v;
                ++stats_count;
            }
        }
    }

    const int out = k * nlat + j;
    n_valid[out] = stats_count;
    if (stats_count > 0) {
        mean[out] = (float)(stats_sum / stats_count);
        const double m = (stats_sum / stats_count);
        const double var = stats_sum_sq / stats_count - m * m;
        stdev[out] = (float)(var > 0.0 ? sqrt(var) : 0.0);
    } else {
        mean[out] = missing;
        stdev[out] = missing;
    }
}
