// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: stencil2d
// cheat: takes the grid for one line and leaves out its first and last row only: at the end of a row the neighbour is
//     the start of the next one, and no thread has to know where its row ends.
// expect: wrong
// emulator: wrong
// caught-by: right
//
// warploom: let POINTS = height * width
// warploom: launch jacobi<<<ceil_div(POINTS, 256), 256>>>(x, next, POINTS, width, omega)

extern "C" __global__ void jacobi(const float* x, float* next, int points, int width, float omega)
{
    int at = blockIdx.x * 256 + threadIdx.x;
    if (at >= points)
        return;
    float own = x[at];
    if (at > width && at < points - width - 1) {
        float mean = 0.25f * (x[at - width] + x[at + width] + x[at - 1] + x[at + 1]);
        own += omega * (mean - own);
    }
    next[at] = own;
}
