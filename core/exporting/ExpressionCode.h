// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <set>
#include <string>

#include "task/Expression.h"
#include "task/Task.h"
#include "variant/Directives.h"

namespace warploom {

/// Names and types of a task as C++ has them.
class CodeNames {
public:
    CodeNames(const Task& task, const Directives& directives, const Configuration& configuration);

    /// The C++ name of a buffer, size, scalar, tunable, let or scratch: its own unless that is a keyword or taken.
    [[nodiscard]] const std::string& of(const std::string& name) const;
    /// Whether an expression of this name is known to be above 0 wherever the launcher uses it.
    [[nodiscard]] bool isPositive(const std::string& name) const { return m_positive.contains(name); }

private:
    std::map<std::string, std::string> m_names;
    std::set<std::string> m_positive;
};

/// "float", "std::int32_t", "__half".
std::string cppType(ElementType type);

/// A number in C++, the lowest one too.
std::string cppLiteral(std::int64_t value);
/// The expression in C++, 64-bit throughout, with as few parentheses as compilers like. Divisions whose divisor may be
/// 0 become calls that clear the launcher's `isDefined`.
Result<std::string> cppExpression(const Expression& expression, const CodeNames& names);
/// Product of the extents of \p shape; "1" for none.
Result<std::string> cppElementCount(const std::vector<Expression>& shape, const CodeNames& names);

}  // namespace warploom
