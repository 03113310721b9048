// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/ShortRows.h"

namespace warploom {

using namespace clang;

namespace {

/// "(elements) < LIMIT * (rows)", in terms of the task's sizes.
std::string shortnessOf(const MoveContext& context, const KernelScope& kernel, const GuardedKernel& guarded,
                        const LaunchLine& launch, const VarDecl* array, const std::string& limit)
{
    const auto* buffer = context.bufferOf(kernel, launch, array);
    const auto rows = kernel.argumentOf(launch, guarded.bounds.begin()->second);
    if (buffer == nullptr || buffer->shape.empty() || rows.empty())
        return {};
    std::string elements;
    for (const auto& extent : buffer->shape)
        elements += (elements.empty() ? "(" : " * (") + extent + ")";
    return fmt::format("{} < {} * ({})", elements, limit, rows);
}

/// The launch's line without its end, and where it ends.
std::pair<std::string, std::size_t> lineOf(const MoveContext& context, const LaunchLine& launch)
{
    auto text = context.source().text(launch.line);
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
        text.pop_back();
    const auto end = launch.line.begin + text.size();
    return {std::move(text), end};
}

}  // namespace

std::optional<std::string> keepForShortRows(const MoveContext& context, const KernelScope& kernel,
                                            const GuardedKernel& guarded, const VarDecl* array, SourceEdit& edit)
{
    const auto& source = context.source();
    const auto before = offsetBeforeKernel(kernel);
    const auto body = source.range(kernel.kernel().getBody());
    const auto* linkage = llvm::dyn_cast<LinkageSpecDecl>(kernel.kernel().getLexicalDeclContext());
    if (!before || !body || kernel.kernel().getDescribedFunctionTemplate() != nullptr
        || (linkage != nullptr && linkage->hasBraces()))
        return std::nullopt;
    const auto limit = context.directives().freshName("SHORT_ROW");
    const auto name = context.directives().freshName(kernel.name() + "_short");
    std::vector<std::pair<const LaunchLine*, std::string>> conditions;
    for (const auto* launch : kernel.launches()) {
        auto condition = shortnessOf(context, kernel, guarded, *launch, array, limit);
        if (condition.empty() || mentions(source.text(launch->line), "when"))
            return std::nullopt;
        conditions.emplace_back(launch, std::move(condition));
    }
    context.directives().addTune(edit, limit, {64, 32, 128, 16});
    for (const auto& [launch, condition] : conditions) {
        const auto [line, end] = lineOf(context, *launch);
        edit.insert(launch->line.begin,
                    fmt::format("{} when {}\n", withIdentifier(line, kernel.name(), name), condition));
        edit.insert(end, fmt::format(" when !({})", condition));
    }
    edit.insert(*before, withIdentifier(source.text({*before, body->end}), kernel.name(), name) + "\n\n");
    return limit;
}

}  // namespace warploom
