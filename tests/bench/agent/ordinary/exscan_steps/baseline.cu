// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: 0BSD

// Hillis & Steele: in step d every element adds the one 2^d places before it. 25 steps are enough for 2^25 elements.
//
// warploom: let NBLOCKS = ceil_div(n, 256)
// warploom: scratch tmp u32[n]
// warploom: launch shift_right<<<NBLOCKS, 256>>>(count, tmp, n)
// warploom: launch scan_step<<<NBLOCKS, 256>>>(tmp, offset, n, 1)
// warploom: launch scan_step<<<NBLOCKS, 256>>>(offset, tmp, n, 2)
// warploom: launch scan_step<<<NBLOCKS, 256>>>(tmp, offset, n, 4)
// warploom: launch scan_step<<<NBLOCKS, 256>>>(offset, tmp, n, 8)
// warploom: launch scan_step<<<NBLOCKS, 256>>>(tmp, offset, n, 16)
// warploom: launch scan_step<<<NBLOCKS, 256>>>(offset, tmp, n, 32)
// warploom: launch scan_step<<<NBLOCKS, 256>>>(tmp, offset, n, 64)
// warploom: launch scan_step<<<NBLOCKS, 256>>>(offset, tmp, n, 128)
// warploom: launch scan_step<<<NBLOCKS, 256>>>(tmp, offset, n, 256)
// warploom: launch scan_step<<<NBLOCKS, 256>>>(offset, tmp, n, 512)
// warploom: launch scan_step<<<NBLOCKS, 256>>>(tmp, offset, n, 1024)
// warploom: launch scan_step<<<NBLOCKS, 256>>>(offset, tmp, n, 2048)
// warploom: launch scan_step<<<NBLOCKS, 256>>>(tmp, offset, n, 4096)
// warploom: launch scan_step<<<NBLOCKS, 256>>>(offset, tmp, n, 8192)
// warploom: launch scan_step<<<NBLOCKS, 256>>>(tmp, offset, n, 16384)
// warploom: launch scan_step<<<NBLOCKS, 256>>>(offset, tmp, n, 32768)
// warploom: launch scan_step<<<NBLOCKS, 256>>>(tmp, offset, n, 65536)
// warploom: launch scan_step<<<NBLOCKS, 256>>>(offset, tmp, n, 131072)
// warploom: launch scan_step<<<NBLOCKS, 256>>>(tmp, offset, n, 262144)
// warploom: launch scan_step<<<NBLOCKS, 256>>>(offset, tmp, n, 524288)
// warploom: launch scan_step<<<NBLOCKS, 256>>>(tmp, offset, n, 1048576)
// warploom: launch scan_step<<<NBLOCKS, 256>>>(offset, tmp, n, 2097152)
// warploom: launch scan_step<<<NBLOCKS, 256>>>(tmp, offset, n, 4194304)
// warploom: launch scan_step<<<NBLOCKS, 256>>>(offset, tmp, n, 8388608)
// warploom: launch scan_step<<<NBLOCKS, 256>>>(tmp, offset, n, 16777216)

typedef unsigned int uint;

__global__ void shift_right(const uint *in, uint *out, uint n)
{
    uint gid = blockIdx.x * blockDim.x + threadIdx.x;
    if (gid >= n) return;
    out[gid] = gid == 0 ? 0 : in[gid - 1];
}

__global__ void scan_step(const uint *in, uint *out, uint n, uint distance)
{
    uint gid = blockIdx.x * blockDim.x + threadIdx.x;
    if (gid >= n) return;
    if (gid >= distance)
        out[gid] = in[gid] + in[gid - distance];
    else
        out[gid] = in[gid];
}
