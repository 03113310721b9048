// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/Move.h"

namespace warploom {

/// Values of a kernel's integer parameters at one of the sizes that are timed, by their symbols.
using ParameterValues = std::map<std::string, std::int64_t>;

/// The sizes of the task, one scope for each that is timed; lists of different lengths tell nothing.
std::vector<ExpressionScope> timedScopes(const MoveRequest& request);
/// One entry for each launch of \p kernel and timed size, tunables at their defaults; parameters whose arguments have
/// no value are left out. Empty when the request tells no timed sizes.
std::vector<ParameterValues> timedArguments(const MoveContext& context, const KernelScope& kernel);
/// Value of \p form, when nothing but those parameters takes part in it.
std::optional<std::int64_t> valueWith(const IndexForm& form, const ParameterValues& values);

}  // namespace warploom
