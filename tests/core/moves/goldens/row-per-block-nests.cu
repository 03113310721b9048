// warploom: tune BLOCK = 64 32 128 256 512 1024
// warploom: launch k<<<images * parts, BLOCK>>>(x, y, images, parts, h, w, n)
// Over the block, whose size is a multiple of 32; every thread gets the result.
static __device__ __forceinline__ float blockSum(float value)
{
    __shared__ float partial[32];
    const unsigned lane = threadIdx.x % 32;
    const unsigned warps = blockDim.x / 32;
    for (int offset = 16; offset > 0; offset /= 2)
        value = value + __shfl_xor_sync(0xffffffffu, value, offset);
    __syncthreads();  // what the last call left has been read
    if (lane == 0)
        partial[threadIdx.x / 32] = value;
    __syncthreads();
    value = lane < warps ? partial[lane] : float(0);
    for (int offset = 16; offset > 0; offset /= 2)
        value = value + __shfl_xor_sync(0xffffffffu, value, offset);
    return value;
}

__global__ void k(const float* x, float* y, int images, int parts, int h, int w, int n)
{
    int job = blockIdx.x;
    if (job >= images * parts)
        return;
    size_t at = (size_t(job / parts) * parts + job % parts) * h * w * n;
    float s = 0;
    for (int i = 0; i < h; ++i)
        for (int j = threadIdx.x / 32; j < w; j += blockDim.x / 32) {
            const float* p = x + at + (size_t(i) * w + j) * n;
            for (int c = threadIdx.x % 32; c < n; c += 32)
                s += p[c];
        }
    s = blockSum(s);
    for (int i = 0; i < h; ++i)
        for (int j = threadIdx.x / 32; j < w; j += blockDim.x / 32)
            for (int c = threadIdx.x % 32; c < n; c += 32)
                y[at + (size_t(i) * w + j) * n + c] = s * x[at + (size_t(i) * w + j) * n + c];
}
