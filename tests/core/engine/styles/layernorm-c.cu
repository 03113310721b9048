// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// layernorm: statistics by one launch, the rest by another with a grid of rows and columns.
// expects: fuse-statistics
// warploom: scratch centre f32[rows]
// warploom: scratch scale f32[rows]
// warploom: launch moments<<<ceil_div(rows, 128), 128>>>(x, centre, scale, rows, cols, eps)
// warploom: launch apply<<<dim3(ceil_div(cols, 64), ceil_div(rows, 4)), dim3(64, 4)>>>(y, x, gamma, beta, centre, scale, cols, rows)
__global__ void apply(float* out, const float* in, const float* w, const float* shift, const float* centre,
                      const float* scale, int width, int height)
{
    const int column = blockIdx.x * blockDim.x + threadIdx.x;
    const int line = blockIdx.y * blockDim.y + threadIdx.y;
    if (column < width && line < height) {
        // Not centred yet.
        const float v = in[(size_t)line * width + column];
        out[(size_t)line * width + column] = (v - centre[line]) * scale[line] * w[column] + shift[column];
    }
}
__global__ void moments(const float* x, float* centre, float* scale, int rows, int cols, float eps)
{
    const int r = blockIdx.x * blockDim.x + threadIdx.x;
    if (r >= rows)
        return;
    const float* row = x + (size_t)r * cols;
    float sum = 0;
    for (int c = 0; c < cols; ++c)
        sum += row[c];
    const float mean = sum / cols;
    float squares = 0;
    for (int c = 0; c < cols; ++c)
        squares += (row[c] - mean) * (row[c] - mean);
    centre[r] = mean;
    scale[r] = rsqrtf(squares / cols + eps);
}
