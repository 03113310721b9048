// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "base/Result.h"
#include "device/cuda/CudaContext.h"
#include "protocol/DeviceFacts.h"

namespace warploom {

/// Empties L2 so that nothing of what was there before is written back later: counters would take that for the work of
/// the kernel that they count. Reading something large instead leaves dirty lines (27 MB of an H200's 60).
class CacheCleaner {
public:
    CacheCleaner(CudaContext& context, const DeviceFacts& facts);
    ~CacheCleaner();
    CacheCleaner(const CacheCleaner&) = delete;
    CacheCleaner& operator=(const CacheCleaner&) = delete;

    /// Puts it on the stream. Unsupported on a GPU that cannot discard lines (before sm_80).
    Result<> clean();

private:
    Result<> setUp();

    CudaContext& m_context;
    const DeviceFacts& m_facts;
    CUmodule m_module = nullptr;
    CUfunction m_discard = nullptr;
    CUdeviceptr m_lines = 0;
    std::uint64_t m_lineCount = 0;
};

}  // namespace warploom
