// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "measure/CandidateHost.h"
#include "measure/JudgeBuffer.h"
#include "measure/PlanBinder.h"
#include "measure/VerifyCase.h"
#include "protocol/JudgeValues.h"

namespace warploom {

/// A candidate loaded on its host, ready to be bound to cases. Unloaded with the object.
class LoadedCandidate {
public:
    /// InvalidInput for bad directives, NotEmulated, Unsupported when the driver refuses the code.
    static Result<std::unique_ptr<LoadedCandidate>> load(Device& device, CandidateHost& host, CandidateSpec spec);
    ~LoadedCandidate();
    LoadedCandidate(const LoadedCandidate&) = delete;
    LoadedCandidate& operator=(const LoadedCandidate&) = delete;

    /// Whether its runner is still the one it was loaded on.
    [[nodiscard]] bool isCurrent() const { return m_host.generation() == m_generation; }
    [[nodiscard]] LoadedModule module() const { return m_module; }
    [[nodiscard]] const CandidateSpec& spec() const { return m_spec; }
    [[nodiscard]] const Directives& directives() const { return m_directives; }
    /// Different for every candidate that this process has loaded.
    [[nodiscard]] std::uint64_t serial() const { return m_serial; }
    /// Scratch buffers of the plan last bound.
    std::vector<JudgeBuffer>& scratches() { return m_scratches; }

    /// Device steps of the plan at the case's size; allocates the scratches it needs.
    Result<std::vector<DeviceStep>> bind(const Task& task, VerifyCase& verifyCase);
    /// The same over buffers that are bound already.
    Result<std::vector<DeviceStep>> bindTo(const Task& task, const ExpressionScope& sizes, BoundBuffers bound);
    /// The same with scratches that the caller keeps: for plans that are bound beside others.
    Result<std::vector<DeviceStep>> bindBeside(const Task& task, VerifyCase& verifyCase,
                                               std::vector<JudgeBuffer>& scratches);

private:
    LoadedCandidate(Device& device, CandidateHost& host, CandidateSpec spec, Directives directives,
                    LoadedModule module);

    Result<BoundBuffers> buffersOf(VerifyCase& verifyCase);
    Result<std::vector<DeviceStep>> bindWith(const Task& task, const ExpressionScope& sizes, BoundBuffers bound,
                                             std::vector<JudgeBuffer>& scratches);
    Result<> allocateScratches(const LaunchPlan& plan, std::vector<JudgeBuffer>& scratches);

    Device& m_device;
    CandidateHost& m_host;
    CandidateSpec m_spec;
    Directives m_directives;
    LoadedModule m_module;
    std::uint64_t m_generation;
    std::uint64_t m_serial;
    std::vector<JudgeBuffer> m_scratches;
};

}  // namespace warploom
