// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/AtomicMap.h"

#include "moves/Move.h"

namespace warploom {

using namespace clang;

namespace {

bool isStatement(const KernelScope& kernel, const Stmt* expression)
{
    const Stmt* above = kernel.parent(expression);
    if (const auto* cleanup = llvm::dyn_cast_or_null<ExprWithCleanups>(above))
        above = kernel.parent(cleanup);
    return llvm::isa_and_nonnull<CompoundStmt, IfStmt>(above);
}

/// Whether every thread of the grid means one place: it is made of constants and parameters alone.
bool isUniformIndex(const KernelScope& kernel, const std::optional<IndexForm>& index)
{
    if (!index)
        return false;
    std::set<std::string> parameters;
    for (const auto* parameter : kernel.kernel().parameters())
        if (!kernel.isModified(parameter))
            parameters.insert(kernel.symbolOf(parameter));
    return llvm::all_of(index->terms(), [&](const auto& term) {
        return llvm::all_of(term.first, [&](const auto& symbol) { return parameters.count(symbol) > 0; });
    });
}

}  // namespace

std::optional<AtomicMap> atomicMap(const KernelScope& kernel)
{
    auto guarded = guardedKernel(kernel);
    if (!guarded || guarded->indices.size() != 1 || guarded->indices[0].dimension != 0 || !guarded->preamble.empty()
        || usesBuiltinsElsewhere(kernel, *guarded) || !hasLinearLaunches(kernel)
        || kernel.kernel().isDependentContext())
        return std::nullopt;
    AtomicMap map;
    for (const Stmt* statement : guarded->body) {
        if (kernel.containsReturn(statement) || kernel.synchronises(statement))
            return std::nullopt;
        for (const auto& access : kernel.accesses(statement)) {
            if (!access.writes)
                continue;
            if (!access.atomic || map.call != nullptr || !llvm::isa_and_nonnull<ParmVarDecl>(access.base)
                || calleeName(access.call) != "atomicAdd" || access.call->getNumArgs() != 2
                || !isStatement(kernel, access.call))
                return std::nullopt;
            map.call = access.call;
            map.base = access.base;
            map.isUniform = isUniformIndex(kernel, access.index);
        }
    }
    if (map.call == nullptr || kernel.references(map.base, kernel.kernel().getBody()).size() != 1)
        return std::nullopt;
    const auto declaration = kernel.source().statementRange(kernel.statements().front());
    const auto guard = kernel.source().statementRange(guarded->guard);
    const auto bound = kernel.source().range(guarded->bounds.begin()->second);
    if (!declaration || !guard || !bound)
        return std::nullopt;
    map.region = {declaration->begin, std::max(guard->end, guarded->bodyRange.end)};
    map.guarded = std::move(*guarded);
    return map;
}

std::string AtomicMap::gridStrideLoop(const KernelScope& kernel, const std::string& body,
                                      const std::string& indentation) const
{
    const auto& index = guarded.indices[0];
    const auto& source = kernel.source();
    const auto first = indentationAt(source.text(), guarded.bodyRange.begin);
    return fmt::format("{0}for ({1} {2} = {3}; {2} < {4}; {2} += blockDim.x * gridDim.x) {{\n{5}{0}}}\n", indentation,
                       index.var->getType().getUnqualifiedType().getAsString(source.context().getPrintingPolicy()),
                       index.var->getName().str(), source.text(index.initialiser),
                       source.text(guarded.bounds.begin()->second), reindented(first + body, indentation + "    "));
}

void AtomicMap::limitGrids(const KernelScope& kernel, SourceEdit& edit, const std::string& block) const
{
    const auto& directives = kernel.source().directives();
    const auto blocks = directives.freshName("BLOCKS");
    directives.addTune(edit, blocks, {1024, 256, 512, 2048, 4096});
    for (const auto* launch : kernel.launches()) {
        const auto elements = kernel.argumentOf(*launch, guarded.bounds.begin()->second);
        const auto grid =
            elements.empty() ? kernel.source().text(launch->grid) : fmt::format("ceil_div({}, {})", elements, block);
        edit.replace(launch->grid, fmt::format("min({}, {})", grid, blocks));
    }
}

}  // namespace warploom
