// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/Result.h"
#include "device/cuda/Cupti.h"
#include "protocol/InstructionReport.h"

#if WARPLOOM_HAS_CUPTI_RANGES

namespace warploom {

/// Counts exactly, instruction by instruction, by patching the machine code of what is launched while it lives: no time
/// is to be taken of that. Once in a process: after that CUPTI finds no memory for another choice of metrics
/// (CUDA 13.0, H200).
class SassCounter {
public:
    /// What profiles want, by CUPTI's name.
    static const std::vector<std::string>& usualMetrics();
    static bool knows(const Cupti& cupti, const std::string& chip, const std::string& metric);

    /// \p context is current, \p ordinal its device.
    static Result<std::unique_ptr<SassCounter>> enable(std::shared_ptr<const Cupti> cupti, CUcontext context,
                                                       const std::string& chip, int ordinal,
                                                       const std::vector<std::string>& metrics);
    ~SassCounter();
    SassCounter(const SassCounter&) = delete;
    SassCounter& operator=(const SassCounter&) = delete;

    /// By function and address, one for each metric; everything launched has finished. What was counted is forgotten
    /// then.
    Result<std::vector<InstructionFigures>> read();

private:
    SassCounter(std::shared_ptr<const Cupti> cupti, CUcontext context, int ordinal);

    Result<> setConfig(const std::string& chip, const std::vector<std::string>& metrics);

    std::shared_ptr<const Cupti> m_cupti;
    CUcontext m_context;
    std::uint32_t m_ordinal;
    std::map<std::uint64_t, std::string> m_metrics;  ///< by CUPTI's id
    bool m_isConfigured = false;
    bool m_isEnabled = false;
};

}  // namespace warploom

#endif
