// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/SizeWords.h"

#include "moves/PlainLaunch.h"
#include "moves/SizeForms.h"

namespace warploom {

using namespace clang;

std::string sizeText(const IndexForm& size) { return expressionText(size, {}); }

std::string SizeWords::Own::argument() const { return sizeText(size); }

std::string SizeWords::word(const IndexForm& size, const std::string& base)
{
    if (const auto number = size.constantValue())
        return std::to_string(*number);
    for (const auto* parameter : m_kernel.kernel().parameters())
        if (parameter->getType()->isIntegerType() && !m_kernel.isModified(parameter) && isOnlyName(m_kernel, parameter)
            && m_digits.onHost(IndexForm::symbol(m_kernel.symbolOf(parameter))) == size) {
            m_used.insert(parameter);
            return parameter->getNameAsString();
        }
    const auto known = std::ranges::find_if(m_own, [&](const Own& own) { return own.size == size; });
    if (known != m_own.end())
        return known->name;
    const auto fresh = [&](const std::string& name) { return m_kernel.source().directives().freshName(name); };
    auto name = fresh(base);
    for (int number = 2; std::ranges::any_of(m_own, [&](const Own& own) { return own.name == name; }); ++number)
        name = fresh(fmt::format("{}_{}", base, number));
    m_own.push_back({name, size});
    return name;
}

}  // namespace warploom
