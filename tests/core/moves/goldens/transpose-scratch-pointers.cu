// best, gap: element i of row s lies at i * rows + s, so that neighbouring threads touch neighbours.
// warploom: scratch best i32[m, pairs]
// warploom: scratch gap i32[m, pairs]
// warploom: launch align<<<ceil_div(pairs, 64), 64>>>(x, y, best, gap, score, pairs, n, m)
#define MORE(a, b) ((a) > (b) ? (a) : (b))
__global__ void align(const char* x, const char* y, int* best_row, int* gap_row, int* score,
                      int pairs, int n, int m) {
    const unsigned p = threadIdx.x + blockDim.x * blockIdx.x;
    if (p < pairs) {
        for (int j = 0; j < m; ++j) { best_row[size_t(j) * pairs + p] = 0; gap_row[size_t(j) * pairs + p] = -9; }
        int top = 0;
        for (int i = 0; i < n; ++i) {
            int corner = 0;
            for (int j = 0; j < m; ++j) {
                gap_row[size_t(j) * pairs + p] = MORE(gap_row[size_t(j) * pairs + p] - 1, best_row[size_t(j) * pairs + p] - 3);
                int left = j > 0 ? best_row[size_t(j - 1) * pairs + p] : 0;
                int h = MORE(corner + (x[i] == y[j]), MORE(gap_row[size_t(j) * pairs + p], left - 3));
                corner = best_row[size_t(j) * pairs + p];
                best_row[size_t(j) * pairs + p] = h;
                top = MORE(top, h);
            }
        }
        score[p] = top;
    }
}
