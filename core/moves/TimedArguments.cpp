// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/TimedArguments.h"

namespace warploom {

std::vector<ExpressionScope> timedScopes(const MoveRequest& request)
{
    std::size_t count = 0;
    for (const auto& [name, values] : request.timeSizes)
        count = std::max(count, values.size());
    std::vector<ExpressionScope> scopes(count);
    for (const auto& [name, values] : request.timeSizes) {
        if (values.size() != count)
            return {};
        for (std::size_t i = 0; i < count; ++i)
            scopes[i][name] = values[i];
    }
    return scopes;
}

std::vector<ParameterValues> timedArguments(const MoveContext& context, const KernelScope& kernel)
{
    std::vector<ParameterValues> all;
    for (const auto* launch : kernel.launches()) {
        if (launch->arguments.size() != kernel.kernel().getNumParams())
            continue;
        for (const auto& scope : timedScopes(context.request())) {
            ParameterValues values;
            for (unsigned i = 0; i < kernel.kernel().getNumParams(); ++i) {
                const auto* parameter = kernel.kernel().getParamDecl(i);
                const auto value = parameter->getType()->isIntegerType()
                    ? context.directives().value(launch->arguments[i], scope)
                    : std::nullopt;
                if (value)
                    values[kernel.symbolOf(parameter)] = *value;
            }
            all.push_back(std::move(values));
        }
    }
    return all;
}

std::optional<std::int64_t> valueWith(const IndexForm& form, const ParameterValues& values)
{
    for (const auto& [monomial, factor] : form.terms())
        for (const auto& symbol : monomial)
            if (values.count(symbol) == 0)
                return std::nullopt;
    return form.evaluate(values);
}

}  // namespace warploom
