// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/Result.h"
#include "base/Units.h"
#include "task/ElementType.h"
#include "task/Expression.h"
#include "task/Fill.h"

namespace warploom {

enum class BufferRole { In, Out, InOut };

std::string_view bufferRoleName(BufferRole role);

/// One array a kernel reads or writes.
struct TaskBuffer {
    std::string name;
    ElementType type = ElementType::F32;
    std::vector<Expression> shape;  ///< outermost first; elements = product
    BufferRole role = BufferRole::In;
    Fill fill;  ///< initial content of in and inout

    [[nodiscard]] bool isInput() const { return role != BufferRole::Out; }
    [[nodiscard]] bool isOutput() const { return role != BufferRole::In; }
    /// Whether kernels may rely on it that no element is smaller than the one before it: no distribution of hidden
    /// cases changes such a buffer.
    [[nodiscard]] bool isAscending() const
    {
        return role == BufferRole::In && fill.kind == Fill::Kind::Offsets && !isFloating(type);
    }
};

/// A plain kernel argument that is not a size.
struct TaskScalar {
    std::string name;
    ElementType type = ElementType::F32;
    double value = 0;  ///< floating types
    std::int64_t integer = 0;  ///< integer types
};

/// One set of values for the task's sizes.
struct TaskSize {
    std::string name;
    ExpressionScope values;  ///< by size name
    bool forTiming = false;
    bool forVerifying = false;
    bool forEmulator = false;
};

/// Legal values of one input buffer: hidden cases stay inside.
struct BufferDomain {
    double low = 0;
    double high = 0;
    std::vector<std::string> special;  ///< of "nan", "inf", "denormal", "ties"
};

struct SizeDomain {
    std::int64_t low = 1;
    std::int64_t high = 1;
};

/// What a kernel must compute: the content of one task folder.
struct Task {
    std::string name;
    std::string title;
    std::string summary;
    std::vector<std::string> tags;
    std::string baselineFile;
    std::string referenceFile;
    std::string baselineSource;
    std::string referenceSource;
    std::vector<TaskBuffer> buffers;
    std::vector<TaskScalar> scalars;
    std::vector<TaskSize> sizes;
    double relativeTolerance = 0;
    double absoluteTolerance = 0;
    /// How many times the baseline's error (root mean square, against float64) a variant may have and still count as
    /// as precise.
    double errorFactor = 16;
    /// The share of the tolerance that any variant's error may fill, however precise the baseline is.
    std::optional<double> errorShare;
    std::map<std::string, BufferDomain> bufferDomains;
    std::map<std::string, SizeDomain> sizeDomains;
    Expression workReads;  ///< bytes any implementation must read from memory
    Expression workWrites;  ///< bytes any implementation must write
    Expression workFlops;
    std::string tomlText;  ///< as loaded, kept so that a workspace holds the task whole
    std::string revision;  ///< content hash of all files: figures are bound to it

    [[nodiscard]] const TaskBuffer* findBuffer(std::string_view name) const;
    [[nodiscard]] const TaskScalar* findScalar(std::string_view name) const;
    [[nodiscard]] const TaskSize* findSize(std::string_view name) const;
    /// Names of the sizes ("rows", "cols"), sorted.
    [[nodiscard]] std::vector<std::string> sizeNames() const;
    [[nodiscard]] std::vector<const TaskSize*> timeSizes() const;
    [[nodiscard]] std::vector<const TaskSize*> verifySizes() const;
    [[nodiscard]] std::vector<const TaskSize*> emulatorSizes() const;
    /// All files of the task by name: task.toml, baseline, reference.
    [[nodiscard]] std::map<std::string, std::string> files() const;
};

/// Elements of \p shape under \p scope; InvalidInput for a negative extent or one beyond 2^48 elements.
Result<std::uint64_t> elementCount(const std::vector<Expression>& shape, const ExpressionScope& scope);
/// Bytes of one buffer under \p scope.
Result<Bytes> bufferBytes(const TaskBuffer& buffer, const ExpressionScope& scope);

}  // namespace warploom
