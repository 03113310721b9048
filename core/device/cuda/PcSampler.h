// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/Result.h"
#include "device/cuda/Cupti.h"
#include "protocol/InstructionReport.h"

#if WARPLOOM_HAS_CUPTI_RANGES

namespace warploom {

/// Samples where the warps of a context stand and why they do not issue. Kernels are serialised meanwhile. One at a
/// time in a process, and never in one that a RangeProfiler has counted in: CUPTI counts samples there and names no
/// place (CUDA 13.0, H200).
class PcSampler {
public:
    /// \p context is current. Fails as RangeProfiler::enable() does.
    static Result<std::unique_ptr<PcSampler>> enable(std::shared_ptr<const Cupti> cupti, CUcontext context);
    ~PcSampler();
    PcSampler(const PcSampler&) = delete;
    PcSampler& operator=(const PcSampler&) = delete;

    Result<> start();
    /// What was launched has finished. Adds to the samples.
    Result<> stop();

    /// By function and address; reasons without CUPTI's prefix: "long_scoreboard", "long_scoreboard_not_issued".
    [[nodiscard]] std::vector<InstructionFigures> instructions() const;
    /// Another run like those before might find no room.
    [[nodiscard]] bool isFull() const;
    [[nodiscard]] std::uint64_t samples() const { return m_samples; }
    [[nodiscard]] std::uint64_t dropped() const { return m_dropped; }

private:
    /// Records that CUPTI fills, with room for every reason in each.
    struct Records {
        Records(std::size_t count, std::size_t reasons);

        std::vector<CUpti_PCSamplingPCData> places;
        std::vector<CUpti_PCSamplingStallReason> reasons;
        CUpti_PCSamplingData data{};
    };

    PcSampler(std::shared_ptr<const Cupti> cupti, CUcontext context);

    Result<> readReasons();
    Result<> configure();

    std::shared_ptr<const Cupti> m_cupti;
    CUcontext m_context;
    bool m_isEnabled = false;
    std::map<std::uint32_t, std::string> m_reasons;  ///< names by CUPTI's index
    std::unique_ptr<Records> m_filled;  ///< by CUPTI, more at each stop
    std::uint64_t m_samples = 0;
    std::uint64_t m_dropped = 0;
};

}  // namespace warploom

#endif
