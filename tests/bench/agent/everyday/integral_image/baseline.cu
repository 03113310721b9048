// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Rows first, then columns in place.
//
// warploom: let PW = w + 1
// warploom: let PH = h + 1
// warploom: launch scan_rows<<<dim3(ceil_div(PH, 64), frames), 64>>>(img, sat, w, h)
// warploom: launch scan_cols<<<dim3(ceil_div(PW, 64), frames), 64>>>(sat, w, h)

__global__ void scan_rows(const unsigned char *img, unsigned int *sat, int width, int height)
{
    int y = blockIdx.x * blockDim.x + threadIdx.x;
    if (y > height)
        return;

    unsigned int *dst = sat + ((size_t)blockIdx.y * (height + 1) + y) * (width + 1);
    if (y == 0) {
        for (int x = 0; x <= width; x++)
            dst[x] = 0;
        return;
    }

    const unsigned char *src = img + ((size_t)blockIdx.y * height + (y - 1)) * width;
    unsigned int running = 0;
    dst[0] = 0;
    for (int x = 0; x < width; x++) {
        running += src[x];
        dst[x + 1] = running;
    }
}

__global__ void scan_cols(unsigned int *sat, int width, int height)
{
    int x = blockIdx.x * blockDim.x + threadIdx.x;
    if (x > width)
        return;

    unsigned int *column = sat + (size_t)blockIdx.y * (height + 1) * (width + 1) + x;
    unsigned int running = 0;
    for (int y = 1; y <= height; y++) {
        running += column[(size_t)y * (width + 1)];
        column[(size_t)y * (width + 1)] = running;
    }
}
