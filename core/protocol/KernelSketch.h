// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/Result.h"

namespace warploom {

enum class ParameterKind { Buffer, Size, Scalar };

std::string_view parameterKindName(ParameterKind kind);

/// What one parameter of a kernel was taken for. Expressions are those of tasks, over the sketch's sizes.
struct SketchParameter {
    std::string name;
    std::string type;  ///< as the file spells it: "const float*"
    ParameterKind kind = ParameterKind::Scalar;
    std::string elementType;  ///< "f32": a buffer's elements, or the parameter itself
    std::string role;  ///< of a buffer: "in", "out" or "inout"
    std::vector<std::string> shape;  ///< of a buffer, outermost first; empty when it could not be guessed
    std::string fill;  ///< of a buffer that is read; empty when only indexInto says what may stand in it
    std::string indexInto;  ///< the buffer whose elements its values name; may be empty
    bool startsFromZero = false;  ///< an output that the kernel only adds to
    bool isWhole = false;  ///< every element is certainly read (in) or written (out)
    std::string argument;  ///< what a launch passes where that is not the name: "rows * cols"
    std::optional<double> value;  ///< of a scalar
    std::string why;  ///< one phrase for people
    friend bool operator==(const SketchParameter&, const SketchParameter&) = default;
};

/// One name that sizes of the task have to give a value.
struct SketchSize {
    std::string name;
    bool isLarge = true;  ///< grows with the data; else a radius, a number of steps, …
    std::int64_t multipleOf = 1;  ///< what the kernel, which does not check its bounds, needs
    std::optional<std::int64_t> most;  ///< what a block can have
    std::optional<std::int64_t> hostValue;  ///< as the host code of the file has it
    std::string why;
    friend bool operator==(const SketchSize&, const SketchSize&) = default;
};

/// How to launch the kernel; empty extents could not be guessed.
struct SketchLaunch {
    std::vector<std::string> grid;  ///< one to three expressions
    std::vector<std::string> block;
    std::string sharedBytes;  ///< of dynamic shared memory; may be empty
    std::string why;
    friend bool operator==(const SketchLaunch&, const SketchLaunch&) = default;
};

/// How much floating-point sums can drift.
enum class Accumulation { None, Loop, Atomic };

/// What was understood of one kernel of a CUDA file: enough to make a task of it, once open questions are answered.
struct KernelSketch {
    std::string name;  ///< as a launch of deviceText spells it
    int line = 0;  ///< of the file, 1-based
    int endLine = 0;
    std::optional<Error> problem;  ///< why no task can be made of this kernel; nothing else is set then
    std::vector<SketchParameter> parameters;  ///< in order
    std::vector<SketchSize> sizes;
    SketchLaunch launch;
    int workDegree = 0;  ///< how many large sizes multiply to the number of steps of all threads together
    int dataDegree = 0;  ///< and to the elements of the largest buffer
    Accumulation accumulation = Accumulation::None;
    std::string deviceText;  ///< the kernel with the device code it needs, host code left out
    std::string referenceName;
    std::string
        referenceText;  ///< the same as referenceName: in double where outputs are floating; empty: not possible
    std::string referenceProblem;  ///< why not
    std::string referenceSharedBytes;  ///< dynamic shared memory of referenceText
    std::vector<std::string> notes;  ///< what was left out or not understood, a sentence each
    friend bool operator==(const KernelSketch&, const KernelSketch&) = default;
};

/// Asks for the kernels of a file.
struct SketchRequest {
    std::string source;
    std::string fileName;  ///< for places in errors only; never opened
};

void to_json(nlohmann::json& json, const SketchParameter& parameter);
void to_json(nlohmann::json& json, const SketchSize& size);
void to_json(nlohmann::json& json, const SketchLaunch& launch);
void to_json(nlohmann::json& json, const KernelSketch& sketch);
void to_json(nlohmann::json& json, const SketchRequest& request);

/// Readers of what came over a wire: a message of another shape is a ProtocolViolation, never an exception.
Result<SketchRequest> sketchRequestFromJson(const nlohmann::json& json);
Result<std::vector<KernelSketch>> kernelSketchesFromJson(const nlohmann::json& json);

}  // namespace warploom
