// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include "engine/NewTask.h"
#include "engine/SizeGuess.h"

namespace warploom {

/// A buffer of a task to be, with expressions that parse.
struct PlannedBuffer {
    std::string name;
    ElementType type = ElementType::F32;
    std::string role;
    std::vector<std::string> shape;  ///< empty: not known
    std::string fill;
    bool startsFromZero = false;
    bool isWhole = false;

    [[nodiscard]] bool isInput() const { return role != "out"; }
    [[nodiscard]] bool isOutput() const { return role != "in"; }
    /// Number of elements as an expression.
    [[nodiscard]] std::string elements() const;
};

struct PlannedScalar {
    std::string name;
    ElementType type = ElementType::F32;
    std::string value;
};

/// A sketch with the answers put in: everything task.toml and the directives say.
struct TaskPlan {
    std::string name;
    std::vector<PlannedBuffer> buffers;
    std::vector<PlannedScalar> scalars;
    std::vector<PlannedSize> sizes;
    std::vector<std::string> arguments;  ///< what a launch passes, in order
    std::vector<std::string> launches;  ///< whole directives without the word; empty: not known
    std::vector<DraftedParameter> parameters;
    std::vector<TaskQuestion> open;
};

/// InvalidArgument for answers that name nothing or make no sense.
Result<TaskPlan> planTask(const KernelSketch& sketch, const NewTaskAnswers& answers);

/// "name<<<grid, block, shared>>>(arguments)" as a directive spells it; extents of several parts become dim3(…).
std::string launchText(const std::string& name, const std::vector<std::string>& grid,
                       const std::vector<std::string>& block, const std::string& sharedBytes,
                       const std::vector<std::string>& arguments);

}  // namespace warploom
