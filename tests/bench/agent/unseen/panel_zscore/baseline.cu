// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// The usual preprocessing of a cells x genes matrix, as in scanpy: normalize_total(target_sum), log1p, scale(max_value), on counts
// from which the background of each gene (negative control probes) is subtracted first.
//   1. library size of each cell -> factor it is scaled by      (one thread per cell)
//   2. mean and standard deviation of each gene, ddof = 1       (one block per gene)
//   3. z-scores, clipped                                        (one block per cell)
//
// warploom: scratch cellFactor f32[cells]
// warploom: launch librarySizeFactors<<<ceil_div(cells, 256), 256>>>(counts, background, cellFactor, cells, genes, target_sum)
// warploom: launch geneMoments<<<genes, 256>>>(counts, background, cellFactor, mean, stdev, cells, genes)
// warploom: launch scaleAndClip<<<cells, 256>>>(counts, background, cellFactor, mean, stdev, z, genes, min_stdev, max_value)

__device__ unsigned int aboveBackground(unsigned short count, unsigned short bg)
{
    return count > bg ? count - bg : 0;
}

__device__ float logNormalized(unsigned short count, unsigned short bg, float factor)
{
    return log1pf(aboveBackground(count, bg) * factor);
}

extern "C" __global__ void librarySizeFactors(const unsigned short* counts, const unsigned short* background, float* cellFactor,
                                              int nCells, int nGenes, float targetSum)
{
    int cell = blockIdx.x * blockDim.x + threadIdx.x;
    if (cell < nCells) {
        unsigned int librarySize = 0;
        for (int gene = 0; gene < nGenes; gene++) {
            librarySize += aboveBackground(counts[(long long)cell * nGenes + gene], background[gene]);
        }
        cellFactor[cell] = librarySize > 0 ? targetSum / librarySize : 0.0f;
    }
}

extern "C" __global__ void geneMoments(const unsigned short* counts, const unsigned short* background, const float* cellFactor,
                                       float* mean, float* stdev, int nCells, int nGenes)
{
    __shared__ double sums[256];
    __shared__ double squares[256];

    int gene = blockIdx.x;
    int tid = threadIdx.x;

    double s = 0.0, sq = 0.0;
    for (int cell = tid; cell < nCells; cell += blockDim.x) {
        double x = logNormalized(counts[(long long)cell * nGenes + gene], background[gene], cellFactor[cell]);
        s += x;
        sq += x * x;
    }
    sums[tid] = s;
    squares[tid] = sq;
    __syncthreads();

    for (int stride = blockDim.x / 2; stride > 0; stride /= 2) {
        if (tid < stride) {
            sums[tid] += sums[tid + stride];
            squares[tid] += squares[tid + stride];
        }
        __syncthreads();
    }

    if (tid == 0) {
        double mu = sums[0] / nCells;
        double var = (squares[0] - nCells * mu * mu) / (nCells - 1);
        mean[gene] = (float)mu;
        stdev[gene] = (float)sqrt(fmax(var, 0.0));
    }
}

extern "C" __global__ void scaleAndClip(const unsigned short* counts, const unsigned short* background, const float* cellFactor,
                                        const float* mean, const float* stdev, float* z, int nGenes, float minStdev,
                                        float maxValue)
{
    int cell = blockIdx.x;
    for (int gene = threadIdx.x; gene < nGenes; gene += blockDim.x) {
        long long idx = (long long)cell * nGenes + gene;
        float x = logNormalized(counts[idx], background[gene], cellFactor[cell]);
        float score = (x - mean[gene]) / fmaxf(stdev[gene], minStdev);
        z[idx] = fminf(fmaxf(score, -maxValue), maxValue);
    }
}
