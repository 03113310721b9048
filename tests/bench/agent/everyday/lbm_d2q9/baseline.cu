// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Classic two step scheme: first stream all the populations into a temporary lattice, then collide.
//
// warploom: scratch ftmp f32[9, ny, nx]
// warploom: let GX = ceil_div(nx, 16)
// warploom: let GY = ceil_div(ny, 16)
// warploom: launch stream<<<dim3(GX, GY), dim3(16, 16)>>>(f, ftmp, nx, ny)
// warploom: launch collide<<<dim3(GX, GY), dim3(16, 16)>>>(ftmp, solid, fnew, nx, ny, omega)

#define Q 9
#define IDX(q, x, y) ((size_t)(q) * nx * ny + (size_t)(y) * nx + (x))

//                            0  1  2   3   4  5   6   7   8
__constant__ int   EX[Q]  = { 0, 1, 0, -1,  0, 1, -1, -1,  1 };
__constant__ int   EY[Q]  = { 0, 0, 1,  0, -1, 1,  1, -1, -1 };
__constant__ int   OPP[Q] = { 0, 3, 4,  1,  2, 7,  8,  5,  6 };
__constant__ float W[Q]   = { 4.f/9, 1.f/9, 1.f/9, 1.f/9, 1.f/9, 1.f/36, 1.f/36, 1.f/36, 1.f/36 };

__global__ void stream(const float *fin, float *fout, int nx, int ny)
{
    int x = blockIdx.x * blockDim.x + threadIdx.x;
    int y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x >= nx || y >= ny) return;

    for (int q = 0; q < Q; ++q) {
        int xs = (x - EX[q] + nx) % nx;
        int ys = (y - EY[q] + ny) % ny;
        fout[IDX(q, x, y)] = fin[IDX(q, xs, ys)];
    }
}

__global__ void collide(const float *fin, const unsigned char *obstacle, float *fout, int nx, int ny, float omega)
{
    int x = blockIdx.x * blockDim.x + threadIdx.x;
    int y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x >= nx || y >= ny) return;

    if (obstacle[(size_t)y * nx + x]) {
        // full-way bounce back
        for (int q = 0; q < Q; ++q)
            fout[IDX(OPP[q], x, y)] = fin[IDX(q, x, y)];
        return;
    }

    float rho = 0.f, ux = 0.f, uy = 0.f;
    for (int q = 0; q < Q; ++q) {
        float v = fin[IDX(q, x, y)];
        rho += v;
        ux += v * EX[q];
        uy += v * EY[q];
    }
    ux /= rho;
    uy /= rho;

    for (int q = 0; q < Q; ++q) {
        float eu = EX[q] * ux + EY[q] * uy;
        float feq = W[q] * rho * (1.0f + 3.0f * eu + 4.5f * eu * eu - 1.5f * (ux * ux + uy * uy));
        fout[IDX(q, x, y)] = fin[IDX(q, x, y)] - omega * (fin[IDX(q, x, y)] - feq);
    }
}
