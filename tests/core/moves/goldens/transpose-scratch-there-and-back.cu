// kept: element i of row s lies at i * rows + s, so that neighbouring threads touch neighbours.
// warploom: scratch kept f64[n, rows]
// warploom: launch smooth<<<ceil_div(rows, 64), 64>>>(x, kept, y, rows, n)
__global__ void smooth(const double* x, double* kept, double* y, int count, int n) {
    int r = blockIdx.x * blockDim.x + threadIdx.x;
    if (r >= count) return;
    size_t at = (size_t)r * n;
    kept[r] = x[at];
    for (int i = 1; i < n; ++i)
        kept[size_t(i) * count + r] = 0.5 * kept[size_t(i - 1) * count + r] + x[at + i];
    y[at + n - 1] = kept[size_t(n - 1) * count + r];
    for (int i = n - 2; i >= 0; --i)
        y[at + i] = kept[size_t(i) * count + r] - 0.25 * y[at + i + 1];
}
