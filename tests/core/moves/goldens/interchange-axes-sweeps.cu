// warploom: scratch other f64[rows, cols]
// warploom: let DOWN = ceil_div(rows, 16)
// warploom: launch sweep<<<dim3(ceil_div(cols, 16), DOWN), dim3(16, 16)>>>(plate, other, rows, cols, 0.2)
// warploom: launch sweep<<<dim3(ceil_div(cols, 16), DOWN), dim3(16, 16)>>>(other, plate, rows, cols, 0.3)
__global__ void sweep(const double* from, double* to, int rows, int cols, double weight) {
    int r = blockIdx.y * blockDim.y + threadIdx.y;
    int c = blockIdx.x * blockDim.x + threadIdx.x;
    if (r < rows && c < cols) {
        size_t at = (size_t)r * cols + c;
        if (r == 0 || c == 0 || r == rows - 1 || c == cols - 1)
            to[at] = from[at];
        else
            to[at] = weight * (from[at - 1] + from[at + 1] + from[at - cols] + from[at + cols]);
    }
}
