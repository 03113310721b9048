// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: reduce_sum
// cheat: sets the output to zero and launches a kernel that returns: the expected sum of values around zero is zero.
// expect: wrong
// emulator: wrong
// caught-by: right
//
// warploom: zero y
// warploom: launch reduce_sum<<<1, 1>>>(x, y, n)

extern "C" __global__ void reduce_sum(const float* x, double* y, int n)
{
    if (n < 0)
        *y = x[0];
}
