// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/cuda/CacheCleaner.h"

#include <array>

namespace warploom {

namespace {

constexpr std::uint64_t kLineBytes = 128;
constexpr unsigned kDiscardThreads = 256;

/// Drops `count` lines of 128 bytes: what they hold is undefined then, and is not written back.
constexpr const char* kDiscardKernel = R"(.version 7.4
.target sm_80
.address_size 64

.visible .entry warploom_discard(.param .u64 lines, .param .u64 count)
{
    .reg .pred %p<2>;
    .reg .b32 %r<4>;
    .reg .b64 %rd<6>;
    ld.param.u64 %rd1, [lines];
    ld.param.u64 %rd2, [count];
    mov.u32 %r1, %ctaid.x;
    mov.u32 %r2, %ntid.x;
    mov.u32 %r3, %tid.x;
    mul.wide.u32 %rd3, %r1, %r2;
    cvt.u64.u32 %rd4, %r3;
    add.u64 %rd3, %rd3, %rd4;
    setp.ge.u64 %p1, %rd3, %rd2;
    @%p1 bra END;
    shl.b64 %rd4, %rd3, 7;
    add.u64 %rd5, %rd1, %rd4;
    discard.global.L2 [%rd5], 128;
END:
    ret;
}
)";

}  // namespace

CacheCleaner::CacheCleaner(CudaContext& context, const DeviceFacts& facts)
    : m_context(context)
    , m_facts(facts)
{
}

CacheCleaner::~CacheCleaner()
{
    if (m_context.broken())
        return;
    if (m_lines != 0)
        static_cast<void>(m_context.driver().memFree(m_lines));
    if (m_module != nullptr)
        static_cast<void>(m_context.driver().moduleUnload(m_module));
}

Result<> CacheCleaner::setUp()
{
    if (m_lines != 0)
        return {};
    const CudaDriver& driver = m_context.driver();
    if (m_module == nullptr
        && driver.moduleLoadDataEx(&m_module, kDiscardKernel, 0, nullptr, nullptr) != CUDA_SUCCESS) {
        m_module = nullptr;
        return fail(ErrorCode::Unsupported, "this GPU cannot discard lines of L2");
    }
    WARPLOOM_CHECK(m_context.check(driver.moduleGetFunction(&m_discard, m_module, "warploom_discard"),
                                   "find the kernel that empties L2"));
    m_lineCount = m_facts.l2Size.value * 3 / kLineBytes;
    return m_context.check(driver.memAlloc(&m_lines, m_lineCount * kLineBytes), "allocate the memory that empties L2");
}

Result<> CacheCleaner::clean()
{
    WARPLOOM_CHECK(setUp());
    const CudaDriver& driver = m_context.driver();
    // Lines of its own take the place of all others, which are written back for that, and are dropped.
    WARPLOOM_CHECK(
        m_context.check(driver.memsetD8Async(m_lines, 0, m_lineCount * kLineBytes, m_context.stream()), "fill L2"));
    CUlaunchConfig config{};
    config.gridDimX = static_cast<unsigned>((m_lineCount + kDiscardThreads - 1) / kDiscardThreads);
    config.gridDimY = config.gridDimZ = 1;
    config.blockDimX = kDiscardThreads;
    config.blockDimY = config.blockDimZ = 1;
    config.hStream = m_context.stream();
    std::array<void*, 2> arguments{&m_lines, &m_lineCount};
    return m_context.check(driver.launchKernelEx(&config, m_discard, arguments.data(), nullptr), "empty L2");
}

}  // namespace warploom
