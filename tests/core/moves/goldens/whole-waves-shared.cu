// warploom: tune BLOCKS = 528 1056 792 660 396 264 132 2112
// warploom: launch k<<<min(ceil_div(n, 256), BLOCKS), 256>>>(x, y, n, ceil_div(n, 256))
__global__ void k(const float* x, float* y, int n, unsigned blocks) {
    // blocks turns, taken by as many blocks as run at once.
    for (unsigned block = blockIdx.x; block < blocks; block += gridDim.x) {
        __syncthreads();
        __shared__ float s[256];
        int i = block * blockDim.x + threadIdx.x;
        if (block * 256 >= n)
            continue;
        s[threadIdx.x] = i < n ? x[i] : 0.0f;
        __syncthreads();
        if (i < n)
            y[i] = s[255 - threadIdx.x];
    }
}
