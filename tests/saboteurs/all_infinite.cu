// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
// task: reduce_sum
// cheat: writes infinity: a relative error is infinity over infinity, which is NaN, which is not greater than
//     anything.
// expect: wrong
// emulator: wrong
// caught-by: right
//
// warploom: launch reduce_sum<<<1, 1>>>(y)

extern "C" __global__ void reduce_sum(double* y) { *y = __longlong_as_double(0x7ff0000000000000ll); }
