// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "compile/CachedCompiler.h"
#include "device/Device.h"
#include "protocol/JudgeValues.h"
#include "task/Distribution.h"
#include "task/Task.h"

namespace warploom {

/// What comparing one output needs to know.
struct ComparisonRequest {
    DeviceAddress actual = 0;
    DeviceAddress expected = 0;  ///< f64 for floating types, the same type for integers
    ElementType type = ElementType::F32;
    std::uint64_t elements = 0;
    double relativeTolerance = 0;
    double absoluteTolerance = 0;
    double allowedRatio = 1;  ///< error over tolerance that still counts as right
    std::uint64_t poisonSeed = 0;  ///< of this run
    DeviceAddress mask = 0;  ///< one byte an element, kept between the two runs of a case
    bool secondRun = false;
};

/// An answer that needs no work.
enum class TrivialAnswer {
    Constant = 0,
    Copy = 1,  ///< of another buffer
    FirstHalf = 2,  ///< of another buffer; zeros beyond
    HalfPrecision = 3,  ///< another buffer rounded to f16
};

/// The judge's own kernels, loaded on one device: fills, poison, comparison, hashes, trivial answers. All calls wait
/// for the device.
class JudgeKernels {
public:
    /// Compiles (or takes from \p compiler's cache) and loads. \p device must outlive the object.
    static Result<JudgeKernels> load(Device& device, CachedCompiler& compiler);

    /// Generates \p fill for \p elements elements; its expressions are evaluated under \p sizes.
    Result<> fill(DeviceAddress data, ElementType type, const Fill& fill, const ExpressionScope& sizes,
                  std::uint64_t seed, std::uint64_t elements);
    /// Turns a fill into another distribution, in place.
    Result<> distort(DeviceAddress data, ElementType type, const Distortion& distortion, std::uint64_t seed,
                     std::uint64_t elements);
    /// Writes a trivial answer; \p source (of \p sourceType) is read for all but constants.
    Result<> writeTrivial(DeviceAddress data, ElementType type, TrivialAnswer kind, double constant,
                          DeviceAddress source, ElementType sourceType, std::uint64_t elements);
    /// \p asReals: what floating-point code that reads it cannot mistake for a number of ordinary size.
    Result<> poison(DeviceAddress data, Bytes size, std::uint64_t seed, bool asReals);
    /// f16, bf16 and f32 to f64.
    Result<> widen(DeviceAddress wide, DeviceAddress narrow, ElementType type, std::uint64_t elements);
    Result<std::uint64_t> hash(DeviceAddress data, Bytes size);
    /// Everything but the buffer's name.
    Result<ComparisonReport> compare(const ComparisonRequest& request);

private:
    JudgeKernels(Device& device, LoadedModule module);

    Result<> launch(const char* kernel, std::uint64_t items, std::vector<ArgumentBytes> arguments);
    Result<> launchBlocks(const char* kernel, std::uint32_t blocks, std::vector<ArgumentBytes> arguments);
    Result<double> element(DeviceAddress data, ElementType type, std::uint64_t index);

    Device* m_device;
    LoadedModule m_module;
    DeviceBuffer m_cells;  ///< of comparisons and hashes
};

}  // namespace warploom
