// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What panel_zscore must compute, in float64: one thread a cell, then one a gene, in two passes, then one a result.
//
// warploom: scratch total i64[cells]
// warploom: let RESULTS = cells * genes
// warploom: launch panel_totals_reference<<<ceil_div(cells, 64), 64>>>(counts, background, total, cells, genes)
// warploom: launch panel_moments_reference<<<ceil_div(genes, 32), 32>>>(counts, background, total, mean, stdev, cells, genes, target_sum)
// warploom: launch panel_zscore_reference<<<ceil_div(RESULTS, 256), 256>>>(counts, background, total, mean, stdev, z, RESULTS, genes, target_sum, min_stdev, max_value)

__device__ double transformed(long long count, long long background, long long total, float target_sum)
{
    if (count <= background)
        return 0;
    return log1p(double(count - background) * double(target_sum) / double(total));
}

extern "C" __global__ void panel_totals_reference(const unsigned short* counts, const unsigned short* background,
                                                  long long* total, long long cells, long long genes)
{
    long long i = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= cells)
        return;
    long long sum = 0;
    for (long long g = 0; g < genes; ++g) {
        if (counts[i * genes + g] > background[g])
            sum += (long long)(counts[i * genes + g]) - (long long)(background[g]);
    }
    total[i] = sum;
}

extern "C" __global__ void panel_moments_reference(const unsigned short* counts, const unsigned short* background,
                                                   const long long* total, double* mean, double* stdev, long long cells,
                                                   long long genes, float target_sum)
{
    long long g = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (g >= genes)
        return;
    double sum = 0;
    for (long long i = 0; i < cells; ++i)
        sum += transformed(counts[i * genes + g], background[g], total[i], target_sum);
    double average = sum / double(cells);

    double squares = 0;
    for (long long i = 0; i < cells; ++i) {
        double distance = transformed(counts[i * genes + g], background[g], total[i], target_sum) - average;
        squares += distance * distance;
    }
    mean[g] = average;
    stdev[g] = sqrt(squares / double(cells - 1));
}

extern "C" __global__ void panel_zscore_reference(const unsigned short* counts, const unsigned short* background,
                                                  const long long* total, const double* mean, const double* stdev, double* z,
                                                  long long results, long long genes, float target_sum, float min_stdev,
                                                  float max_value)
{
    long long at = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (at >= results)
        return;
    long long g = at % genes;
    double value = transformed(counts[at], background[g], total[at / genes], target_sum);
    double score = (value - mean[g]) / fmax(stdev[g], double(min_stdev));
    z[at] = fmin(double(max_value), fmax(-double(max_value), score));
}
