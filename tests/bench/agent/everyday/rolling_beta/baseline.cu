// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// warploom: launch rollingBeta<<<dim3(ceil_div(assets, 128), days), 128>>>(ret, mkt, beta, assets, window)

__device__ float windowMean(const float* series, int stride, int begin, int end)
{
    float acc = 0.0f;
    for (int t = begin; t < end; ++t)
        acc += series[(size_t)t * stride];
    return acc / (end - begin);
}

extern "C" __global__ void rollingBeta(const float* returns, const float* market, float* beta,
                                       int nAssets, int window)
{
    const int asset = blockIdx.x * blockDim.x + threadIdx.x;
    const int day = blockIdx.y;
    if (asset >= nAssets)
        return;

    const int begin = day;
    const int end = day + window;
    const float* r = returns + asset;

    const float mr = windowMean(r, nAssets, begin, end);
    const float mm = windowMean(market, 1, begin, end);

    float cov = 0.0f, var = 0.0f;
    for (int t = begin; t < end; ++t) {
        cov += (r[(size_t)t * nAssets] - mr) * (market[t] - mm);
        var += pow(market[t] - mm, 2);
    }
    beta[(size_t)day * nAssets + asset] = cov / var;
}
