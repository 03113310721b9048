// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// One thread for each particle, in float64.
//
// warploom: launch boris_reference<<<ceil_div(np, 128), 128>>>(pos, vel, em, np, ny, nx, h, dt)

extern "C" __global__ void boris_reference(double* pos, double* vel, const float* em, long long np, long long ny, long long nx,
                                           float half, float dt)
{
    long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= np)
        return;
    double gx = pos[i * 2] * double(nx), gy = pos[i * 2 + 1] * double(ny);
    double wx = gx - floor(gx), wy = gy - floor(gy);
    long long x = (long long)floor(gx) % nx, y = (long long)floor(gy) % ny;
    double at[6];
    for (int k = 0; k < 6; ++k) {
        const long long x1 = (x + 1) % nx, y1 = (y + 1) % ny;
        at[k] = (1 - wy) * ((1 - wx) * em[(y * nx + x) * 6 + k] + wx * em[(y * nx + x1) * 6 + k]) +
                wy * ((1 - wx) * em[(y1 * nx + x) * 6 + k] + wx * em[(y1 * nx + x1) * 6 + k]);
    }
    double h = half, v[3], t[3], r[3], square = 0;
    for (int k = 0; k < 3; ++k) {
        v[k] = vel[i * 3 + k] + h * at[k];
        t[k] = h * at[k + 3];
        square += t[k] * t[k];
    }
    for (int k = 0; k < 3; ++k)
        r[k] = v[k] + v[(k + 1) % 3] * t[(k + 2) % 3] - v[(k + 2) % 3] * t[(k + 1) % 3];
    for (int k = 0; k < 3; ++k)
        vel[i * 3 + k] = v[k] + 2 / (1 + square) * (r[(k + 1) % 3] * t[(k + 2) % 3] - r[(k + 2) % 3] * t[(k + 1) % 3]) + h * at[k];
    for (int k = 0; k < 2; ++k)
        pos[i * 2 + k] += double(dt) * vel[i * 3 + k];
}
