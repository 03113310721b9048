// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <memory>
#include <string>

#include "compile/CachedCompiler.h"
#include "measure/JudgeBuffer.h"
#include "measure/JudgeKernels.h"
#include "task/Task.h"

namespace warploom {

/// The reference of a task, compiled and loaded on the judge's device.
struct LoadedReference {
    CompileProduct product;
    LoadedModule module;
    Directives directives;
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
                                                       const LoadedReference& reference, const TaskSize& size,
                                                       std::uint64_t seed);

    [[nodiscard]] const TaskSize& size() const { return m_size; }
    [[nodiscard]] std::uint64_t seed() const { return m_seed; }
    std::vector<Io>& buffers() { return m_buffers; }
    /// Device memory held.
    [[nodiscard]] Bytes footprint() const;

private:
    VerifyCase(Device& device, JudgeKernels& kernels, const Task& task, const TaskSize& size, std::uint64_t seed);

    Result<> addBuffer(const TaskBuffer& buffer, std::uint64_t index);
    Result<> runReference(const LoadedReference& reference);

    Device& m_device;
    JudgeKernels& m_kernels;
    const Task& m_task;
    TaskSize m_size;
    std::uint64_t m_seed;
    std::vector<Io> m_buffers;
};

}  // namespace warploom
