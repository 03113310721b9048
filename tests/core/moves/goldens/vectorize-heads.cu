// warploom: launch k<<<ceil_div(ceil_div(B * S * H * D, 256), 4), 256>>>(x, y, B * S * H * D, S, H, D)
__global__ void k(float* x, float* y, int n, int S, int H, int D) {
    int i = (blockIdx.x * blockDim.x + threadIdx.x) * 4;
    if (i >= n) return;
    int d = i % D;
    int h = i / D % H;
    int s = i / (D * H) % S;
    int b = i / (D * H * S);
    if (D % 4 == 0) {
        *reinterpret_cast<float4*>(&y[((b * H + h) * S + s) * D + d]) = *reinterpret_cast<const float4*>(&x[i]);
    } else {
        for (int i_tail = i; i_tail < n && i_tail - i < 4; ++i_tail) {
            int d = i_tail % D;
            int h = i_tail / D % H;
            int s = i_tail / (D * H) % S;
            int b = i_tail / (D * H * S);
            y[((b * H + h) * S + s) * D + d] = x[i_tail];
        }
    }
}
