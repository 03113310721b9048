// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "base/Units.h"
#include "task/Task.h"
#include "variant/Directives.h"
#include "variant/Extent3.h"

namespace warploom {

/// One argument of a launch, resolved to what it stands for.
struct PlanArgument {
    enum class Kind { Buffer, Scratch, Scalar, Integer };

    Kind kind = Kind::Integer;
    std::string name;  ///< of the buffer, scratch or scalar
    std::int64_t integer = 0;  ///< of Integer: takes the width of the kernel's parameter
    SourcePlace place;
};

struct PlanLaunch {
    std::string kernel;  ///< with tunables replaced by their values: "k<float, 128>"
    Extent3 grid;
    Extent3 block;
    Extent3 cluster;
    Bytes dynamicShared;
    bool cooperative = false;
    std::vector<PlanArgument> arguments;
    SourcePlace place;
};

struct PlanZero {
    std::string buffer;
};

struct PlanConstant {
    std::string symbol;
    std::string buffer;
};

using PlanStep = std::variant<PlanLaunch, PlanZero, PlanConstant>;

struct PlanScratch {
    std::string name;
    ElementType type = ElementType::F32;
    Bytes size;
};

/// The launch plan of one variant in one configuration at one size: numbers only.
struct LaunchPlan {
    std::vector<PlanScratch> scratches;
    std::vector<PlanStep> steps;  ///< launches whose `when` is 0 are left out
};

/// Puts numbers into the directives. Errors are InvalidInput with the directive's place; a requirement that does not
/// hold is one too, and reads "requirement does not hold".
Result<LaunchPlan> resolvePlan(const Directives& directives, const Task& task, const Configuration& configuration,
                               const ExpressionScope& sizes);
/// Whether the requirements that use tunables only hold: what a tuner may know before any size is chosen.
bool isConfigurationPossible(const Directives& directives, const Configuration& configuration);
/// Kernel names of all launches with tunables replaced, once each: what the compiler has to provide.
std::vector<std::string> kernelNames(const Directives& directives, const Configuration& configuration);

}  // namespace warploom
