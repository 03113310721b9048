// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/DivisionHelpers.h"

#include "moves/CodeTemplate.h"

namespace warploom {

using namespace clang;

namespace {

std::string functionText(const std::string& name, const std::string& operation)
{
    return filled("template <int... KNOWN, typename A, typename B>\n"
                  "static __device__ __forceinline__ auto @name@(A a, B b) -> decltype(a @op@ b)\n{\n"
                  "    if (a < 0 || a > 0x7fffffff || b <= 0 || b > 0x7fffffff)\n"
                  "        return a @op@ b;\n"
                  "    const unsigned left = a;\n"
                  "    unsigned result = 0;\n"
                  "    const bool known = ((b == KNOWN && ((result = left @op@ unsigned(KNOWN)), true)) || ...);\n"
                  "    return known ? result : left @op@ unsigned(b);\n}\n",
                  {{"name", name}, {"op", operation}});
}

}  // namespace

std::string DivisionHelpers::use(const std::string& base, const std::string& operation)
{
    if (const auto known = m_names.find(operation); known != m_names.end())
        return known->second;
    auto& name = m_names[operation];
    name = base;
    if (m_source.text().substr(0, m_before).find(functionText(base, operation)) != std::string_view::npos)
        return name;
    name = m_source.directives().freshName(base);
    m_text += fmt::format("// a {} b, in 32 bits where both fit; by one of KNOWN it is a multiplication.\n{}\n",
                          operation, functionText(name, operation));
    return name;
}

std::string DivisionHelpers::operationOf(const ParsedSource& source, const CallExpr* call)
{
    const FunctionDecl* callee = call->getDirectCallee();
    const FunctionDecl* pattern = callee == nullptr ? nullptr : callee->getTemplateInstantiationPattern();
    if (pattern == nullptr || call->getNumArgs() != 2 || pattern->getBody() == nullptr
        || pattern->getIdentifier() == nullptr)
        return {};
    const auto body = source.range(pattern->getBody());
    if (!body)
        return {};
    for (const std::string operation : {"/", "%"}) {
        const auto whole = functionText(pattern->getNameAsString(), operation);
        const auto open = whole.find("\n{\n") + 1;
        if (source.text(*body) == whole.substr(open, whole.size() - open - 1))
            return operation;
    }
    return {};
}

}  // namespace warploom
