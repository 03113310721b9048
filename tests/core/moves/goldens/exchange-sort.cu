// warploom: launch k<<<ceil_div(n, 256), 256>>>(x, y, n)
__global__ void k(const float* x, float* y, int n)
{
    int t = blockIdx.x * blockDim.x + threadIdx.x;
    if (t >= n)
        return;
    float v[5];
    for (int i = 0; i < 5; ++i)
        v[i] = x[t * 5 + i];
    #pragma unroll
    for (int i = 0; i < 5; ++i) {
        // Exchanged at once, not by a place that is found: the array can be in registers.
        #pragma unroll
        for (int j = i + 1; j < 5; ++j) {
            const auto ahead = v[j] < v[i] ? v[j] : v[i];
            v[j] = v[j] < v[i] ? v[i] : v[j];
            v[i] = ahead;
        }
    }
    y[t] = v[4] - v[0];
}
