// warploom: tune BLOCK = 256 128 512 1024
// warploom: tune COLUMN_STEPS = 8 4 16 2 32 1 64
// warploom: launch down<<<ceil_div(n, 32), BLOCK>>>(x, y, n, m)
extern "C" __global__ void __launch_bounds__(BLOCK) down(float* x, float* y, int n, int m)
{
    int c = blockIdx.x * 32 + threadIdx.x % 32;
    if (c >= n) return;
    float s = 0;
    int off = 0;
    // What this thread reads of its column stays in registers between the loops; what does not fit is read again.
    float x_column[COLUMN_STEPS];
    #pragma unroll
    for (int step = 0; step < COLUMN_STEPS; ++step) {
        const int r = step * (blockDim.x / 32) + threadIdx.x / 32;
        if (r < m)
            x_column[step] = x[r * n + c];
    }
    #pragma unroll
    for (int step = 0; step < COLUMN_STEPS; ++step) {
        const int r = step * (blockDim.x / 32) + threadIdx.x / 32;
        if (r < m)
            s += x_column[step];
    }
    for (int r = COLUMN_STEPS * (blockDim.x / 32) + threadIdx.x / 32; r < m; r += blockDim.x / 32) s += x[r * n + c];
    #pragma unroll
    for (int step = 0; step < COLUMN_STEPS; ++step) {
        const int q = step * (blockDim.x / 32) + threadIdx.x / 32;
        if (q < m)
            y[q * n + c] = x_column[step] * s;
    }
    for (int q = COLUMN_STEPS * (blockDim.x / 32) + threadIdx.x / 32; q < m; q += blockDim.x / 32) y[q * n + c] = x[q * n + c] * s;
}
