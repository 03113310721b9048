// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// What lidar_pack must compute, in float64: one thread a beam of a sweep.
//
// warploom: let ROWS = sweeps * beams
// warploom: launch lidar_pack_reference<<<ceil_div(ROWS, 32), 32>>>(range, signal, ray, origin, xyz, column, found, ROWS, beams, azimuths, unit, near, far, min_signal)

extern "C" __global__ void lidar_pack_reference(const unsigned short* range, const unsigned char* signal, const float* ray,
                                                const float* origin, double* xyz, short* column, int* found,
                                                long long rows, long long beams, long long azimuths, float unit,
                                                unsigned short near, unsigned short far, unsigned char min_signal)
{
    long long row = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;
    if (row >= rows)
        return;
    long long beam = row % beams;

    long long place = row * azimuths;
    for (long long a = 0; a < azimuths; ++a) {
        unsigned short steps = range[row * azimuths + a];
        if (steps < near || steps > far || signal[row * azimuths + a] < min_signal)
            continue;
        double metres = double(unit) * double(steps) / 1000;
        for (int axis = 0; axis < 3; ++axis)
            xyz[3 * place + axis] = metres * double(ray[(beam * azimuths + a) * 3 + axis]) + double(origin[beam * 3 + axis]);
        column[place] = short(a);
        ++place;
    }
    found[row] = int(place - row * azimuths);

    for (; place < (row + 1) * azimuths; ++place) {
        for (int axis = 0; axis < 3; ++axis)
            xyz[3 * place + axis] = 0;
        column[place] = -1;
    }
}
