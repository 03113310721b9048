// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/Result.h"
#include "task/ElementType.h"
#include "task/Expression.h"

namespace warploom {

/// A value for each tunable of a variant.
using Configuration = std::map<std::string, std::int64_t>;

/// `tune NAME = v1 v2 …`: the first value is the default.
struct TuneDirective {
    std::string name;
    std::vector<std::int64_t> values;
    SourcePlace place;
};

/// `require EXPRESSION`: configurations and sizes where it is 0 are invalid.
struct RequireDirective {
    Expression condition;
    SourcePlace place;
};

/// `let NAME = EXPRESSION`
struct LetDirective {
    std::string name;
    Expression value;
    SourcePlace place;
};

/// `scratch NAME TYPE[EXTENT, …]`: a buffer of the plan's own, poisoned before every run.
struct ScratchDirective {
    std::string name;
    ElementType type = ElementType::F32;
    std::vector<Expression> shape;
    SourcePlace place;
};

/// Up to three extents, as `n` or `dim3(x, y, z)`.
struct ExtentExpressions {
    std::vector<Expression> axes;
};

/// `launch k<<<grid, block[, shared]>>>(arguments) [cluster=…] [cooperative] [when CONDITION]`
struct LaunchDirective {
    std::string kernel;  ///< as in C++: "k<float, BLOCK>"
    ExtentExpressions grid;
    ExtentExpressions block;
    ExtentExpressions cluster;
    Expression sharedBytes;
    std::vector<Expression> arguments;
    bool cooperative = false;
    std::optional<Expression> when;
    SourcePlace place;
};

/// `flags OPTION … [when CONDITION]`: both may name tunables.
struct FlagsDirective {
    std::vector<std::string> options;
    std::vector<SourcePlace> places;  ///< one for each of the options
    std::optional<Expression> when;
};

/// Options of the compiler in one configuration.
struct ChosenFlags {
    std::vector<std::string> options;
    std::vector<SourcePlace> places;  ///< one for each of the options
};

/// `zero BUFFER`: a timed step of the plan.
struct ZeroDirective {
    std::string buffer;
    SourcePlace place;
};

/// `constant SYMBOL = BUFFER`: copies a buffer to a __constant__ variable.
struct ConstantDirective {
    std::string symbol;
    std::string buffer;
    SourcePlace place;
};

using StepDirective = std::variant<LaunchDirective, ZeroDirective, ConstantDirective>;

/// Everything the directives of one source say.
struct Directives {
    std::vector<TuneDirective> tunables;
    std::vector<RequireDirective> requirements;
    std::vector<LetDirective> lets;
    std::vector<ScratchDirective> scratches;
    std::vector<FlagsDirective> flags;
    std::vector<StepDirective> steps;

    [[nodiscard]] bool empty() const { return steps.empty() && tunables.empty(); }
    /// First value of every tunable.
    [[nodiscard]] Configuration defaultConfiguration() const;
    /// Number of configurations before requirements, saturating.
    [[nodiscard]] std::uint64_t configurationCount() const;
    /// The options of all flags lines whose condition holds, tunables in their values replaced. InvalidInput when a
    /// condition names anything but tunables.
    [[nodiscard]] Result<ChosenFlags> compilerFlags(const Configuration& configuration) const;
    /// Symbols of the `constant` steps, once each.
    [[nodiscard]] std::vector<std::string> constantSymbols() const;
};

/// Reads every `// warploom:` line of \p source. Syntax only: names are checked when a plan is resolved.
Result<Directives> parseDirectives(const std::string& source, const std::string& fileName);

}  // namespace warploom
