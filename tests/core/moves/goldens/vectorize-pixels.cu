// warploom: launch k<<<ceil_div(n, 256 * 16), 256>>>(x, y, n)
__global__ void k(const unsigned char* x, unsigned char* y, int n)
{
    int i = (blockIdx.x * blockDim.x + threadIdx.x) * 16;
    if (i >= n)
        return;
    if (n - i >= 16) {
        __align__(16) unsigned char x_vec[48];
        #pragma unroll
        for (int piece = 0; piece < 3; ++piece)
            reinterpret_cast<uint4*>(x_vec)[piece] = reinterpret_cast<const uint4*>(&x[3 * i])[piece];
        __align__(16) unsigned char y_vec[16];
        #pragma unroll
        for (int lane = 0; lane < 16; ++lane) {
            int v = x_vec[3 * lane] + 2 * x_vec[3 * lane + 1] + x_vec[3 * lane + 2];
            y_vec[lane] = v / 4;
        }
        *reinterpret_cast<uint4*>(&y[i]) = *reinterpret_cast<const uint4*>(y_vec);
    } else {
        for (int i_tail = i; i_tail < n; ++i_tail) {
            int v = x[3 * i_tail] + 2 * x[3 * i_tail + 1] + x[3 * i_tail + 2];
            y[i_tail] = v / 4;
        }
    }
}
