// warploom: tune BLOCK = 64 32 128 256 512 1024
// warploom: launch k<<<rows, BLOCK>>>(x, y, rows, h, n)
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

__global__ void k(const float* x, float* y, int rows, int h, int n)
{
    int r = blockIdx.x;
    if (r >= rows)
        return;
    size_t at = size_t(r) * h * n;
    float s = 0;
    // Squares in the same pass: each thread adds up those of the distances from the mean of what it has seen.
    const float origin = h > 0 && n > 0 ? x[at + 0 * n + 0] : 0.0f;
    float middle = 0;
    float spread = 0;
    float seen = 0;
    for (int i = 0; i < h; ++i) {
        const float* p = x + at + i * n;
        for (int c = threadIdx.x; c < n; c += blockDim.x) {
            const float entry = x[at + i * n + c] - origin;
            const float ahead = entry - middle;
            seen += 1;
            middle += __fdividef(ahead, seen);
            spread += ahead * (entry - middle);
            s += p[c];
        }
    }
    s = blockSum(s);
    s /= h * n;
    float t = 0;
    if (seen > 0) {
        const float off = middle - (s - origin);  // from the mean of all to the thread's own
        t += spread + seen * off * off;
    }
    t = blockSum(t);
    if (threadIdx.x == 0)
        y[r] = t;
}
