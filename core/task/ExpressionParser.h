// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string_view>

#include "task/ExpressionNode.h"

namespace warploom {

/// Parses the whole of \p text by precedence climbing; nesting is limited so that hostile input cannot exhaust the
/// stack.
Result<std::shared_ptr<const Expression::Node>> parseExpression(std::string_view text, const SourcePlace& place);

}  // namespace warploom
