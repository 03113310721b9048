// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace warploom {

/// Three kernels of the timer's own, as PTX so that one text serves every GPU.
/// warploom_evict reads `count` 16-byte words and stores only if their sum hits one value in 2^32 (and the store goes
/// to `sink`): it fills L2 with clean lines, where a memset would leave dirty ones whose write-back falls into the
/// measurement. warploom_gate holds the stream until the host writes `ticket` to flag[0]; after `limit` nanoseconds
/// it gives up, writes the ticket to flag[1] and lets the stream go on: nothing can wait for ever on it.
/// warploom_scrub fills `bytes` (a multiple of 16) of dynamic shared memory with `pattern` mixed with the place.
constexpr const char* kTimingKernels = R"(.version 7.0
.target sm_52
.address_size 64

.extern .shared .align 16 .b8 scrubbed[];

.visible .entry warploom_scrub(.param .u32 bytes, .param .u32 pattern)
{
    .reg .pred %p<2>;
    .reg .b32 %r<9>;
    ld.param.u32 %r1, [bytes];
    ld.param.u32 %r2, [pattern];
    mov.u32 %r3, %tid.x;
    shl.b32 %r3, %r3, 4;
    mov.u32 %r4, %ntid.x;
    shl.b32 %r4, %r4, 4;
    mov.u32 %r5, scrubbed;
LOOP:
    setp.ge.u32 %p1, %r3, %r1;
    @%p1 bra END;
    add.u32 %r6, %r5, %r3;
    xor.b32 %r7, %r2, %r3;
    st.volatile.shared.v4.u32 [%r6], {%r7, %r7, %r7, %r7};
    add.u32 %r3, %r3, %r4;
    bra LOOP;
END:
    ret;
}

.visible .entry warploom_evict(.param .u64 words, .param .u64 count, .param .u64 sink)
{
    .reg .pred %p<3>;
    .reg .b32 %r<12>;
    .reg .b64 %rd<8>;
    ld.param.u64 %rd1, [words];
    ld.param.u64 %rd2, [count];
    ld.param.u64 %rd3, [sink];
    mov.u32 %r1, %ctaid.x;
    mov.u32 %r2, %ntid.x;
    mov.u32 %r3, %tid.x;
    mov.u32 %r4, %nctaid.x;
    mad.lo.u32 %r5, %r1, %r2, %r3;
    cvt.u64.u32 %rd4, %r5;
    mul.wide.u32 %rd5, %r4, %r2;
    mov.u32 %r6, 0;
LOOP:
    setp.ge.u64 %p1, %rd4, %rd2;
    @%p1 bra DONE;
    shl.b64 %rd6, %rd4, 4;
    add.u64 %rd7, %rd1, %rd6;
    ld.global.v4.u32 {%r7, %r8, %r9, %r10}, [%rd7];
    add.u32 %r7, %r7, %r8;
    add.u32 %r9, %r9, %r10;
    add.u32 %r6, %r6, %r7;
    add.u32 %r6, %r6, %r9;
    add.u64 %rd4, %rd4, %rd5;
    bra LOOP;
DONE:
    setp.ne.u32 %p2, %r6, 0x5EED1E55;
    @%p2 bra END;
    st.global.u32 [%rd3], %r6;
END:
    ret;
}

.visible .entry warploom_gate(.param .u64 flag, .param .u32 ticket, .param .u64 limit)
{
    .reg .pred %p<3>;
    .reg .b32 %r<3>;
    .reg .b64 %rd<6>;
    ld.param.u64 %rd1, [flag];
    ld.param.u32 %r1, [ticket];
    ld.param.u64 %rd2, [limit];
    mov.u64 %rd3, %globaltimer;
LOOP:
    ld.volatile.global.u32 %r2, [%rd1];
    setp.eq.u32 %p1, %r2, %r1;
    @%p1 bra END;
    mov.u64 %rd4, %globaltimer;
    sub.u64 %rd5, %rd4, %rd3;
    setp.lt.u64 %p2, %rd5, %rd2;
    @%p2 bra LOOP;
    st.volatile.global.u32 [%rd1+4], %r1;
END:
    ret;
}
)";

}  // namespace warploom
