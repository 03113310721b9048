// warploom: tune STRIPS = 16 8 32 64 4 128
// warploom: scratch partial_top f32[STRIPS * (n)]
// warploom: scratch partial_high f32[STRIPS * (n)]
// warploom: scratch partial_scaled f32[STRIPS * (n)]
// warploom: launch g_strips<<<dim3(ceil_div(n, 256), STRIPS), 256>>>(x, y, n, k, partial_top, partial_high, partial_scaled)
// warploom: launch g<<<ceil_div(n, 256), 256>>>(x, y, n, k, partial_top, partial_high, partial_scaled)
__global__ void g_strips(const float* x, float* y, int n, int k, float* partial_top, float* partial_high, float* partial_scaled) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    float top = x[i];
    // One of the strips that g puts together.
    const int strip_length = (k + STRIPS - 1) / STRIPS;
    const int strip_end = min(int(k), int(strip_length * (blockIdx.y + 1)));
    // Exponentials in the same pass: each thread adds them up in terms of the largest that it has seen so far.
    float high = -3.402823466e+38f;
    float scaled = 0;
    for (int p = strip_length * blockIdx.y; p < strip_end; ++p) {
        const float entry = x[p * n + i];
        const float ahead = entry - high;
        const float ratio = expf(-fabsf(ahead));
        scaled = ahead > 0 ? scaled * ratio + 1 : scaled + ratio;
        high = fmaxf(high, entry);
        top = fmaxf(top, x[p * n + i]);
    }
    partial_top[size_t(blockIdx.y) * n + i] = top;
    partial_high[size_t(blockIdx.y) * n + i] = high;
    partial_scaled[size_t(blockIdx.y) * n + i] = scaled;
}

__global__ void g(const float* x, float* y, int n, int k, const float* partial_top, const float* partial_high, const float* partial_scaled) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    float top = x[i];
    for (int strip = 0; strip < STRIPS; ++strip)
        top = fmaxf(top, partial_top[size_t(strip) * n + i]);
    float s = 0;
    for (int strip = 0; strip < STRIPS; ++strip) {
        if (0 < k)
            s += partial_scaled[size_t(strip) * n + i] * expf(partial_high[size_t(strip) * n + i] - top);
    }
    y[i] = top + logf(s);
}
