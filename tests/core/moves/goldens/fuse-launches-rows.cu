// warploom: launch sums<<<ceil_div(rows, 256), 256>>>(x, bias, y, rows, cols)
__device__ float last() { return 2; }
__global__ void sums(float* x, const float* bias, float* y, int rows, int cols) {
    int r = blockIdx.x * blockDim.x + threadIdx.x;
    int last = 0;
    if (r >= rows) return;
    float sum = 0;
    for (int c = 0; c < cols; ++c)
        sum += (static_cast<float>(0.5f * x[static_cast<int>(size_t(r) * cols + c)]) + bias[c]);
    y[r] = sum + last;
}
