// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compile/CachedCompiler.h"
#include "measure/JudgeBuffer.h"
#include "measure/JudgeKernels.h"
#include "task/Distribution.h"
#include "task/Task.h"

namespace warploom {

/// The reference of a task, compiled and loaded on the judge's device.
struct LoadedReference {
    CompileProduct product;
    LoadedModule module;
    Directives directives;
};

/// What makes a case: two orders that are equal in all of this share one.
struct CaseIdentity {
    TaskSize size;
    std::uint64_t seed = 1;
    Distribution distribution = Distribution::Declared;
    std::string reseeded;  ///< an input that is filled with other values than the seed says; none if empty

    [[nodiscard]] bool sameAs(const CaseIdentity& other) const
    {
        return size.values == other.size.values && seed == other.seed && distribution == other.distribution
            && reseeded == other.reseeded;
    }
};

/// How the baseline fared on a case.
struct BaselineRun {
    std::string failure;  ///< empty: it ran, and was right within kMostBaselineRatio tolerances
    std::vector<ComparisonReport> comparisons;
    double worstRatio = 0;
};

/// One size with one seed: inputs filled, the reference's answers ready, outputs to be written by candidates.
class VerifyCase {
public:
    struct Io {
        const TaskBuffer* buffer = nullptr;
        std::uint64_t elements = 0;
        JudgeBuffer data;  ///< what candidates see
        std::optional<JudgeBuffer> pristine;  ///< initial content of an inout
        std::optional<JudgeBuffer> expected;  ///< of an output: f64 for floating types
        std::optional<JudgeBuffer> mask;  ///< of an output: one byte an element
        std::uint64_t inputHash = 0;  ///< of an input
    };

    /// Allocates, fills and runs the reference. OutOfMemory where the device is too small.
    static Result<std::unique_ptr<VerifyCase>> prepare(Device& device, JudgeKernels& kernels, const Task& task,
                                                       const LoadedReference& reference, CaseIdentity identity);

    [[nodiscard]] const CaseIdentity& identity() const { return m_identity; }
    [[nodiscard]] const TaskSize& size() const { return m_identity.size; }
    [[nodiscard]] std::uint64_t seed() const { return m_identity.seed; }
    /// Filled in by the judge when it is first asked for.
    std::optional<BaselineRun>& baselineRun() { return m_baselineRun; }
    std::vector<Io>& buffers() { return m_buffers; }
    /// Device memory held.
    [[nodiscard]] Bytes footprint() const;

private:
    VerifyCase(Device& device, JudgeKernels& kernels, const Task& task, CaseIdentity identity);

    Result<> fillInput(Io& io, std::uint64_t index);
    Result<> addBuffer(const TaskBuffer& buffer, std::uint64_t index);
    Result<> runReference(const LoadedReference& reference);

    Device& m_device;
    JudgeKernels& m_kernels;
    const Task& m_task;
    CaseIdentity m_identity;
    std::vector<Io> m_buffers;
    std::optional<BaselineRun> m_baselineRun;
};

}  // namespace warploom
