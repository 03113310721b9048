// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Histogram construction for one level of the tree, quantized training: grad/hess are small integers, so the sums are
// exact in int32. One thread takes one data row and adds it to the histogram of its leaf, for every feature.
//
// warploom: zero hist
// warploom: launch build_level_histograms<<<ceil_div(rows, 256), 256>>>(bins, leaf_id, grad, hess, hist, rows, features)

struct HistEntry {
    int sum_grad;
    int sum_hess;
};

static const int kMaxBin = 256;

extern "C" __global__ void build_level_histograms(const unsigned char* bins, const short* leaf_id,
                                                  const signed char* grad, const unsigned char* hess, HistEntry* hist,
                                                  int num_data, int num_features)
{
    const int row = blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= num_data) return;

    const int leaf = leaf_id[row];
    if (leaf < 0) return;  // not split on this level

    const int g = grad[row];
    const int h = hess[row];
    const unsigned char* row_bins = bins + (size_t)row * num_features;
    HistEntry* feature_hist = hist + (size_t)leaf * num_features * kMaxBin;

    for (int f = 0; f < num_features; f++) {
        HistEntry *entry = feature_hist + row_bins[f];
        atomicAdd(&entry[0].sum_grad, g);
        atomicAdd(&entry[0].sum_hess, h);
        feature_hist += kMaxBin;
    }
}
