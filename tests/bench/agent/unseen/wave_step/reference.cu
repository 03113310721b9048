// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What wave_step must compute, in float64, which is what the task has itself: one thread a point. It adds up the second
// difference along each axis.
//
// warploom: let POINTS = nx * ny * nz
// warploom: launch wave_step_reference<<<ceil_div(POINTS, 256), 256>>>(u, u_old, u_new, nx, ny, POINTS, c2)

extern "C" __global__ void wave_step_reference(const double* u, const double* u_old, double* u_new, long long nx,
                                               long long ny, long long points, double c2)
{
    long long at = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (at >= points)
        return;
    long long extents[3] = {nx, ny, points / nx / ny};

    double laplacian = 0;
    bool face = false;
    long long stride = 1;
    for (int axis = 0; axis < 3; ++axis) {
        long long place = at / stride % extents[axis];
        if (place == 0 || place == extents[axis] - 1)
            face = true;
        else
            laplacian += u[at - stride] - 2 * u[at] + u[at + stride];
        stride *= extents[axis];
    }
    u_new[at] = face ? 0 : 2 * u[at] - u_old[at] + c2 * laplacian;
}
