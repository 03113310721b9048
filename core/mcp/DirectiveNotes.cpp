// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "mcp/WorkspaceTools.h"

namespace warploom {

// docs/formats.md has the whole of it; this is what an agent needs to write one.

std::string_view directiveNotes()
{
    return R"(A variant is one .cu file with no host code. How it is launched stands in it, in lines that begin with
"// warploom:". Steps run in order on one stream and are timed together.

// warploom: tune BLOCK = 128 256 512          a tunable: a macro for the compiler; the first value is the default
// warploom: require BLOCK * 4 <= 4096         configurations and sizes for which it is 0 are invalid
// warploom: let TILES = ceil_div(cols, BLOCK) a name for later directives
// warploom: scratch part f32[rows * TILES]    a buffer of the plan's own; it starts poisoned
// warploom: zero part                         a step: sets a scratch or an output to zero
// warploom: constant TABLE = x                a step: copies a buffer into a __constant__ variable
// warploom: flags --use_fast_math             compiler options
// warploom: launch k<float, BLOCK><<<ceil_div(n, BLOCK), BLOCK, BLOCK * 4>>>(x, y, n)
                                               a step: grid and block are expressions or dim3(x, y, z), then bytes of
                                               dynamic shared memory (above 48 KiB is opted in by itself); it may end in
                                               cluster=N, cooperative, or when CONDITION

Expressions are 64-bit integers with the operators of C, ceil_div, min and max. They see the task's sizes, tunables and
lets. Arguments are buffers, scratches, scalars of the task or integer expressions. Buffers are 256-byte aligned and never
overlap. Outputs and scratches hold garbage at first: every element of an output has to be written. A kernel has to be right
for every size and every input that the task's [domain] admits, also those that are not listed: it is tried on hidden ones.
Kernels are compiled by NVRTC: only headers of CUDA itself can be included; extern "C" __global__ keeps names plain. There is
no host code, no device malloc, and no state from one run to the next.
)";
}

}  // namespace warploom
